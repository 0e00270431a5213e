"""Local plugins: standard input, which ends with the platform.

The SDK reads it in a thread of the system, whose every piece crosses to the other threads and back, and makes an
object of seven fields of every line, which it offers to every open reader. And it reads on past the end, at the full
speed of a core, and only ends when process 1 has adopted it, which under containers and service managers may never
come. Here it is read where everything else runs, and answers to reverse invocations go straight to whom they belong.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Generator
from importlib.metadata import version
from typing import Any

from dify_plugin import plugin as sdk
from dify_plugin.core.entities.plugin.io import PluginInStream, PluginInStreamEvent
from dify_plugin.core.server.stdio.request_reader import StdioRequestReader
from dify_plugin.core.server.stdio.response_writer import StdioResponseWriter
from gevent.socket import wait_read  # type: ignore[import-untyped]

from ..core import limits
from .lines import ANSWER, TESTED_SDKS, LineCutter, UnreadableLine, read_inbound


class LocalInput(StdioRequestReader):
    """Standard input. `take` is offered each answer, with its session, and says whether it has taken it."""

    take: Callable[[str, Any], bool] | None = None

    def _read_stream(self) -> Generator[PluginInStream, None, None]:
        cutter = LineCutter(limit=sys.maxsize)
        while True:
            for line in cutter.feed(read_or_end(sys.stdin.fileno())):
                try:
                    inbound = read_inbound(line)
                except UnreadableLine as error:
                    StdioResponseWriter().error(data={"error": str(error)})
                    continue
                if not self._has_taken(inbound):
                    yield self._for_sdk(inbound)

    def _has_taken(self, inbound: dict[str, Any]) -> bool:
        if self.take is None or inbound["event"] != ANSWER:
            return False
        return self.take(inbound["session_id"], inbound["data"])

    def _for_sdk(self, inbound: dict[str, Any]) -> PluginInStream:
        return PluginInStream(
            session_id=inbound["session_id"],
            conversation_id=inbound.get("conversation_id"),
            message_id=inbound.get("message_id"),
            app_id=inbound.get("app_id"),
            endpoint_id=inbound.get("endpoint_id"),
            event=PluginInStreamEvent.value_of(inbound["event"]),
            data=inbound["data"],
            context=inbound.get("context"),
            reader=self,
            writer=StdioResponseWriter(),
        )


def read_or_end(descriptor: int) -> bytes:
    """The next piece of input, while others run until there is one. At its end the process ends."""
    wait_read(descriptor)
    data = os.read(descriptor, limits.MIB)
    if not data:
        os._exit(0)  # no clean end: nobody is there to hear of it
    return data


def read_local_input() -> None:
    """Let the SDK read standard input so. Only SDKs that this was tested with; others stay as they are."""
    if version("dify_plugin").startswith(TESTED_SDKS):
        sdk.StdioRequestReader = LocalInput  # type: ignore[attr-defined]
