"""Local plugins: the end of standard input is the end of the platform.

The SDK reads on past it, at the full speed of a core, and only ends when process 1 has adopted it, which under
containers and service managers may never come.
"""

from __future__ import annotations

import os
from importlib.metadata import version

from dify_plugin.core.server.stdio.request_reader import StdioRequestReader

from .lines import TESTED_SDKS


def end_with_input() -> None:
    """Let the process end with its standard input. Only for SDKs that this was tested with."""
    if not version("dify_plugin").startswith(TESTED_SDKS):
        return
    read = StdioRequestReader._read_async

    def read_or_end(self: StdioRequestReader) -> bytes:
        data = read(self)
        if not data:
            os._exit(0)  # no clean end: nobody is there to hear of it
        return data

    StdioRequestReader._read_async = read_or_end  # type: ignore[method-assign]
