"""Values: sizes, cleaning, writing out, equality."""

from __future__ import annotations

import copy
import json
from decimal import Decimal
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanout.core.budget import Budget, BudgetExceeded
from fanout.core.errors import TooLargeError
from fanout.core.values import (
    check_size,
    clean,
    clean_size,
    compact,
    equal,
    identity,
    json_bytes,
    measure,
    to_text,
    to_words,
)

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=30)
ANYTHING = st.recursive(
    SCALARS | st.floats() | st.text(st.characters()) | st.binary() | st.decimals() | st.integers(-(10**400), 10**400),
    lambda inner: (
        st.lists(inner)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(st.characters()) | st.integers() | st.booleans() | st.none() | st.floats(), inner)
    ),
    max_leaves=30,
)


def doubled(value: Any, times: int) -> Any:
    for _ in range(times):
        value = [value, value]
    return value


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def written(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def nodes_of(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + sum(map(nodes_of, value.values()))
    return 1 + sum(map(nodes_of, value)) if isinstance(value, list) else 1


# -- measure and check_size


@given(JSON)
def test_a_measured_size_is_that_of_the_dump(value: Any) -> None:
    assert measure(value, Budget()) == (nodes_of(value), len(written(value).encode()))


@given(JSON, st.integers(0, 6))
def test_shared_parts_count_every_time(value: Any, times: int) -> None:
    shared = doubled(value, times)
    assert measure(shared, Budget()) == (nodes_of(shared), len(written(shared).encode()))


@pytest.mark.parametrize("text", ["x" * 1000, "ü" * 1000, '"\n\x00' * 500, "\U0001f600" * 300])
def test_long_texts_count_every_time(text: str) -> None:
    value = {"a": [text] * 20, text: text}
    assert measure(value, Budget()).bytes == len(written(value).encode())


@given(JSON)
def test_the_bytes_of_clean_values_are_those_of_the_dump(value: Any) -> None:
    value = clean(value)
    size = len(written(value).encode())
    assert json_bytes(value) == size
    assert clean_size(value) == (nodes_of(value), size)


@pytest.mark.parametrize("value", [["ü", None, 1.5] * 2_000, "é" * 2_000_000, {str(n): n for n in range(5_000)}])
def test_the_bytes_of_what_is_too_large_for_a_glance(value: Any) -> None:
    assert json_bytes(value) == measure(value, Budget()).bytes == len(written(value).encode())
    assert clean_size(value) is None


@given(ANYTHING)
def test_only_clean_values_have_a_clean_size(value: Any) -> None:
    if clean_size(value) is not None:
        assert clean(value) is value
        assert json.loads(written(value)) == value


def test_sizes_beyond_all_limits_are_found_at_once() -> None:
    budget = Budget(2_000)
    size = measure(doubled(1, 500), budget)
    assert size.nodes == size.bytes == 2**62


def test_a_long_text_that_occurs_often_is_measured_once() -> None:
    measure(["x" * 1_000_000] * 1_000, Budget(20_000))


def test_measuring_stops_with_the_budget() -> None:
    with pytest.raises(BudgetExceeded):
        measure([[1] * 100 for _ in range(100)], Budget(5_000))
    with pytest.raises(BudgetExceeded):
        measure(["x" * 100_000], Budget(1_000))


@given(JSON, st.integers(1, 2_000), st.integers(1, 60))
def test_a_value_passes_exactly_up_to_its_limits(value: Any, max_bytes: int, max_nodes: int) -> None:
    size = measure(value, Budget())
    if size.bytes <= max_bytes and size.nodes <= max_nodes:
        check_size(value, Budget(), "it", max_bytes, max_nodes)
    else:
        with pytest.raises(TooLargeError, match="it is larger than "):
            check_size(value, Budget(), "it", max_bytes, max_nodes)


def test_a_glance_does_not_walk_what_is_large() -> None:
    with pytest.raises(TooLargeError, match="the result is larger than 32 MiB; select less of it"):
        check_size(doubled(1, 40), Budget(1_000), "the result")
    with pytest.raises(TooLargeError, match="2,000,000 values"):
        check_size(doubled(1, 22), Budget(1_000), "the result", max_bytes=2**40)
    with pytest.raises(TooLargeError, match="larger than 8 MiB"):
        check_size("x" * 2**23, Budget(), "the result", max_bytes=2**23)


def test_values_nested_too_deeply_are_too_large() -> None:
    value = nested(100_000)
    with pytest.raises(TooLargeError, match="nested too deeply"):
        measure(value, Budget())
    with pytest.raises(TooLargeError, match="the result is nested too deeply"):
        check_size(value, Budget(), "the result")
    with pytest.raises(TooLargeError, match="nested too deeply"):
        clean(value)
    with pytest.raises(TooLargeError, match="nested too deeply"):
        compact(value)


def test_nesting_that_data_may_have_is_no_problem() -> None:
    value = nested(500)
    assert measure(value, Budget()).nodes == 501
    assert clean(value) is value
    assert compact(value) == "[" * 500 + "1" + "]" * 500


@pytest.mark.parametrize(("size", "words"), [(8 * 2**20, "8 MiB"), (4096, "4 KiB"), (1536, "1.5 KiB"), (3, "3 bytes")])
def test_sizes_in_words(size: int, words: str) -> None:
    assert to_words(size) == words


# -- clean


def is_json(value: Any) -> bool:
    if type(value) is dict:
        return all(type(key) is str and is_json(key) and is_json(item) for key, item in value.items())
    if type(value) is list:
        return all(map(is_json, value))
    if type(value) is str:
        return not any("\ud800" <= character <= "\udfff" for character in value)
    if type(value) is float:
        return value - value == 0
    return value is None or type(value) in (bool, int)


@given(ANYTHING)
def test_clean_gives_a_json_value_and_leaves_it_alone_the_second_time(value: Any) -> None:
    once = clean(value)
    assert is_json(once)
    assert clean(once) is once
    json.loads(compact(once))


@given(JSON)
def test_a_clean_value_is_the_same_object(value: Any) -> None:
    before = copy.deepcopy(value)
    assert clean(value) is value
    assert value == before


@given(ANYTHING)
def test_clean_does_not_change_its_input(value: Any) -> None:
    before = repr(value)
    clean(value)
    assert repr(value) == before


class Colour(StrEnum):
    RED = "red"


class Level(IntEnum):
    HIGH = 3


class Names(dict[str, Any]):
    pass


@pytest.mark.parametrize(
    ("value", "cleaned"),
    [
        ("a\ud800b", "a\ufffdb"),
        ("\udc00\ud800", "\ufffd\ufffd"),
        ("\ud83d\ude00", "\U0001f600"),
        ([float("nan"), float("inf"), -float("inf")], [None, None, None]),
        (10**400, None),
        ((1, (2,)), [1, [2]]),
        ({1: "a", None: "b", False: "c", 2.5: "d"}, {"1": "a", "null": "b", "false": "c", "2.5": "d"}),
        ({"\ud800": 1}, {"\ufffd": 1}),
        (Colour.RED, "red"),
        ({Colour.RED: Level.HIGH}, {"red": 3}),
        (Names(a=(1,)), {"a": [1]}),
        (MappingProxyType({"a": [float("nan")]}), {"a": [None]}),
        (Decimal("1.5"), "1.5"),
        (b"x", "b'x'"),
    ],
)
def test_what_is_no_json_becomes_json(value: Any, cleaned: Any) -> None:
    found = clean(value)
    assert found == cleaned
    assert is_json(found)


def test_shared_parts_are_cleaned_once() -> None:
    value = doubled([float("nan")], 60)
    cleaned = clean(value)
    assert cleaned[0] is cleaned[1]


# -- writing out


def test_compact_keeps_order_and_letters() -> None:
    assert compact({"ü": [1, 2.0, True, None], "a": "“"}) == '{"ü":[1,2.0,true,null],"a":"“"}'


@pytest.mark.parametrize(
    ("value", "text"), [("a b", "a b"), (None, ""), (True, "true"), (1, "1"), (1.5, "1.5"), ([], "[]"), ({}, "{}")]
)
def test_values_inside_a_text(value: Any, text: str) -> None:
    assert to_text(value) == text


# -- equality


def same(left: Any, right: Any) -> bool:
    """JSON equality, by its definition."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, (int, float)) and isinstance(right, (int, float)):
        return left == right
    if type(left) is not type(right):
        return False
    if isinstance(left, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    return bool(left == right)


# few values, so that equal ones and nearly equal ones are frequent
ALIKE = st.recursive(
    st.sampled_from([None, True, False, 0, 1, 0.0, 1.0, -0.0, "", "1", 2**60, float(2**60), 2**53 + 1, 0.5]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner),
    max_leaves=6,
)


@given(ALIKE, ALIKE)
def test_equality_is_that_of_json(left: Any, right: Any) -> None:
    assert equal(left, right, Budget()) is same(left, right)
    assert equal(left, copy.deepcopy(left), Budget())


@given(ALIKE, ALIKE)
def test_identities_are_equal_for_equal_values_only(left: Any, right: Any) -> None:
    assert (identity(left, Budget()) == identity(right, Budget())) is same(left, right)
    if same(left, right):
        assert hash(identity(left, Budget())) == hash(identity(right, Budget()))


def test_comparing_counts_as_writing_out() -> None:
    with pytest.raises(TooLargeError, match="a compared value"):
        equal(doubled(1, 40), doubled(1, 40), Budget())
    assert not equal(doubled(1, 40), [1, 2, 3], Budget())


def test_numbers_made_to_collide_do_not_slow_down_identity() -> None:
    modulus = 2**61 - 1  # of the hashes of numbers
    marks = {identity(modulus * factor, Budget()) for factor in range(20_000)}
    assert len(marks) == 20_000
