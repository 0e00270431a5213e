"""Which text is shown when (contract 9): pure bookkeeping over places, one place per branch of each row.

Places count in the order of rows and, in a row, of the plan. The engine reports text and ends; what is to be shown
goes to `emit` at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from ..plans.plan import StreamMode

type Ending = Literal["success", "failure", "cut"]  # cut: the row was over before the branch was


class TextStream:
    """The streamed text of one call.

    `heading` gives the heading of a place (None: no headings); `emit` takes each piece of text that is to be shown.
    """

    def __init__(
        self, mode: StreamMode, places: int, heading: Callable[[int], str] | None, emit: Callable[[str], None]
    ) -> None:
        self._mode = mode
        self._heading = heading
        self._emit = emit
        self._held: list[list[str]] = [[] for _ in range(places)] if mode != "none" else []
        self._closed = [False] * places
        self._shown: set[int] = set()
        self._turn = 0  # `ordered`: the first place that is not closed
        self._last: int | None = None  # the place whose text was shown last
        self.tail = ""  # the last two characters that were shown

    def receive(self, place: int, text: str) -> None:
        """Text of a branch has arrived; empty text is nothing, and so is text of a branch that is done."""
        if not text or self._mode == "none" or self._closed[place]:
            return
        if self._mode == "live" or (self._mode == "ordered" and place == self._turn):
            self._show(place, text)
        else:
            self._held[place].append(text)

    def restart(self, place: int) -> None:
        """The attempt has failed and another one follows: what was not shown never was."""
        if self._mode != "none":
            self._held[place].clear()

    def close(self, place: int, ending: Ending) -> None:
        """The branch is done. In `ordered` the text of a failure stays, so that the order of arrival is not seen."""
        if self._mode == "none" or self._closed[place]:
            return
        self._closed[place] = True
        if ending == "cut" or (ending == "failure" and self._mode != "ordered"):
            self._held[place].clear()
        if self._mode == "arrival":
            self._show_held(place)
        elif self._mode == "ordered":
            self._advance()

    def has_shown(self, place: int) -> bool:
        """Whether any text of this branch was shown."""
        return place in self._shown

    def _advance(self) -> None:
        while self._turn < len(self._closed):
            self._show_held(self._turn)
            if not self._closed[self._turn]:
                return
            self._turn += 1

    def _show_held(self, place: int) -> None:
        if self._held[place]:
            text = "".join(self._held[place])
            self._held[place].clear()
            self._show(place, text)

    def _show(self, place: int, text: str) -> None:
        if place != self._last:
            heading = self._heading(place) if self._heading else ""
            text = gap(self.tail) + heading + text
            self._last = place
        self._shown.add(place)
        self.tail = (self.tail + text)[-2:]
        self._emit(text)


def gap(tail: str) -> str:
    """What is missing to an empty line after `tail`, the last characters of the text so far."""
    if not tail or tail.endswith("\n\n"):
        return ""
    return "\n" if tail.endswith("\n") else "\n\n"
