"""From the loop to the tool's own greenlet: what is to be written and emitted, taken in batches."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator

from ..core.calls.outcome import Outcome
from ..core.errors import FanoutError


class Outbox:
    """The sink of the engine and the writer of the gateway; both sides may call at any time, and only reading waits."""

    def __init__(self) -> None:
        self._requests: deque[str] = deque()
        self._texts: deque[str] = deque()
        self._something = threading.Event()
        self._settled: Outcome | FanoutError | None = None

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
        if self._settled is None:
            self._settled = outcome
            self._something.set()

    def batches(self) -> Iterator[tuple[str, str]]:
        """Wait for requests and text; give all that waits, each kind as one piece, until the call is over.

        Few lines cost less than many, and nothing is held back for it. Whether the call is over is asked before the
        text is taken: text that came together with the outcome, while the last batch was being written, is in it.
        """
        is_over = False
        while not is_over:
            self._something.wait()
            self._something.clear()
            is_over = self._settled is not None
            yield "" if is_over else _join(self._requests), _join(self._texts)

    def outcome(self) -> Outcome:
        """The outcome of a call that is over. Raises what ended it, where that was an error."""
        if isinstance(self._settled, FanoutError):
            raise self._settled
        assert self._settled is not None
        return self._settled


def _join(pieces: deque[str]) -> str:
    taken = []
    while pieces:
        taken.append(pieces.popleft())
    return "".join(taken)
