"""How much work one evaluation may still do, and a door through which it lets others run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from . import limits
from .errors import ExpressionError


class BudgetExceeded(ExpressionError):
    """The evaluation visited more nodes than it was given."""


# does work, if it is long where nobody waits for it, and says how many nodes that was worth
type Measure = Callable[[Callable[[], Any], bool], tuple[Any, int]]


class Budget:
    """Counts visited nodes; raises `BudgetExceeded` when there are none left.

    Every long-running pure function takes one and calls `spend` as it goes. `pause`, if given, is called about every
    `PAUSE_NODES` nodes: whoever runs the function decides there whether it is time to let others run (or raises, to
    give it up). `measure`, if given, does what cannot pause, and whose cost nobody knows beforehand. The core itself
    knows no clock and no thread.
    """

    PAUSE_NODES = 500

    __slots__ = ("_left", "_measure", "_nodes", "_pause", "_pause_at")

    def __init__(
        self,
        nodes: int = limits.EVAL_NODES,
        pause: Callable[[], None] | None = None,
        measure: Measure | None = None,
    ) -> None:
        self._nodes = nodes
        self._left = nodes
        self._pause = pause
        self._pause_at = nodes - self.PAUSE_NODES if pause else -1
        self._measure = measure

    def spend(self, nodes: int = 1) -> None:
        """Count `nodes` visited nodes. Raises BudgetExceeded when the budget is used up."""
        self._left -= nodes
        if self._left <= self._pause_at:
            self._pause_at = self._left - self.PAUSE_NODES
            if self._pause is not None:
                self._pause()
        if self._left < 0:
            raise self._exceeded()

    def measured[T](self, work: Callable[[], T], guess: int, is_long: bool) -> T:
        """The result of work that cannot pause and is worth `guess` nodes, or what it turns out to be worth.

        Work that may be long is refused by a budget for what is done at once. Raises BudgetExceeded.
        """
        if self._measure is not None:
            result, nodes = self._measure(work, is_long)
            self.spend(nodes)
            return cast(T, result)
        if is_long and self._nodes <= limits.INLINE_NODES:
            raise self._exceeded()
        self.spend(guess)
        return work()

    def _exceeded(self) -> BudgetExceeded:
        return BudgetExceeded(f"stopped after {self._nodes:,} visited nodes; select less data first")
