"""Code fences that a text leaves open, so that what follows can be kept out of them (contract 9)."""

from __future__ import annotations

import re

_LINE_CHARS = 200  # of a line that are kept: a fence stands at its beginning
_OPENING = re.compile(r"\s*(?:(`{3,})[^`]*|(~{3,}).*)$")
_CLOSING = re.compile(r"\s*(`{3,}|~{3,})\s*$")


class Fence:
    """Follows a text, however it is cut into pieces."""

    __slots__ = ("_line", "_marks", "opening")

    def __init__(self) -> None:
        self._line = ""  # the one that is not over yet
        self._marks = ""  # of the open fence
        self.opening = ""  # the line that opened it

    def feed(self, text: str) -> None:
        """Take the next piece."""
        head, line_break, rest = text.partition("\n")
        self._line = (self._line + head[:_LINE_CHARS])[:_LINE_CHARS]
        if line_break:
            self._end_line()
            body, _, last = rest.rpartition("\n")
            if "```" in body or "~~~" in body:
                for self._line in body.split("\n"):
                    self._end_line()
            self._line = last[:_LINE_CHARS]

    def close(self) -> str:
        """End the text here; what closes the fence that it leaves open, or nothing."""
        self._end_line()
        return self._marks

    def _end_line(self) -> None:
        line, self._line = self._line, ""
        if "```" not in line and "~~~" not in line:
            return
        if not self._marks:
            if opening := _OPENING.match(line):
                self._marks = opening[1] or opening[2]
                self.opening = line.strip()
        elif (closing := _CLOSING.match(line)) and closing[1].startswith(self._marks):
            self._marks = self.opening = ""


def closed(text: str) -> str:
    """The text; where it leaves a code fence open, the fence is closed on a line of its own."""
    if "```" not in text and "~~~" not in text:
        return text
    fence = Fence()
    fence.feed(text)
    marks = fence.close()
    return text + ("" if text.endswith("\n") else "\n") + marks if marks else text
