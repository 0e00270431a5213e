"""Single flight: rows in which a branch has equal parameters share one call."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Protocol

from ..core.calls.records import Record
from ..core.plans.plan import Branch, Plan
from .scheduler import Event

KEPT_CHARS = 1_000  # of the parameters of a row that waits: there may be thousands of rows

type Key = tuple[int, bytes]

_in_order = json.JSONEncoder(sort_keys=True).encode


class Follower(Protocol):
    """The branch of a row that waits for the call of another row."""

    done: Event  # it has ended
    decided: Event  # its row has decided what follows

    def leader_sent(self, now: float) -> None:
        """The first request went out."""

    def leader_waits(self) -> None:
        """The call waits to be tried again."""


@dataclass(slots=True)
class SharedCall:
    """A call that several rows share: its followers hear all that their own call would tell their rows."""

    done: Event = field(default_factory=Event)
    sent_at: float | None = None
    followers: list[Follower] = field(default_factory=list)
    record: Record | None = None  # None once done: the row of the leader was over first

    def sent(self, now: float) -> None:
        """A request of the leader went out; only the first one counts."""
        if self.sent_at is None:
            self.sent_at = now
            for each in self.followers:
                each.leader_sent(now)

    def waits(self) -> None:
        """The leader waits to try again."""
        for each in self.followers:
            each.leader_waits()


def key_of(branch: Branch, parameters: dict[str, Any]) -> tuple[Key, dict[str, Any] | None]:
    """What calls of a branch have in common that are one call: a digest, as parameters may be large and many.

    Beside it the parameters, where they are small enough to be kept until the call is made.
    """
    text = _in_order(parameters)
    key = branch.index, blake2b(text.encode(), digest_size=32).digest()
    return key, parameters if len(text) <= KEPT_CHARS else None


def may_share(plan: Plan, branch: Branch) -> bool:
    """Whether equal parameters in several rows are one call: nothing else of the branch depends on the row."""
    if plan.for_each is None or plan.stream != "none":
        return False
    expressions = (branch.select, branch.accept, branch.prefer)
    return not any(
        not path or path[0] in ("item", "index")
        for expression in expressions
        if expression is not None
        for path in expression.reads
    )
