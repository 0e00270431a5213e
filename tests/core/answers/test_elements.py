"""Elements, and the records that they are joined to."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanout.core.answers.elements import (
    Element,
    Part,
    as_object,
    best_ranks,
    elements_of,
    fill_gaps,
    is_gap,
    join,
    sources,
)
from fanout.core.budget import Budget


def record(*values: Any) -> list[Element]:
    return [(value, part, 1) for part, value in enumerate(values)]


def test_elements_know_where_they_stood() -> None:
    parts = [Part("a", ["x", "y"]), Part("b", {"no": "list"}), Part("c", [])]

    assert [*elements_of(parts, Budget())] == [("x", 0, 1), ("y", 0, 2), ({"no": "list"}, 1, 1)]


def test_what_is_no_object_becomes_one() -> None:
    assert as_object((7, 1, 2)) == ({"value": 7}, 1, 2)
    assert as_object(([], 1, 2)) == ({"value": []}, 1, 2)
    whole = ({"a": 1}, 1, 2)
    assert as_object(whole) is whole


def test_equal_keys_are_one_record_and_none_is_equal_to_nothing() -> None:
    elements = record("a", "b", "-", "a", "-")
    joined = join(elements, lambda value: None if value == "-" else value)

    assert [[part for _, part, _ in each] for each in joined] == [[0, 3], [1], [2], [4]]


@pytest.mark.parametrize("value", [None, "", [], {}])
def test_gaps(value: Any) -> None:
    assert is_gap(value)


@pytest.mark.parametrize("value", [0, 0.0, False, " ", [None], {"a": None}])
def test_no_gaps(value: Any) -> None:
    assert not is_gap(value)


def test_gaps_are_filled_in_order() -> None:
    kept = {"id": 1, "title": "", "n": 0, "tags": []}
    others = ({"title": None, "tags": ["x"]}, {"title": "T", "n": 5, "note": ""}, {"title": "U", "note": "N"})

    assert fill_gaps(record(kept, *others), Budget()) == {"id": 1, "title": "T", "n": 0, "tags": ["x"], "note": "N"}
    assert kept == {"id": 1, "title": "", "n": 0, "tags": []}


def test_only_objects_have_gaps() -> None:
    assert fill_gaps(record("x", {"a": 1}), Budget()) == "x"
    assert fill_gaps(record({"a": ""}, "x", ["a"]), Budget()) == {"a": ""}
    assert fill_gaps(record({"a": ""}), Budget()) == {"a": ""}


VALUES: list[Any] = [None, "", [], {}, 0, False, 1, "x"]
FIELDS = st.dictionaries(st.sampled_from("abc"), st.sampled_from(VALUES), max_size=3)


@given(st.lists(FIELDS, min_size=1, max_size=4))
def test_a_filled_field_is_the_first_that_is_there(values: list[dict[str, Any]]) -> None:
    filled = fill_gaps(record(*values), Budget())

    for name in "abc":
        present = [value[name] for value in values if not is_gap(value.get(name))]
        assert filled.get(name, None) == (present[0] if present else values[0].get(name))
    assert list(filled)[: len(values[0])] == list(values[0])


def test_sources_are_the_best_ranks_in_plan_order() -> None:
    found = [("x", 0, 4), ("x", 0, 9), ("x", 2, 1), ("x", 2, 3)]
    parts = [Part(name, []) for name in "abc"]

    assert sources(best_ranks(found), parts) == [{"branch": "a", "rank": 4}, {"branch": "c", "rank": 1}]
