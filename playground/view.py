"""Shows a tool call: which reverse call is doing what while it runs, and what came out of it."""

from __future__ import annotations

import json
import os
import sys
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
FRAMES_PER_S = 12
SHOWN_CHARS = 6_000
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
        self.console = Console(highlight=False, soft_wrap=not self.live)
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
        self.console.print(Rule(Text(text, style="bold"), align="left") if self.live else f"\n== {text}")
        if note:
            self.console.print(Text(note, style="dim" if self.live else ""))

    def outcome(self, outcome: Outcome) -> None:
        """The timeline, the text, the result, the records and the figures of a call that is over."""
        if outcome.timeline:
            self.console.print(timeline(outcome.timeline, outcome.wall_s))
        if outcome.error:
            text = Text(f"{outcome.error[0]}: {outcome.error[1]}", style="red")
            self.console.print(Panel(text, title="raised", border_style="red") if self.live else text)
        if outcome.text:
            shown = outcome.text[:SHOWN_CHARS]
            self.console.print(Panel(Markdown(shown), title="text", title_align="left") if self.live else shown)
        self._result(outcome)
        if outcome.variables.get("branches"):
            self.console.print(records(outcome.variables["branches"]))
        self.console.print(Text(figures(outcome), style="dim" if self.live else ""))

    def _result(self, outcome: Outcome) -> None:
        result = outcome.variables.get("result")
        if result is None:
            return
        text = json.dumps(result, ensure_ascii=False, indent=2 if self.live else None)
        shown = text if len(text) <= SHOWN_CHARS else f"{text[:SHOWN_CHARS]}…"
        self.console.print(Panel(shown, title="result", title_align="left") if self.live else f"result: {shown}")

    def _now(self) -> RenderableType:
        elapsed = time.perf_counter() - self._started
        return Group(timeline(self._records, elapsed), Text(f"{elapsed:.1f} s", style="dim"))

    def _line(self, record: ReverseCall) -> None:
        at = record.ended_s or record.first_s or record.connected_s or record.asked_s
        more = f" after {record.messages} messages" if record.ended_s is not None else ""
        error = f": {record.error[:120]}" if record.error else ""
        print(f"{at * 1000:7.0f} ms  #{record.number:<3} {record.target:<48} {record.status}{more}{error}", flush=True)


def timeline(calls: list[ReverseCall], total_s: float) -> Table:
    """A line per reverse call: the tool, when it waited, ran and streamed, and how it ended."""
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for column, justify in (
        ("reverse call", "left"),
        ("", "left"),
        ("state", "left"),
        ("ms", "right"),
        ("msgs", "right"),
    ):
        table.add_column(column, justify=justify, no_wrap=True)  # type: ignore[arg-type]  # a literal of rich's own
    for call in calls:
        ended = total_s if call.ended_s is None else call.ended_s
        table.add_row(
            Text(call.target),
            _bar(call, total_s),
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
            Text(f"{error.get('type', '')}: {error.get('message', '')}"[:160] if error else ""),
        )
    return table


def figures(outcome: Outcome) -> str:
    """One line of figures of a call that is over."""
    settled, complete = outcome.variables.get("settled_by"), outcome.variables.get("complete")
    parts = [
        f"{outcome.wall_s:.3f} s",
        f"first text at {outcome.first_text_s:.3f} s" if outcome.first_text_s is not None else "no text",
        f"{len(outcome.timeline)} reverse calls, at most {outcome.max_in_flight} at once",
        f"settled by {settled}" if settled else "",
        "" if complete is None else "complete" if complete else "not complete",
    ]
    return " · ".join(part for part in parts if part)


def _bar(call: ReverseCall, total_s: float) -> Text:
    """The life of a call on a line of cells: dots for waiting, thin for running, thick for streaming."""
    scale = BAR_CELLS / max(total_s, 1e-3)
    ended = total_s if call.ended_s is None else call.ended_s
    marks = [call.asked_s, call.connected_s or ended, call.first_s or ended, ended]
    cells = [min(BAR_CELLS, round(mark * scale)) for mark in marks]
    if cells[3] == cells[0]:  # too short to see: one cell
        cells[0], cells[3] = min(cells[0], BAR_CELLS - 1), min(cells[0] + 1, BAR_CELLS)
        cells[2] = cells[1] = cells[0]
    colour = COLOURS[call.status]
    return Text.assemble(
        " " * cells[0],
        ("·" * (cells[1] - cells[0]), "dim"),
        ("─" * (cells[2] - cells[1]), colour),
        ("━" * (cells[3] - cells[2]), colour),
        " " * (BAR_CELLS - cells[3]),
    )
