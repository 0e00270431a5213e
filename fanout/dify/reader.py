"""What comes on a channel that all calls share: requests go to the SDK, answers to those who wait for them.

The SDK's readers rebuild a `TypeAdapter` for every line (27 of about 32 µs) and drop what its parser does not take. A
branch whose messages are dropped succeeds with nothing; a request that is dropped leaves its caller waiting. Here
every request gets an end, and what cannot be read ends the call that it belongs to.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Callable, Generator, Iterator
from typing import Any

from dify_plugin.core.entities.plugin.io import PluginInStream, PluginInStreamEvent
from dify_plugin.core.server.__base.request_reader import RequestReader
from dify_plugin.core.server.__base.response_writer import ResponseWriter

from ..core import limits
from .lines import UnreadableLine, read_line
from .messages import failure_lines

ANSWER, REQUEST = "backwards_response", "request"
HEAD_BYTES = 4 * limits.KIB  # where the ids stand: the platform writes them before all else

_SESSION_ID = re.compile(rb'"session_id"\s*:\s*"([\w-]{1,100})"')
_REQUEST_ID = re.compile(rb'"backwards_request_id"\s*:\s*"([\w-]{1,100})"')
_IS_REQUEST = re.compile(rb'"event"\s*:\s*"request"')


class LineReader(RequestReader):
    """Reads the lines of a channel; `writer` is that of the same channel.

    `take_answer` is offered each answer, with its session, and says whether it has taken it; `on_lost` is told when
    the platform is gone and its calls with it. Both are the router's.
    """

    writer: ResponseWriter
    take_answer: Callable[[Any, Any], bool] | None = None
    on_lost: Callable[[], None] | None = None

    @abstractmethod
    def _lines(self) -> Iterator[bytes]:
        """The lines as they come, without end."""

    def _read_stream(self) -> Generator[PluginInStream, None, None]:
        for line in self._lines():
            try:
                inbound = read_line(line)
            except UnreadableLine as error:
                self._end_unreadable(line[:HEAD_BYTES], str(error))
                continue
            event, session_id, data = inbound.get("event"), inbound.get("session_id"), inbound.get("data")
            if event == ANSWER:
                take = self.take_answer
                if (take is None or not take(session_id, data)) and isinstance(data, dict):
                    yield self._for_sdk(inbound)  # its own invocations read it, where there are any
            elif event == REQUEST and isinstance(session_id, str):
                if isinstance(data, dict):
                    yield self._for_sdk(inbound)
                else:
                    self._refuse(session_id, "without data")

    def _for_sdk(self, inbound: dict[str, Any]) -> PluginInStream:
        return PluginInStream(
            session_id=str(inbound.get("session_id")),
            conversation_id=inbound.get("conversation_id"),
            message_id=inbound.get("message_id"),
            app_id=inbound.get("app_id"),
            endpoint_id=inbound.get("endpoint_id"),
            event=PluginInStreamEvent.value_of(inbound["event"]),
            data=inbound["data"],
            context=inbound.get("context"),
            reader=self,
            writer=self.writer,
        )

    def _end_unreadable(self, head: bytes, why: str) -> None:
        """End the call to which an unreadable line belongs; where its head does not say which, only log it."""
        session, request = _SESSION_ID.search(head), _REQUEST_ID.search(head)
        if session is None:
            self.writer.error(data={"error": f"a line is {why}"})
        elif request is not None and self.take_answer is not None:
            ended = {"backwards_request_id": request[1].decode(), "event": "error", "message": f"an answer is {why}"}
            self.take_answer(session[1].decode(), ended)
        elif _IS_REQUEST.search(head):
            self._refuse(session[1].decode(), why)

    def _refuse(self, session_id: str, why: str) -> None:
        """Answer a request that no tool will hear of."""
        self.writer.write(failure_lines(session_id, f"the request is {why}"))
