"""The modes of merging, beside slow definitions of them."""

from __future__ import annotations

import copy
import json
import re
import time
from collections.abc import Callable
from itertools import chain, pairwise
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanout.core.answers.elements import is_gap
from fanout.core.answers.merge import Part, merge
from fanout.core.budget import Budget, BudgetExceeded
from fanout.core.errors import ExpressionError
from fanout.core.language.expressions import compile_expression
from fanout.core.plans.plan import Merge, MergeMode

CASES = Path(__file__).parents[2] / "cases"
MODES: tuple[MergeMode, ...] = get_args(MergeMode.__value__)


def spec(mode: MergeMode, *, key: str | None = None, sort_by: str | None = None, **options: Any) -> Merge:
    return Merge(
        mode,
        key=None if key is None else compile_expression(key),
        sort_by=None if sort_by is None else compile_expression(sort_by),
        **options,
    )


def merged(mode: MergeMode, *results: Any, **options: Any) -> Any:
    """Merge results of branches a, b, c …"""
    return merge(spec(mode, **options), parts(*results), Budget())


def parts(*results: Any) -> list[Part]:
    return [Part(chr(ord("a") + index), result) for index, result in enumerate(results)]


def ids(records: list[Any]) -> list[Any]:
    return [record["id"] for record in records]


# -- modes


OF_NOTHING: dict[MergeMode, Any] = {
    "group": {},
    "first": None,
    "concat": [],
    "deep": {},
    "zip": [],
    "rank": [],
    "vote": {"value": None, "votes": 0, "of": 0, "branches": []},
}


def test_every_mode_says_what_it_makes_of_nothing() -> None:
    assert OF_NOTHING.keys() == set(MODES)


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_has_a_conformance_case(mode: MergeMode) -> None:
    cases = "".join(file.read_text(encoding="utf-8") for file in CASES.rglob("*.yaml"))
    assert re.search(rf"\b(?:merge|mode)\b[\"']?: *[\"']?{mode}\b", cases)


@pytest.mark.parametrize(("mode", "value"), OF_NOTHING.items(), ids=OF_NOTHING)
def test_where_nothing_takes_part(mode: MergeMode, value: Any) -> None:
    assert merged(mode) == value
    assert merged(mode, None, None) == value


def test_group() -> None:
    assert merged("group", {"x": 1}, None, [1], "", False) == {"a": {"x": 1}, "c": [1], "d": "", "e": False}


def test_first() -> None:
    assert merged("first", None, {"x": 1}, {"x": 2}) == {"x": 1}
    assert merged("first", 0, 1) == 0
    assert merged("first", [3, None, 1], [2]) == [3, None, 1]


def test_concat() -> None:
    assert merged("concat", [1, [2]], {"x": 3}, "four", [], None, [None]) == [1, [2], {"x": 3}, "four", None]


def test_zip() -> None:
    assert merged("zip", [1, 2], ["x"], {"no": "list"}) == [
        {"a": 1, "b": "x", "c": {"no": "list"}},
        {"a": 2, "b": None, "c": None},
    ]


@pytest.mark.parametrize(
    ("results", "value"),
    [
        (({"x": {"p": 1, "q": None}, "l": [1]}, {"x": {"p": 2, "q": 3}, "l": [2], "z": True}),
         {"x": {"p": 1, "q": 3}, "l": [1, 2], "z": True}),
        (([1], [2, [3]], [None]), [1, 2, [3], None]),
        (([1], {"x": 1}, [2]), [1, 2]),
        (({"x": 1}, [1], {"y": 2}), {"x": 1, "y": 2}),
        (("text", {"x": 1}), "text"),
        (({"x": "s"}, {"x": {"deep": 1}}), {"x": "s"}),
        (({"x": {"deep": 1}}, {"x": "s"}, {"x": {"more": 2}}), {"x": {"deep": 1, "more": 2}}),
        (({"x": None}, {"x": None}), {"x": None}),
        (({"x": False, "y": 0, "z": ""}, {"x": 1, "y": 1, "z": 1}), {"x": False, "y": 0, "z": ""}),
        (({"x": {}}, {"x": {"a": 1}}), {"x": {"a": 1}}),
    ],
)  # fmt: skip
def test_deep(results: tuple[Any, ...], value: Any) -> None:
    assert merged("deep", *results) == value


def test_deep_keeps_the_order_of_keys() -> None:
    assert list(merged("deep", {"b": None, "a": 1}, {"c": 1, "b": 2})) == ["b", "a", "c"]


