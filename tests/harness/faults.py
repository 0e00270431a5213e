"""A platform that does everything wrong: a plugin process whose every inbound line is written by hand.

`Playground` behaves as Dify does. Here a test sends whatever bytes it likes, answers reverse calls when, how and as
often as it likes, and keeps every line that the process writes.

    async with Faults(Path("."), "stdio") as faults:
        async with faults.undisturbed():        # other calls go on meanwhile, and must give the right answers
            call = faults.call("fan_out", {"plan": "…"})
            request = await call.request()
            faults.write(b"garbage\\n")
            request.text("hello")
            request.end()
            print(await call.outcome())
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count, pairwise
from pathlib import Path
from types import TracebackType
from typing import Any

from playground import gojson, wire
from playground.declarations import read_folder
from playground.process import PluginProcess
from playground.transports import Answers, Listener
from playground.transports.serverless import ServerlessTransport
from playground.transports.stdio import StdioTransport
from playground.transports.tcp import TcpTransport

GENEROUS_S = 60.0  # until something that surely happens has happened, on a busy machine
HELD_UP_S = 4.0  # by the clock; machines are shared, and tests/faults/test_stalls.py counts processor time
HEARTBEAT_S = 0.2  # how often the process is asked to show life
CLOSING_S = 0.05  # the loop notices within its next turns that the other end of a connection has died with its process
WITNESSES = 3  # calls that must have gone well beside a fault
WITNESS_EVERY_S = 0.02  # from the end of one to the next: what holds one up for longer is felt all the same

WITNESS_PLAN = {
    "branches": [{"name": name, "provider": "w/w/w", "tool_name": name} for name in ("one", "two")],
    "max_parallel": 2,
}


class Request:
    """One reverse call of the plugin. Nothing is answered that a test does not answer."""

    def __init__(self, session_id: str, invoke: Mapping[str, Any], answers: Answers) -> None:
        self.id: str = invoke["backwards_request_id"]
        self.body: dict[str, Any] = invoke["request"]
        self._answer = wire.Answer(session_id, self.id)
        self._answers = answers

    @property
    def tool(self) -> str:
        return str(self.body["tool"])

    @property
    def parameters(self) -> dict[str, Any]:
        return dict(self.body["tool_parameters"])

    def line(self, message: Mapping[str, Any] | bytes) -> bytes:
        """The line of one message, without its newline."""
        return self._answer.message(message if isinstance(message, bytes) else gojson.encode(message))

    def say(self, message: Mapping[str, Any] | bytes) -> None:
        """Send one message `{type, message, meta}`, or the bytes of one."""
        self._answers.write(self.line(message))

    def text(self, words: str) -> None:
        self.say({"type": "text", "message": {"text": words}, "meta": None})

    def json(self, value: Any) -> None:
        self.say({"type": "json", "message": {"json_object": value}, "meta": None})

    def raw_json(self, value: bytes) -> None:
        """A JSON message whose value is written as it stands."""
        self.say(b'{"type":"json","message":{"json_object":' + value + b'},"meta":null}')

    def fail(self, text: str) -> None:
        """The error alone: the platform would send `end` behind it."""
        self._answers.write(self._answer.error(text))

    def end(self) -> None:
        self._answers.write(self._answer.end())

    def close(self) -> None:
        """No more is sent (serverless: the response is over; without an end before, it has broken off)."""
        self._answers.done()

    async def drain(self) -> None:
        await self._answers.drain()


@dataclass
class Heard:
    """What came out of a session. Two calls with one id fill the same."""

    session_id: str
    messages: list[dict[str, Any]] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)
    ends: int = 0
    lines: list[bytes] = field(default_factory=list)
    requests: asyncio.Queue[Request] = field(default_factory=asyncio.Queue)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def request(self) -> Request:
        """The next reverse call."""
        return await asyncio.wait_for(self.requests.get(), GENEROUS_S)

    async def outcome(self, ends: int = 1) -> Heard:
        """Wait for the end (or for so many ends) of the session."""
        async with asyncio.timeout(GENEROUS_S):
            while self.ends < ends:
                self.changed.clear()
                await self.changed.wait()
        return self

    @property
    def error(self) -> str:
        """The text of the error; empty where there is none."""
        return str(self.errors[0].get("message")) if self.errors else ""

    @property
    def text(self) -> str:
        return "".join(message["message"]["text"] for message in self.messages if message["type"] == "text")

    @property
    def variables(self) -> dict[str, Any]:
        found = [message["message"] for message in self.messages if message["type"] == "variable"]
        return {message["variable_name"]: message["variable_value"] for message in found}

    @property
    def result(self) -> Any:
        """The `result` variable. Raises AssertionError where the call raised."""
        assert not self.errors, self.errors
        return self.variables["result"]

    @property
    def records(self) -> list[dict[str, Any]]:
        """The `branches` variable."""
        assert not self.errors, self.errors
        found: list[dict[str, Any]] = self.variables["branches"]
        return found


class Faults:
    """One plugin process over one transport, and everything that it ever wrote."""

    def __init__(self, plugin: Path, transport: str = "stdio", heartbeat_s: float = HEARTBEAT_S) -> None:
        self.provider = read_folder(plugin).provider
        self.lines: list[bytes] = []
        self.beside: list[bytes] = []  # standard output where that is not the channel
        self.beats: list[float] = []
        self.closed: list[str] = []
        self.opened = asyncio.Event()
        self.refused: dict[str, tuple[int, bytes]] = {}  # tool → status and body (serverless only)
        self._plugin = plugin
        self._heartbeat_s = heartbeat_s
        self._heard: dict[str, Heard] = {}
        self._witnesses = count()
        kinds = {"stdio": Stdio, "tcp": Tcp, "serverless": Serverless}
        self.transport: Stdio | Tcp | Serverless = kinds[transport](self)

    # -- its life

    async def __aenter__(self) -> Faults:
        with environment(HEARTBEAT_INTERVAL=str(self._heartbeat_s)):
            await self.transport.start(self._plugin, "main")
        if not isinstance(self.transport, Stdio):
            self.transport.keep_output(self.beside.append)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.transport.stop()
        await asyncio.sleep(CLOSING_S)

    @property
    def written(self) -> bytes:
        """All that the process wrote: its lines, and standard error and output beside them."""
        return b"\n".join([*self.lines, *self.beside, self.transport.last_words.encode()])

    @property
    def pid(self) -> int:
        pid = self.transport.pid
        assert pid is not None
        return pid

    # -- what a test does

    def call(
        self, tool: str, parameters: Mapping[str, Any], *, session_id: str | None = None, user_id: str = "user"
    ) -> Heard:
        """Send a tool call; what comes of it appears in what is returned."""
        session_id = session_id or str(uuid.uuid4())
        heard = self._heard.setdefault(session_id, Heard(session_id))
        self.transport.request(session_id, self.request_line(session_id, tool, parameters, user_id), "invoke_tool")
        return heard

    def request_line(self, session_id: str, tool: str, parameters: Mapping[str, Any], user_id: str = "user") -> bytes:
        """The line that starts a tool call, with whatever the parameters hold, lone surrogates too."""
        data = {
            "type": "tool",
            "action": "invoke_tool",
            "user_id": user_id,
            "provider": self.provider,
            "tool": tool,
            "credentials": {},
            "credential_type": "unauthorized",
        }
        line = wire.request(session_id, data | {"tool_parameters": "here"})
        return line.replace(b'"here"', json.dumps(dict(parameters)).encode())

    def fan_out(self, *tools: str, session_id: str | None = None, user_id: str = "user", **plan: Any) -> Heard:
        """A call of `fan_out` with a branch per tool, all at once."""
        branches = [{"name": tool, "provider": "p/p/p", "tool_name": tool} for tool in tools]
        whole = {"max_parallel": max(len(tools), 1), "branches": branches, **plan}
        return self.call("fan_out", {"plan": json.dumps(whole)}, session_id=session_id, user_id=user_id)

    def write(self, data: bytes) -> None:
        """Bytes on the shared channel, as they are."""
        self.transport.write_bytes(data)

    def heard(self, session_id: str) -> Heard:
        """What came out of a session whose request was written by hand."""
        return self._heard.setdefault(session_id, Heard(session_id))

    def forget(self) -> None:
        """Forget what was heard so far, so that long runs do not fill the memory of the test."""
        self.lines.clear()
        self._heard.clear()

    @property
    def all_heard(self) -> list[Heard]:
        """What came out of every session so far."""
        return list(self._heard.values())

    async def witness(self) -> float:
        """One call whose answer is known. Raises AssertionError where it is another; the seconds that it took."""
        number = next(self._witnesses)
        started = time.perf_counter()
        call = self.call("fan_out", {"plan": json.dumps(WITNESS_PLAN)})
        for _ in range(2):
            request = await call.request()
            request.json([{"tool": request.tool, "number": number}])
            request.end()
            request.close()
        result = (await call.outcome()).result
        expected = {tool: [{"tool": tool, "number": number}] for tool in ("one", "two")}
        assert result == expected, f"a call beside the fault gave {result}"
        return time.perf_counter() - started

    @contextlib.asynccontextmanager
    async def undisturbed(self, within_s: float = 5.0) -> AsyncIterator[list[float]]:
        """Calls go on beside the block, one after the other; each must be right, and take no longer than `within_s`.

        Gives the list of the seconds that they took, which fills meanwhile.
        """
        took: list[float] = []
        over = asyncio.Event()

        async def go_on() -> None:
            while not over.is_set() or len(took) < WITNESSES:
                took.append(await self.witness())
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(over.wait(), WITNESS_EVERY_S)

        going = asyncio.create_task(go_on())
        try:
            yield took
        finally:
            over.set()
            await asyncio.wait_for(going, GENEROUS_S)
        assert max(took) <= within_s, f"a call beside the fault took {max(took):.2f} s"

    def lateness_s(self, since: float = 0.0) -> float:
        """The most that a heartbeat was late, counting from `since` (of the loop's clock) until now."""
        beats = [beat for beat in self.beats if beat >= since] + [asyncio.get_running_loop().time()]
        gaps = [later - earlier for earlier, later in pairwise(beats)]
        return max(max(gaps, default=0.0) - self._heartbeat_s, 0.0)

    # -- called by the transport

    def on_line(self, line: bytes, answers: Answers | None) -> bool:
        self.lines.append(line)
        try:
            event = json.loads(line)
        except ValueError:
            return False
        if event.get("event") == "heartbeat":
            self.beats.append(asyncio.get_running_loop().time())
        elif event.get("event") == "session":
            self._on_session(event["session_id"], event["data"], line, answers)
        return True

    def on_transaction(self, line: bytes, answers: Answers) -> tuple[int, bytes] | None:
        self.lines.append(line)
        event = json.loads(line)
        tool = event["data"]["data"]["request"]["tool"]
        if tool in self.refused:
            return self.refused[tool]
        self._on_session(event["session_id"], event["data"], line, answers)
        return None

    def on_request_over(self, session_id: str, error: tuple[str, str] | None) -> None:
        if error is not None:
            self.closed.append(f"{session_id}: {error}")

    def on_open(self) -> None:
        self.opened.set()

    def on_closed(self, kind: str, reason: str) -> None:
        self.closed.append(reason)

    def _on_session(self, session_id: str, message: dict[str, Any], line: bytes, answers: Answers | None) -> None:
        heard = self.heard(session_id)
        heard.lines.append(line)
        data = message["data"]
        match message["type"]:
            case "invoke":
                assert answers is not None
                heard.requests.put_nowait(Request(session_id, data, answers))
            case "stream":
                heard.messages.append(data)
            case "error":
                heard.errors.append(data)
            case "end":
                heard.ends += 1
        heard.changed.set()


class Stdio(StdioTransport):
    """Standard input and output, with a door for bytes."""

    def write_bytes(self, data: bytes) -> None:
        self._flush()
        if self._process:
            self._process.write(data)


class KeepsOutput:
    """Keeps what the process writes to its standard output, which these transports pass over."""

    _process: PluginProcess | None

    def keep_output(self, keep: Callable[[bytes], None]) -> None:
        assert self._process is not None
        self._process._on_output = keep


class Tcp(KeepsOutput, TcpTransport):
    """Remote debugging, with a door for bytes, and a server that can go away for a while."""

    def __init__(self, listener: Listener) -> None:
        super().__init__(listener)
        self._outbox: list[bytes] = []

    def write(self, line: bytes) -> None:
        """Collect what one turn of the loop writes: a system call for each line would be most of a flood."""
        if not self._outbox:
            asyncio.get_running_loop().call_soon(self._flush)
        self._outbox += (line, b"\n")

    async def drain(self) -> None:
        self._flush()
        await super().drain()

    def write_bytes(self, data: bytes) -> None:
        self._outbox.append(data)
        self._flush()

    def _flush(self) -> None:
        data, self._outbox = b"".join(self._outbox), []
        if data and self._writer and not self._writer.is_closing():
            self._writer.write(data)

    async def go_away(self) -> None:
        """Close the connection and answer no more."""
        if self._server:
            self._server.close()
        self.disconnect()

    async def come_back(self) -> None:
        """Listen again, where it was."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self.port)


class Serverless(KeepsOutput, ServerlessTransport):
    """HTTP; there is no shared channel to write to."""

    def __init__(self, listener: Listener) -> None:
        super().__init__(listener)
        self._kept: set[asyncio.Task[None]] = set()

    def write_bytes(self, data: bytes) -> None:
        raise TypeError("serverless has no shared channel")

    def request(self, session_id: str, line: bytes, action: str) -> None:
        """As usual, but two calls may have one id."""
        super().request(session_id, line, action)
        self._kept.add(self._calls[session_id])

    def break_off(self) -> None:
        """Close the connections of all calls, as a platform that ends."""
        for task in self._kept:
            task.cancel()


@contextlib.contextmanager
def environment(**variables: str) -> Iterator[None]:
    """Variables for the processes that are started in the block."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
