"""Shows a tool call: which reverse call is doing what while it runs, and what came out of it."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markdown import Markdown
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from .calls import Outcome, ReverseCall

BAR_CELLS = 40
OTHER_COLUMNS = 32  # state, milliseconds, messages, and the space between
PLAIN_WIDTH = 160
FRAMES_PER_S = 12
SHOWN_LINES = 40
ERROR_CHARS = 160
LABEL_CHARS = 48
COLOURS = {
    "waiting": "dim",
    "running": "yellow",
    "streaming": "cyan",
    "done": "green",
    "failed": "red",
    "abandoned": "magenta",
    "succeeded": "green",
    "timed_out": "magenta",
    "rejected": "red",
    "skipped": "dim",
}


def is_live() -> bool:
    """Whether a moving picture is of use: a terminal, and no CI."""
    return sys.stdout.isatty() and not os.environ.get("CI") and os.environ.get("TERM") != "dumb"


class View:
    """Shows calls, as a moving table on a terminal and as plain lines elsewhere."""

    def __init__(self, live: bool | None = None) -> None:
        self.live = is_live() if live is None else live
        self.console = Console(highlight=False, width=None if self.live else PLAIN_WIDTH)
        self._records: list[ReverseCall] = []
        self._started = 0.0

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Show the changes that `on_change` hears of, while the block runs."""
        self._records, self._started = [], time.perf_counter()
        if not self.live:
            yield
            return
        with Live(console=self.console, get_renderable=self._now, refresh_per_second=FRAMES_PER_S, transient=True):
            yield

    def on_change(self, record: ReverseCall) -> None:
        if record.number >= len(self._records):
            self._records.append(record)
        if not self.live:
            self._line(record)

    def title(self, text: str, note: str = "") -> None:
        self.console.print(Rule(Text(text, style="bold"), align="left") if self.live else Text(f"\n== {text}"))
        if note:
            self._plain(note)

    def outcome(self, outcome: Outcome) -> None:
        """The timeline, the text, the result, the records and the figures of a call that is over."""
        if outcome.timeline:
            self.console.print(timeline(outcome.timeline, outcome.wall_s, self.console.width))
        if outcome.error:
            self._panel("raised", f"{outcome.error[0]}: {outcome.error[1]}")
        if outcome.text:
            self._panel("text", outcome.text, markdown=True)
        if outcome.variables.get("result") is not None:
            self._panel("result", outline(outcome.variables["result"]))
        if outcome.variables.get("branches"):
            self.console.print(records(outcome.variables["branches"]))
        self._plain(figures(outcome))

    def _panel(self, title: str, text: str, markdown: bool = False) -> None:
        """A text with a title; what is long is cut."""
        lines = text.splitlines()
        shown = "\n".join([*lines[:SHOWN_LINES], *([f"… {len(lines)} lines"] if len(lines) > SHOWN_LINES else [])])
        if not self.live:
            print(f"{title}:\n{textwrap.indent(shown, '    ')}", flush=True)
            return
        colour = "red" if title == "raised" else "dim"
        content: RenderableType = Markdown(shown) if markdown else Text(shown)
        self.console.print(Panel(content, title=title, title_align="left", border_style=colour))

    def _plain(self, text: str) -> None:
        self.console.print(Text(text, style="dim" if self.live else ""), soft_wrap=True)

    def _now(self) -> RenderableType:
        elapsed = time.perf_counter() - self._started
        return Group(timeline(self._records, elapsed, self.console.width), Text(f"{elapsed:.1f} s", style="dim"))

    def _line(self, record: ReverseCall) -> None:
        at = record.ended_s or record.first_s or record.connected_s
        if at is None:
            return  # most calls do not wait for a connection, and those that do are told of when they have it
        more = f" after {_counted(record.messages, 'message')}" if record.ended_s is not None else ""
        error = f": {in_short(record.error)}" if record.error else ""
        print(
            f"{at * 1000:7.0f} ms  #{record.number:<3} {label(record):<{LABEL_CHARS}} {record.status}{more}{error}",
            flush=True,
        )


