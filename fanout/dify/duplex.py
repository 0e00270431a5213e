"""Full duplex (local, remote debugging): one channel for all calls of the process.

The SDK opens a reader per reverse invocation, offers every inbound line to every open reader, writes the request
before it registers the reader, and cannot parse every message type. Here one tap per channel takes the answers of all
calls as plain dicts and hands them on by `backwards_request_id`; what arrives together reaches the loop as one batch,
and unknown ids are dropped. Requests are lines for the tool's own greenlet to write, since nothing in the loop may
wait.
"""

from __future__ import annotations

import weakref
from asyncio import AbstractEventLoop
from collections.abc import Callable
from typing import Any, NamedTuple

from dify_plugin.core.entities.plugin.io import PluginInStream, PluginInStreamEvent
from dify_plugin.core.runtime import Session
from dify_plugin.core.server.__base.request_reader import RequestReader

from ..core.plans.plan import Target
from .answers import Batches, Receive
from .local import LocalInput
from .remote import SteadyConnection
from .requests import Requests


class Route(NamedTuple):
    """Where the answers of one reverse invocation go, and to whom they belong."""

    session_id: str
    receive: Receive


class Switchboard:
    """The one tap of a channel: hands each answer to its call and drops those that nobody waits for."""

    def __init__(self, reader: RequestReader, loop: AbstractEventLoop) -> None:
        self.routes: dict[str, Route] = {}
        self.calls: set[DuplexGateway] = set()
        self._batches = Batches(loop)
        if isinstance(reader, LocalInput):
            reader.take = self._take
        else:  # the filter is the tap: it takes what is ours and matches nothing, so that no line is queued twice
            reader.read(self._tap)
        if isinstance(reader, SteadyConnection):
            reader.on_lost = self._lost

    def _tap(self, line: PluginInStream) -> bool:
        if line.event is PluginInStreamEvent.BackwardInvocationResponse:
            self._take(line.session_id, line.data)
        return False

    def _take(self, session_id: str, answer: Any) -> bool:
        """Hand an answer on; whether it is one that somebody waits for."""
        request_id = answer.get("backwards_request_id") if isinstance(answer, dict) else None
        route = self.routes.get(request_id) if isinstance(request_id, str) else None
        if route is None or route.session_id != session_id:
            return False
        self._batches.put(route.receive, answer)
        return True

    def _lost(self) -> None:
        """The platform ended every call when the connection broke, and answers none of them on the next one."""
        for call in list(self.calls):
            call.on_lost()


_switchboards: weakref.WeakKeyDictionary[RequestReader, Switchboard] = weakref.WeakKeyDictionary()


def switchboard(reader: RequestReader, loop: AbstractEventLoop) -> Switchboard:
    """The switchboard of a channel; one channel serves all calls of the process."""
    found = _switchboards.get(reader)
    if found is None:
        found = _switchboards[reader] = Switchboard(reader, loop)
    return found


class DuplexGateway:
    """Sends requests as lines of the shared channel."""

    def __init__(
        self, session: Session, board: Switchboard, write: Callable[[str], None], on_lost: Callable[[], None]
    ) -> None:
        self.on_lost = on_lost
        self._session_id = session.session_id
        self._board = board
        self._write = write
        self._requests = Requests(session)
        self._ids: list[str] = []
        board.calls.add(self)

    def send(self, target: Target, parameters: dict[str, Any], receive: Receive) -> None:
        """Call a tool; see `Gateway`."""
        request_id, line = self._requests.line(target, parameters)
        self._ids.append(request_id)
        self._board.routes[request_id] = Route(self._session_id, receive)
        self._write(line)

    def close(self) -> None:
        """Forget every call."""
        self._board.calls.discard(self)
        for request_id in self._ids:
            self._board.routes.pop(request_id, None)
