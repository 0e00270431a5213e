"""From the channel into the loop: answers of the platform to reverse invocations, as events."""

from __future__ import annotations

from asyncio import AbstractEventLoop
from collections import deque
from collections.abc import Callable
from typing import Any

from ..core.calls.messages import Ended, Incoming
from ..core.errors import TooLargeError
from .messages import from_wire

type Receive = Callable[[Incoming], None]


class LoopQueue:
    """Brings answers into the loop: what was put before the loop gets its turn is handed on together."""

    def __init__(self, loop: AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: deque[tuple[Receive, dict[str, Any]]] = deque()
        self._is_scheduled = False

    def put(self, receive: Receive, answer: dict[str, Any]) -> None:
        """Queue the answer of one call, `{event, message, data}`; from any greenlet."""
        self._waiting.append((receive, answer))
        if not self._is_scheduled:
            self._is_scheduled = True
            self._loop.call_soon_threadsafe(self._hand_on)

    def _hand_on(self) -> None:
        self._is_scheduled = False
        while self._waiting:
            receive, answer = self._waiting.popleft()
            receive(to_event(answer))


def to_event(answer: dict[str, Any]) -> Incoming:
    """The event of one answer of the platform; what is neither an error nor an end only shows life."""
    match answer.get("event"):
        case "response":
            return _message(answer.get("data"))
        case "error":
            message = answer.get("message")
            return Ended(message if isinstance(message, str) and message else "the platform gave no reason")
        case "end":
            return Ended()
    return None


def _message(data: Any) -> Incoming:
    try:
        return from_wire(data)
    except TooLargeError as error:  # it concerns this branch alone: nothing may be raised into the loop
        return Ended(f"a message is too large to be read: {error}")
