"""Serverless plugins over HTTP: calls, reverse calls, and what fails."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from playground import Playground
from playground.transports import Answers
from playground.transports import serverless as serverless_transport
from playground.transports.http import Request, Response, Server, request
from playground.transports.serverless import TRANSACTION_PATH, ServerlessTransport
from tests.harness.thread import PlaygroundThread

from .conftest import PROBE
from .ears import Ears, until
from .test_host import invoke, play

# -- serverless


@pytest.fixture(scope="module")
def serverless() -> Iterator[PlaygroundThread]:
    with PlaygroundThread(lambda: Playground(PROBE, transport="serverless")) as thread:
        yield thread


def test_a_port_that_somebody_took_meanwhile_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        ports = iter([somebody.getsockname()[1], serverless_transport._free_port()])
        monkeypatch.setattr(serverless_transport, "_free_port", lambda: next(ports))
        with PlaygroundThread(lambda: Playground(PROBE, transport="serverless")) as thread:
            assert thread.run(play(thread.playground, {"text": "a"})).text == "a"
    assert next(ports, None) is None


def test_a_reverse_call_in_the_response_is_an_error(serverless: PlaygroundThread) -> None:
    outcome = serverless.run(play(serverless.playground, {"start": invoke()}, {"text": "never"}))
    assert outcome.error == ("serverless_event_not_supported", "serverless event is not supported by full duplex")


def test_a_line_over_5_mib_ends_the_call_and_not_the_process(serverless: PlaygroundThread) -> None:
    outcome = serverless.run(play(serverless.playground, {"line": 6 * 1024 * 1024}))
    assert outcome.error == ("PluginDaemonInnerError", "failed to read response body: bufio.Scanner: token too long")
    assert serverless.run(play(serverless.playground, {"text": "alive"})).text == "alive"


def test_a_request_over_5_mib_is_not_sent(serverless: PlaygroundThread) -> None:
    outcome = serverless.run(play(serverless.playground, {"text": "x" * 6 * 1024 * 1024}))
    assert outcome.error is not None
    assert outcome.error[1].startswith("ServerlessPayloadTooLarge: action=invoke_tool payload_bytes=6291")


def test_what_is_no_json_ends_the_call(serverless: PlaygroundThread) -> None:
    async def answer(request: Request, response: Response) -> None:
        response.start(200)
        response.write(b"<html>\n")

    assert asyncio.run(answered(answer))[0] == "PluginDaemonInnerError"


@pytest.mark.parametrize(("status", "body"), [(500, b"out of memory"), (200, b"")])
def test_a_failed_request_ends_the_call(status: int, body: bytes) -> None:
    async def answer(request: Request, response: Response) -> None:
        assert request.headers["dify-plugin-session-id"] == "s"
        assert request.path == "/invoke?action=invoke_tool"
        response.start(status)
        response.write(body)

    kind, text = asyncio.run(answered(answer))
    assert kind == "PluginRuntimeError"
    assert text.startswith("Plugin runtime request failed: ")


async def answered(answer: Callable[[Request, Response], Awaitable[None]]) -> tuple[str, str]:
    """What a call ends with when the plugin's server answers like this."""
    ears = Ears()
    transport = ServerlessTransport(ears)
    server = Server(answer)
    await server.start()
    transport.plugin_port = server.port
    transport.request("s", b"{}", "invoke_tool")
    await until(lambda: bool(ears.events))
    await server.stop()
    await transport.stop()
    [(session_id, (kind, text))] = ears.events
    assert session_id == "s"
    return kind, text


async def posted(transact: Callable[[bytes, Answers], Any] | None, **settings: float) -> tuple[int, bytes]:
    transport = ServerlessTransport(Ears(transact), **settings)
    await transport.listen()
    async with request(transport.port, "POST", TRANSACTION_PATH, body=b'{"a":1}\n\n') as (status, pieces):
        body = b"".join([piece async for piece in pieces])
    await transport.stop()
    return status, body


def test_an_unknown_session_is_a_400_without_a_session_id_at_its_top(serverless: PlaygroundThread) -> None:
    plugin = serverless.playground.plugin
    line = json.dumps({"event": "session", "session_id": "gone", "data": {"type": "invoke", "data": invoke()}})
    refused = plugin.on_transaction(line.encode(), Nowhere())
    assert refused is not None
    body = json.loads(refused[1])
    assert refused[0] == 400
    assert "session_id" not in body
    assert body["message"] == "failed to get session info from cache"
    assert body["backwards_request_id"] == "r"
    assert asyncio.run(posted(lambda line, answers: refused)) == refused


def test_a_reverse_call_is_answered_with_lines_on_its_own_connection() -> None:
    def transact(line: bytes, answers: Answers) -> None:
        assert line == b'{"a":1}'
        for number in range(3):
            answers.write(f'{{"n":{number}}}'.encode())
        answers.done()

    assert asyncio.run(posted(transact)) == (200, b'{"n":0}\n\n{"n":1}\n\n{"n":2}\n\n')


def test_a_quiet_reverse_call_is_kept_alive_with_blank_lines() -> None:
    def transact(line: bytes, answers: Answers) -> None:
        asyncio.get_running_loop().call_later(0.15, answers.done)

    status, body = asyncio.run(posted(transact, keep_alive_s=0.04))
    assert status == 200
    assert set(body) == {ord("\n")}
    assert len(body) >= 4


def test_another_path_is_not_found() -> None:
    async def get() -> int:
        transport = ServerlessTransport(Ears())
        await transport.listen()
        async with request(transport.port, "GET", "/") as (status, _):
            pass
        await transport.stop()
        return status

    assert asyncio.run(get()) == 404


class Nowhere:
    shared = False

    def write(self, line: bytes) -> None:
        raise AssertionError(line)

    async def drain(self) -> None:
        """Nothing to wait for."""

    def done(self) -> None:
        """Nothing to close."""


def test_a_server_that_stops_ends_what_it_was_serving() -> None:
    asyncio.run(stopped_while_serving())


async def stopped_while_serving() -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def hang(request: Request, response: Response) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    server = Server(hang)
    await server.start()
    _, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
    await begun.wait()
    await server.stop()
    assert ended.is_set()
    writer.close()
    await writer.wait_closed()
