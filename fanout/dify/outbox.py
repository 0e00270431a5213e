"""From the loop to the tool's own greenlet: what is to be written and emitted, taken in batches."""

from __future__ import annotations

import threading
from collections import deque

from ..core.calls.outcome import Outcome
from ..core.errors import FanoutError


class Outbox:
    """The sink of the engine and the writer of the gateway; both sides may call at any time, and only `wait` waits."""

    def __init__(self) -> None:
        self._requests: deque[str] = deque()
        self._texts: deque[str] = deque()
        self._something = threading.Event()
        self.outcome: Outcome | FanoutError | None = None

    def request(self, line: str) -> None:
        """A line for the platform."""
        self._requests.append(line)
        self._something.set()

    def text(self, text: str) -> None:
        """A piece of streamed text."""
        self._texts.append(text)
        self._something.set()

    def settled(self, outcome: Outcome | FanoutError) -> None:
        """The call is over; what comes later is not said any more."""
        if self.outcome is None:
            self.outcome = outcome
            self._something.set()

    def wait(self) -> None:
        """Wait until there is something to take, or the call is over."""
        self._something.wait()
        self._something.clear()

    def take_requests(self) -> str:
        """All lines that wait, as one piece."""
        return _join(self._requests)

    def take_text(self) -> str:
        """All text that waits, as one piece: few lines cost less, and nothing is held back for it."""
        return _join(self._texts)


def _join(pieces: deque[str]) -> str:
    taken = []
    while pieces:
        taken.append(pieces.popleft())
    return "".join(taken)
