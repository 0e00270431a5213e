"""Depth of nesting."""

from __future__ import annotations

from typing import Any

import pytest

from fanout.core.budget import Budget, BudgetExceeded
from fanout.core.depth import is_deeper


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth - 1):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "depth"),
    [(1, 0), ("x", 0), ([], 1), ({}, 1), ([1, {"a": []}], 3), ({"a": 1, "b": [[]]}, 3), (nested(9_000), 9_000)],
)
def test_depth_is_how_often_containers_stand_in_each_other(value: Any, depth: int) -> None:
    assert not is_deeper(value, depth)
    assert is_deeper(value, depth - 1) or depth == 0


def test_shared_parts_are_visited_once_a_level() -> None:
    value: list[Any] = []
    for _ in range(60):
        value = [value, value]
    assert not is_deeper(value, 61, Budget(1_000))
    assert is_deeper(value, 60, Budget(1_000))


def test_it_spends() -> None:
    with pytest.raises(BudgetExceeded):
        is_deeper([0] * 1_000, 5, Budget(100))
