"""What the engine needs from outside: a gateway to call tools, a sink for its output, a way to do long work."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from ..core.budget import Budget
from ..core.calls.messages import Incoming
from ..core.calls.outcome import Outcome
from ..core.errors import FanoutError
from ..core.plans.plan import Target


class Gateway(Protocol):
    """Sends reverse invocations."""

    def send(self, target: Target, parameters: dict[str, Any], receive: Callable[[Incoming], None]) -> None:
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
