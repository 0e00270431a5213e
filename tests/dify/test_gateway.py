"""The gateway over the SDK's own reader and session, on every SDK version that is supported; HTTP: see `test_http`."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from dify_plugin.config.config import InstallMethod
from dify_plugin.core.entities.plugin.io import PluginInStream, PluginInStreamEvent
from dify_plugin.core.runtime import Session
from dify_plugin.core.server.__base.request_reader import RequestReader
from dify_plugin.core.server.stdio.response_writer import StdioResponseWriter

from fanout.core.calls.messages import Ended, Incoming, Message
from fanout.core.errors import TooLargeError
from fanout.core.plans.plan import Target
from fanout.dify.duplex import DuplexGateway
from fanout.dify.gateway import ConnectionLost, open_gateway, write_lines
from fanout.dify.http import HttpGateway
from fanout.dify.loop_queue import to_event
from fanout.dify.router import router_of

TARGET = Target("mcp", "some/plugin/tools", "look", credential_id="c1")


class Lines(RequestReader):
    """The SDK's reader, fed by hand."""

    def _read_stream(self) -> Generator[PluginInStream, None, None]:
        yield from ()

    def feed(self, session_id: str, data: Any) -> None:
        """One inbound line, offered to every reader as the SDK does."""
        self._process_line(
            PluginInStream(
                session_id=session_id,
                event=PluginInStreamEvent.BackwardInvocationResponse,
                data=data,
                reader=self,
                writer=StdioResponseWriter(),
            )
        )


class Loop:
    """The part of an event loop that the gateway uses."""

    def __init__(self) -> None:
        self.ready: list[Callable[[], None]] = []

    def call_soon_threadsafe(self, callback: Callable[[], None]) -> None:
        """Keep what is to be called."""
        self.ready.append(callback)

    def turn(self) -> int:
        """Let the loop have its turn; how many callbacks there were."""
        ready, self.ready = self.ready, []
        for callback in ready:
            callback()
        return len(ready)


def session_of(reader: RequestReader, session_id: str = "s1", method: InstallMethod = InstallMethod.Local) -> Session:
    return Session(
        session_id=session_id,
        executor=ThreadPoolExecutor(1),
        reader=reader,
        writer=StdioResponseWriter(),
        install_method=method,
        app_id="app-1",
    )


class Wire:
    """A gateway over fed lines; keeps the requests that it wrote and the events that it delivered."""

    def __init__(self, reader: Lines | None = None, loop: Loop | None = None, session_id: str = "s1") -> None:
        self.reader = reader or Lines()
        self.loop = loop or Loop()
        self.requests: list[dict[str, Any]] = []
        self.events: list[Incoming] = []
        self.session_id = session_id
        loop_of_any_kind: Any = self.loop
        self.lost: list[ConnectionLost] = []
        session = session_of(self.reader, session_id)
        self.gateway = open_gateway(session, loop_of_any_kind, self._write, self.lost.append)

    def _write(self, line: str) -> None:
        assert line.endswith("\n\n")
        self.requests.append(json.loads(line))

    def send(self, parameters: dict[str, Any] | None = None) -> str:
        """Send a request; its id."""
        self.gateway.send(TARGET, parameters or {}, self.events.append)
        request_id: str = self.requests[-1]["data"]["data"]["backwards_request_id"]
        return request_id

    def answer(self, request_id: str, event: str, *, message: Any = "", data: Any = None) -> None:
        """One answer of the platform."""
        answer = {"backwards_request_id": request_id, "event": event, "message": message, "data": data}
        self.reader.feed(self.session_id, answer)


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "message": {"text": words}, "meta": None}


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


TOO_DEEP = Ended("a message is too large to be read: nested more than 500 levels deep")


def test_a_request_is_the_line_that_the_sdk_would_write() -> None:
    wire = Wire()
    request_id = wire.send({"q": "grüße", "n": 1})
    assert wire.requests == [
        {
            "event": "session",
            "session_id": "s1",
            "data": {
                "type": "invoke",
                "data": {
                    "type": "tool",
                    "backwards_request_id": request_id,
                    "request": {
                        "tool_type": "mcp",
                        "provider": "some/plugin/tools",
                        "tool": "look",
                        "tool_parameters": {"q": "grüße", "n": 1},
                        "app_id": "app-1",
                        "credential_id": "c1",
                    },
                },
            },
        }
    ]


