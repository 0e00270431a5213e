"""How much work one evaluation may still do, and a door through which it lets others run."""

from __future__ import annotations

from collections.abc import Callable

from . import limits
from .errors import ExpressionError


class BudgetExceeded(ExpressionError):
    """The evaluation visited more nodes than it was given."""


class Budget:
    """Counts visited nodes; raises `BudgetExceeded` when there are none left.

    Every long-running pure function takes one and calls `spend` as it goes. `pause`, if given, is called about every
    `PAUSE_NODES` nodes: whoever runs the function decides there whether it is time to let others run (or raises, to
    give it up). The core itself knows no clock.
    """

    PAUSE_NODES = 500

    __slots__ = ("_left", "_nodes", "_pause", "_pause_at")

    def __init__(self, nodes: int = limits.EVAL_NODES, pause: Callable[[], None] | None = None) -> None:
        self._nodes = nodes
        self._left = nodes
        self._pause = pause
        self._pause_at = nodes - self.PAUSE_NODES if pause else -1

    def spend(self, nodes: int = 1) -> None:
        """Count `nodes` visited nodes. Raises BudgetExceeded when the budget is used up."""
        self._left -= nodes
        if self._left <= self._pause_at:
            self._pause_at = self._left - self.PAUSE_NODES
            if self._pause is not None:
                self._pause()
        if self._left < 0:
            raise BudgetExceeded(f"stopped after {self._nodes:,} visited nodes; select less data first")
