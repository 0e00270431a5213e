"""Evaluation of expressions and templates: small ones on the spot, larger ones where they hold up nobody."""

from __future__ import annotations

from collections.abc import Callable

from ..core import limits
from ..core.budget import Budget, BudgetExceeded
from .ports import Offload
from .scheduler import Scheduler
from .slots import PrioritySlots


class Evaluator:
    """Evaluates for one call; at most `limits.EVALUATIONS` of its long ones run at a time."""

    def __init__(self, scheduler: Scheduler, offload: Offload) -> None:
        self._scheduler = scheduler
        self._offload = offload
        self._slots = PrioritySlots(limits.EVALUATIONS)

    async def compute[T](self, work: Callable[[Budget], T]) -> T:
        """The value of `work(budget)`.

        How large it is shows only in doing it; what was begun here in vain is at most `limits.INLINE_NODES`.
        """
        try:
            return work(Budget(limits.INLINE_NODES))
        except BudgetExceeded:
            return await self._elsewhere(work)

    async def _elsewhere[T](self, work: Callable[[Budget], T]) -> T:
        await self._slots.acquire(0)
        try:
            return await self._scheduler.outside(lambda: self._offload(work))
        finally:
            self._slots.release()
