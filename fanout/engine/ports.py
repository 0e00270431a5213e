"""What the engine needs from outside: a gateway to call tools, a sink for what it has to say, a place for long work."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from math import inf
from typing import Any, Protocol

from ..core.budget import Budget
from ..core.calls.messages import Ended, Event
from ..core.calls.outcome import Outcome
from ..core.errors import FanoutError
from ..core.plans.plan import Target
from .strands import Signal


class Mailbox:
    """The events of one attempt, put by the gateway (in the loop), taken by the attempt.

    Once closed it takes nothing any more, but still notices the end: until then the call holds a connection.
    """

    __slots__ = ("_closed", "_events", "_on_late_end", "_wake", "has_ended")

    def __init__(self) -> None:
        self._events: deque[Event] = deque()
        self._wake = Signal()
        self._closed = False
        self._on_late_end: Callable[[], None] | None = None
        self.has_ended = False

    def put(self, event: Event) -> None:
        """Deliver one event. What comes after the end (a second end, late data) is dropped."""
        if self.has_ended:
            return
        if isinstance(event, Ended):
            self.has_ended = True
            if self._on_late_end is not None:
                self._on_late_end()
        if self._closed:
            return
        self._events.append(event)
        self._wake.set()

    async def take(self, until: float = inf) -> list[Event]:
        """Wait for events and return all there are, in order; none where that time comes first."""
        if not self._events:
            self._wake.clear()
            await self._wake.wait(until)
        events = list(self._events)
        self._events.clear()
        return events

    def close(self, on_late_end: Callable[[], None]) -> None:
        """Stop listening. `on_late_end` is called at the end of the call, if that is still to come."""
        self._closed = True
        self._events.clear()
        if not self.has_ended:
            self._on_late_end = on_late_end


class Gateway(Protocol):
    """Sends reverse invocations."""

    def send(self, target: Target, parameters: dict[str, Any], receive: Callable[[Event], None]) -> None:
        """Call a tool; returns at once. Its events go to `receive`, in the loop, in order, with `Ended` as the last.

        Raises TooLargeError when the request is over what the platform takes.
        """


class Sink(Protocol):
    """Takes what the engine emits; never waits."""

    def text(self, text: str) -> None:
        """A piece of streamed text."""

    def settled(self, outcome: Outcome | FanoutError) -> None:
        """The call is over; said once, before anything is cleaned up, so that nobody waits for the losers."""


class Offload(Protocol):
    """Runs long work where it holds up nobody, with a budget that pauses."""

    def __call__[T](self, work: Callable[[Budget], T]) -> Awaitable[T]:
        """Await the value of `work(budget)`; raises what it raises."""