def test_answers_that_arrive_together_reach_the_loop_as_one_batch() -> None:
    wire = Wire()
    first, second = wire.send(), wire.send()
    wire.answer(first, "response", data=text("a"))
    wire.answer(second, "response", data=text("b"))
    wire.answer(first, "end", data={})
    assert wire.loop.turn() == 1
    assert wire.events == [Message("text", "a"), Message("text", "b"), Ended()]


def test_unknown_ids_foreign_sessions_and_malformed_answers_are_dropped() -> None:
    wire = Wire()
    request_id = wire.send()
    wire.answer("0" * 36, "response", data=text("of nobody"))
    foreign = {"backwards_request_id": request_id, "event": "response", "data": text("of another session")}
    wire.reader.feed("s2", foreign)
    several: list[Any] = [None, [], "x", {"backwards_request_id": ["x"]}, {"event": "response"}]
    for malformed in several:
        wire.reader.feed("s1", malformed)
    assert wire.loop.turn() == 0


def test_after_close_nothing_is_delivered() -> None:
    wire = Wire()
    request_id = wire.send()
    loop: Any = wire.loop
    router = router_of(session_of(wire.reader), loop)
    assert list(router.listeners) == [request_id]
    wire.gateway.close()
    wire.answer(request_id, "response", data=text("late"))
    assert wire.loop.turn() == 0
    assert not router.listeners
    assert not router.on_lost


def test_calls_of_one_channel_share_one_tap() -> None:
    reader, loop = Lines(), Loop()
    wires = [Wire(reader, loop, f"s{index}") for index in range(3)]
    ids = [wire.send() for wire in wires]
    assert len(reader.readers) == 1
    for wire, request_id in zip(wires, ids, strict=True):
        wire.answer(request_id, "response", data=text(wire.session_id))
    loop.turn()
    assert [wire.events for wire in wires] == [[Message("text", f"s{index}")] for index in range(3)]


def test_a_request_over_the_limit_is_refused_before_it_is_sent() -> None:
    wire = Wire()
    with pytest.raises(TooLargeError, match=r"the request is 4\.8 MiB"):
        wire.send({"q": "x" * 5_000_000})
    assert wire.requests == []


@pytest.mark.parametrize(
    ("answer", "event"),
    [
        ({"event": "response", "data": text("x")}, Message("text", "x")),
        ({"event": "response", "data": None}, None),
        ({"event": "response", "data": {"type": "log", "message": {}}}, None),
        ({"event": "error", "message": "boom"}, Ended("boom")),
        ({"event": "error", "message": None}, Ended("the platform gave no reason")),
        ({"event": "end", "data": {}}, Ended()),
        ({"event": "news", "data": {}}, None),
        ({}, None),
        # nested more deeply than anything can follow: the end of this branch, and of nothing else
        ({"event": "response", "data": {"type": "json", "message": {"json_object": nested(5_000)}}}, TOO_DEEP),
    ],
)
def test_events(answer: dict[str, Any], event: Incoming) -> None:
    assert to_event(answer) == event


# -- the SDK that is installed


def test_the_way_of_installation_decides_which_gateway_it_is() -> None:
    loop: Any = Loop()
    duplex, http = (InstallMethod.Local, InstallMethod.Remote), (InstallMethod.Serverless,)
    for method in (*duplex, *http):
        gateway = open_gateway(session_of(Lines(), method=method), loop, lambda line: None, lambda error: None)
        assert isinstance(gateway, DuplexGateway if method in duplex else HttpGateway)
        gateway.close()


def test_a_write_that_fails_says_that_the_platform_is_gone_and_no_more() -> None:
    class Broken(StdioResponseWriter):
        def write(self, data: str) -> None:
            raise OSError("secret.host:5003")

    session = session_of(Lines())
    session.writer = Broken()
    with pytest.raises(ConnectionLost) as raised:
        write_lines(session, "{}\n\n")
    assert "secret" not in str(raised.value)
    assert raised.value.__suppress_context__
