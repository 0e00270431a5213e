"""Who runs next, and when a row is over (contract 5). All of it is decided here, from events and a given `now`,
but for the deadline of the call and the limits of an attempt.

Rules of this file: it knows no clock, starts nothing and waits for nothing. The engine reports what happened
(`sent`, `waits`, `ended`, `committed`), asks what is `due`, whether the row is over (`reason`) and when to look
again (`wake_at`).

The four strategies are three numbers: how many branches start at once, whether an end starts the next one, and after
how many seconds without an end the next one starts. `race` is `hedge` with no wait, `fallback` is `hedge` with an
endless one.

A success that the plan does not prefer is a last resort: it starts the next branch as a failure does, and counts only
where, in the end, `need` is not met without it.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Sequence
from math import inf
from typing import Literal

from ..plans.plan import Plan
from .records import Record

type SettledBy = Literal["required", "until", "need", "all", "exhausted", "deadline"]
type End = Literal["succeeded", "last_resort", "failed", "excused"]


def end_of(record: Record) -> End:
    """What the end of a branch means for its row."""
    if record.excused:
        return "excused"
    if record.status != "succeeded":
        return "failed"
    return "succeeded" if record.counts else "last_resort"


class Board:
    """The standing of every branch of one row. Times are seconds of the engine's clock."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._total = len(plan.branches)
        self._required = sum(branch.required for branch in plan.branches)  # that are still to succeed
        self._started = 0  # branches start in plan order: this is also the next one
        self._running = 0
        self._successes = 0
        self._last_resorts: list[int] = []  # in plan order
        self._excused = 0
        self._required_failed = False
        self._owed = self._total if self._starts_everything else 1
        self._hedge_at = inf
        self._grace_until: float | None = None
        self._reason: SettledBy | None = None
        self._until_met = False
        self.winner: int | None = None  # the branch that has committed

    @property
    def _starts_everything(self) -> bool:
        plan = self._plan
        return plan.strategy in ("all", "race") or (plan.strategy == "hedge" and plan.stagger_s == 0)

    # -- what happened

    def sent(self, index: int, now: float) -> None:
        """The first request of a branch went out: a hedge waits from here."""
        if self._plan.strategy == "hedge" and index == self._started - 1:
            self._hedge_at = now + self._plan.stagger_s

    def waits(self, index: int) -> None:
        """A branch waits to try again: a hedge does not wait with it."""
        if self._plan.strategy == "hedge" and self.winner is None:
            self._owed += 1

    def ended(self, index: int, end: End) -> None:
        """A branch is done. An excused one counts neither as missing nor for `required`."""
        if self.winner not in (None, index):
            return  # it was out already
        self._running -= 1
        self._owed += 1
        self._successes += end == "succeeded"
        self._excused += end == "excused"
        if end == "last_resort":
            insort(self._last_resorts, index)
        if self._plan.branches[index].required:
            self._required -= end != "failed"
            self._required_failed = self._required_failed or end == "failed"

    def committed(self, index: int) -> None:
        """A branch has shown text: the others are out, whatever they do."""
        self.winner = index
        self._running = 1
        self._last_resorts.clear()

    def until_met(self) -> None:
        """The plan's `until` is true."""
        self._until_met = True

    # -- what follows

    def due(self, now: float) -> range:
        """The branches to start now, in plan order. They count as running from here on."""
        if self._reason is not None or self.winner is not None:
            return range(0)
        if now >= self._hedge_at:
            self._owed += 1
            self._hedge_at = inf
        starts = range(self._started, min(self._started + self._owed, self._total))
        if starts:
            self._started += len(starts)
            self._running += len(starts)
            self._owed = 0
            self._hedge_at = inf
        return starts

    def reason(self, now: float) -> SettledBy | None:
        """Why the row is over, or None while it goes on. During grace the reason is kept, and the row goes on."""
        if self._reason is None:
            self._reason = self._first_reason()
            if self._reason is not None and self._has_grace(self._reason):
                self._grace_until = now + self._plan.grace_s
        if self._grace_until is None or now >= self._grace_until or self._running == 0:
            return self._reason
        return None

    def reason_at_deadline(self) -> SettledBy:
        """Why the row is over when the deadline ends it: a reason that was there already stays."""
        return self._reason or self._first_reason() or "deadline"

    @property
    def is_closing(self) -> bool:
        """Whether the reason is there: from now on, also during grace, nothing new starts."""
        return self._reason is not None

    def wake_at(self) -> float:
        """When `due` or `reason` may change by the clock alone; infinite where only an event can change them."""
        if self._grace_until is not None:
            return self._grace_until
        return self._hedge_at if self._started < self._total and self.winner is None else inf

    @property
    def counted_last_resorts(self) -> Sequence[int]:
        """The last resorts that count, should the row end now: the first in plan order, as many as `need` lacks."""
        return self._last_resorts[: max(0, self._need - self._successes)]

    @property
    def has_succeeded(self) -> bool:
        """Enough successes, and no required branch is missing."""
        return self._successes + len(self._last_resorts) >= self._need and self._required == 0

    @property
    def is_complete(self) -> bool:
        """It succeeded and, under `all`, no branch but excused ones is missing."""
        if self._plan.strategy != "all":
            return self.has_succeeded
        return self.has_succeeded and self._successes + self._excused == self._total

    # -- how it is decided

    def _first_reason(self) -> SettledBy | None:
        if self._required_failed:
            return "required"
        if self._until_met and self._required == 0:
            return "until"
        need, still_open = self._need, self._open
        if self._plan.strategy != "all" and self._successes >= need and self._required == 0:
            return "need"
        if self._plan.strategy == "all" and still_open == 0:
            return "all"
        if self._successes + len(self._last_resorts) + still_open < need or still_open == 0:
            return "exhausted"
        return None

    def _has_grace(self, reason: SettledBy) -> bool:
        if self._plan.grace_s == 0 or self.winner is not None:
            return False
        return reason == "until" or (reason == "need" and self._plan.strategy in ("race", "hedge"))

    @property
    def _need(self) -> int:
        """Excused branches lower `need` to what can still be reached without them."""
        reachable = self._total - self._excused
        return reachable if self._plan.need is None else min(self._plan.need, reachable)

    @property
    def _open(self) -> int:
        """Branches that may still succeed: those that run and, without a winner, those to come."""
        return self._running + (self._total - self._started if self.winner is None else 0)
