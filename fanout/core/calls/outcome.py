"""What the engine found out: the settled rows of a call, from which `answer` makes what the tool returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .records import Record
from .strategy import SettledBy


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """One settled row: its records in plan order. Without `for_each` there is one row, with `item` and `index` null."""

    records: tuple[Record, ...]
    settled_by: SettledBy
    succeeded: bool
    complete: bool
    index: int | None = None
    item: Any = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """A settled call.

    `text_tail` holds the last characters that were streamed (empty: nothing was), `text_end` what is missing after them
    before something else can follow.
    """

    rows: tuple[RowOutcome, ...]
    text_tail: str = ""
    text_end: str = ""
