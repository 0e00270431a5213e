"""What the gateway hears for one attempt: put in the loop, taken by the attempt."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from math import inf

from ..core.calls.messages import Ended, Incoming
from .scheduler import Event


class Inbox:
    """What has come for one attempt. Once closed it takes nothing any more, but still notices the end.

    Until then the call holds a connection of the platform. `on_end` is called at the end, whether somebody still
    listens or not.
    """

    __slots__ = ("_closed", "_on_late_end", "_waiting", "_wake", "has_ended", "on_end")

    def __init__(self) -> None:
        self._waiting: deque[Incoming] = deque()
        self._wake = Event()
        self._closed = False
        self.on_end: Callable[[Ended], None] | None = None
        self._on_late_end: Callable[[], None] | None = None
        self.has_ended = False

    def put(self, incoming: Incoming) -> None:
        """Deliver a message, or the end. What comes after the end (a second end, late data) is dropped."""
        if self.has_ended:
            return
        if isinstance(incoming, Ended):
            self.has_ended = True
            if self.on_end is not None:
                self.on_end(incoming)
            if self._on_late_end is not None:
                self._on_late_end()
        if self._closed:
            return
        self._waiting.append(incoming)
        self._wake.set()

    async def take(self, until: float = inf) -> list[Incoming]:
        """Wait until something has come and return all there is, in order; none where that time comes first."""
        if not self._waiting:
            self._wake.clear()
            await self._wake.wait(until)
        taken = list(self._waiting)
        self._waiting.clear()
        return taken

    def close(self, on_late_end: Callable[[], None]) -> None:
        """Stop listening.

        1. The end has not come: `on_late_end` is called when it comes. Until then the call holds a connection.
        2. The end has come, but was not taken: the connection is free already, and nothing is called.
        """
        self._closed = True
        self._waiting.clear()
        if not self.has_ended:
            self._on_late_end = on_late_end
