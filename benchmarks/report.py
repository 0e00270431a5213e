"""The results as Markdown and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from .figures import Check, Figure, Result


def markdown(results: Sequence[Result], about: Sequence[str]) -> str:
    """A table per group; medians of rounds' medians, with the middle half of these."""
    lines = ["# Results", "", *(f"- {line}" for line in about), ""]
    for group in dict.fromkeys(result.group for result in results):
        lines += [f"## {group}", "", *_table([result for result in results if result.group == group]), ""]
    return "\n".join(lines)


def _table(results: Sequence[Result]) -> Iterator[str]:
    subjects = list(dict.fromkeys(name for result in results for name in result.figures))
    yield "| measure | " + " | ".join(subjects) + " | target | |"
    yield "| --- |" + " ---: |" * len(subjects) + " --- | --- |"
    for result in results:
        cells = [_cell(result.figures[name], result.unit) if name in result.figures else "" for name in subjects]
        note = f" ({result.note})" if result.note else ""
        target = "; ".join(map(target_text, result.checks))
        met = "; ".join(map(verdict, result.checks))
        yield f"| {result.measure}{note} | " + " | ".join(cells) + f" | {target} | {met} |"


def _cell(value: Figure, unit: str) -> str:
    spread = "" if value.rounds == 1 else f" ({number(value.low)}–{number(value.high)})"
    return f"{number(value.median)} {unit}{spread}"


def number(value: float) -> str:
    """Three digits that mean something."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value else "0"


def target_text(check: Check) -> str:
    """What had to be: `ratio ≤ 0.5`."""
    return f"{check.what} ≤ {number(check.limit)}" + (f" {check.unit}" if check.unit else "")


def verdict(check: Check) -> str:
    """What is: `0.42 ✓`, or by how much it is too much."""
    given = number(check.value) + (f" {check.unit}" if check.unit else "")
    return f"{given} ✓" if check.is_met else f"**{given}**, {check.value / check.limit - 1:.0%} over"


def as_json(results: Sequence[Result], about: Sequence[str]) -> str:
    """The same numbers for programs."""
    rows: list[dict[str, Any]] = [
        asdict(result) | {"checks": [asdict(check) | {"is_met": check.is_met} for check in result.checks]}
        for result in results
    ]
    return json.dumps({"about": list(about), "results": rows}, indent=1, ensure_ascii=False) + "\n"
