from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground import gojson

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("1.0", 1),
        ("1e3", 1000),
        ("-0.0", 0),
        ("9007199254740993", 9007199254740992),
        ("12345678901234567890", 12345678901234567000),
        ("1e21", 1e21),
        ("1e-7", 1e-7),
        ("0.1", 0.1),
    ],
)
def test_numbers_become_float64_and_whole_ones_integers(written: str, read: Any) -> None:
    value = gojson.decode(written)
    assert (value, type(value)) == (read, type(read))


def test_keys_come_out_sorted_at_every_depth() -> None:
    assert list(gojson.round_trip({"b": {"z": 1, "a": 2}, "a": 0})) == ["a", "b"]
    assert list(gojson.round_trip({"b": {"z": 1, "a": 2}})["b"]) == ["a", "z"]


def test_of_a_double_key_the_last_one_stays() -> None:
    assert gojson.decode('{"b": 1, "a": 2, "b": 3}') == {"a": 2, "b": 3}


def test_a_lone_surrogate_becomes_the_replacement_character_and_a_pair_stays() -> None:
    assert gojson.decode(r'{"\ud800": ["\udc00x", "\ud83d\ude00"]}') == {"�": ["�x", "😀"]}


def test_bytes_that_are_no_utf8_become_the_replacement_character() -> None:
    assert gojson.decode(b'"a\xffb"') == "a�b"


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e999", "[1,]", "{} {}", "'a'"])
def test_what_go_refuses_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        gojson.decode(text)


def test_marshalled_text_has_gos_escapes() -> None:
    assert gojson.marshal({"b": "<a>&", "a": 1.0}) == r'{"a":1,"b":"\u003ca\u003e\u0026"}'


@given(JSON)
def test_a_second_passage_changes_nothing(value: Any) -> None:
    once = gojson.round_trip(value)
    assert gojson.encode(gojson.round_trip(once)) == gojson.encode(once)
