"""One attempt of a branch: send the request, listen within its time limits, fold what arrives, judge it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ..core.answers.render import default_text
from ..core.calls.failures import classify, rejected, texts_in
from ..core.calls.fold import Fold
from ..core.calls.judging import judge, says_empty
from ..core.calls.messages import Ended, Message
from ..core.calls.records import Status
from ..core.calls.rules import apply_rules
from ..core.calls.streaming import shows_at_success
from ..core.errors import BranchError, ErrorType, ExpressionError, TooLargeError
from ..core.plans.plan import Branch
from ..core.values import Size
from .context import CallContext
from .inbox import Inbox


class Verdict(NamedTuple):
    """How an attempt ended. `error` is None exactly where it succeeded.

    `is_preferred`: false for a success that is good only as a last resort. `result_size`: at the most, where known.
    `text` is what is shown at a success, and was not before. `output` is that of a success.
    """

    status: Status
    error: BranchError | None = None
    result: Any = None
    result_size: Size | None = None
    is_preferred: bool = True
    text: str = ""
    output: dict[str, Any] | None = None


class Attempt:
    """One reverse invocation. `fold` holds what has arrived so far, also after a failure or a cancellation.

    `on_text` is told every text that a branch may show before its end.
    """

    __slots__ = (
        *("_branch", "_context", "_heard", "_inbox", "_on_text", "_parameters", "_received", "_scope", "_sent_at"),
        "fold",
    )

    def __init__(
        self, context: CallContext, branch: Branch, scope: dict[str, Any], on_text: Callable[[str], None]
    ) -> None:
        self._context = context
        self._branch = branch
        self._scope = scope
        self._on_text = on_text
        self._parameters: dict[str, Any] = {}
        self._inbox = Inbox()
        self._received = 0  # messages of use, which is what rules count
        self._heard = False
        self._sent_at: float | None = None
        self.fold = Fold()

    async def run(self, parameters: dict[str, Any], on_sent: Callable[[float], None]) -> Verdict:
        """Call the tool with `parameters` and see it through; `on_sent` is told the time of the request."""
        refused = self._context.resources.refusal(self._branch.target)
        if refused is not None:
            return Verdict("failed", refused)
        self._parameters = parameters
        try:
            self._context.gateway.send(self._branch.target, parameters, self._inbox.put)
            self._sent_at = self._context.scheduler.now
            if self._context.connections is not None:
                self._inbox.on_end = self._context.connections.hold(self._branch.target)
            on_sent(self._sent_at)
            return await self._answer(self._sent_at)
        except TooLargeError as error:
            self._drop()
            return failed_by(error)
        except ExpressionError as error:
            return failed_by(error)
        finally:
            if self._sent_at is not None and not self._inbox.has_ended:
                self._inbox.close(on_late_end=self._context.resources.linger(self._branch.target))

    async def _answer(self, sent_at: float) -> Verdict:
        failure = await self._listen(sent_at)
        if text := self.fold.release():
            self._on_text(text)
        is_empty = failure is not None and await self._says_empty(failure)
        if failure is not None and not is_empty:
            return failure
        prefers = self._context.plan.strategy != "all"
        output = self.fold.output()
        judgement = await self._context.evaluator.compute(
            lambda budget: judge(self._branch, output, self._scope, budget, prefers=prefers, is_empty=is_empty)
        )
        if not judgement.accepted:
            return failure or Verdict("rejected", rejected(output, asked=texts_in(self._parameters)))
        return Verdict(
            "succeeded",
            result=judgement.result,
            result_size=self.fold.json_size if judgement.is_json else None,
            is_preferred=judgement.preferred,
            text=await self._late_text(judgement.result) if self._context.streams else "",
            output=output,
        )

    async def _says_empty(self, failure: Verdict) -> bool:
        """Whether the tool, which has sent nothing, says by its error that it has found nothing.

        An `empty` that raises is not true: what the tool said must not get lost over it.
        """
        error = failure.error
        if self._branch.empty is None or self._received or error is None:
            return False
        try:
            return await self._context.evaluator.compute(lambda budget: says_empty(self._branch, error, budget))
        except (ExpressionError, TooLargeError):
            return False

    async def _late_text(self, result: Any) -> str:
        """What a success shows at its end: the text that was kept back, or the result of a tool that only sent JSON."""
        if self.fold.own_text:
            return self.fold.own_text if shows_at_success(self._context.plan, self._branch) else ""
        if not self.fold.has_repeats or result is None:
            return ""
        return await self._context.evaluator.compute(lambda budget: default_text(result, budget))

    async def _listen(self, sent_at: float) -> Verdict | None:
        """Fold messages until the end; None, or why there is nothing to judge."""
        branch = self._branch
        end_at = sent_at + branch.timeout_s
        until = end_at if branch.first_message_s is None else min(end_at, sent_at + branch.first_message_s)
        while arrived := await self._inbox.take(until):
            for incoming in arrived:
                if isinstance(incoming, Ended):
                    return self._failure(incoming.error)
                if incoming is not None:
                    await self._receive(incoming, sent_at)
            self._heard = True
            now = self._context.scheduler.now
            if now >= end_at:  # a tool that never pauses must not outlive its time
                break
            until = end_at if branch.idle_s is None else min(end_at, now + branch.idle_s)
        if until == end_at or self._context.scheduler.now >= end_at:
            return timed_out(f"no end within timeout_s ({branch.timeout_s:g} s)")
        if not self._heard:
            return timed_out(f"no message within first_message_s ({branch.first_message_s:g} s)")
        return timed_out(f"nothing more within idle_s ({branch.idle_s:g} s)")

    def _failure(self, error: str | None) -> Verdict | None:
        if error is None:
            return None
        asked = texts_in(self._parameters)
        return Verdict("failed", classify(error, before_first_message=self._received == 0, asked=asked))

    async def _receive(self, message: Message, sent_at: float) -> None:
        index = self._received
        self._received += 1
        if self._branch.rules:
            kept = await self._apply_rules(message, index, self._context.scheduler.now - sent_at)
            if kept is None:
                return
            message = kept
        before = self.fold.size
        text = self.fold.add(message)
        self._context.resources.hold_bytes(self.fold.size - before)
        if text:
            self._on_text(text)

    async def _apply_rules(self, message: Message, index: int, elapsed_s: float) -> Message | None:
        branch = self._branch
        return await self._context.evaluator.compute(
            lambda budget: apply_rules(
                branch.rules, message, branch=branch.name, index=index, elapsed_s=elapsed_s, budget=budget
            )
        )

    @property
    def has_received(self) -> bool:
        """Whether the tool has sent anything of use."""
        return self._received > 0

    def release(self) -> None:
        """Give back the bytes of this attempt: another one follows, or it is too large to keep."""
        self._context.resources.hold_bytes(-self.fold.size)

    def _drop(self) -> None:
        self.release()
        self.fold = Fold()


def timed_out(message: str) -> Verdict:
    """The verdict of an attempt that a time limit ended."""
    return Verdict("timed_out", BranchError("timeout", message))


def failed_by(error: ExpressionError | TooLargeError) -> Verdict:
    """The verdict where an expression failed, or something was too large."""
    kind: ErrorType = "too_large" if isinstance(error, TooLargeError) else "expression"
    return Verdict("failed", BranchError(kind, str(error)))
