"""What the rows and branches of one call share: bounds, evaluation, and the streamed text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import anyio

from ..core import limits
from ..core.budget import Budget, BudgetExceeded
from ..core.calls.records import Record
from ..core.calls.streaming import TextStream
from ..core.errors import BranchError, ExpressionError, FanoutError, TooLargeError
from ..core.plans.plan import Branch, Plan, Target
from .places import Places
from .ports import Gateway, Offload
from .strands import Signal, Strands


@dataclass(slots=True)
class Cell:
    """A call that equal cells of other rows share: who follows is told when it was sent and when it is done."""

    done: Signal = field(default_factory=Signal)
    sent: bool = False
    on_sent: list[Callable[[float], None]] = field(default_factory=list)
    record: Record | None = None  # None once done: the row of the caller was over first


class Shared:
    """What one call has once. Nothing of it outlives the call.

    `fail` settles the call with an error; `jitter(s)` draws a wait between 0 and `s` seconds.
    """

    def __init__(
        self,
        plan: Plan,
        inputs: dict[str, Any],
        *,
        gateway: Gateway,
        offload: Offload,
        jitter: Callable[[float], float],
        fail: Callable[[FanoutError], None],
    ) -> None:
        self.plan = plan
        self.inputs = inputs
        self.gateway = gateway
        self.jitter = jitter
        self.strands = Strands()
        self.places = Places(plan.max_parallel)
        self.cells: dict[tuple[int, str], Cell] = {}
        self.started_at = self.strands.now
        self.stream = _silence()
        self._items: Sequence[Any] = ()
        self._offload = offload
        self._evaluations = anyio.CapacityLimiter(limits.EVALUATIONS)
        self._fail = fail
        self._lingering: dict[tuple[str, ...], int] = {}
        self._bytes = 0

    # -- evaluation

    async def compute[T](self, work: Callable[[Budget], T]) -> T:
        """The value of `work`: small work at once, larger work where it holds up nobody.

        How large it is shows only in doing it; what was begun here in vain is at most `limits.INLINE_NODES`.
        """
        try:
            return work(Budget(limits.INLINE_NODES))
        except BudgetExceeded:
            return await self.strands.outside(lambda: self._elsewhere(work))

    async def _elsewhere[T](self, work: Callable[[Budget], T]) -> T:
        async with self._evaluations:
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

    def open_stream(self, items: Sequence[Any], emit: Callable[[str], None]) -> None:
        """Begin the text of a call over these items (one null without `for_each`)."""
        self._items = items
        places = len(items) * len(self.plan.branches)
        can_stream = len(items) if self.commits else places
        heading = self._heading if can_stream > 1 else None
        self.stream = TextStream(self.plan.stream if self.streams else "none", places, heading, emit)

    def forget(self) -> None:
        """Let go of what knows this: the stream asks for headings, followers of a cell wait to be told."""
        self.stream = _silence()
        self.cells.clear()

    def _heading(self, place: int) -> str:
        row, branch = divmod(place, len(self.plan.branches))
        name = self.plan.branches[branch].name
        if self.plan.heading is None:
            return f"### {name}\n\n"
        index = None if self.plan.for_each is None else row
        scope = {"branch": name, "item": self._items[row], "index": index}
        try:
            return self.plan.heading.render_text(scope, Budget(limits.INLINE_NODES))
        except (ExpressionError, TooLargeError) as error:
            raise error.at("heading") from None


def _silence() -> TextStream:
    return TextStream("none", places=0, heading=None, emit=lambda text: None)


def _tool_of(target: Target) -> tuple[str, ...]:
    """One tool is one tool, whichever credential it is called with."""
    return (target.provider_type, target.provider, target.tool_name)
