"""What the rows and branches of one call share: its bounds, its evaluator, and the streamed text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..core import limits
from ..core.budget import Budget
from ..core.calls.streaming import TextStream
from ..core.errors import ExpressionError, FanoutError, TooLargeError
from ..core.plans.plan import Plan
from .connections import CallConnections
from .evaluator import Evaluator
from .pacing import Pacer
from .ports import Gateway, Offload
from .resources import ResourceLimits
from .scheduler import Scheduler
from .shared_calls import Key, SharedCall
from .slots import PrioritySlots


class CallContext:
    """What one call has once. Nothing of it outlives the call.

    `fail` settles the call with an error; `jitter(s)` draws a wait between 0 and `s` seconds. `connections`: None where
    calls need not leave any to others.
    """

    def __init__(
        self,
        plan: Plan,
        inputs: dict[str, Any],
        *,
        gateway: Gateway,
        offload: Offload,
        inline_budget: Callable[[], Budget],
        jitter: Callable[[float], float],
        connections: CallConnections | None,
        clock: Callable[[], float],
        fail: Callable[[FanoutError], None],
    ) -> None:
        self.plan = plan
        self.inputs = inputs
        self.gateway = gateway
        self.jitter = jitter
        self.scheduler = Scheduler(clock)
        self.started_at = self.scheduler.now
        self.deadline_at = self.started_at + plan.deadline_s
        self.slots = PrioritySlots(plan.max_parallel)
        self.pacer = None if plan.rate is None else Pacer(self.scheduler, plan.rate)
        self.connections = connections
        self.evaluator = Evaluator(self.scheduler, offload, inline_budget)
        self.resources = ResourceLimits(plan.max_parallel)
        self.shared_calls: dict[Key, SharedCall] = {}
        self.stream = _silence()
        self._items: Sequence[Any] = ()
        self._fail = fail

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

    def show(self, position: int, text: str) -> None:
        """Give a branch's text to the stream. A heading that fails is the failure of the call."""
        try:
            self.stream.receive(position, text)
        except (ExpressionError, TooLargeError) as error:
            self._fail(error)

    def open_stream(self, items: Sequence[Any], emit: Callable[[str], None]) -> None:
        """Begin the text of a call over these items (one null without `for_each`)."""
        self._items = items
        positions = len(items) * len(self.plan.branches)
        can_stream = len(items) if self.commits else positions
        heading = self._heading if can_stream > 1 else None
        self.stream = TextStream(self.plan.stream if self.streams else "none", positions, heading, emit)

    def break_cycles(self) -> None:
        """Drop what refers back to this: the stream asks for headings, followers of a call wait to be told."""
        self.stream = _silence()
        self.shared_calls.clear()

    def _heading(self, position: int) -> str:
        row, branch = divmod(position, len(self.plan.branches))
        shown = self.plan.branches[branch]
        if self.plan.heading is None:
            return f"### {shown.title}\n\n"
        index = None if self.plan.for_each is None else row
        scope = {"branch": shown.name, "title": shown.title, "item": self._items[row], "index": index}
        try:
            return self.plan.heading.render_text(scope, Budget(limits.INLINE_NODES))
        except (ExpressionError, TooLargeError) as error:
            raise error.at("heading") from None


def _silence() -> TextStream:
    return TextStream("none", 0, None, lambda text: None)
