"""The connection of remote debugging, against a platform on real sockets that comes and goes."""

from __future__ import annotations

import json
import signal
import socket
import threading
from collections.abc import Iterator
from queue import Queue
from typing import Any

import gevent  # type: ignore[import-untyped]
import pytest
from dify_plugin.core.entities.plugin.io import PluginInStream

from fanout.core.errors import FanoutError
from fanout.dify.gateway import LOST, ConnectionLost
from fanout.dify.remote import RemoteChannel
from tests.dify.test_gateway import Wire

GENEROUS_S = 30.0  # until something that surely happens has happened
DECLARED = '{"declared":true}\n'


class Platform:
    """Listens on one port for as long as it is up, and hands out what has connected."""

    def __init__(self) -> None:
        self.connections: Queue[socket.socket] = Queue()
        self._all: list[socket.socket] = []
        self._server: socket.socket | None = None
        self.port = 0
        self.up()

    def up(self) -> None:
        self._server = socket.create_server(("127.0.0.1", self.port))
        self.port = self._server.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._server,), daemon=True).start()

    def down(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    def stop(self) -> None:
        self.down()
        for connection in self._all:
            connection.close()

    def _accept(self, server: socket.socket) -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            self._all.append(connection)
            self.connections.put(connection)

    def connection(self) -> socket.socket:
        """The next connection, past its declaration."""
        connection = self.connections.get(timeout=GENEROUS_S)
        received = b""
        while not received.endswith(DECLARED.encode()):
            received += connection.recv(4096)
        return connection


@pytest.fixture
def platform() -> Iterator[Platform]:
    before = signal.getsignal(signal.SIGINT)  # the SDK sets a handler of its own
    started = Platform()
    yield started
    started.stop()
    signal.signal(signal.SIGINT, before)


class Plugin:
    """A connection and its reader's loop; keeps what was heard. It tries again soon, and says when that fails."""

    def __init__(self, platform: Platform) -> None:
        self.heard: Queue[PluginInStream] = Queue()
        self.lost = threading.Event()
        self.failures = threading.Semaphore(0)
        self.connection = Impatient("127.0.0.1", platform.port, "key", lambda writer: writer.write(DECLARED))
        self.connection.failures = self.failures
        self.connection.on_lost = self.lost.set
        self.connection.read(self._filter)
        self.connection.launch()
        self._loop = gevent.spawn(self.connection.event_loop)

    def _filter(self, line: PluginInStream) -> bool:
        self.heard.put(line)
        return False

    def stop(self) -> None:
        self._loop.kill()
        self.connection.close()


class Impatient(RemoteChannel):
    """A connection that tries again soon, and says when that fails."""

    failures: threading.Semaphore

    def __init__(self, *about: Any) -> None:
        super().__init__(*about)
        self.reconnect_s = 0.005

    def _connect_once(self) -> None:
        try:
            super()._connect_once()
        except OSError:
            self.failures.release()
            raise


@pytest.fixture
def plugin(platform: Platform) -> Iterator[Plugin]:
    started = Plugin(platform)
    yield started
    started.stop()


def line(session_id: str) -> bytes:
    return json.dumps({"session_id": session_id, "event": "request", "data": {}}).encode() + b"\n"


def test_lines_of_the_platform_are_heard(platform: Platform, plugin: Plugin) -> None:
    platform.connection().sendall(line("s1") + line("s2"))
    assert [plugin.heard.get(timeout=GENEROUS_S).session_id for _ in range(2)] == ["s1", "s2"]


def test_a_loss_is_told_and_the_next_connection_serves(platform: Platform, plugin: Plugin) -> None:
    first = platform.connection()
    first.sendall(line("s1") + line("s2")[:20])  # the break cuts a line off
    plugin.heard.get(timeout=GENEROUS_S)
    first.close()
    assert plugin.lost.wait(GENEROUS_S)
    platform.connection().sendall(line("s3"))
    assert plugin.heard.get(timeout=GENEROUS_S).session_id == "s3"


def test_a_platform_that_stays_away_for_long_is_found_again(platform: Platform, plugin: Plugin) -> None:
    first = platform.connection()
    platform.down()
    first.close()
    for _ in range(5):  # more often than the SDK would try
        assert plugin.failures.acquire(timeout=GENEROUS_S)
    platform.up()
    platform.connection().sendall(line("s1"))
    assert plugin.heard.get(timeout=GENEROUS_S).session_id == "s1"


def test_without_a_connection_a_write_fails_at_once(platform: Platform, plugin: Plugin) -> None:
    first = platform.connection()
    platform.down()
    first.close()
    assert plugin.lost.wait(GENEROUS_S)
    with pytest.raises(OSError, match="there is no connection"):
        plugin.connection.write("{}\n")


def test_whoever_waits_to_write_hears_of_the_loss(platform: Platform, plugin: Plugin) -> None:
    first = platform.connection()
    platform.down()
    failed = threading.Event()

    def write() -> None:
        try:
            plugin.connection.write("x" * 50_000_000 + "\n")  # more than anything buffers: nobody reads
        except OSError:
            failed.set()

    threading.Thread(target=write, daemon=True).start()
    first.recv(1)
    first.close()
    assert failed.wait(GENEROUS_S)


def test_long_lines_of_many_stay_whole_where_the_platform_reads_slowly(platform: Platform, plugin: Plugin) -> None:
    connection = platform.connection()
    writers = [threading.Thread(target=plugin.connection.write, args=(f"{n}" * 300_000 + "\n",)) for n in range(8)]
    for writer in writers:
        writer.start()
    received = b""
    while received.count(b"\n") < len(writers):
        received += connection.recv(10_000)
    assert sorted(received.split()) == [f"{n}".encode() * 300_000 for n in range(8)]


def test_the_first_connection_must_succeed(platform: Platform) -> None:
    platform.down()
    lost = Impatient("127.0.0.1", platform.port, "key", lambda writer: None)
    lost.failures = threading.Semaphore(0)
    with pytest.raises(OSError, match="refused"):
        lost.launch()


def test_a_line_and_its_end_stay_together_whoever_else_writes(platform: Platform, plugin: Plugin) -> None:
    connection = platform.connection()
    writers = [threading.Thread(target=plugin.connection.log, args=({"n": f"{n}" * 300_000},)) for n in range(6)]
    for writer in writers:
        writer.start()
    received = b""
    while received.count(b"\n\n") < len(writers):
        received += connection.recv(10_000)
    assert sorted(json.loads(part)["data"]["n"][0] for part in received.split(b"\n\n") if part) == list("012345")


# -- calls in flight


def test_a_loss_ends_every_call_that_is_open(platform: Platform, plugin: Plugin) -> None:
    reader: Any = plugin.connection
    wires = [Wire(reader, session_id=f"s{n}") for n in range(3)]
    wires[2].gateway.close()  # over before
    platform.connection().close()
    platform.connection()  # the next one: by then everybody has been told
    assert [[str(error) for error in wire.lost] for wire in wires] == [[LOST], [LOST], []]
    assert issubclass(ConnectionLost, FanoutError)
