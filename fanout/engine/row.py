"""One row: the branches under the plan's strategy, until the board says that it is over. Without `for_each`, all."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from ..core.answers.state import until_state
from ..core.budget import Budget
from ..core.calls.judging import is_true
from ..core.calls.outcome import RowOutcome
from ..core.calls.strategy import Board, SettledBy, end_of
from ..core.errors import ExpressionError, TooLargeError
from ..core.plans.plan import Branch
from .branch import BranchRun
from .context import CallContext
from .scheduler import Event

WHY = {
    "required": "a required branch failed",
    "until": "`until` was met",
    "need": "enough branches have succeeded",
    "all": "every branch is done",
    "exhausted": "`need` can no longer be reached",
    "deadline": "the deadline of the call has passed",
}


class RowRun:
    """Runs the branches of one item (`index` and `item` are null without `for_each`). `outcome` is set at its end."""

    def __init__(
        self, context: CallContext, position: int, index: int | None, item: Any, on_settled: Callable[[], None]
    ) -> None:
        self.index = index
        self.scope: dict[str, Any] = {"inputs": context.inputs, "item": item, "index": index}
        self.outcome: RowOutcome | None = None
        self.decided = Event()
        self.decided.set()
        self._context = context
        self._plan = context.plan
        self._on_settled = on_settled
        self._position = position
        self._board = Board(context.plan)
        self._ends: deque[int] = deque()  # ends that the board does not know of yet
        self._ended: list[int] = []
        self._changed = Event()
        self._runs = [BranchRun(context, self, branch) for branch in context.plan.branches]
        self._by_name = {branch.name: run for branch, run in zip(context.plan.branches, self._runs, strict=True)}

    def position_of(self, branch: Branch) -> int:
        """The position of a branch in the order of rows and, in a row, of the plan."""
        return self._position * len(self._plan.branches) + branch.index

    @property
    def is_closing(self) -> bool:
        """Whether nothing new may start in this row."""
        return self._board.is_closing

    def run_of(self, name: str) -> BranchRun:
        """The run of a branch of this row."""
        return self._by_name[name]

    def break_cycles(self) -> None:
        """Drop the runs, which refer back to this row."""
        self._runs.clear()
        self._by_name.clear()

    # -- what branches report

    def sent(self, index: int, now: float) -> None:
        """The first request of a branch went out: a hedge waits from here."""
        if self._plan.strategy == "hedge":
            self._board.sent(index, now)
            self._changed.set()

    def waits(self, index: int) -> None:
        """A branch waits to be tried again."""
        self._board.waits(index)
        self._changed.set()

    def ended(self, index: int) -> None:
        """A branch has ended by itself; its record is set. Only an `until` makes the decision wait for its turn."""
        if self._plan.until is None:
            self._tell_end(index)
            self._settle_if_over()
        else:
            self._ends.append(index)
            self.decided.clear()
        self._changed.set()

    def commit(self, index: int) -> None:
        """A branch is about to show text: from here on it is the only one."""
        if self._board.winner is not None:
            return
        self._board.committed(index)
        for run in self._runs:
            if run is not self._runs[index]:
                run.cut(by_deadline=False, why=f"{self._plan.branches[index].name} was committed by its first text")

    # -- its life

    async def run(self) -> None:
        """Start what is due and wait for what happens, until the row is over; then stop listening to the rest."""
        while not await self._is_over():
            for index in self._board.due(self._context.scheduler.now):
                self._runs[index].start()
            await self._changed.wait(self._board.wake_at())

    def settle_now(self) -> None:
        """Settle with what there is, also with ends for which `until` was not tested any more."""
        while self._ends:
            self._tell_end(self._ends.popleft())
        self._settle(self._board.reason_at_deadline())

    def _settle(self, reason: SettledBy) -> None:
        """End what has not ended and set the outcome; the call is told at once, before anything is cleaned up."""
        if self.outcome is not None:
            return
        for index in self._board.counted_last_resorts:
            self._runs[index].count()
        for run in self._runs:
            if run.is_open:
                run.cut(by_deadline=reason == "deadline", why=WHY[reason])
        self.outcome = RowOutcome(
            records=tuple(run.record for run in self._runs if run.record is not None),
            settled_by=reason,
            succeeded=self._board.has_succeeded,
            complete=self._board.is_complete,
            index=self.index,
            item=self.scope["item"],
        )
        self.decided.set()
        self._on_settled()

    async def _is_over(self) -> bool:
        """Whether the row is over by now.

        1. Branches have ended: the board hears of each end in its turn, `until` is tested, and the row may be over
           before the board hears of the next one.
        2. Evaluating `until` takes a while: further ends queue up meanwhile, and are handled in the same way.
        3. Nothing has ended: the clock alone may have ended the grace.
        """
        self._changed.clear()
        while self._ends and self.outcome is None:
            self._tell_end(self._ends.popleft())
            if await self._is_until_met():
                self._board.until_met()
            self._settle_if_over()
        self.decided.set()
        self._settle_if_over()
        return self.outcome is not None

    def _settle_if_over(self) -> None:
        """Ask the board.

        1. It names a reason, and no grace is left: the row is over.
        2. It has just found a reason, and grace begins: what was not sent yet is skipped, what waits to be tried again
           ends with its last error, and the rest is waited for. Where nothing is left, that ends the grace.
        3. The row goes on, or is in its grace: nothing changes.
        """
        was_closing = self._board.is_closing
        reason = self._board.reason(self._context.scheduler.now)
        if reason is not None:
            self._settle(reason)
        elif self._board.is_closing and not was_closing:
            self._begin_grace()

    def _begin_grace(self) -> None:
        for run in self._runs:
            run.begin_grace("enough is there; only what had been sent is still waited for")

    def _tell_end(self, index: int) -> None:
        record = self._runs[index].record
        assert record is not None
        self._ended.append(index)
        self._board.ended(index, end_of(record))

    async def _is_until_met(self) -> bool:
        until = self._plan.until
        if until is None:
            return False
        records = [record for index in sorted(self._ended) if (record := self._runs[index].record) is not None]

        def work(budget: Budget) -> Any:
            return until.evaluate(until_state(self._plan, self.scope, records, budget), budget)

        try:
            return is_true(await self._context.evaluator.compute(work))
        except (ExpressionError, TooLargeError):
            return False  # an `until` that raises is not true