def timeline(calls: list[ReverseCall], total_s: float, width: int) -> Table:
    """A line per reverse call: the tool, when it waited, ran and streamed, and how it ended."""
    cells = min(BAR_CELLS, max(BAR_CELLS // 4, width - LABEL_CHARS - OTHER_COLUMNS))
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for column, justify in (
        ("reverse call", "left"),
        ("· waits  ─ runs  ━ sends", "left"),
        ("state", "left"),
        ("ms", "right"),
        ("msgs", "right"),
    ):
        table.add_column(column, justify=justify, no_wrap=True)  # type: ignore[arg-type]  # a literal of rich's own
    for call in calls:
        ended = total_s if call.ended_s is None else call.ended_s
        table.add_row(
            Text(label(call)),
            _bar(call, total_s, cells),
            Text(call.status, style=COLOURS[call.status]),
            f"{(ended - call.asked_s) * 1000:.0f}",
            str(call.messages),
        )
    return table


def records(branches: list[dict[str, Any]]) -> Table:
    """The records of the branches, as the tool itself reports them."""
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for column in ("branch", "row", "status", "s", "attempts", "error"):
        table.add_column(column)
    for record in branches:
        error = record.get("error") or {}
        status = str(record.get("status"))
        table.add_row(
            str(record.get("name")),
            str(record.get("row", "")),
            Text(status, style=COLOURS.get(status, "")),
            str(record.get("elapsed_s", "")),
            str(record.get("attempts", "")),
            Text(f"{error.get('type', '')}: {error.get('message', '')}"[:ERROR_CHARS] if error else ""),
        )
    return table


def label(call: ReverseCall) -> str:
    """The tool by its own name, and as much of its parameters as there is room for."""
    parameters = " ".join(f"{name}={value}" for name, value in call.parameters.items())
    text = f"{call.provider.rpartition('/')[2]}:{call.tool} {parameters}".replace("\n", " ").strip()
    return text if len(text) <= LABEL_CHARS else f"{text[: LABEL_CHARS - 1]}…"


def outline(value: Any) -> str:
    """A value as JSON, one line for each of its elements, or of the elements of the list that is all that it has."""
    if isinstance(value, dict) and list(value) == ["items"] and isinstance(value["items"], list):
        value = value["items"]
    if isinstance(value, dict):
        return "\n".join(f"{name}: {_compact(element)}" for name, element in value.items())
    return "\n".join(map(_compact, value)) if isinstance(value, list) else _compact(value)


def _compact(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= ERROR_CHARS else f"{text[:ERROR_CHARS]}…"


def in_short(error: str) -> str:
    """The message of a plugin's error, without what the platform wraps it in and without its traceback."""
    start = error.find("{")
    with contextlib.suppress(ValueError, TypeError, KeyError):
        error = json.loads(error[start:])["message"] if start >= 0 else error
    return error if len(error) <= ERROR_CHARS else f"{error[:ERROR_CHARS]}…"


def figures(outcome: Outcome) -> str:
    """One line of figures of a call that is over."""
    settled, complete = outcome.variables.get("settled_by"), outcome.variables.get("complete")
    parts = [
        f"{outcome.wall_s:.3f} s",
        f"first text at {outcome.first_text_s:.3f} s" if outcome.first_text_s is not None else "no text",
        f"{_counted(len(outcome.timeline), 'reverse call')}, at most {outcome.max_in_flight} at once",
        f"settled by {settled}" if settled else "",
        "" if complete is None else "complete" if complete else "not complete",
    ]
    return " · ".join(part for part in parts if part)


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _bar(call: ReverseCall, total_s: float, width: int) -> Text:
    """The life of a call on a line of cells: dots for waiting, thin for running, thick for streaming."""
    scale = width / max(total_s, 1e-3)
    ended = total_s if call.ended_s is None else call.ended_s
    marks = (call.asked_s, call.connected_s or ended, call.first_s or ended, ended)
    start, connected, first, end = (min(width, round(mark * scale)) for mark in marks)
    if end == start:  # too short to see: one cell
        start = connected = first = min(start, width - 1)
        end = start + 1
    colour = COLOURS[call.status]
    return Text.assemble(
        " " * start,
        ("·" * (connected - start), "dim"),
        ("─" * (first - connected), colour),
        ("━" * (end - first), colour),
        " " * (width - end),
    )
