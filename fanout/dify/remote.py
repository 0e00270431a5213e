"""Remote debugging: the SDK's TCP connection, made steady.

As it comes, a connection that cannot be had back within three attempts leaves the reader spinning, which stops the
whole process; the rest of a line that the break cut off swallows the first line of the next connection; a long line
costs the square of its length, and each line 40 ms; a writer that finds the connection broken connects again beside
the reader; and nobody is told that the calls in flight are over.
"""

from __future__ import annotations

import socket
import sys
import threading
import time
from collections.abc import Callable
from importlib.metadata import version

from dify_plugin import plugin as sdk
from dify_plugin.core.server.tcp.request_reader import TCPReaderWriter

from ..core import limits
from .lines import TESTED_SDKS

READ_BYTES = 64 * limits.KIB  # between two turns of the others, as on standard input


class SteadyConnection(TCPReaderWriter):
    """The SDK's connection, with whole lines, reconnection without end, and a word to those who wait for answers."""

    on_lost: Callable[[], None] | None = None
    _whole_lines: threading.RLock
    _rest: list[bytes]  # of a line that has not ended yet

    def launch(self) -> None:
        """Connect. The first time must succeed, as a wrong address will not mend itself; later any time will do."""
        self._whole_lines = threading.RLock()
        self._rest = []
        super().launch()
        self.reconnect_attempts = sys.maxsize

    def write(self, data: str) -> None:
        """Write one line or several, whole. Raises OSError where there is no connection: the reader brings it back."""
        if not self.alive:
            raise ConnectionError("there is no connection to the platform")
        with self._whole_lines:
            self.sock.sendall(data.encode())

    def _connect(self) -> None:
        with self._whole_lines:  # nothing may come before the declarations that follow a connection
            super()._connect()
            # the SDK writes a line and its end apart: without this each line waits 40 ms for the other side's word
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _recv_from_sock(self, size: int) -> bytes:
        """What has come, up to the end of a line; empty at the end of the connection.

        The SDK would copy what it has of a line with every piece, and put the next connection's first line behind it.
        """
        while data := self._receive():
            self._rest.append(data)
            if b"\n" in data:
                whole, end, rest = b"".join(self._rest).rpartition(b"\n")
                self._rest = [rest]
                return whole + end
        return data

    def _receive(self) -> bytes:
        try:
            data: bytes = super()._recv_from_sock(READ_BYTES)
        except BlockingIOError:
            raise
        except OSError:
            self._lose()
            raise
        if not data:
            self._lose()
        time.sleep(0)  # others get their turn: where there is always more to read, reading never waits
        return data

    def _lose(self) -> None:
        self.alive = False
        self._rest.clear()
        self.sock.close()  # whoever waits to write hears of it now
        if self.on_lost is not None:
            self.on_lost()


def steady_connections() -> None:
    """Let the SDK make steady connections. Only SDKs that this was tested with; others stay as they are."""
    if version("dify_plugin").startswith(TESTED_SDKS):
        sdk.TCPReaderWriter = SteadyConnection  # type: ignore[attr-defined]
