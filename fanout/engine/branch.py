"""One branch in one row: wait for what it names, evaluate `when` and `parameters`, attempt, retry, end as a record."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Protocol

from ..core.budget import Budget
from ..core.calls.judging import evaluate_at, is_true
from ..core.calls.records import EMPTY_OUTPUT, Record, to_scope
from ..core.calls.streaming import Ending, shows_at_success
from ..core.errors import BranchError, ErrorType, ExpressionError, TooLargeError
from ..core.plans.plan import Branch, RetryCause
from .attempt import Attempt, Verdict
from .context import CallContext
from .scheduler import Coroutine, Event
from .shared_calls import SharedCall, may_share

NEVER_RETRIED = frozenset(("invalid_parameters", "unauthorized", "not_found", "too_large", "expression"))


class RowView(Protocol):
    """What a branch sees of its row, and tells it."""

    index: int | None
    scope: dict[str, Any]

    @property
    def is_closing(self) -> bool:
        """Whether nothing new may start."""

    def position_of(self, branch: Branch) -> int:
        """The position of a branch in the order of rows and, in a row, of the plan."""

    def run_of(self, name: str) -> BranchRun:
        """The run of another branch of the row."""

    def sent(self, index: int, now: float) -> None:
        """The first request of a branch went out."""

    def ended(self, index: int) -> None:
        """A branch has ended by itself; its record is set."""

    def commit(self, index: int) -> None:
        """A branch is about to show text."""


class BranchRun:
    """The life of one branch in one row. `record` is set at its end, once; whoever comes later finds it set."""

    def __init__(self, context: CallContext, row: RowView, branch: Branch) -> None:
        self._context = context
        self._row = row
        self._branch = branch
        self._position = row.position_of(branch)
        self._attempt: Attempt | None = None
        self._attempts = 0
        self._sent_at: float | None = None  # of the first request
        self._strand: Coroutine | None = None
        self._following = False
        self.done = Event()
        self.record: Record | None = None

    # -- its life

    def start(self) -> None:
        """Run to the end, or until `cut`."""
        self._strand = self._context.scheduler.start(self._run())

    async def _run(self) -> None:
        try:
            await self._call()
        except (ExpressionError, TooLargeError) as error:
            kind: ErrorType = "too_large" if isinstance(error, TooLargeError) else "expression"
            self._end(Verdict("failed", BranchError(kind, str(error))))
        except Exception as error:  # a defect of ours: it must cost this branch alone
            message = f"its answer could not be handled ({type(error).__name__}); please report this"
            self._end(Verdict("failed", BranchError("bad_response", message)))

    async def _call(self) -> None:
        unmet = await self._wait_for_others()
        if unmet is not None and self._branch.when is None:
            self._excuse(f"{unmet!r}, which it names, did not succeed")
            return
        scope = self._row.scope | {"branches": self._others()}
        if self._branch.when is not None and not await self._is_wanted(scope):
            self._excuse("its `when` was not true")
            return
        parameters = await self._context.evaluator.compute(lambda budget: self._parameters(scope, budget))
        if may_share(self._context.plan, self._branch):
            await self._run_shared(parameters)
        else:
            self._end(await self._attempt_until_good(parameters, self._on_sent))

    async def _wait_for_others(self) -> str | None:
        """Wait for the branches that this one names; the first that did not succeed."""
        unmet = None
        for name in self._branch.depends_on:
            other = self._row.run_of(name)
            await other.done.wait()
            if unmet is None and (other.record is None or other.record.status != "succeeded"):
                unmet = name
        return unmet

    def _others(self) -> dict[str, Any]:
        records = {name: self._row.run_of(name).record for name in self._branch.depends_on}
        return {name: to_scope(record) for name, record in records.items() if record is not None}

    def _parameters(self, scope: Mapping[str, Any], budget: Budget) -> dict[str, Any]:
        try:
            parameters: dict[str, Any] = self._branch.parameters.render(scope, budget)
        except (ExpressionError, TooLargeError) as error:
            raise error.at(f"{self._branch.path}.parameters") from None
        return parameters

    async def _is_wanted(self, scope: Mapping[str, Any]) -> bool:
        when = self._branch.when
        assert when is not None
        return is_true(
            await self._context.evaluator.compute(
                lambda budget: evaluate_at(f"{self._branch.path}.when", when, scope, budget)
            )
        )

    # -- attempts

    async def _attempt_until_good(self, parameters: dict[str, Any], on_sent: Callable[[float], None]) -> Verdict | None:
        """Attempt and retry; the last verdict, or None where not even the first attempt was to be sent any more."""
        retry = self._branch.retry
        wait_s = retry.wait_s
        last: Verdict | None = None
        for tries_left in reversed(range(retry.attempts)):
            verdict = await self._try(parameters, on_sent)
            if verdict is None:
                return last
            if tries_left == 0 or not self._may_retry(verdict):
                return verdict
            last = verdict
            self._context.stream.restart(self._position)
            capped_s = min(wait_s, retry.max_wait_s)
            await self._context.scheduler.sleep(self._context.jitter(capped_s) if retry.jitter == "full" else capped_s)
            wait_s *= retry.factor
        return last

    async def _try(self, parameters: dict[str, Any], on_sent: Callable[[float], None]) -> Verdict | None:
        """One attempt, in a slot; None where the row wants no more by the time there is one."""
        await self._context.slots.acquire(self._position)
        try:
            if self.record is not None or self._row.is_closing:
                return None
            if self._attempt is not None:
                self._attempt.release()
            self._attempt = Attempt(self._context, self._branch, self._row.scope, self._on_text)
            return await self._attempt.run(parameters, on_sent)
        finally:
            self._context.slots.release()

    def _may_retry(self, verdict: Verdict) -> bool:
        if verdict.error is None or verdict.error.type in NEVER_RETRIED:
            return False
        cause: RetryCause = "error"
        if verdict.error.type == "timeout":
            cause = "timeout"
        elif verdict.status == "rejected":
            cause = "rejected"
        return cause in self._branch.retry.causes and not self._context.stream.has_shown(self._position)

    def _on_sent(self, now: float) -> None:
        self._attempts += 1
        if self._sent_at is None:
            self._sent_at = now
            self._row.sent(self._branch.index, now)

    def _on_text(self, text: str) -> None:
        if not shows_at_success(self._context.plan, self._branch):
            self._show(text)

    def _show(self, text: str) -> None:
        if not text or not self._context.streams:
            return
        if self._context.commits:
            self._row.commit(self._branch.index)
        self._context.show(self._position, text)

    # -- one call for several rows

    async def _run_shared(self, parameters: dict[str, Any]) -> None:
        """Call once for all rows in which this branch has equal parameters.

        1. Nobody calls yet: lead.
        2. Another row calls, and ends with a record: take it over.
        3. Another row calls, but is over before its call: look again, and lead, or follow whoever leads by then.
        4. This row is over while it leads: the call is given up, and a follower leads a call of its own (3).
        """
        key = (self._branch.index, json.dumps(parameters, sort_keys=True))
        calls = self._context.shared_calls
        while (call := calls.get(key)) is not None:
            await self._follow(call)
            if call.record is not None:
                self._report(replace(call.record, row=self._row.index, shared=True))
                return
        call = calls[key] = SharedCall()
        try:
            self._end(await self._attempt_until_good(parameters, lambda now: self._lead(call, now)))
            call.record = self.record
        finally:
            if call.record is None:
                del calls[key]
            call.done.set()

    def _lead(self, call: SharedCall, now: float) -> None:
        self._on_sent(now)
        call.sent(now)

    async def _follow(self, call: SharedCall) -> None:
        self._following = True
        if call.is_sent:
            self._row.sent(self._branch.index, self._context.scheduler.now)
        else:
            call.on_sent.append(lambda now: self._row.sent(self._branch.index, now))
        await call.done.wait()
        self._following = False

    # -- its end

    def cut(self, *, by_deadline: bool, why: str) -> None:
        """End it because the row is over: what was running is abandoned, what had not started is skipped."""
        if self.record is not None:
            return
        if self._sent_at is None and not self._following:
            verdict = Verdict("skipped", BranchError("skipped", f"not started: {why}"))
        elif by_deadline:
            verdict = Verdict("timed_out", BranchError("timeout", f"cut off: {why}"))
        else:
            verdict = Verdict("abandoned", BranchError("abandoned", f"no longer waited for: {why}"))
        self._finish(self._record(verdict), "cut")
        self._stop()

    def skip_unsent(self, why: str) -> None:
        """End it as skipped if it was started but not yet sent."""
        if self.record is None and self._strand is not None and self._sent_at is None and not self._following:
            self._report(self._record(Verdict("skipped", BranchError("skipped", f"not started: {why}"))))
            self._stop()

    def _stop(self) -> None:
        if self._strand is not None:
            self._strand.cut()

    def _excuse(self, why: str) -> None:
        record = self._record(Verdict("skipped", BranchError("skipped", why)))
        self._report(replace(record, excused=True))

    def _end(self, verdict: Verdict | None) -> None:
        if verdict is None:
            return  # cut or held back while it waited: the record is there
        record = self._record(verdict)
        self._show(verdict.text)
        self._report(record)

    def _report(self, record: Record) -> None:
        """End by itself: the row decides what follows."""
        if self.record is None:
            self._finish(record, "success" if record.status == "succeeded" else "failure")
            self._row.ended(self._branch.index)

    def _finish(self, record: Record, ending: Ending) -> None:
        self.record = record
        self._attempt = None  # it knows this run, and a circle would wait for the garbage collector
        self.done.set()
        self._context.stream.close(self._position, ending)

    def _record(self, verdict: Verdict) -> Record:
        attempt = self._attempt
        started_s = elapsed_s = 0.0
        if self._sent_at is not None:
            started_s = self._sent_at - self._context.started_at
            elapsed_s = self._context.scheduler.now - self._sent_at
        return Record(
            branch=self._branch,
            status=verdict.status,
            error=verdict.error,
            started_s=started_s,
            elapsed_s=elapsed_s,
            attempts=self._attempts,
            partial=verdict.status != "succeeded" and attempt is not None and attempt.has_received,
            row=self._row.index,
            result=verdict.result,
            result_size=verdict.result_size,
            output=attempt.fold.output() if attempt is not None else EMPTY_OUTPUT,
            files=attempt.fold.files_meta if attempt is not None else (),
        )
