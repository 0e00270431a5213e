"""Remote debugging: a TCP connection that is made again whenever it breaks.

With the SDK's own, a connection that cannot be had back within three attempts leaves the reader spinning, which stops
the whole process; the rest of a line that the break cut off swallows the first line of the next connection; a long
line costs the square of its length, and each line 40 ms; a writer that finds the connection broken connects again
beside the reader; and nobody is told that the calls in flight are over.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from dify_plugin.core.server.__base.response_writer import ResponseWriter

from ..core import limits
from .lines import LineCutter, write_json
from .reader import LineReader

READ_BYTES = 64 * limits.KIB  # between two turns of the others
RECONNECT_S = 5.0
FIRST_ATTEMPTS = 3  # a wrong address will not mend itself

log = logging.getLogger(__name__)


class RemoteChannel(LineReader, ResponseWriter):
    """The connection. `declare` writes what the plugin is, at the beginning of each."""

    def __init__(self, host: str, port: int, key: str, declare: Callable[[ResponseWriter], None]) -> None:
        super().__init__()
        self.writer = self
        self.reconnect_s = RECONNECT_S
        self._address = (host, port)
        self._key = key
        self._declare = declare
        self._socket: socket.socket | None = None
        self._whole_lines = threading.RLock()

    def launch(self) -> None:
        """Connect. Raises OSError where that fails several times."""
        # gevent keeps the interpreter's own handler from being called while the loop waits
        signal.signal(signal.SIGINT, lambda *_: os._exit(0))
        self._connect(FIRST_ATTEMPTS)

    def write(self, data: str) -> None:
        """Write one line or several, whole. Raises OSError where there is no connection: the reader brings it back."""
        with self._whole_lines:
            if self._socket is None:
                raise ConnectionError("there is no connection to the platform")
            self._socket.sendall(data.encode())

    def put(self, *args: Any, **more: Any) -> None:
        """As the SDK does it, which writes a line and its end apart."""
        with self._whole_lines:
            super().put(*args, **more)

    def done(self) -> None:
        """A call is over; the connection is that of all."""

    def close(self) -> None:
        """Close the connection and the readers."""
        if self._socket is not None:
            self._socket.close()
        super().close()

    def _lines(self) -> Iterator[bytes]:
        while True:
            yield from self._lines_of_connection()
            self._lose()
            self._connect(sys.maxsize)

    def _lines_of_connection(self) -> Iterator[bytes]:
        cutter = LineCutter(limit=sys.maxsize)
        while data := self._receive():
            yield from cutter.feed(data)

    def _receive(self) -> bytes:
        time.sleep(0)  # others get their turn: where there is always more to read, reading never waits
        assert self._socket is not None
        try:
            return self._socket.recv(READ_BYTES)
        except OSError:
            return b""

    def _connect(self, attempts: int) -> None:
        for left in reversed(range(attempts)):
            try:
                self._connect_once()
                return
            except OSError as error:
                log.warning("no connection to the platform (%s)", type(error).__name__)
                if not left:
                    raise
                time.sleep(self.reconnect_s)

    def _connect_once(self) -> None:
        with self._whole_lines:  # nothing may come before the declarations
            self._socket = socket.create_connection(self._address)
            # the SDK's own writes come in pieces: each would wait 40 ms for the other side's word
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                self.write(write_json({"type": "handshake", "data": {"key": self._key}}) + "\n")
                self._declare(self)
            except BaseException:
                self._lose()
                raise

    def _lose(self) -> None:
        lost, self._socket = self._socket, None
        if lost is not None:
            lost.close()  # whoever waits to write hears of it now
        if self.on_lost is not None:
            self.on_lost()
