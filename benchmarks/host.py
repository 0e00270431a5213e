"""A host that is faster than any plugin: what the daemon does for one plugin over stdio, from lines written before.

One thread, one selector. The playground parses every message as the platform does, which would be most of what is
measured; here a scripted answer is a few bytes in front of a line that was prepared. It serves peers and Fanout alike.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import selectors
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any

import orjson

from .workload import compact

ROOT = Path(__file__).resolve().parent.parent
START_TIMEOUT_S = 60.0
CALL_TIMEOUT_S = 120.0
READ_BYTES = 1 << 20
PIPE_BYTES = 64 * 1024
LOOK_S = 0.05  # between two looks at whether what is waited for is true, where nothing happens
# in every line that matters the first `type` is that of the session message, whoever wrote it
_TYPE = re.compile(rb'"type": ?"(\w+)"')
_SESSION = re.compile(rb'"session_id": ?"([^"]+)"')
HEARTBEAT = b'"heartbeat"'


@dataclass(frozen=True, slots=True)
class Step:
    """Lines that a tool answers with, `after_s` from the step before; `mark` notes when they are written."""

    lines: Sequence[bytes]
    after_s: float = 0.0
    mark: bool = False


type Script = Sequence[Step]


def message(data: Mapping[str, Any]) -> bytes:
    """The line of one message, but for what the call puts in front of it."""
    return b'","event":"response","message":"stream","data":' + compact(data).encode() + b"}}\n"


END = b'","event":"end","message":"","data":null}}\n'


def one_by_one(messages: Sequence[Mapping[str, Any]], after_s: float = 0.0) -> Script:
    """A script that answers message by message, in turn with all others, after a wait."""
    steps = [Step([message(data)]) for data in messages]
    return [Step([], after_s), *steps, Step([END])] if after_s else [*steps, Step([END])]


@dataclass(slots=True)
class Call:
    """One tool call. Times are of `perf_counter`."""

    id: str
    scripts: Mapping[str, Script]
    started: float = 0.0
    ended: float | None = None
    lines: list[bytes] = field(default_factory=list)  # what the tool emitted, unread
    seen: list[float] = field(default_factory=list)  # when each of them was
    marks: list[float] = field(default_factory=list)
    invoked: int = 0
    error: bytes | None = None

    @property
    def wall_s(self) -> float:
        """From the request to the end of the call."""
        assert self.ended is not None
        return self.ended - self.started

    def messages(self) -> list[dict[str, Any]]:
        """What the tool emitted. Raises RuntimeError where it failed."""
        if self.error is not None:
            raise RuntimeError(self.error.decode())
        return [json.loads(line)["data"]["data"] for line in self.lines]


class Host:
    """Runs one plugin. `cpu`: the core of the plugin, None where it is left to the system."""

    def __init__(self, folder: Path, cpu: int | None = None, python: str = sys.executable) -> None:
        self._folder = folder
        self._cpu = cpu
        self._python = python
        self._calls: dict[str, Call] = {}
        self._timers: list[tuple[float, int, Call, bytes, Script, int]] = []
        self._turns = count()
        self._input: list[bytes] = []  # an incomplete line
        self._output: list[bytes] = []
        self._heartbeat = False
        self._selector = selectors.DefaultSelector()
        self._process: subprocess.Popen[bytes]
        self.start_s = 0.0

    # -- its life

    def __enter__(self) -> Host:
        started = time.perf_counter()
        self._process = _start(self._folder, self._cpu, self._python)
        assert self._process.stdin
        assert self._process.stdout
        self._stdin, self._stdout = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._stdin, False)
        os.set_blocking(self._stdout, False)
        self._selector.register(self._stdout, selectors.EVENT_READ)
        self._run(lambda: self._heartbeat, START_TIMEOUT_S)
        self.start_s = time.perf_counter() - started
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._selector.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()

    @property
    def pid(self) -> int:
        """The plugin's process."""
        return self._process.pid

    # -- calls

    def start(self, tool: str, parameters: Mapping[str, Any], scripts: Mapping[str, Script]) -> Call:
        """Send a tool call; `finish` or `wait` plays its part of it."""
        call = Call(str(uuid.uuid4()), scripts)
        self._calls[call.id] = call
        data = {
            "type": "tool",
            "action": "invoke_tool",
            "user_id": "00000000-0000-4000-8000-000000000001",
            "provider": self._folder.name if self._folder != ROOT else "fanout",
            "tool": tool,
            "tool_parameters": parameters,
            "credentials": {},
            "credential_type": "unauthorized",
        }
        request = compact({"session_id": call.id, "event": "request", "app_id": "app", "data": data}).encode() + b"\n"
        call.started = time.perf_counter()
        self._output.append(request)
        self._write()
        return call

    def call(self, tool: str, parameters: Mapping[str, Any], scripts: Mapping[str, Script]) -> Call:
        """Call a tool and wait for its end."""
        return self.finish(self.start(tool, parameters, scripts))

    def finish(self, call: Call) -> Call:
        """Wait for the end of a call."""
        self.wait(lambda: call.ended is not None)
        return call

    def wait(self, until: Callable[[], bool], timeout_s: float = CALL_TIMEOUT_S) -> None:
        """Serve the plugin until something is true. Raises TimeoutError."""
        self._run(until, timeout_s)

    def serve(self, seconds: float) -> None:
        """Serve the plugin for some time."""
        end = time.perf_counter() + seconds
        self._run(lambda: time.perf_counter() >= end, seconds + 1)

    # -- serving

    def _run(self, until: Callable[[], bool], timeout_s: float) -> None:
        give_up = time.perf_counter() + timeout_s
        while not until():
            now = time.perf_counter()
            if now > give_up:
                raise TimeoutError(f"{self._folder.name} did not answer within {timeout_s:g} s")
            self._play(now)
            self._write()
            for key, _ in self._selector.select(self._patience_s()):
                if key.fd == self._stdout:
                    self._read()

    def _patience_s(self) -> float:
        """How long to wait for the plugin. A selector waits for whole milliseconds: the last one is spent looking."""
        wait_s = self._timers[0][0] - time.perf_counter() if self._timers else LOOK_S
        return max(0.0, min(wait_s - 0.001, LOOK_S))

    def _play(self, now: float) -> None:
        """Play what is due, the tools in turn, until a pipe's fill waits to be written."""
        waiting = sum(map(len, self._output))
        while self._timers and self._timers[0][0] <= now and waiting < PIPE_BYTES:
            due, _, call, prefix, script, index = heappop(self._timers)
            if call.ended is not None:
                continue
            step = script[index]
            lines = [prefix + line for line in step.lines]
            self._output += lines
            waiting += sum(map(len, lines))
            if step.mark:
                self._write()
                call.marks.append(time.perf_counter())
            if index + 1 < len(script):
                self._schedule(due, call, prefix, script, index + 1)

    def _schedule(self, now: float, call: Call, prefix: bytes, script: Script, index: int) -> None:
        heappush(self._timers, (now + script[index].after_s, next(self._turns), call, prefix, script, index))

    def _write(self) -> None:
        if not self._output:
            return
        data = b"".join(self._output)
        try:
            written = os.write(self._stdin, data)
        except BlockingIOError:
            written = 0
        rest = data[written:]
        self._output = [rest] if rest else []
        if rest:
            with contextlib.suppress(KeyError):
                self._selector.register(self._stdin, selectors.EVENT_WRITE)
        elif self._stdin in self._selector.get_map():
            self._selector.unregister(self._stdin)

    def _read(self) -> None:
        try:
            data = os.read(self._stdout, READ_BYTES)
        except BlockingIOError:
            return
        if not data:
            raise RuntimeError(f"{self._folder.name} has ended")
        now = time.perf_counter()
        *lines, rest = data.split(b"\n")
        if lines:
            lines[0] = b"".join([*self._input, lines[0]])
            self._input = []
        self._input.append(rest)
        for line in lines:
            if line:
                self._take(line, now)

    def _take(self, line: bytes, now: float) -> None:
        session = _SESSION.search(line, 0, 200)
        call = self._calls.get(session[1].decode()) if session else None
        if call is None:
            self._heartbeat = self._heartbeat or HEARTBEAT in line[:60]
            return
        kind = _TYPE.search(line, 0, 300)
        match kind[1] if kind else b"":
            case b"invoke":
                self._invoke(call, orjson.loads(line)["data"]["data"], now)
            case b"stream":
                call.lines.append(line)
                call.seen.append(now)
            case b"error":
                call.error = line
            case b"end":
                call.ended = now
                del self._calls[call.id]

    def _invoke(self, call: Call, invoke: Mapping[str, Any], now: float) -> None:
        call.invoked += 1
        prefix = (
            f'{{"session_id":"{call.id}","conversation_id":null,"message_id":null,"app_id":null,"endpoint_id":null,'
            f'"context":null,"event":"backwards_response","data":{{"backwards_request_id":"'
            f"{invoke['backwards_request_id']}"
        ).encode()
        self._schedule(now, call, prefix, call.scripts[invoke["request"]["tool"]], 0)


def _start(folder: Path, cpu: int | None, python: str) -> subprocess.Popen[bytes]:
    """Start a plugin as the daemon does. Its core is inherited: nothing of it ever runs on another."""
    before = os.sched_getaffinity(0) if cpu is not None else set()
    if cpu is not None:
        os.sched_setaffinity(0, {cpu})
    try:
        return subprocess.Popen(
            [python, "-m", "main"],
            cwd=folder,
            env=_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    finally:
        if cpu is not None:
            os.sched_setaffinity(0, before)


def _environment() -> dict[str, str]:
    """What the daemon gives a plugin. Compiled files are kept, as there, though not among the sources."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return {
        **own,
        "INSTALL_METHOD": "local",
        "PYTHONPATH": str(ROOT),
        "PYTHONPYCACHEPREFIX": str(ROOT / "benchmarks" / ".cache"),
    }