def test_deep_follows_any_depth() -> None:
    def nested(leaf: str) -> dict[str, Any]:
        value: dict[str, Any] = {leaf: 1}
        for _ in range(20_000):
            value = {"x": value}
        return value

    value = merged("deep", nested("one"), nested("two"))
    for _ in range(20_000):
        value = value["x"]
    assert value == {"one": 1, "two": 1}


def test_rank_has_its_default_key() -> None:
    one, two = {"url": "https://x.org/1"}, {"url": "http://www.x.org/1/", "title": "One"}
    [record] = merged("rank", [one], [two], sources=True)

    assert record == {
        "url": "https://x.org/1",
        "title": "One",
        "score": 0.032787,
        "sources": [{"branch": "a", "rank": 1}, {"branch": "b", "rank": 1}],
    }


# -- key, sources, limit


def test_key_joins_and_fills_gaps() -> None:
    a = [{"id": 1, "v": "a1"}, {"id": 2, "v": None}]
    b = [{"id": 2, "v": "b2"}, {"id": 3, "v": "b3"}, {"v": "nokey"}, {"v": "nokey"}]

    assert merged("concat", a, b, key="id") == [
        {"id": 1, "v": "a1"},
        {"id": 2, "v": "b2"},
        {"id": 3, "v": "b3"},
        {"v": "nokey"},
        {"v": "nokey"},
    ]


def test_keys_are_equal_as_json_is() -> None:
    keys = [1, 1.0, True, "1", [1, {"x": 2}], [1.0, {"x": 2.0}], {"x": 1, "y": 2}, {"y": 2, "x": 1}, [True]]
    values = merged("concat", [{"id": key} for key in keys], key="id")

    assert ids(values) == [1, True, "1", [1, {"x": 2}], {"x": 1, "y": 2}, [True]]
    assert [type(key) for key in ids(values)[:2]] == [int, bool]


def test_key_may_be_the_element_itself() -> None:
    assert merged("concat", ["x", "y", "x"], ["y", 1, 1.0], key="@") == ["x", "y", 1]


def test_concat_with_sources() -> None:
    values = merged("concat", [{"id": 1}, {"id": 2}], [{"id": 2}, {"id": 2}, "text"], key="id", sources=True)

    assert values == [
        {"id": 1, "sources": [{"branch": "a", "rank": 1}]},
        {"id": 2, "sources": [{"branch": "a", "rank": 2}, {"branch": "b", "rank": 1}]},
        {"value": "text", "sources": [{"branch": "b", "rank": 3}]},
    ]


def test_options_hold_wherever_a_list_comes_out() -> None:
    rows = [{"id": 3}, {"id": 1}, {"id": 1, "v": 2}]

    assert merged("first", rows, [0], key="id", sort_by="id", limit=1) == [{"id": 1, "v": 2}]
    assert merged("deep", rows, [{"id": 2}], key="id", sort_by="id", limit=2) == [{"id": 1, "v": 2}, {"id": 2}]
    assert merged("zip", [3, 1, 2], sort_by="a", limit=2) == [{"a": 1}, {"a": 2}]
    assert ids(merged("rank", rows, key="id", sort_by="id", limit=2)) == [1, 3]


def test_options_leave_what_is_no_list() -> None:
    assert merged("group", [2, 1], limit=1, sort_by="@") == {"a": [2, 1]}
    assert merged("first", {"id": 1}, limit=1, sources=True) == {"id": 1}


def test_limit_comes_after_sorting() -> None:
    assert merged("concat", [3, 1, 2], sort_by="@", limit=2) == [1, 2]
    assert merged("concat", [3, 1, 2], limit=2) == [3, 1]
    assert merged("concat", [3], limit=2) == [3]


def test_rank_can_be_sorted_by_what_it_adds() -> None:
    values = merged("rank", [{"url": "https://x.org/1"}, {"url": "https://x.org/2"}], sort_by="score")
    assert [value["url"][-1] for value in values] == ["2", "1"]


# -- sort_by

MIXED: list[Any] = [None, "b", 2, True, [1], 1.5, "a", {}, False, None, "B"]


def test_ascending() -> None:
    values = merged("concat", [{"id": value} for value in MIXED], sort_by="id")
    assert ids(values) == [1.5, 2, "B", "a", "b", False, True, [1], {}, None, None]


def test_descending_turns_each_kind_and_missing_stays_last() -> None:
    values = merged("concat", [{"id": value} for value in MIXED], sort_by="id", descending=True)
    assert ids(values) == [2, 1.5, "b", "a", "B", True, False, [1], {}, None, None]


