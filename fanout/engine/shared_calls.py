"""Single flight: rows in which a branch has equal parameters share one call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ..core.calls.records import Record
from ..core.plans.plan import Branch, Plan
from .scheduler import Event


@dataclass(slots=True)
class SharedCall:
    """A call that several rows share: its followers are told when it was sent and when it is done."""

    done: Event = field(default_factory=Event)
    is_sent: bool = False
    on_sent: list[Callable[[float], None]] = field(default_factory=list)
    record: Record | None = None  # None once done: the row of the leader was over first

    def sent(self, now: float) -> None:
        """The first request of the leader went out."""
        if not self.is_sent:
            self.is_sent = True
            for tell in self.on_sent:
                tell(now)


def may_share(plan: Plan, branch: Branch) -> bool:
    """Whether equal parameters in several rows are one call: nothing else of the branch depends on the row."""
    if plan.for_each is None or plan.stream != "none":
        return False
    expressions = (branch.select, branch.accept)
    return not any(
        not path or path[0] in ("item", "index")
        for expression in expressions
        if expression is not None
        for path in expression.reads
    )
