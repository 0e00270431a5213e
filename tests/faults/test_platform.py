"""The platform goes away, and comes back."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from playground import wire
from tests.conformance import CHECKOUT
from tests.faults.conftest import Run
from tests.harness.faults import GENEROUS_S, Faults, Tcp

# -- local: one process, and pipes


@pytest.fixture
def process() -> Iterator[subprocess.Popen[bytes]]:
    """The plugin as the platform starts it, past its first heartbeat."""
    started = subprocess.Popen(
        [sys.executable, "-m", "main"],
        cwd=CHECKOUT,
        env=os.environ | {"INSTALL_METHOD": "local", "HEARTBEAT_INTERVAL": "0.05"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    with started:
        try:
            assert any(b'"heartbeat"' in line for line in pipes(started)[1])
            yield started
        finally:
            started.kill()


def pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    assert process.stdin is not None
    assert process.stdout is not None
    return process.stdin, process.stdout


def start_a_call(process: subprocess.Popen[bytes]) -> None:
    """Send a call, and wait for its reverse call."""
    stdin, stdout = pipes(process)
    plan = '{"stream": "live", "branches": [{"provider": "p/p/p", "tool_name": "a"}]}'
    data = {
        "type": "tool",
        "action": "invoke_tool",
        "user_id": "u",
        "provider": "fanout",
        "tool": "fan_out",
        "tool_parameters": {"plan": plan},
        "credentials": {},
    }
    stdin.write(wire.request("s", data) + b"\n")
    stdin.flush()
    assert any(b'"invoke"' in line for line in stdout)


def test_the_process_ends_with_its_input_in_the_middle_of_a_call(process: subprocess.Popen[bytes]) -> None:
    start_a_call(process)
    pipes(process)[0].close()
    assert process.wait(GENEROUS_S) == 0


def test_the_process_ends_when_nobody_reads_on_in_the_middle_of_a_call(process: subprocess.Popen[bytes]) -> None:
    start_a_call(process)
    stdin, stdout = pipes(process)
    stdout.close()
    with contextlib.suppress(BrokenPipeError):  # it may be quicker
        os.write(stdin.fileno(), b"garbage\n" * 10_000)
    assert process.wait(GENEROUS_S) == 0  # standard input is still open


# -- remote debugging: a connection that comes back


def test_a_broken_connection_ends_its_calls_and_the_next_one_serves() -> None:
    async def play() -> None:
        async with Faults(CHECKOUT, "tcp") as faults:
            assert isinstance(faults.transport, Tcp)
            streaming, waiting = faults.fan_out("a", stream="live"), faults.fan_out("b", timeout_s=200)
            request = await streaming.request()
            await waiting.request()
            request.text("half")
            faults.write(b'{"session_id":"cut in the mi')
            await faults.transport.go_away()
            faults.opened.clear()
            await faults.transport.come_back()
            await asyncio.wait_for(faults.opened.wait(), GENEROUS_S)
            await faults.witness()
            lines = len(faults.lines)
            request.text("of a call that is over")
            request.end()
            await faults.witness()
            # nothing of the old calls is said on the new connection
            old = {streaming.session_id, waiting.session_id}
            assert not [line for line in faults.lines[lines:] for one in old if one.encode() in line]
            assert threads_waiting(faults.pid) < 40

    asyncio.run(play())


def threads_waiting(pid: int) -> int:
    """OS threads of the process: the plugin itself must start none."""
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


# -- serverless: every reverse call has a connection of its own


def test_an_answer_that_breaks_off_fails_its_branch_alone(on_serverless: Run) -> None:
    async def play(faults: Faults) -> None:
        async with faults.undisturbed():
            call = faults.fan_out("broken", "good")
            for _ in range(2):
                request = await call.request()
                request.text(request.tool)
                if request.tool == "good":
                    request.end()
                request.close()
            records = (await call.outcome()).records
        assert [record["status"] for record in records] == ["failed", "succeeded"]
        assert records[0]["error"]["type"] == "connection"
        assert records[0]["partial"] is True

    on_serverless(play)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, b'{"event":"error","message":"m","data":{"error_type":"SessionNotFound"}}', "connection"),
        (500, b"failed to parse request", "bad_response"),
        (502, b"<html><body>Bad Gateway</body></html>", "provider"),
        (413, b"too large", "too_large"),
        (429, b"", "rate_limited"),
    ],
)
def test_a_reverse_call_that_is_refused(on_serverless: Run, status: int, body: bytes, kind: str) -> None:
    async def play(faults: Faults) -> None:
        faults.refused["refused"] = (status, body)
        async with faults.undisturbed():
            call = faults.fan_out("refused", "good")
            request = await call.request()
            request.text("good")
            request.end()
            request.close()
            records = (await call.outcome()).records
        assert records[0]["status"] == "failed"
        assert records[0]["error"]["type"] == kind

    on_serverless(play)


def test_a_caller_that_hangs_up_harms_nobody(on_serverless: Run) -> None:
    async def play(faults: Faults) -> None:
        async with faults.undisturbed():
            call = faults.fan_out("a", stream="live")
            request = await call.request()
            faults.transport.hang_up(call.session_id)
            for _ in range(1_000):
                request.text("to nobody")
            request.end()
            request.close()

    on_serverless(play)
