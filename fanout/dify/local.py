"""Local plugins: standard input, which ends with the platform.

The SDK reads it in a thread of the system, and every piece of it crosses to the other threads and back. It can as well
be read where everything else runs. And it reads on past the end, at the full speed of a core, and only ends when
process 1 has adopted it, which under containers and service managers may never come.
"""

from __future__ import annotations

import os
import sys
from importlib.metadata import version

from dify_plugin.core.server.stdio.request_reader import StdioRequestReader
from gevent.socket import wait_read  # type: ignore[import-untyped]

from ..core import limits
from .lines import TESTED_SDKS


def read_local_input() -> None:
    """Read standard input without a thread, and end with it. Only for SDKs that this was tested with."""
    if version("dify_plugin").startswith(TESTED_SDKS):
        StdioRequestReader._read_async = _read_or_end  # type: ignore[method-assign]


def _read_or_end(self: StdioRequestReader) -> bytes:
    """The next piece of standard input; lets others run until there is one."""
    descriptor = sys.stdin.fileno()
    wait_read(descriptor)
    data = os.read(descriptor, limits.MIB)
    if not data:
        os._exit(0)  # no clean end: nobody is there to hear of it
    return data
