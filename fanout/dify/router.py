"""One channel for all calls of the process: each answer goes to the reverse invocation that waits for it.

The SDK opens a reader per reverse invocation, offers every inbound line to every open reader, and cannot parse every
message type. Here one router per channel takes the answers of all calls as plain dicts; what arrives together reaches
the loop as one batch.
"""

from __future__ import annotations

import weakref
from asyncio import AbstractEventLoop
from collections.abc import Callable
from typing import Any, NamedTuple

from dify_plugin.core.runtime import Session

from ..core.values import clean
from .loop_queue import LoopQueue, Receive
from .reader import ANSWER, LineReader


class Listener(NamedTuple):
    """Who hears the answers of one reverse invocation."""

    session_id: str
    receive: Receive


class AnswerRouter:
    """The answers of one channel. `listeners` are kept by the id of the request, `on_lost` for each open call."""

    def __init__(self, reader: Any, loop: AbstractEventLoop) -> None:
        self.listeners: dict[str, Listener] = {}
        self.on_lost: set[Callable[[], None]] = set()
        self._queue = LoopQueue(loop)
        if isinstance(reader, LineReader):
            reader.take_answer = self.take
            reader.on_lost = self._lose
        else:  # the SDK's own: this filter takes what is ours and matches nothing, so that no line is queued twice
            reader.read(self._filter)

    def take(self, session_id: Any, answer: Any) -> bool:
        """Hand an answer `{backwards_request_id, event, …}` on; whether it is one that somebody waits for."""
        request_id = answer.get("backwards_request_id") if isinstance(answer, dict) else None
        listener = self.listeners.get(request_id) if isinstance(request_id, str) else None
        if listener is None or listener.session_id != session_id:
            return False
        self._queue.put(listener.receive, answer)
        return True

    def _filter(self, line: Any) -> bool:
        if line.event.value == ANSWER:
            self.take(line.session_id, clean(line.data))
        return False

    def _lose(self) -> None:
        """The platform ended every call when the connection broke, and answers none of them on the next one."""
        for tell in list(self.on_lost):
            tell()


_routers: weakref.WeakKeyDictionary[Any, AnswerRouter] = weakref.WeakKeyDictionary()


def router_of(session: Session, loop: AbstractEventLoop) -> AnswerRouter:
    """The router of the channel on which a session came."""
    found = _routers.get(session.reader)
    if found is None:
        found = _routers[session.reader] = AnswerRouter(session.reader, loop)
    return found
