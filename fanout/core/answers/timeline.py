"""What ran when, as plain text (contract 3, `trace`): 40 columns are what is legible in a chat bubble of 290 px.

A line per attempt, and one per wait: whose it is, a bar, its seconds, and how it ended or what it waited for.

On a phone Dify's web app numbers the lines and has room for 26 columns beside: each line breaks once, behind its bar.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from math import ceil, floor

from ..calls.records import Record, Span

COLUMNS = 40
_SHORTEST_S = 0.001  # what is shorter is not drawn to scale
LINES = 200  # more is no overview
_NAME, _SECONDS, _STATUS = 10, 6, 9
_BAR = COLUMNS - _NAME - _SECONDS - _STATUS - 3
_MARKS = {"attempt": "=", "wait": "."}  # ASCII: block characters are wide in some fonts


def timeline(records: Sequence[Record]) -> str:
    """A fenced timeline of the calls that these records are of; nothing where nothing was called."""
    called = [(record, spans) for record in records if not record.shared and (spans := _spans(record))]
    end_s = max((span.end_s for _, spans in called for span in spans), default=0.0)
    lines = list(_lines(called, end_s))
    if not lines:
        return ""
    if len(lines) > LINES:
        lines[LINES:] = [f"… and {len(lines) - LINES} more lines"]
    return "\n".join(["```text", _ruler(end_s), *lines, "```"])


def _spans(record: Record) -> Sequence[Span]:
    if record.spans or not record.attempts:
        return record.spans
    return (Span("attempt", record.status, record.started_s, record.started_s + record.elapsed_s),)


def _ruler(end_s: float) -> str:
    return f"{'':{_NAME}} 0{_seconds(end_s):>{_BAR - 1}}"


def _lines(called: Sequence[tuple[Record, Sequence[Span]]], end_s: float) -> Iterator[str]:
    row: int | None = None
    for record, spans in called:
        if record.row != row:
            row = record.row
            yield f"row {row}"
        for index, span in enumerate(spans):
            yield _line(record.branch.title if index == 0 else "", span, end_s)


def _line(name: str, span: Span, end_s: float) -> str:
    ending = span.label if span.kind == "attempt" else f"({span.label})"
    bar = _bar(span, end_s)
    return f"{_fitted(name, _NAME)} {bar} {_seconds(span.end_s - span.start_s):>{_SECONDS}} {ending[:_STATUS]}".rstrip()


def _bar(span: Span, end_s: float) -> str:
    """The span in its place; however short it is, it is seen."""
    scale = _BAR / max(end_s, _SHORTEST_S)
    start = min(floor(span.start_s * scale), _BAR - 1)
    width = max(1, min(ceil(span.end_s * scale), _BAR) - start)
    return f"{' ' * start}{_MARKS[span.kind] * width}".ljust(_BAR)


def _seconds(value: float) -> str:
    digits = 2 if value < 10 else 1 if value < 100 else 0
    return f"{max(value, 0.0):.{digits}f}s"


# -- columns


def _fitted(text: str, columns: int) -> str:
    """The text in so many columns: cut with `…`, or padded. Backticks would end the fence."""
    text = " ".join(text.replace("`", "'").split())
    if _width(text) > columns:
        while text and _width(text) > columns - 1:
            text = text[:-1]
        text += "…"
    return text + " " * (columns - _width(text))


def _width(text: str) -> int:
    return sum(map(_columns, text))


def _columns(char: str) -> int:
    """How many columns a character takes: Chinese, Japanese, Korean ones and pictures two, accents none."""
    if char.isascii():
        return 1
    if unicodedata.combining(char) or unicodedata.category(char) in ("Cf", "Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1
