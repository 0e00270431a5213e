"""Reverse invocation by HTTP, against a platform that answers over real sockets in whatever way a test says."""

from __future__ import annotations

import json
import re
import socket
import threading
from asyncio import AbstractEventLoop
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import gevent  # type: ignore[import-untyped]
import httpx
import pytest
from dify_plugin.config.config import InstallMethod
from dify_plugin.core.runtime import Session
from dify_plugin.core.server.serverless.request_reader import ServerlessRequestReader
from dify_plugin.core.server.stdio.response_writer import StdioResponseWriter

from fanout.core.calls.messages import Ended, Incoming, Message
from fanout.core.errors import TooLargeError
from fanout.core.plans.plan import Target
from fanout.dify import http
from fanout.dify.http import BROKEN_OFF, PATH, UNKNOWN_CALL, HttpGateway
from fanout.dify.loop_queue import LoopQueue

TARGET = Target("mcp", "some/plugin/tools", "look", credential_id="c1")
GENEROUS_S = 30.0  # until something that surely happens has happened
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"

type Script = Callable[[socket.socket, str], None]


class Platform:
    """A server whose every connection plays a script: `script(connection, request id)`."""

    def __init__(self, script: Script) -> None:
        self.requests: list[bytes] = []
        self.cut = threading.Event()  # set when a client closes its connection before the script is over
        self._script = script
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self) -> None:
        self._server.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            request = _read_request(connection)
            self.requests.append(request)
            found = re.search(rb'"backwards_request_id":"(\w+)"', request)
            try:
                self._script(connection, found[1].decode() if found else "")
            except OSError:
                self.cut.set()


def _read_request(connection: socket.socket) -> bytes:
    request = b""
    while not request.endswith(b"\n\n"):
        request += connection.recv(65536)
    return request


def line(request_id: str, event: str, **more: Any) -> bytes:
    data = {"backwards_request_id": request_id, "event": event, "message": "", "data": None, **more}
    return json.dumps({"session_id": "s1", "event": "backwards_response", "data": data}).encode() + b"\n\n"


def text(request_id: str, words: str) -> bytes:
    return line(request_id, "response", data={"type": "text", "message": {"text": words}, "meta": None})


class Call:
    """One gateway and what it delivered. Events arrive where they are put: the loop here has its turn at once."""

    def __init__(self, url: str, silence_s: float = GENEROUS_S) -> None:
        self.events: list[Incoming] = []
        self.ended = threading.Event()
        loop: Any = type("Loop", (), {"call_soon_threadsafe": lambda self, callback: callback()})()
        events: AbstractEventLoop = loop
        session = Session(
            session_id="s1",
            executor=ThreadPoolExecutor(1),
            reader=ServerlessRequestReader(),
            writer=StdioResponseWriter(),
            install_method=InstallMethod.Serverless,
            dify_plugin_daemon_url=url,
        )
        session.max_invocation_timeout = silence_s  # type: ignore[assignment]  # the SDK counts whole seconds
        self.gateway = HttpGateway(session, LoopQueue(events))

    def receive(self, event: Incoming) -> None:
        self.events.append(event)
        if isinstance(event, Ended):
            self.ended.set()

    def send(self, parameters: dict[str, Any] | None = None) -> None:
        self.gateway.send(TARGET, parameters or {}, self.receive)

    def run(self) -> list[Incoming]:
        """Send one request and wait for its end; the events."""
        self.send()
        assert self.ended.wait(GENEROUS_S)
        self.gateway.close()
        return self.events


@pytest.fixture
def platform() -> Iterator[Callable[[Script], Platform]]:
    """Start a platform that plays a script."""
    started: list[Platform] = []

    def start(script: Script) -> Platform:
        started.append(Platform(script))
        return started[-1]

    yield start
    for one in started:
        one.stop()


type Start = Callable[[Script], Platform]


def test_a_request_is_the_line_that_the_sdk_would_post(platform: Start) -> None:
    def script(connection: socket.socket, request_id: str) -> None:
        connection.sendall(OK + line(request_id, "end"))

    started = platform(script)
    assert Call(started.url).run() == [Ended()]
    head, _, body = started.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(f"POST {PATH} HTTP/1.1\r\n".encode())
    assert b"dify-plugin-session-id: s1" in head.lower()
    invoke = json.loads(body)["data"]
    assert invoke["type"] == "invoke"
    assert invoke["data"]["request"] == {
        "tool_type": "mcp",
        "provider": "some/plugin/tools",
        "tool": "look",
        "tool_parameters": {},
        "credential_id": "c1",
    }


def test_answers_stream_past_lines_that_keep_the_connection_alive(platform: Start) -> None:
    def script(connection: socket.socket, request_id: str) -> None:
        stream = b"\n\n" + text(request_id, "a\u0085b") + b"\n\n\n" + text(request_id, "c") + line(request_id, "end")
        connection.sendall(OK)
        for start in range(0, len(stream), 7):  # however it is cut
            connection.sendall(stream[start : start + 7])

    assert Call(platform(script).url).run() == [Message("text", "a\u0085b"), Message("text", "c"), Ended()]


def test_an_error_of_the_tool_is_the_end(platform: Start) -> None:
    def script(connection: socket.socket, request_id: str) -> None:
        connection.sendall(OK + text(request_id, "a") + line(request_id, "error", message="boom"))
        connection.sendall(line(request_id, "end"))

    assert Call(platform(script).url).run()[:2] == [Message("text", "a"), Ended("boom")]


