"""Pauses for reading: whoever reads many expressions at once lets others run between them.

Expressions are read deep inside of other readers (those of plans, of catalogs, of templates), which have no business
with it; so the budget is of the context, not an argument.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from .. import limits
from ..budget import Budget


@contextmanager
def reading(make_budget: Callable[[], Budget]) -> Iterator[None]:
    """What is read in this block counts in a budget, a node for a character or two.

    It is made once there is much to read.
    """
    token = _current.set(_Reading(make_budget))
    try:
        yield
    finally:
        _current.reset(token)


def spend_reading(nodes: int) -> None:
    """Count work of reading, where it is counted. Raises BudgetExceeded."""
    current = _current.get()
    if current is not None:
        current.spend(nodes)


class _Reading:
    __slots__ = ("_budget", "_free", "_make_budget")

    def __init__(self, make_budget: Callable[[], Budget]) -> None:
        self._make_budget = make_budget
        self._free = limits.INLINE_NODES
        self._budget: Budget | None = None

    def spend(self, nodes: int) -> None:
        self._free -= nodes
        if self._free < 0:
            self._budget = self._budget or self._make_budget()
            self._budget.spend(nodes)


_current: ContextVar[_Reading | None] = ContextVar("reading", default=None)
