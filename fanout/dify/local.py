"""Local plugins: standard input and output, which end with the platform.

The SDK reads in a thread of the system, whose every piece crosses to the other threads and back. And it reads on past
the end, at the full speed of a core, and only ends when process 1 has adopted it, which under containers and service
managers may never come. Here input is read where everything else runs.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

from dify_plugin.core.server.stdio.request_reader import StdioRequestReader
from dify_plugin.core.server.stdio.response_writer import StdioResponseWriter
from gevent.socket import wait_read  # type: ignore[import-untyped]

from ..core import limits
from .lines import LineCutter
from .reader import LineReader


class LocalWriter(StdioResponseWriter):
    """Standard output. The process ends with it: nothing that is done then can be told to anybody."""

    def write(self, data: str) -> None:
        """Write lines, whole."""
        try:
            super().write(data)
        except BrokenPipeError:
            os._exit(0)  # no clean end: nobody is there to hear of it


class LocalReader(LineReader, StdioRequestReader):
    """Standard input."""

    def __init__(self, writer: StdioResponseWriter) -> None:
        super().__init__()
        self.writer = writer

    def _lines(self) -> Iterator[bytes]:
        cutter = LineCutter(limit=sys.maxsize)
        while True:
            yield from cutter.feed(read_or_end(sys.stdin.fileno()))


def read_or_end(descriptor: int) -> bytes:
    """The next piece of input, while others run until there is one. At its end the process ends."""
    wait_read(descriptor)
    data = os.read(descriptor, limits.MIB)
    if not data:
        os._exit(0)
    return data
