"""Cleaning at the parser's speed: the same as `values.clean`, and never slow."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanout.core.budget import Budget
from fanout.core.cleaning import clean_parsed
from fanout.core.errors import TooLargeError
from fanout.core.values import Size, clean, measure

SURROGATES = st.text(st.characters(codec=None))  # lone ones too
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | SURROGATES | st.just(10**400) | st.just(-(10**350))
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(SURROGATES, inner), max_leaves=20)


@given(VALUES)
def test_it_cleans_as_values_are_cleaned_elsewhere(value: Any) -> None:
    cleaned, size = clean_parsed(value)
    assert repr(cleaned) == repr(clean(value))  # `==` would take 1 for true
    assert size.bytes == len(json.dumps(cleaned, ensure_ascii=False, separators=(",", ":")).encode())
    assert size.nodes >= measure(cleaned, Budget()).nodes


@pytest.mark.parametrize("value", [None, "x", "é", 1.5, 2**53, {"a": [{}, {"b": "1" * 299}]}])
def test_what_is_clean_stays_the_same_object(value: Any) -> None:
    assert clean_parsed(value)[0] is value


def test_a_number_that_the_interpreter_does_not_write_out_is_null() -> None:
    assert clean_parsed([10**5_000, 1]) == ([None, 1], Size(nodes=8, bytes=8))


def test_digits_in_a_text_stay_text() -> None:
    value = {"a": "1" * 5_000, "b": ["," + "1" * 400]}
    assert clean_parsed(value)[0] == value


def test_keys_that_become_equal_keep_the_last() -> None:
    value = dict(zip(("\ud800", "\udc00"), (1, 2), strict=True))
    assert clean_parsed(value)[0] == clean(value) == {"\ufffd": 2}


@pytest.mark.parametrize("value", [{}, {"\ud800": 10**400}], ids=["clean", "unclean"])
def test_many_values_take_no_second(value: Any) -> None:
    values = [value, *({} for _ in range(300_000))]
    started = time.process_time()
    clean_parsed(values)
    assert time.process_time() - started < 1


def test_digits_without_end_take_no_time_per_digit() -> None:
    value = ["1" * 299 + "a"] * 10_000
    started = time.process_time()
    assert clean_parsed(value)[0] is value
    assert time.process_time() - started < 1


def test_what_is_nested_too_deeply_says_so() -> None:
    value: list[Any] = []
    for _ in range(5_000):
        value = [value]
    with pytest.raises(TooLargeError, match="nested too deeply"):
        clean_parsed(value)