@pytest.mark.parametrize("descending", [False, True])
def test_sorting_is_stable(descending: bool) -> None:
    rows = [{"id": number, "by": number % 2} for number in range(6)]
    values = merged("concat", rows, sort_by="by", descending=descending)

    assert ids(values) == ([1, 3, 5, 0, 2, 4] if descending else [0, 2, 4, 1, 3, 5])


# -- errors and limits


def test_errors_name_the_option() -> None:
    with pytest.raises(ExpressionError, match=r"^merge\.key: "):
        merged("concat", [1], key="length(@)")
    with pytest.raises(ExpressionError, match=r"^merge\.sort_by: "):
        merged("rank", ["x"], sort_by="abs(value)")


def test_a_zip_too_large_is_refused() -> None:
    lists = [[0] * 1_000_000, *([1] for _ in range(99))]
    with pytest.raises(BudgetExceeded):
        merge(spec("zip"), [Part(f"b{number}", values) for number, values in enumerate(lists)], Budget())


@pytest.mark.parametrize("mode", ["concat", "deep", "rank", "first"])
def test_the_budget_holds(mode: MergeMode) -> None:
    with pytest.raises(BudgetExceeded):
        merge(spec(mode), parts([0] * 10_000, [0] * 10_000), Budget(50))


def test_an_error_of_a_merge_names_it() -> None:
    with pytest.raises(BudgetExceeded, match=r"^merge: stopped after 50 visited nodes"):
        merge(spec("concat"), parts([0] * 10_000), Budget(50))
    with pytest.raises(BudgetExceeded, match=r"^merge\.key: stopped after 110 visited nodes"):
        merge(spec("concat", key="a.b.c"), parts([{"a": {"b": {"c": 1}}}] * 100), Budget(110))


def test_null_and_blank_text_are_no_key() -> None:
    rows = [{"id": key} for key in ("", None, " ", "", None)]
    for mode in ("concat", "rank"):
        assert len(merged(mode, rows, key="id")) == 5


def test_fill_false_keeps_the_kept_element_as_it_is() -> None:
    for mode in ("concat", "rank"):
        [row] = merged(mode, [{"id": 1, "v": ""}], [{"id": 1, "v": "b", "w": "c"}], key="id", fill=False, sources=False)
        assert {name: row[name] for name in row if name != "score"} == {"id": 1, "v": ""}


def test_concat_keeps_of_equal_records_the_first_in_the_order() -> None:
    one = [{"name": "lamp", "price": 30}, {"name": "desk", "price": 90}, {"name": "lamp", "price": None}]
    two = [{"name": "lamp", "price": 25, "shop": "b"}]

    assert merged("concat", one, two, key="name", sort_by="price") == [
        {"name": "lamp", "price": 25, "shop": "b"},
        {"name": "desk", "price": 90},
    ]
    assert merged("concat", one, two, key="name", sort_by="price", descending=True, limit=1) == [
        {"name": "desk", "price": 90}
    ]


@given(st.lists(st.integers(0, 9)), st.booleans())
def test_sorting_piece_by_piece_is_sorting(values: list[int], descending: bool) -> None:
    pairs = list(enumerate(values))
    expected = sorted(pairs, key=lambda pair: pair[1], reverse=descending)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("fanout.core.answers.elements._SORTED_AT_ONCE", 3)
        rows = [{"at": at, "by": by} for at, by in pairs]
        found = merged("concat", rows, sort_by="by", descending=descending)
    assert [(row["at"], row["by"]) for row in found] == expected


# -- whatever the results

SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "x", "y"])
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=12,
)
ROWS = st.lists(
    st.fixed_dictionaries({"id": st.none() | st.integers(0, 3)}, optional={"v": SCALARS, "w": SCALARS}), max_size=5
)


@given(st.sampled_from(MODES), st.lists(JSON, max_size=4), st.booleans())
def test_the_same_results_give_the_same_bytes_and_are_never_changed(
    mode: MergeMode, results: list[Any], sources: bool
) -> None:
    before = copy.deepcopy(results)
    first = merged(mode, *results, sources=sources)
    second = merged(mode, *copy.deepcopy(before), sources=sources)

    assert json.dumps(first) == json.dumps(second)
    assert json.dumps(results) == json.dumps(before)


