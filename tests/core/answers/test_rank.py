"""Weighted reciprocal rank fusion, beside a slow definition of it."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanout.core.answers.elements import Part
from fanout.core.answers.rank import SCORE_DECIMALS, page_keys, rank, scorer
from fanout.core.budget import Budget
from fanout.core.plans.plan import Merge


def fuse(parts: Sequence[Part], k: float = 60.0, **options: Any) -> list[dict[str, Any]]:
    spec = Merge("rank", k=k, sources=options.pop("with_sources", True), fill=options.pop("fill", True))
    return rank(parts, spec, **{"key_of": page_keys(), "budget": Budget(), **options})


def pages(*names: str, **fields: Any) -> list[dict[str, Any]]:
    return [{"url": f"https://x.org/{name}", **fields} for name in names]


def urls(records: list[dict[str, Any]]) -> str:
    return "".join(record["url"].removeprefix("https://x.org/") for record in records)


def test_the_example_of_the_contract() -> None:
    one = [{"url": "https://x.org/1", "title": "One"}, {"url": "https://x.org/2", "title": ""}, *pages("3")]
    two = [{"url": "http://www.X.org/2/?utm_source=q", "title": "Two", "snippet": "s2"}, *pages("4")]

    assert fuse([Part("a", one), Part("b", two)])[:2] == [
        {
            "url": "http://www.X.org/2/?utm_source=q",
            "title": "Two",
            "snippet": "s2",
            "score": 0.032522,
            "sources": [{"branch": "a", "rank": 2}, {"branch": "b", "rank": 1}],
        },
        {"url": "https://x.org/1", "title": "One", "score": 0.016393, "sources": [{"branch": "a", "rank": 1}]},
    ]


def test_weights_count() -> None:
    parts = [Part("a", pages("1")), Part("b", pages("2"), weight=1.5)]
    assert urls(fuse(parts)) == "21"


def test_a_family_counts_once_with_its_best_term() -> None:
    family = [Part("a", pages("1", "2"), family="f"), Part("b", pages("2", "1"), 2.0, "f"), Part("c", pages("3"))]
    records = fuse(family)

    assert urls(records) == "213"
    assert records[1]["score"] == round(2 / 62, SCORE_DECIMALS)
    assert records[1]["sources"] == [{"branch": "a", "rank": 1}, {"branch": "b", "rank": 2}]


def test_a_family_is_not_a_branch_of_the_same_name() -> None:
    parts = [Part("a", pages("1"), family="b"), Part("b", pages("1"))]
    assert fuse(parts)[0]["score"] == round(2 / 61, SCORE_DECIMALS)


def test_ties_go_to_the_best_single_rank_then_to_plan_order() -> None:
    k = 0.0  # 1/2 + 1/2 = 1/1
    assert urls(fuse([Part("a", pages("x", "1")), Part("b", pages("y", "1"))], k)) == "xy1"


def test_a_record_that_a_branch_has_twice_counts_once() -> None:
    [record] = fuse([Part("a", pages("1", "1", "1", title=""))])

    assert record["score"] == round(1 / 61, SCORE_DECIMALS)
    assert record["sources"] == [{"branch": "a", "rank": 1}]


def test_gaps_are_filled_from_the_best_rank_first() -> None:
    third = [*pages("a", "b"), {"url": "https://x.org/1", "note": "third"}]
    second = [*pages("c"), {"url": "https://x.org/1", "note": "second", "title": "second"}]
    first = [{"url": "https://x.org/1", "title": None}]

    assert fuse([Part("a", third), Part("b", second), Part("c", first)])[0] == {
        "url": "https://x.org/1",
        "title": "second",
        "note": "second",
        "score": round(1 / 63 + 1 / 62 + 1 / 61, SCORE_DECIMALS),
        "sources": [{"branch": "a", "rank": 3}, {"branch": "b", "rank": 2}, {"branch": "c", "rank": 1}],
    }


def test_what_is_no_list_of_objects_is_ranked_too() -> None:
    records = fuse([Part("a", ["x", None, 7]), Part("b", "y")])

    assert [(record["value"], record["sources"][0]["rank"]) for record in records] == [("x", 1), ("y", 1), (7, 3)]


@pytest.mark.parametrize("url", [None, "", "  ", 7, ["https://x.org"]])
def test_what_has_no_address_is_a_record_of_its_own(url: Any) -> None:
    assert page_keys()({"url": url}) is None
    assert page_keys()({}) is None
    assert len(fuse([Part("a", [{"url": url}]), Part("b", [{"url": url}])])) == 2


def test_our_fields_replace_a_providers_and_sources_can_be_left_out() -> None:
    parts = [Part("a", pages("1", score=0.99, sources="mine"))]

    assert fuse(parts)[0]["score"] == round(1 / 61, SCORE_DECIMALS)
    assert fuse(parts, with_sources=False)[0] == {"url": "https://x.org/1", "score": 0.016393, "sources": "mine"}


def test_equal_terms_give_equal_scores_whatever_branches_they_come_from() -> None:
    parts = [Part(name, []) for name in "abcdef"]
    scores = {scorer(parts, 60.0)(dict(enumerate(ranks))) for ranks in permutations((1, 2, 3, 5, 8, 13))}

    assert len(scores) == 1


# -- against the definition

NAMES = st.sampled_from(["1", "2", "3", "4", "5"])
PARTS = st.lists(
    st.tuples(st.lists(NAMES, max_size=5), st.sampled_from([1.0, 2.0, 0.5]), st.sampled_from([None, None, "f", "g"])),
    max_size=5,
).map(
    lambda rows: [
        Part(f"b{number}", [{"url": f"https://x.org/{name}", "by": number} for name in names], weight, family)
        for number, (names, weight, family) in enumerate(rows)
    ]
)


def by_definition(parts: list[Part], k: int) -> list[tuple[str, float, int]]:
    """(url, score, plan index of the kept element) in order, straight from the contract, in exact numbers."""
    ranks: dict[str, dict[int, int]] = {}
    for index, part in enumerate(parts):
        for position, element in enumerate(part.result, 1):
            ranks.setdefault(element["url"], {}).setdefault(index, position)
    rows = []
    for url, best in ranks.items():
        terms: dict[Any, Fraction] = {}
        for index, position in best.items():
            voter = parts[index].family or index
            terms[voter] = max(terms.get(voter, Fraction(0)), Fraction(parts[index].weight) / (k + position))
        position, index = min((position, index) for index, position in best.items())
        rows.append((-sum(terms.values()), position, index, url))
    return [(url, float(-total), index) for total, _, index, url in sorted(rows)]


@given(PARTS)
def test_it_is_what_the_contract_says(parts: list[Part]) -> None:
    records = fuse(parts)

    assert [(record["url"], record["by"]) for record in records] == [
        (url, by) for url, _, by in by_definition(parts, 60)
    ]
    for record, (_, total, _) in zip(records, by_definition(parts, 60), strict=True):
        assert math.isclose(record["score"], total, abs_tol=1e-6)


@given(PARTS, st.integers(0, 5))
def test_a_limit_cuts_what_would_come_last(parts: list[Part], limit: int) -> None:
    assert fuse(parts, limit=limit) == fuse(parts)[:limit]


@given(PARTS)
def test_it_is_deterministic_and_changes_nothing(parts: list[Part]) -> None:
    before = copy.deepcopy(parts)

    assert json.dumps(fuse(parts)) == json.dumps(fuse(before))
    assert parts == before


@given(PARTS, NAMES)
def test_one_more_vote_never_lowers_a_record(parts: list[Part], name: str) -> None:
    url = f"https://x.org/{name}"
    before = {record["url"]: record["score"] for record in fuse(parts)}
    after = {record["url"]: record["score"] for record in fuse([*parts, Part("more", [{"url": url}])])}

    assert after[url] > before.get(url, 0)
    assert {other: score for other, score in after.items() if other != url} == {
        other: score for other, score in before.items() if other != url
    }
