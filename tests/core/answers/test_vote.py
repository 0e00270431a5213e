"""Merge mode `vote`: what most branches agree on."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanout.core.answers.merge import Part, merge
from fanout.core.budget import Budget
from fanout.core.language.expressions import compile_expression
from fanout.core.plans.plan import Merge


def vote(*results: Any, key: str | None = None, weights: tuple[float, ...] = ()) -> Any:
    """What branches a, b, c … agree on."""
    weights = weights or (1.0,) * len(results)
    given = zip("abcdefgh", results, weights, strict=False)
    spec = Merge("vote", key=None if key is None else compile_expression(key))
    return merge(spec, [Part(name, result, weight) for name, result, weight in given], Budget())


def test_the_majority_wins() -> None:
    assert vote("ham", "spam", "spam") == {"value": "spam", "votes": 2, "of": 3, "branches": ["b", "c"]}


def test_text_agrees_without_case_and_outer_blanks_and_the_first_is_given() -> None:
    assert vote("x", " Spam\n", "spam")["value"] == " Spam\n"


def test_weights_count() -> None:
    assert vote("x", "y", "y", weights=(3, 1, 1)) == {"value": "x", "votes": 3, "of": 5, "branches": ["a"]}


def test_ties_go_to_plan_order() -> None:
    assert vote("x", "y", "y", "x")["value"] == "x"


def test_a_key_says_what_agrees() -> None:
    results = [{"label": "A", "why": 1}, {"label": "b"}, {"label": "a", "why": 3}]
    assert vote(*results, key="label") == {"value": results[0], "votes": 2, "of": 3, "branches": ["a", "c"]}


@pytest.mark.parametrize("nothing", [None, "", "  "])
def test_who_has_no_key_agrees_with_nobody(nothing: Any) -> None:
    results = [{"label": nothing}, {"label": nothing}, {"label": "a"}]
    assert vote(*results, key="label") == {"value": results[2], "votes": 1, "of": 3, "branches": ["c"]}


def test_values_of_other_kinds_are_compared_as_they_are() -> None:
    assert vote({"a": [1, 2]}, [1], {"a": [1, 2]})["branches"] == ["a", "c"]
    assert vote(1, True, "1", True)["value"] is True
    assert vote(0, False, False)["value"] is False


@given(st.lists(st.sampled_from(["a", "B", "b ", "c"]), min_size=1, max_size=8))
def test_the_winner_has_the_most_votes_and_all_who_agree(results: list[str]) -> None:
    folded = [result.strip().lower() for result in results]
    most = max(map(folded.count, folded))
    first = next(index for index, each in enumerate(folded) if folded.count(each) == most)
    names = [name for name, each in zip("abcdefgh", folded, strict=False) if each == folded[first]]

    assert vote(*results) == {"value": results[first], "votes": most, "of": len(results), "branches": names}