@given(st.lists(ROWS, max_size=4))
def test_a_key_leaves_one_record_per_value(lists: list[list[dict[str, Any]]]) -> None:
    rows = list(chain.from_iterable(lists))
    expected = []
    for index, row in enumerate(rows):
        if row["id"] is None:
            expected.append(row)
        elif all(row["id"] != earlier["id"] for earlier in rows[:index]):
            equal = [other for other in rows if other["id"] == row["id"]]
            names = dict.fromkeys(chain.from_iterable(equal))
            filled = {name: next((o[name] for o in equal if not is_gap(o.get(name))), row.get(name)) for name in names}
            expected.append({name: value for name, value in filled.items() if name in row or not is_gap(value)})
    values = merged("concat", *lists, key="id")

    assert values == expected
    assert merged("concat", values, key="id") == values


@given(st.lists(st.lists(SCALARS, max_size=4), max_size=4))
def test_zip_turned_back_gives_the_lists(lists: list[list[Any]]) -> None:
    rows = merged("zip", *lists)

    assert len(rows) == max(map(len, lists), default=0)
    for part in parts(*lists):
        column = [row[part.name] for row in rows]
        assert column == part.result + [None] * (len(rows) - len(part.result))


def joined(left: Any, right: Any) -> Any:
    """Two values of one kind, from the words of the contract."""
    if left is None or right is None:
        return right if left is None else left
    if isinstance(left, dict) and isinstance(right, dict):
        return {name: joined(left.get(name), right.get(name)) for name in [*left, *(n for n in right if n not in left)]}
    return left + right if isinstance(left, list) and isinstance(right, list) else left


@given(st.lists(JSON.filter(lambda value: value is not None), min_size=1, max_size=4))
def test_deep_is_joining_one_after_the_other(results: list[Any]) -> None:
    value = results[0]
    for result in results[1:]:
        value = joined(value, result)

    assert merged("deep", *results) == value


SHAPED = st.fixed_dictionaries(
    {},
    optional={
        "l": st.lists(SCALARS, max_size=2),
        "o": st.fixed_dictionaries({}, optional={"n": SCALARS}),
        "s": SCALARS,
    },
)


@given(SHAPED, SHAPED, SHAPED)
def test_deep_is_associative_over_objects_of_one_shape(one: Any, two: Any, three: Any) -> None:
    whole = merged("deep", one, two, three)

    assert merged("deep", merged("deep", one, two), three) == whole
    assert merged("deep", one, merged("deep", two, three)) == whole


@given(st.lists(SCALARS | st.lists(SCALARS, max_size=1)), st.booleans())
def test_sorting_loses_nothing_and_is_idempotent(values: list[Any], descending: bool) -> None:
    rows = [{"id": value, "at": index} for index, value in enumerate(values)]
    once = merged("concat", rows, sort_by="id", descending=descending)

    assert sorted(row["at"] for row in once) == list(range(len(rows)))
    assert merged("concat", once, sort_by="id", descending=descending) == once


# -- others wait for none of it


def longest_without_a_pause_s(mode: MergeMode, results: list[Any], **options: Any) -> float:
    """The longest time of one core between two pauses of a merge."""
    times = [time.thread_time()]
    budget = Budget(pause=lambda: times.append(time.thread_time()))
    merge(spec(mode, **options), parts(*results), budget)
    times.append(time.thread_time())
    return max(after - before for before, after in pairwise(times))


def wide() -> list[dict[str, int]]:
    return [{"id": 1, **{f"{letter}{number}": number for number in range(200_000)}} for letter in "abcd"]


# made where they are merged, not while tests are collected
@pytest.mark.parametrize(
    ("mode", "results", "options"),
    [
        ("concat", lambda: [[fields] for fields in wide()], {"key": "id"}),
        ("deep", wide, {}),
        ("concat", lambda: [[number * 7_919 % 300_007 / 3 for number in range(300_000)]], {"sort_by": "@"}),
        ("rank", lambda: [[{"url": f"https://x.org/{number}"} for number in range(60_000)]] * 2, {}),
        ("rank", lambda: [[{"url": "https://x.org/" + "a/" * 3_900_000}]], {}),
        ("concat", lambda: [[1] * 2_000_000] * 4, {}),
    ],
    ids=["fill", "deep", "sort", "rank", "address", "copy"],
)
def test_a_large_merge_lets_others_run(
    mode: MergeMode, results: Callable[[], list[Any]], options: dict[str, Any]
) -> None:
    assert longest_without_a_pause_s(mode, results(), **options) < 0.5  # 0.1 s and less on a quiet machine