def test_answers_to_others_are_passed_over(platform: Start) -> None:
    def script(connection: socket.socket, request_id: str) -> None:
        connection.sendall(OK + text("f" * 36, "of another") + line("f" * 36, "end") + line(request_id, "end"))

    assert Call(platform(script).url).run() == [Ended()]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"", "connection failed: RemoteProtocolError"),
        (b"no http\r\n\r\n", "connection failed: RemoteProtocolError"),
        (OK, BROKEN_OFF),
        (OK + b"garbage of somebody\n", "an answer is not JSON"),
        (OK + b'{"half":', BROKEN_OFF),
        (OK + b"[]\n", "an answer is not an object in JSON"),
        (OK.replace(b"Connection: close", b"Content-Length: 99") + b"\n", "connection failed: RemoteProtocolError"),
        (OK.replace(b"200 OK", b"502 Bad Gateway") + b"<html>", "request failed with status code: 502"),
        (OK.replace(b"200 OK", b"302 Found") + b"", "request failed with status code: 302"),
    ],
)
def test_what_is_no_answer_fails_clearly(platform: Start, answer: bytes, words: str) -> None:
    def script(connection: socket.socket, request_id: str) -> None:
        connection.sendall(answer)

    [last] = Call(platform(script).url).run()
    assert isinstance(last, Ended)
    assert last.error is not None
    assert words in last.error
    assert "somebody" not in last.error


def test_a_session_that_the_platform_no_longer_knows(platform: Start) -> None:
    words = "failed to get session info from cache"
    body = {"event": "error", "message": words, "data": {"error_type": "SessionNotFound"}}

    def script(connection: socket.socket, request_id: str) -> None:
        connection.sendall(OK.replace(b"200 OK", b"400 Bad Request") + json.dumps(body).encode())

    assert Call(platform(script).url).run() == [Ended(UNKNOWN_CALL)]


def test_a_refusal_without_end_is_not_read_for_ever(platform: Start) -> None:
    def script(connection: socket.socket, request_id: str) -> None:
        connection.sendall(OK.replace(b"200 OK", b"500 Oh"))
        while True:
            connection.sendall(b"x" * 65536)

    [last] = Call(platform(script).url).run()
    assert isinstance(last, Ended)


def test_a_platform_that_is_not_there(platform: Start) -> None:
    started = platform(lambda connection, request_id: None)
    started.stop()
    assert Call(started.url).run() == [Ended("connection failed: ConnectError")]


@pytest.mark.parametrize("url", ["", "nonsense", "ftp://secret.host"])
def test_an_address_that_is_none(url: str) -> None:
    [last] = Call(url).run()
    assert isinstance(last, Ended)
    assert last.error is not None
    assert "secret" not in last.error


def test_silence_without_a_sign_of_life_ends(platform: Start) -> None:
    silent = threading.Event()

    def script(connection: socket.socket, request_id: str) -> None:
        connection.sendall(OK)
        silent.wait(GENEROUS_S)

    [last] = Call(platform(script).url, silence_s=0.05).run()
    silent.set()
    assert last == Ended("timed out: the platform gave no sign of life (ReadTimeout)")


def test_close_cuts_what_runs_and_delivers_nothing_more(platform: Start) -> None:
    began = threading.Event()

    def script(connection: socket.socket, request_id: str) -> None:
        connection.sendall(OK + text(request_id, "a"))
        began.set()
        while True:
            connection.sendall(text(request_id, "late"))

    started = platform(script)
    call = Call(started.url)
    call.send()
    assert began.wait(GENEROUS_S)
    readers = list(call.gateway._calls)
    call.gateway.close()
    gevent.joinall(readers, timeout=GENEROUS_S)
    count = len(call.events)
    assert started.cut.wait(GENEROUS_S)  # the platform sees a closed connection
    assert len(call.events) == count


def test_close_cuts_what_has_not_connected_yet(platform: Start) -> None:
    started = platform(lambda connection, request_id: None)
    call = Call(started.url)
    call.send()
    readers = list(call.gateway._calls)
    call.gateway.close()
    gevent.joinall(readers, timeout=GENEROUS_S)
    assert all(reader.dead for reader in readers)
    assert call.events == []


def test_requests_run_side_by_side(platform: Start) -> None:
    together = threading.Barrier(20)

    def script(connection: socket.socket, request_id: str) -> None:
        together.wait(GENEROUS_S)  # nobody is answered before all have asked
        connection.sendall(OK + line(request_id, "end"))

    call = Call(platform(script).url)
    events = threading.Semaphore(0)
    for _ in range(20):
        call.gateway.send(TARGET, {}, lambda event: events.release())
    for _ in range(20):
        assert events.acquire(timeout=GENEROUS_S)
    call.gateway.close()


def test_cookies_are_not_kept(platform: Start) -> None:
    def script(connection: socket.socket, request_id: str) -> None:
        head = OK.replace(b"Connection", b"Set-Cookie: user=someone\r\nConnection")
        connection.sendall(head + line(request_id, "end"))

    started = platform(script)
    call = Call(started.url)
    for _ in range(2):
        call.ended.clear()
        call.send()
        assert call.ended.wait(GENEROUS_S)
    call.gateway.close()
    assert b"ookie" not in b"".join(started.requests)


def test_the_tls_context_is_made_once() -> None:
    assert http.tls_context() is http.tls_context()
    with http.new_client(1) as client:
        assert client.timeout == httpx.Timeout(1, connect=http.CONNECT_S, pool=None)


def test_a_request_over_the_limit_is_refused_before_it_is_sent() -> None:
    call = Call("http://127.0.0.1:9")
    with pytest.raises(TooLargeError, match=r"the request is 4\.8 MiB"):
        call.send({"q": "x" * 5_000_000})
    call.gateway.close()
