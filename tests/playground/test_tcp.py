"""Remote debugging over TCP: registration and the connection."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from playground import Playground
from playground.declarations import read_folder
from playground.transports.tcp import HandshakeError, Registration, TcpTransport
from tests.harness.thread import PlaygroundThread

from .conftest import PROBE
from .ears import Ears, until
from .test_host import play

# -- TCP: registration


def registered(registration: Registration, *messages: tuple[str, Any]) -> None:
    for kind, data in messages:
        registration.take(json.dumps({"type": kind, "data": data}).encode())


SHAKE = ("handshake", {"key": "secret"})
MANIFEST = ("manifest_declaration", {"name": "p"})
TOOLS = ("tool_declaration", [{"identity": {"name": "p"}}])
END: tuple[str, Any] = ("end", {})


def test_a_plugin_shakes_hands_declares_itself_and_sends_its_assets() -> None:
    registration = Registration("secret")
    chunks = [("asset_chunk", {"filename": "a", "data": base64.b64encode(half).decode()}) for half in (b"ab", b"cd")]
    registered(registration, SHAKE, MANIFEST, TOOLS, *chunks)
    assert registration.declared["assets"] == {}
    registered(registration, END)
    assert registration.declared["assets"] == {"a": b"abcd"}
    assert registration.declared["manifest"] == {"name": "p"}


@pytest.mark.parametrize(
    ("messages", "text"),
    [
        ([("handshake", {"key": "wrong"})], "handshake failed, invalid key"),
        ([("handshake", "secret")], "handshake failed, invalid key"),
        ([MANIFEST], "handshake failed, invalid handshake message"),
        ([SHAKE, SHAKE], "handshake already completed"),
        ([SHAKE, TOOLS, TOOLS], "tools declaration already registered"),
        ([SHAKE, MANIFEST, END], "no registration transferred, cannot initialize"),
    ],
)
def test_a_registration_may_be_refused(messages: list[tuple[str, Any]], text: str) -> None:
    with pytest.raises(HandshakeError) as caught:
        registered(Registration("secret"), *messages)
    assert str(caught.value) == text


def test_what_is_no_message_is_refused() -> None:
    with pytest.raises(HandshakeError, match="invalid handshake message"):
        Registration("secret").take(b"hello")


def test_a_plugin_declares_on_the_wire_what_its_folder_says() -> None:
    with PlaygroundThread(lambda: Playground(PROBE, transport="tcp")) as thread:
        plugin = thread.playground.plugin
        declared = plugin.declared
        assert plugin.declaration == read_folder(PROBE)
        assert declared is not None
        assert declared["assets"]["icon.svg"] == (PROBE / "_assets" / "icon.svg").read_bytes()


# -- TCP: the connection


@asynccontextmanager
async def connected(transport: TcpTransport, *messages: tuple[str, Any]) -> AsyncIterator[asyncio.StreamReader]:
    reader, writer = await asyncio.open_connection("127.0.0.1", transport.port)
    try:
        for kind, data in messages:
            writer.write(json.dumps({"type": kind, "data": data}).encode() + b"\n\n")
        yield reader
    finally:
        writer.close()


def with_tcp(test: Callable[[TcpTransport, Ears], Awaitable[None]], **settings: float) -> None:
    async def run() -> None:
        ears = Ears()
        transport = TcpTransport(ears, **settings)
        await transport.listen()
        await test(transport, ears)
        await transport.stop()

    asyncio.run(run())


def test_a_connection_that_is_lost_is_told_and_another_may_follow() -> None:
    async def test(transport: TcpTransport, ears: Ears) -> None:
        shake = ("handshake", {"key": transport.key})
        for number in (1, 2):
            async with connected(transport, shake, MANIFEST, TOOLS, END) as reader:
                await until(lambda number=number: transport.connections == number)  # type: ignore[misc]  # default
                transport.request("s", b'{"a":1}', "invoke_tool")
                assert await reader.readline() == b'{"a":1}\n'
            await until(lambda number=number: len(ears.events) == 2 * number)  # type: ignore[misc]  # default
        assert ears.events == ["open", ("ConnectionClosedError", "Connection closed unexpectedly")] * 2

    with_tcp(test)


def test_a_wrong_key_is_answered_and_the_connection_closed() -> None:
    async def test(transport: TcpTransport, ears: Ears) -> None:
        async with connected(transport, ("handshake", {"key": "wrong"})) as reader:
            assert await reader.read() == b"handshake failed, invalid key\n"
        assert ears.events == []

    with_tcp(test)


def test_a_connection_without_a_handshake_is_closed() -> None:
    async def test(transport: TcpTransport, ears: Ears) -> None:
        async with connected(transport) as reader:
            assert await reader.read() == b""

    with_tcp(test, handshake_s=0.05)


def test_a_silent_connection_is_closed() -> None:
    async def test(transport: TcpTransport, ears: Ears) -> None:
        async with connected(transport, ("handshake", {"key": transport.key}), MANIFEST, TOOLS, END) as reader:
            assert await reader.read() == b""
        assert ears.events[-1][0] == "ConnectionClosedError"

    with_tcp(test, silence_s=0.1)


def test_an_open_call_is_told_when_the_connection_is_lost() -> None:
    with PlaygroundThread(lambda: Playground(PROBE, transport="tcp")) as thread:

        async def cut_off() -> Any:
            call = asyncio.ensure_future(play(thread.playground, {"text": "a"}, {"sleep": 5}))
            await asyncio.sleep(0.3)
            await thread.playground.plugin.stop()
            return await call

        outcome = thread.run(cut_off())
        assert outcome.text == "a"
        assert outcome.error[0] == "ConnectionClosedError"


def test_no_line_is_too_long_in_remote_debugging() -> None:
    with PlaygroundThread(lambda: Playground(PROBE, transport="tcp")) as thread:
        outcome = thread.run(play(thread.playground, {"line": 6 * 1024 * 1024}))
        assert outcome.longest_line == 6 * 1024 * 1024
