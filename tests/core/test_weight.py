"""The weight of a JSON text, found out without reading it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanout.core import limits
from fanout.core.weight import HOPELESS, is_hopeless, weight

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text('ab,[{"\\\\ \\n😀'),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(',[{"\\\\'), inner, max_size=4),
    max_leaves=12,
)
PLENTY = 10**9


def weighed(value: Any) -> int:
    """The weight by definition: containers, texts with their quotes, and the commas between."""
    if isinstance(value, str):
        return 1
    if isinstance(value, dict):
        return sum(map(weighed, [*value, *value.values()])) + limits.CONTAINER_WEIGHT + max(len(value) - 1, 0)
    if isinstance(value, list):
        return sum(map(weighed, value)) + limits.CONTAINER_WEIGHT + max(len(value) - 1, 0)
    return 0


@given(VALUES)
def test_what_stands_inside_of_texts_weighs_nothing(value: Any) -> None:
    text = json.dumps(value)
    assert weight(text, enough=0) >= min(weighed(value), 1)
    assert weight(text, enough=-1) == weight(text.encode(), enough=-1) == weighed(value)


@given(VALUES)
def test_what_is_light_enough_at_a_glance_is_not_looked_at_twice(value: Any) -> None:
    text = json.dumps(value)
    assert weighed(value) <= weight(text, enough=PLENTY)


@pytest.mark.parametrize("part", ["[],", "1,", '"a",', '{"":1},'])
def test_more_than_a_branch_may_hold_is_hopeless(part: str) -> None:
    assert is_hopeless("[" + part * HOPELESS + "1]")
    assert not is_hopeless("[" + part * (HOPELESS // 8) + "1]")


@pytest.mark.parametrize("inside", ["[", ",", '\\"', "\\\\"])
def test_a_long_text_is_not(inside: str) -> None:
    assert not is_hopeless('["' + inside * 2 * HOPELESS + '"]')
