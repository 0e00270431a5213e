"""Evaluation of expressions and templates: small ones on the spot, larger ones where they hold up nobody."""

from __future__ import annotations

from collections.abc import Callable

from ..core import limits
from ..core.budget import Budget, BudgetExceeded
from .ports import Offload
from .scheduler import Scheduler
from .slots import PrioritySlots


def inline_budget() -> Budget:
    """For an evaluation on the spot, where nothing else holds up the loop."""
    return Budget(limits.INLINE_NODES)


class Evaluator:
    """Evaluates for one call; at most `limits.EVALUATIONS` of its long ones run at a time."""

    def __init__(self, scheduler: Scheduler, offload: Offload, inline_budget: Callable[[], Budget]) -> None:
        self._scheduler = scheduler
        self._offload = offload
        self._inline_budget = inline_budget
        self._slots = PrioritySlots(limits.EVALUATIONS)

    async def compute[T](self, work: Callable[[Budget], T]) -> T:
        """The value of `work(budget)`.

        How large it is shows only in doing it; what was begun here in vain is at most an `inline_budget`.
        """
        try:
            return work(self._inline_budget())
        except BudgetExceeded:
            return await self._elsewhere(work)

    async def _elsewhere[T](self, work: Callable[[Budget], T]) -> T:
        await self._slots.acquire(0)
        try:
            return await self._scheduler.outside(lambda: self._offload(work))
        finally:
            self._slots.release()
