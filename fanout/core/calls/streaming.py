"""Which text is shown when (contract 9): pure bookkeeping over positions, one position per branch of each row.

Positions count in the order of rows and, in a row, of the plan. The engine reports text and ends; what is to be shown
goes to `emit` at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from ..plans.plan import Branch, Plan, StreamMode
from .fences import Fence

type Ending = Literal["success", "failure", "cut"]  # cut: the row was over before the branch was


def shows_at_success(plan: Plan, branch: Branch) -> bool:
    """Whether a branch shows its text only when it is known to be a good answer."""
    return branch.accept is not None or (branch.prefer is not None and plan.strategy != "all")


class TextStream:
    """The streamed text of one call.

    `heading` gives the heading of a position (None: no headings); `emit` takes each piece of text that is to be shown.
    """

    def __init__(
        self, mode: StreamMode, positions: int, heading: Callable[[int], str] | None, emit: Callable[[str], None]
    ) -> None:
        self._mode = mode
        self._heading = heading
        self._emit = emit
        self._held: list[list[str]] = [[] for _ in range(positions)] if mode != "none" else []
        self._closed = [False] * positions
        self._turn = 0  # `ordered`: the first position that is not closed
        self._fences: dict[int, Fence] = {}  # of the positions of which text was shown
        self._block: list[str] = []  # the text of the last position, as far as its fence has not followed it
        self._last: int | None = None  # the position whose text was shown last
        self.tail = ""  # the last two characters that were shown

    def receive(self, position: int, text: str) -> None:
        """Text of a branch has arrived; empty text is nothing, and so is text of a branch that is done."""
        if not text or self._mode == "none" or self._closed[position]:
            return
        if self._mode == "live" or (self._mode == "ordered" and position == self._turn):
            self._show(position, text)
        else:
            self._held[position].append(text)

    def restart(self, position: int) -> None:
        """The attempt has failed and another one follows: what was not shown never was."""
        if self._mode != "none":
            self._held[position].clear()

    def close(self, position: int, ending: Ending) -> None:
        """The branch is done. In `ordered` the text of a failure stays, so that the order of arrival is not seen."""
        if self._mode == "none" or self._closed[position]:
            return
        self._closed[position] = True
        if ending == "cut" or (ending == "failure" and self._mode != "ordered"):
            self._held[position].clear()
        if self._mode == "arrival":
            self._show_held(position)
        elif self._mode == "ordered":
            self._advance()

    def has_shown(self, position: int) -> bool:
        """Whether any text of this branch was shown."""
        return position in self._fences

    @property
    def end(self) -> str:
        """What is missing after the text so far before something else can follow."""
        return self._end_block()

    def _advance(self) -> None:
        while self._turn < len(self._closed):
            self._show_held(self._turn)
            if not self._closed[self._turn]:
                return
            self._turn += 1

    def _show_held(self, position: int) -> None:
        if self._held[position]:
            text = "".join(self._held[position])
            self._held[position].clear()
            self._show(position, text)

    def _show(self, position: int, text: str) -> None:
        shown = text if position == self._last else self._begin_block(position) + text
        self._block.append(text)
        self.tail = (self.tail + shown)[-2:]
        self._emit(shown)

    def _begin_block(self, position: int) -> str:
        """What stands between the last block and the text of another branch; a fence of its own is opened again."""
        before = self._end_block()
        fence = self._fences.setdefault(position, Fence())
        heading = self._heading(position) if self._heading else ""
        self._last = position
        return before + heading + (f"{fence.opening}\n" if fence.opening else "")

    def _end_block(self) -> str:
        """What is missing before something else can follow: the end of a code fence, and an empty line."""
        if self._last is None:
            return ""
        fence = self._fences[self._last]
        fence.feed("".join(self._block))
        self._block.clear()
        return ended(self.tail, fence.close())


def ended(tail: str, marks: str) -> str:
    """What is missing after `tail`, where `marks` close a code fence, before something else can follow."""
    if not marks:
        return gap(tail)
    return ("" if tail.endswith("\n") else "\n") + marks + "\n\n"


def gap(tail: str) -> str:
    """What is missing to an empty line after `tail`, the last characters of the text so far."""
    if not tail or tail.endswith("\n\n"):
        return ""
    return "\n" if tail.endswith("\n") else "\n\n"
