"""The attempts of one branch: each at the tool's rate, in a slot, with a connection; repeated as `retry` says."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, Literal, Protocol

from ..core import limits
from ..core.budget import Budget
from ..core.calls.records import Span, Status
from ..core.errors import BranchError, ExpressionError, TooLargeError
from ..core.plans.plan import Branch
from .attempt import Attempt, Verdict, failed_by
from .context import CallContext
from .pacing import Pacer
from .scheduler import Event

NEVER_RETRIED = frozenset(("invalid_parameters", "unauthorized", "not_found", "too_large", "expression"))
OTHER_CAUSES = frozenset(("timeout", "rejected"))  # that `error` does not mean

type Render = Callable[[Budget], dict[str, Any]]
type OnEnd = Callable[[Verdict | None], Awaitable[object] | None]


class TryingBranch(Protocol):
    """What the attempts see of their branch, and tell it."""

    scope: dict[str, Any]
    decided: Event  # whether it is still wanted

    @property
    def is_wanted(self) -> bool:
        """Whether a further attempt may still be sent."""

    def sent(self, now: float) -> None:
        """A request went out."""

    def waits(self) -> None:
        """An attempt has failed, and another one follows after a wait."""

    def shows(self, text: str) -> None:
        """Text has arrived."""


class Tries:
    """What a branch has tried so far.

    `attempt`: the latest. `last`: the verdict of the latest that has ended, while another one follows. `count` and
    `sent_at`: how many requests were sent, and when the first one was.
    """

    __slots__ = (
        *("_branch", "_context", "_doing", "_end_turn", "_has_slot", "_host", "_position", "_spans"),
        *("attempt", "count", "last", "sent_at"),
    )

    def __init__(self, context: CallContext, branch: Branch, position: int, host: TryingBranch) -> None:
        self._context = context
        self._branch = branch
        self._position = position
        self._host = host
        self._has_slot = False
        self._end_turn: Callable[[float | None], None] | None = None
        self._spans: tuple[Span, ...] = ()
        self._doing: tuple[Literal["attempt", "wait"], str, float] | None = None  # what, label, since when
        self.attempt: Attempt | None = None
        self.count = 0
        self.sent_at: float | None = None
        self.last: Verdict | None = None

    async def run(self, render: Render, end: OnEnd) -> None:
        """Try until an answer is good, or no further attempt is allowed or wanted.

        `end` gets the last verdict (None: nothing was sent), and what it returns is awaited before the slot is given
        to somebody else: by then the row has decided, and whom it no longer wants is not called.
        """
        backoff_s = self._branch.retry.wait_s
        for tries_left in reversed(range(self._branch.retry.attempts)):
            try:
                verdict = await self._next_verdict(render)
                wait_s = None
                if tries_left and verdict is not None and verdict.error is not None:
                    wait_s = self._wait_before_next(verdict.error, backoff_s)
                if verdict is None or wait_s is None:
                    if (decided := end(self._told(verdict))) is not None:
                        await decided
                    return
            finally:
                self._give_back()
            await self._wait_to_retry(verdict, wait_s)
            backoff_s *= self._branch.retry.factor

    # -- one attempt

    async def _next_verdict(self, render: Render) -> Verdict | None:
        """Attempt once there are a turn by the rate, a slot and a connection, taken in this order.

        The last verdict where the row wants no more by then.
        """
        try:
            if self._context.pacer is not None:
                await self._take_turn(self._context.pacer)
            await self._context.slots.acquire(self._position)
            self._has_slot = True
            if self._branch.target.provider_type == "workflow":
                await self._take_connection()
            if not self._host.decided.is_set:
                await self._host.decided.wait()
            if not self._host.is_wanted:
                return self.last
            # not earlier: the parameters of a thousand rows that wait could fill the memory
            parameters = await self._context.evaluator.compute(render)
        except (ExpressionError, TooLargeError) as error:
            return failed_by(error)
        if self.attempt is not None:
            self.attempt.release()
        self.attempt = Attempt(self._context, self._branch, self._host.scope, self._host.shows)
        return await self.attempt.run(parameters, self._on_sent)

    async def _take_turn(self, pacer: Pacer) -> None:
        """Wait for the tool's rate; no slot is held meanwhile."""
        self._end_turn = await self._waiting("rate", pacer.take_turn(self._branch.target, self._position))

    async def _take_connection(self) -> None:
        """Wait until a workflow tool may be called; no slot is held meanwhile."""
        own, tool = self._context.connections, self._branch.target
        while own is not None and own.opens_at(tool) > self._context.scheduler.now:
            self._release_slot()
            await self._waiting("connection", own.wait(tool, self._context.scheduler.now))
            await self._context.slots.acquire(self._position)
            self._has_slot = True
        if own is not None:
            own.workflow_starts(tool, self._context.scheduler.now)

    def _on_sent(self, now: float) -> None:
        self._doing = ("attempt", "", now)
        self.count += 1
        if self.sent_at is None:
            self.sent_at = now
        if self._end_turn is not None:
            self._end_turn(now)
            self._end_turn = None
        self._host.sent(now)

    def _give_back(self) -> None:
        if self._end_turn is not None:
            self._end_turn(None)
            self._end_turn = None
        if self._has_slot:
            self._release_slot()

    def _release_slot(self) -> None:
        self._has_slot = False
        self._context.slots.release()

    # -- another attempt

    def _wait_before_next(self, error: BranchError, backoff_s: float) -> float | None:
        """How long to wait before the next attempt; None where there is none.

        1. The error is none that is tried again, or text was shown.
        2. The tool names a wait over `max_wait_s`.
        3. The wait (for its rate too) would end after the deadline: the branch ends now, and another may begin.
        """
        if not self._may_retry(error):
            return None
        retry = self._branch.retry
        named_s = error.retry_after_s or 0.0
        if named_s > retry.max_wait_s:
            return None
        wait_s = min(backoff_s, retry.max_wait_s)
        wait_s = max(named_s, self._context.jitter(wait_s) if retry.jitter == "full" else wait_s)
        next_at = self._context.scheduler.now + wait_s
        if self._context.pacer is not None:
            next_at = max(next_at, self._context.pacer.earliest(self._branch.target))
        return wait_s if next_at < self._context.deadline_at else None

    def _may_retry(self, error: BranchError) -> bool:
        if self._context.stream.has_shown(self._position):
            return False
        causes = self._branch.retry.causes
        return error.type in causes or ("error" in causes and error.type not in NEVER_RETRIED | OTHER_CAUSES)

    async def _wait_to_retry(self, verdict: Verdict, wait_s: float) -> None:
        self._done(verdict.status)
        self.last = verdict
        self._context.stream.restart(self._position)
        self._host.waits()
        await self._waiting("retry", self._context.scheduler.sleep(wait_s))

    # -- what is in the record

    @property
    def is_between(self) -> bool:
        """Whether an attempt has failed and the next one was not sent yet."""
        return self.last is not None and (self._doing is None or self._doing[0] == "wait")

    def spans(self, status: Status) -> tuple[Span, ...]:
        """All attempts and waits; `status` is what became of the attempt that is still open."""
        self._done(status)
        return self._spans

    def _told(self, verdict: Verdict | None) -> Verdict | None:
        """The verdict; of an attempt that was given up, with what went wrong before it."""
        if verdict is None or verdict.status != "timed_out" or verdict.error is None:
            return verdict
        return verdict._replace(error=self.with_last_error(verdict.error))

    def with_last_error(self, error: BranchError) -> BranchError:
        """An error of the branch that hides no earlier one."""
        if self.last is None or self.last.error in (None, error):
            return error
        message = f"{error.message}; before that: {self.last.error.message}"
        return replace(error, message=message[: limits.ERROR_MESSAGE_CHARS])

    async def _waiting[T](self, label: str, wait: Awaitable[T]) -> T:
        self._doing = ("wait", label, self._context.scheduler.now)
        result = await wait
        self._done(label)
        return result

    def _done(self, label: str) -> None:
        """Keep what was done until now, unless it was a wait that took no time, as most do."""
        if self._doing is None:
            return
        kind, waited_for, since = self._doing
        self._doing = None
        now, began = self._context.scheduler.now, self._context.started_at
        if kind == "attempt" or now > since:
            self._spans += (Span(kind, waited_for or label, since - began, now - began),)
