"""One branch in one row: wait for what it names, evaluate `when` and `parameters`, try, end as a record."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from dataclasses import replace
from typing import Any, Protocol

from ..core.budget import Budget
from ..core.calls.judging import evaluate_at, is_true
from ..core.calls.records import EMPTY_OUTPUT, Record, to_scope
from ..core.calls.streaming import Ending, shows_at_success
from ..core.errors import BranchError, ExpressionError, TooLargeError
from ..core.language.expressions import Expression
from ..core.plans.plan import Branch
from .attempt import Verdict, failed_by
from .context import CallContext
from .scheduler import Coroutine, Event
from .shared_calls import SharedCall, key_of, may_share
from .tries import Tries


class RowView(Protocol):
    """What a branch sees of its row, and tells it."""

    index: int | None
    scope: dict[str, Any]
    decided: Event  # what follows from all ends so far; only testing an `until` takes a while

    @property
    def is_closing(self) -> bool:
        """Whether nothing new may start."""

    def position_of(self, branch: Branch) -> int:
        """The position of a branch in the order of rows and, in a row, of the plan."""

    def run_of(self, name: str) -> BranchRun:
        """The run of another branch of the row."""

    def sent(self, index: int, now: float) -> None:
        """The first request of a branch went out."""

    def waits(self, index: int) -> None:
        """A branch waits to be tried again."""

    def ended(self, index: int) -> None:
        """A branch has ended by itself; its record is set."""

    def commit(self, index: int) -> None:
        """A branch is about to show text."""


class BranchRun:
    """The life of one branch in one row. `record` is set at its end, once; whoever comes later finds it set.

    `done`: the record is there. `decided`: the row has decided what follows.
    """

    __slots__ = (
        *("_branch", "_context", "_coroutine", "_held_text", "_is_following", "_leads", "_position", "_row", "_tries"),
        *("decided", "done", "record", "scope"),
    )

    def __init__(self, context: CallContext, row: RowView, branch: Branch) -> None:
        self.scope = row.scope
        self.decided = row.decided
        self.done = Event()
        self.record: Record | None = None
        self._context = context
        self._row = row
        self._branch = branch
        self._position = row.position_of(branch)
        self._tries = Tries(context, branch, self._position, self)
        self._held_text = ""  # of a last resort
        self._leads: SharedCall | None = None
        self._is_following = False
        self._coroutine: Coroutine | None = None

    # -- its life

    def start(self) -> None:
        """Run to the end, or until `cut`."""
        self._coroutine = self._context.scheduler.start(self._run())

    async def _run(self) -> None:
        try:
            await self._call()
        except (ExpressionError, TooLargeError) as error:
            self._end(failed_by(error))
        except Exception as error:  # a defect of ours: it must cost this branch alone
            message = f"its answer could not be handled ({type(error).__name__}); please report this"
            self._end(Verdict("failed", BranchError("bad_response", message)))

    async def _call(self) -> None:
        unmet = await self._wait_for_others()
        if unmet is not None and self._branch.when is None:
            self._excuse(f"{unmet!r}, which it names, did not succeed")
            return
        scope = self.scope | {"branches": self._others()}
        if self._branch.when is not None and not await self._is_met(self._branch.when, scope):
            self._excuse("its `when` was not true")
        elif self._branch.requires and (missing := self._missing_input()) is not None:
            message = f"it cannot do without inputs.{missing}, which is not given"
            self._end(Verdict("failed", BranchError("invalid_parameters", message)))
        elif may_share(self._context.plan, self._branch):
            await self._run_shared(scope)
        else:
            await self._tries.run(lambda budget: self._parameters(scope, budget), self._end)

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
        if not self._branch.depends_on:
            return {}
        records = {name: self._row.run_of(name).record for name in self._branch.depends_on}
        return {name: to_scope(record) for name, record in records.items() if record is not None}

    def _missing_input(self) -> str | None:
        """An input that the catalog entry requires and nobody gave; where it reads `item`, text there stands for it."""
        inputs, item = self._context.inputs, self.scope["item"]
        if isinstance(item, str) and item.strip() and ("item",) in self._branch.parameters.reads:
            return None
        return next((name for name in self._branch.requires if is_blank(inputs.get(name))), None)

    def _parameters(self, scope: Mapping[str, Any], budget: Budget) -> dict[str, Any]:
        try:
            parameters: dict[str, Any] = self._branch.parameters.render(scope, budget)
        except TooLargeError as error:
            raise error.at(f"{self._branch.path}.parameters") from None
        return parameters

    async def _is_met(self, when: Expression, scope: Mapping[str, Any]) -> bool:
        return is_true(
            await self._context.evaluator.compute(
                lambda budget: evaluate_at(f"{self._branch.path}.when", when, scope, budget)
            )
        )

    # -- told by its tries

    @property
    def is_wanted(self) -> bool:
        """Whether a further attempt may still be sent."""
        return self.record is None and not self._row.is_closing

    def sent(self, now: float) -> None:
        """A request went out; the row wants to know of the first one."""
        if self._tries.count == 1:
            self._row.sent(self._branch.index, now)
            if self._leads is not None:
                self._leads.sent(now)

    def waits(self) -> None:
        """An attempt has failed, and another one follows after a wait."""
        self._row.waits(self._branch.index)
        if self._leads is not None:
            self._leads.waits()

    def shows(self, text: str) -> None:
        """Text has arrived; where the answer is still to be judged, it is shown at the success."""
        if not shows_at_success(self._context.plan, self._branch):
            self._show(text)

    def _show(self, text: str) -> None:
        if not text or not self._context.streams:
            return
        if self._context.commits:
            self._row.commit(self._branch.index)
        self._context.show(self._position, text)

    # -- one call for several rows

    async def _run_shared(self, scope: Mapping[str, Any]) -> None:
        """Call once for all rows in which this branch has equal parameters.

        1. Nobody calls yet: lead.
        2. Another row calls, and ends with a record: take it over.
        3. Another row calls, but is over before its call: look again, and lead, or follow whoever leads by then.
        4. This row is over while it leads: the call is given up, and a follower leads a call of its own (3).
        """
        key, kept = await self._context.evaluator.compute(
            lambda budget: key_of(self._branch, self._parameters(scope, budget))
        )
        calls = self._context.shared_calls
        while (call := calls.get(key)) is not None:
            await self._follow(call)
            if call.record is not None:
                self._report(replace(call.record, row=self._row.index, shared=True))
                return
        call = calls[key] = self._leads = SharedCall()
        try:
            await self._tries.run(lambda budget: kept or self._parameters(scope, budget), self._end_shared)
        finally:
            if call.record is None:
                del calls[key]
            call.done.set()

    async def _follow(self, call: SharedCall) -> None:
        self._is_following = True
        call.followers.append(self)
        if call.sent_at is not None:
            self.leader_sent(self._context.scheduler.now)
        await call.done.wait()
        self._is_following = False

    def leader_sent(self, now: float) -> None:
        """The first request of the call that this branch follows went out."""
        self._row.sent(self._branch.index, now)

    def leader_waits(self) -> None:
        """The call that this branch follows waits to be tried again."""
        self._row.waits(self._branch.index)

    async def _end_shared(self, verdict: Verdict | None) -> None:
        """End as the leader; returns when the rows of all followers have decided what follows, too."""
        call = self._leads
        assert call is not None
        if verdict is not None:
            call.record = self._record(verdict)
            self._report(call.record)
            call.done.set()
            for each in (self, *call.followers):
                await each.done.wait()
                await each.decided.wait()

    # -- its end

    def cut(self, *, by_deadline: bool, why: str) -> None:
        """End it because the row is over: what was running is abandoned, what had not started is skipped."""
        if self.record is not None:
            self._context.stream.close(self._position, "cut")  # of a last resort, which was not needed
            return
        if not self._has_begun:
            verdict = Verdict("skipped", BranchError("skipped", f"not started: {why}"))
        elif by_deadline:
            verdict = Verdict("timed_out", self._tries.with_last_error(BranchError("timeout", f"cut off: {why}")))
        else:
            error = BranchError("abandoned", f"no longer waited for: {why}")
            verdict = Verdict("abandoned", self._tries.with_last_error(error))
        self._finish(self._record(verdict), "cut")
        self._stop()

    def begin_grace(self, why: str) -> None:
        """Nothing new starts: end it if it was started but not yet sent, or waits to be tried again."""
        if self.record is not None or self._coroutine is None:
            return
        if not self._has_begun:
            self._report(self._record(Verdict("skipped", BranchError("skipped", f"not started: {why}"))))
        elif self._tries.last is not None and self._tries.is_between:
            self._report(self._record(self._tries.last))
        else:
            return
        self._stop()

    def count(self) -> None:
        """The row ends, and needs this success, which was only a last resort."""
        assert self.record is not None
        self.record = replace(self.record, counts=True)
        if self._context.streams and self._held_text:
            self._context.show(self._position, self._held_text)
        self._context.stream.close(self._position, "success")

    @property
    def is_open(self) -> bool:
        """Whether something is still to be decided about it."""
        return self.record is None or not self.record.counts

    @property
    def _has_begun(self) -> bool:
        return self._tries.sent_at is not None or self._is_following

    def _stop(self) -> None:
        if self._coroutine is not None:
            self._coroutine.cut()

    def _excuse(self, why: str) -> None:
        record = self._record(Verdict("skipped", BranchError("skipped", why)))
        self._report(replace(record, excused=True))

    def _end(self, verdict: Verdict | None) -> Awaitable[object] | None:
        """End by itself, unless the record is there; what is returned waits until the row has decided what follows."""
        if verdict is None or self.record is not None:
            return None
        record = self._record(verdict)
        if verdict.is_preferred:
            self._show(verdict.text)
        else:
            self._held_text = verdict.text
        self._report(record)
        return None if self.decided.is_set else self.decided.wait()

    def _report(self, record: Record) -> None:
        """End by itself: the row decides what follows."""
        if self.record is None:
            self._finish(record, "success" if record.status == "succeeded" else "failure")
            self._row.ended(self._branch.index)

    def _finish(self, record: Record, ending: Ending) -> None:
        self.record = record
        del self._tries  # it refers back to this run, and a circle would wait for the garbage collector
        self.done.set()
        if record.counts:
            self._context.stream.close(self._position, ending)

    def _record(self, verdict: Verdict) -> Record:
        tries, attempt = self._tries, self._tries.attempt
        started_s = elapsed_s = 0.0
        if tries.sent_at is not None:
            started_s = tries.sent_at - self._context.started_at
            elapsed_s = self._context.scheduler.now - tries.sent_at
        return Record(
            branch=self._branch,
            status=verdict.status,
            error=verdict.error,
            started_s=started_s,
            elapsed_s=elapsed_s,
            attempts=tries.count,
            partial=verdict.status != "succeeded" and attempt is not None and attempt.has_received,
            row=self._row.index,
            result=verdict.result,
            result_size=verdict.result_size,
            counts=verdict.is_preferred,
            output=verdict.output or (EMPTY_OUTPUT if attempt is None else attempt.fold.output()),
            files=attempt.fold.files_meta if attempt is not None else (),
            spans=tries.spans(verdict.status),
        )


def is_blank(value: Any) -> bool:
    """Whether an input is as good as not given."""
    return value is None or (isinstance(value, str) and not value.strip())
