"""Nobody waits for an expression: reading pauses, and what cannot pause is done in parts."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanout.core.budget import Budget, BudgetExceeded
from fanout.core.language import functions
from fanout.core.language.expressions import compile_expression
from fanout.core.language.functions import sort_paced
from fanout.core.language.pacing import reading

LONGEST_S = 1.0  # several times what a quiet machine takes: 0.1 s


class Waits:
    """Processor time between pauses."""

    def __init__(self) -> None:
        self.longest_s = 0.0
        self.count = 0
        self._last = time.thread_time()

    def pause(self) -> None:
        now = time.thread_time()
        self.longest_s = max(self.longest_s, now - self._last)
        self.count += 1
        self._last = now

    def budget(self) -> Budget:
        return Budget(pause=self.pause)


def expressions(chars: int, total: int) -> list[str]:
    part = "a.b[?c == `1`].d || "
    return [part * (chars // len(part)) + f"e{number}" for number in range(total // chars)]


def test_many_long_expressions_are_read_with_pauses() -> None:
    waits = Waits()
    with reading(waits.budget):
        for text in expressions(2_500, 131_072):
            compile_expression(text)
    waits.pause()
    assert waits.count > 50
    assert waits.longest_s < LONGEST_S


def test_the_longest_expression_is_read_in_no_time() -> None:
    text = "[" + ", ".join(["a.b[0] == c"] * 2_500) + "]"
    waits = Waits()
    with reading(waits.budget):
        compile_expression(text)
    waits.pause()
    assert waits.longest_s < LONGEST_S


def test_little_is_read_without_a_budget() -> None:
    def none() -> Budget:
        raise AssertionError

    with reading(none):
        compile_expression("a.b.c == 'little'")


def test_reading_ends_where_the_budget_does() -> None:
    texts = expressions(1_000, 40_000)
    with reading(lambda: Budget(10_000)), pytest.raises(BudgetExceeded):
        list(map(compile_expression, texts))


@pytest.mark.parametrize(
    ("expression", "make"),
    [
        ("length(sort(@))", lambda: [random.random() for _ in range(150_000)]),
        ("length(sort_by(@, &@))", lambda: [random.random() for _ in range(150_000)]),
        ("length(merge(@, @))", lambda: {str(number): number for number in range(150_000)}),
        ("length(unique(@))", lambda: list(range(150_000))),
        ("length(regex_replace(@, '[0-9]+', '#'))", lambda: "order 17, " * 10_000),
    ],
)
def test_large_data_is_worked_on_with_pauses(expression: str, make: Callable[[], Any]) -> None:
    data = make()
    waits = Waits()
    compile_expression(expression).evaluate(data, waits.budget())
    waits.pause()
    assert waits.count > 10
    assert waits.longest_s < LONGEST_S


@given(st.lists(st.tuples(st.integers(0, 3), st.integers())), st.integers(1, 5))
def test_sorting_in_runs_is_sorting(items: list[tuple[int, int]], run: int) -> None:
    with patch.object(functions, "_RUN", run):
        assert sort_paced(items, Budget(), key=lambda item: item[0]) == sorted(items, key=lambda item: item[0])
        assert sort_paced(items, Budget()) == sorted(items)
