"""One call: its rows under one bound and one deadline, and the moment at which it is over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anyio

from ..core import limits
from ..core.budget import Budget
from ..core.calls.judging import evaluate_at
from ..core.calls.outcome import Outcome
from ..core.errors import ExpressionError, FanoutError, TooLargeError
from ..core.plans.plan import Plan
from .connections import CallConnections
from .context import CallContext
from .evaluator import inline_budget
from .ports import Gateway, Offload, Sink
from .row import RowRun
from .slots import PrioritySlots


async def run_call(
    plan: Plan,
    inputs: dict[str, Any],
    *,
    gateway: Gateway,
    sink: Sink,
    offload: Offload,
    jitter: Callable[[float], float],
    inline_budget: Callable[[], Budget] = inline_budget,
    connections: Callable[[float], CallConnections] | None = None,
    clock: Callable[[], float] = anyio.current_time,
) -> None:
    """Run a plan; all that comes of it goes to `sink`.

    `jitter(s)` draws a wait between 0 and `s` seconds. `inline_budget` gives what an evaluation may do where it is;
    what needs more is given to `offload`. `connections` counts this call, from that time on, among all of the process;
    None where they need not leave connections to others. `clock` gives the time of the loop that this runs in.

    Returns when everything is cleaned up, which is later than the sink learns the outcome.
    """
    call = Call(plan, sink)
    own = connections(clock()) if connections is not None else None
    context = CallContext(
        plan,
        inputs,
        gateway=gateway,
        offload=offload,
        inline_budget=inline_budget,
        jitter=jitter,
        connections=own,
        clock=clock,
        fail=call.fail,
    )
    try:
        await call.run(context)
    except FanoutError as error:
        sink.settled(error)
    finally:
        if own is not None:
            own.close()
        call.break_cycles()
        context.break_cycles()


class Call:
    """The rows of one call, and its end."""

    def __init__(self, plan: Plan, sink: Sink) -> None:
        self._plan = plan
        self._sink = sink
        self._rows: list[RowRun] = []
        self._open_rows = 0
        self._has_failed = False
        self._scope = anyio.CancelScope(deadline=anyio.current_time() + plan.deadline_s)

    async def run(self, context: CallContext) -> None:
        """Run every row, or settle at the deadline with what there is."""
        with self._scope:
            context.scheduler.start(self._begin(context))
            await context.scheduler.run()
        if self._scope.cancelled_caught and not self._rows:
            raise ExpressionError("for_each: not evaluated before the deadline of the call")
        for row in self._rows:
            row.settle_now()

    def break_cycles(self) -> None:
        """Drop the rows. In a circle, all that came in the call would wait for the garbage collector."""
        for row in self._rows:
            row.break_cycles()
        self._rows.clear()

    def fail(self, error: FanoutError) -> None:
        """Settle the call with an error; its rows are not listened to any more."""
        if not self._has_failed:
            self._has_failed = True
            self._sink.settled(error)
            self._scope.cancel()

    async def _begin(self, context: CallContext) -> None:
        items = await self._items(context)
        context.open_stream(items, self._sink.text)
        self._rows = [self._row(context, position, item) for position, item in enumerate(items)]
        self._open_rows = len(items)
        if not items:
            self._deliver()
        open_rows = PrioritySlots(self._rows_at_once())
        for position, row in enumerate(self._rows):
            context.scheduler.start(self._run_row(row, position, open_rows))

    async def _items(self, context: CallContext) -> list[Any]:
        for_each = self._plan.for_each
        if for_each is None:
            return [None]
        items = await context.evaluator.compute(
            lambda budget: evaluate_at("for_each", for_each, {"inputs": context.inputs}, budget)
        )
        check_items(items, len(self._plan.branches), self._plan.place_of("for_each"))
        found: list[Any] = items
        return found

    def _row(self, context: CallContext, position: int, item: Any) -> RowRun:
        index = None if self._plan.for_each is None else position
        return RowRun(context, position, index, item, on_settled=lambda: self._row_settled(context))

    async def _run_row(self, row: RowRun, position: int, open_rows: PrioritySlots) -> None:
        await open_rows.acquire(position)
        try:
            await row.run()
        finally:
            open_rows.release()

    def _rows_at_once(self) -> int:
        """A backup must always find a slot: under `race` and `hedge` only as many rows as can run all branches."""
        if self._plan.strategy in ("race", "hedge"):
            return max(1, self._plan.max_parallel // len(self._plan.branches))
        return len(self._rows)

    def _row_settled(self, context: CallContext) -> None:
        """A row is over. With the last one the call is, and the sink learns it before the losers are cleaned up."""
        self._open_rows -= 1
        if self._open_rows == 0:
            self._deliver(context.stream.tail, context.stream.end)

    def _deliver(self, text_tail: str = "", text_end: str = "") -> None:
        if not self._has_failed:
            rows = tuple(row.outcome for row in self._rows if row.outcome is not None)
            self._sink.settled(Outcome(rows, text_tail, text_end))


def check_items(items: Any, branches: int, place: str) -> None:
    """Refuse what `for_each` cannot run over. Raises ExpressionError or TooLargeError with the place."""
    if not isinstance(items, list):
        kind = {dict: "an object", str: "text", type(None): "null", bool: "a boolean"}.get(type(items), "a number")
        raise ExpressionError(f"{place}: got {kind}; it must give a list, such as inputs.items")
    if len(items) * branches > limits.CELLS:
        raise TooLargeError(
            f"{place}: {len(items):,} items × {branches} branches are {len(items) * branches:,} cells, at most "
            f"{limits.CELLS:,} in one call; cut the list, such as inputs.items[:{limits.CELLS // branches}]"
        )
