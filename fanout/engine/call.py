"""One call: rows under one bound and one deadline, and what its branches share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anyio

from ..core import limits
from ..core.budget import Budget, BudgetExceeded
from ..core.calls.judging import evaluate_at
from ..core.calls.outcome import Outcome
from ..core.calls.streaming import TextStream
from ..core.errors import BranchError, ExpressionError, FanoutError, TooLargeError
from ..core.plans.plan import Branch, Plan, Target
from .branch import Cell
from .places import Places
from .ports import Gateway, Offload, Sink
from .row import Row


async def run_call(
    plan: Plan,
    inputs: dict[str, Any],
    *,
    gateway: Gateway,
    sink: Sink,
    offload: Offload,
    jitter: Callable[[float], float],
) -> None:
    """Run a plan; all that comes of it goes to `sink`. `jitter(s)` draws a wait between 0 and `s` seconds.

    Returns when everything is cleaned up, which is later than the sink learns the outcome.
    """
    call = Call(plan, inputs, gateway=gateway, sink=sink, offload=offload, jitter=jitter)
    try:
        await call.run()
    except FanoutError as error:
        sink.settled(error)


class Call:
    """What the rows and branches of one call share. Nothing of it outlives the call."""

    def __init__(
        self,
        plan: Plan,
        inputs: dict[str, Any],
        *,
        gateway: Gateway,
        sink: Sink,
        offload: Offload,
        jitter: Callable[[float], float],
    ) -> None:
        self.plan = plan
        self.inputs = inputs
        self.gateway = gateway
        self.jitter = jitter
        self.places = Places(plan.max_parallel)
        self.cells: dict[tuple[int, str], Cell] = {}
        self.started_at = anyio.current_time()
        self.stream: TextStream
        self._sink = sink
        self._offload = offload
        self._lingering: dict[tuple[str, ...], int] = {}
        self._bytes = 0
        self._rows: list[Row] = []
        self._open_rows = 0
        self._has_failed = False
        self._scope = anyio.CancelScope(deadline=self.started_at + plan.deadline_s)

    # -- its life

    async def run(self) -> None:
        """Run every row, or settle at the deadline with what there is."""
        with self._scope:
            self._rows = await self._make_rows()
            self._open_rows = len(self._rows)
            self.stream = self._make_stream(len(self._rows))
            if not self._rows:
                self._deliver()
            await self._run_rows()
        if self._scope.cancelled_caught and not self._rows:
            raise ExpressionError("for_each: not evaluated before the deadline of the call")
        for row in self._rows:
            row.settle("deadline")

    async def _make_rows(self) -> list[Row]:
        if self.plan.for_each is None:
            return [Row(self, 0, None, None)]
        for_each = self.plan.for_each
        items = await self.compute(lambda budget: evaluate_at("for_each", for_each, {"inputs": self.inputs}, budget))
        check_items(items, len(self.plan.branches))
        return [Row(self, index, index, item) for index, item in enumerate(items)]

    async def _run_rows(self) -> None:
        if len(self._rows) == 1:
            await self._rows[0].run()
            return
        open_rows = Places(self._rows_at_once())
        async with anyio.create_task_group() as group:
            for position, row in enumerate(self._rows):
                group.start_soon(self._run_row, row, position, open_rows)

    async def _run_row(self, row: Row, position: int, open_rows: Places) -> None:
        await open_rows.acquire(position)
        try:
            await row.run()
        finally:
            open_rows.release()

    def _rows_at_once(self) -> int:
        """A backup must always find a place: under `race` and `hedge` only as many rows as can run all branches."""
        if self.plan.strategy in ("race", "hedge"):
            return max(1, self.plan.max_parallel // len(self.plan.branches))
        return len(self._rows)

    def row_settled(self) -> None:
        """A row is over. With the last one the call is, and the sink learns it before the losers are cleaned up."""
        self._open_rows -= 1
        if self._open_rows == 0:
            self._deliver()

    def _deliver(self) -> None:
        if not self._has_failed:
            rows = tuple(row.outcome for row in self._rows if row.outcome is not None)
            self._sink.settled(Outcome(rows, self.stream.tail))

    def _fail(self, error: FanoutError) -> None:
        if not self._has_failed:
            self._has_failed = True
            self._sink.settled(error)
            self._scope.cancel()

    # -- evaluation

    async def compute[T](self, work: Callable[[Budget], T]) -> T:
        """The value of `work`: small work at once, larger work where it holds up nobody.

        How large it is shows only in doing it; what was begun here in vain is at most `limits.INLINE_NODES`.
        """
        try:
            return work(Budget(limits.INLINE_NODES))
        except BudgetExceeded:
            return await self._offload(work)

    # -- bounds

    def refusal(self, target: Target) -> BranchError | None:
        """Why a tool is not called now: too many calls of it were given up and still hold a connection."""
        count = self._lingering.get(_tool_of(target), 0)
        if count < self.plan.max_parallel:
            return None
        return BranchError("timeout", f"{count} earlier calls of this tool have not ended")

    def linger(self, target: Target) -> Callable[[], None]:
        """Count a call that is no longer listened to; the function returned takes it off at its end."""
        tool = _tool_of(target)
        self._lingering[tool] = self._lingering.get(tool, 0) + 1

        def end() -> None:
            self._lingering[tool] -= 1

        return end

    def hold_bytes(self, size: int) -> None:
        """Count `size` more bytes that the branches hold (or less). Raises TooLargeError over the limit."""
        self._bytes += size
        if size > 0 and self._bytes > limits.CALL_BYTES:
            raise TooLargeError(
                f"the branches of this call have sent more than {limits.CALL_BYTES // limits.MIB} MiB together; "
                "ask the tools for less"
            )

    def shares(self, branch: Branch) -> bool:
        """Whether equal parameters in several rows are one call."""
        if self.plan.for_each is None or self.plan.stream != "none":
            return False
        expressions = (branch.select, branch.accept)
        return not any(
            not path or path[0] in ("item", "index")
            for expression in expressions
            if expression is not None
            for path in expression.reads
        )

    # -- streaming

    @property
    def commits(self) -> bool:
        """Whether the first text that is shown decides the row."""
        return self.plan.strategy != "all"

    @property
    def streams(self) -> bool:
        """Whether text is shown while branches run."""
        if self.plan.stream == "none":
            return False
        branches = self.plan.branches
        need = len(branches) if self.plan.need is None else self.plan.need
        return not self.commits or (need == 1 and not any(branch.required for branch in branches))

    def show(self, place: int, text: str) -> None:
        """Give a branch's text to the stream. A heading that fails is the failure of the call."""
        try:
            self.stream.receive(place, text)
        except (ExpressionError, TooLargeError) as error:
            self._fail(error)

    def _make_stream(self, rows: int) -> TextStream:
        places = rows * len(self.plan.branches)
        can_stream = rows if self.commits else places
        heading = self._heading if can_stream > 1 else None
        return TextStream(self.plan.stream if self.streams else "none", places, heading, self._sink.text)

    def _heading(self, place: int) -> str:
        row, index = divmod(place, len(self.plan.branches))
        name = self.plan.branches[index].name
        if self.plan.heading is None:
            return f"### {name}\n\n"
        scope = {"branch": name, "item": self._rows[row].scope["item"], "index": self._rows[row].index}
        try:
            return self.plan.heading.render_text(scope, Budget(limits.INLINE_NODES))
        except (ExpressionError, TooLargeError) as error:
            raise error.at("heading") from None


def _tool_of(target: Target) -> tuple[str, ...]:
    """One tool is one tool, whichever credential it is called with."""
    return (target.provider_type, target.provider, target.tool_name)


def check_items(items: Any, branches: int) -> None:
    """Refuse what `for_each` cannot run over. Raises ExpressionError or TooLargeError."""
    if not isinstance(items, list):
        kind = {dict: "an object", str: "text", type(None): "null", bool: "a boolean"}.get(type(items), "a number")
        raise ExpressionError(f"for_each: got {kind}; it must give a list, such as inputs.items")
    if len(items) * branches > limits.CELLS:
        raise TooLargeError(
            f"for_each: {len(items):,} items × {branches} branches are {len(items) * branches:,} cells, at most "
            f"{limits.CELLS:,} in one call; cut the list, such as inputs.items[:{limits.CELLS // branches}]"
        )
