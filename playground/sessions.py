"""The two kinds of session: the tool call that the playground makes, and a provider's tool called in reverse."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, Protocol

from . import gojson
from .calls import Outcome, ReverseCall
from .dify import stream_failure
from .files import FileError, Forwarder
from .plugin import Plugin
from .scripts import Scripts, ToolFailure
from .transports import Answers
from .wire import Answer

CANCELLED = "read tool response failed: context canceled"


class Platform(Protocol):
    """What answers the reverse calls of a session."""

    async def answer(self, session: Session, invoke: dict[str, Any], answers: Answers) -> None:
        """Serve one reverse call until its end, or until the session that made it is over."""


class Call:
    """One tool call of the playground: what it was given, what came out so far, and its reverse calls."""

    def __init__(self, scripts: Scripts | None, on_change: Callable[[ReverseCall], None] | None = None) -> None:
        self.scripts = scripts
        self.timeline: list[ReverseCall] = []
        self.in_flight = 0
        self.max_in_flight = 0
        self.started = time.perf_counter()
        self._on_change = on_change

    def elapsed(self) -> float:
        return time.perf_counter() - self.started

    def begin(self, request: dict[str, Any]) -> ReverseCall:
        parameters = request.get("tool_parameters")
        record = ReverseCall(
            number=len(self.timeline),
            tool_type=str(request.get("tool_type")),
            provider=str(request.get("provider")),
            tool=str(request.get("tool")),
            parameters=parameters if isinstance(parameters, dict) else {},
            asked_s=self.elapsed(),
        )
        self.timeline.append(record)
        self.in_flight += 1
        self.max_in_flight = max(self.max_in_flight, self.in_flight)
        self.changed(record)
        return record

    def finish(self, record: ReverseCall, error: str | None = None, abandoned: bool = False) -> None:
        if record.ended_s is not None:
            return
        record.ended_s = self.elapsed()
        record.error = error
        record.status = "abandoned" if abandoned else "failed" if error is not None else "done"
        self.in_flight -= 1
        self.changed(record)

    def changed(self, record: ReverseCall) -> None:
        if self._on_change:
            self._on_change(record)


class Session:
    """A session of one plugin, and the reverse calls that it has in flight."""

    def __init__(self, plugin: Plugin, call: Call, platform: Platform) -> None:
        self.plugin = plugin
        self.call = call
        self.id = ""
        self.over = False
        self._platform = platform
        self._tasks: set[asyncio.Task[None]] = set()

    def on_invoke(self, data: Any, answers: Answers) -> str | None:
        wrong = _malformed(data)
        if wrong:
            return wrong
        task = asyncio.get_running_loop().create_task(self._platform.answer(self, data, answers))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return None

    def on_line_size(self, size: int) -> None:
        """Sizes matter for the outer call only."""

    def close(self) -> None:
        """The session is over: its reverse calls in flight are cut, late answers are dropped."""
        self.over = True
        self.plugin.close(self.id)
        for task in list(self._tasks):
            task.cancel()


class OuterSession(Session):
    """The playground's own call of a tool. Everything that the plugin emits is kept."""

    def __init__(self, plugin: Plugin, call: Call, platform: Platform) -> None:
        super().__init__(plugin, call, platform)
        self.messages: list[dict[str, Any]] = []
        self.first_text_s: float | None = None
        self.longest_line = 0
        self.wall_s = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.error: tuple[str, str] | None = None
        self.description = ""

    def on_message(self, message: dict[str, Any]) -> None:
        if self.first_text_s is None and message["type"] == "text":
            self.first_text_s = self.call.elapsed()
        self.messages.append(message)

    def on_error(self, kind: str, text: str, description: str) -> None:
        self.error = (kind, text)
        self.description = description
        self.on_end()

    def on_end(self) -> None:
        if not self.done.done():
            self.done.set_result(None)
            self.wall_s = self.call.elapsed()
            self.close()

    def on_line_size(self, size: int) -> None:
        self.longest_line = max(self.longest_line, size)

    def outcome(self) -> Outcome:
        return Outcome(
            messages=self.messages,
            error=self.error,
            wall_s=self.wall_s,
            first_text_s=self.first_text_s,
            max_in_flight=self.call.max_in_flight,
            longest_line=self.longest_line,
            timeline=self.call.timeline,
            error_line=self.description,
        )


class InnerSession(Session):
    """A provider's tool called in reverse: its messages go, transformed, to the plugin that called it."""

    def __init__(self, plugin: Plugin, call: Call, platform: Platform, reply: CallReply, forwarder: Forwarder) -> None:
        super().__init__(plugin, call, platform)
        self._reply = reply
        self._forwarder = forwarder
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def on_message(self, message: dict[str, Any]) -> None:
        if self.over:
            return
        try:
            for forwarded in self._forwarder.forward(message):
                self._reply.message(gojson.encode(forwarded))
        except FileError as error:
            self._fail(str(error))

    def on_error(self, kind: str, text: str, description: str) -> None:
        self._fail(stream_failure(kind, text, description))

    def on_end(self) -> None:
        if not self.done.done():
            self.done.set_result(None)
        self.close()

    def _fail(self, text: str) -> None:
        if not self.done.done():
            self.done.set_exception(ToolFailure(f"read tool response failed: request failed: {text}"))
        self.close()


class CallReply:
    """Writes the answers of one reverse call, and keeps its record."""

    def __init__(self, call: Call, record: ReverseCall, answer: Answer, answers: Answers) -> None:
        self._call = call
        self._record = record
        self._answer = answer
        self._answers = answers

    def message(self, payload: bytes, count: int = 1) -> None:
        record = self._record
        record.messages += count
        if record.first_s is None:
            record.first_s = self._call.elapsed()
            record.status = "streaming"
            self._call.changed(record)
        self._answers.write(self._answer.message(payload))

    async def drain(self) -> None:
        await self._answers.drain()

    def error(self, text: str) -> None:
        """The error, and the end that always follows it."""
        self._answers.write(self._answer.error(text))
        self._call.finish(self._record, error=text)
        self._end()

    def end(self) -> None:
        self._call.finish(self._record)
        self._end()

    def cut(self) -> None:
        """The outer call is over: nothing reaches a shared channel any more; a connection of its own is told."""
        self._call.finish(self._record, abandoned=True)
        if not self._answers.shared:
            self._answers.write(self._answer.error(CANCELLED))
            self._answers.write(self._answer.end())
        self._answers.done()

    def _end(self) -> None:
        self._answers.write(self._answer.end())
        self._answers.done()


def _malformed(data: Any) -> str | None:
    """What the daemon says of an invoke that it cannot even read; it closes the outer call with that."""
    if not isinstance(data, dict):
        return "unmarshal invoke request failed: json: cannot unmarshal into Go value of type map[string]interface {}"
    if not isinstance(data.get("type"), str):
        return f"invoke request missing type: {data}"
    if not isinstance(data.get("backwards_request_id"), str):
        return f"invoke request missing request_id: {data}"
    if not isinstance(data.get("request"), dict):
        return f"invoke request missing request: {data}"
    return None
