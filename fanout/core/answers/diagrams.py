"""Mermaid diagrams: what ran when (`trace`), and what a plan will do (`check_plan`)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..plans.plan import Branch, Plan

# Mermaid refuses texts over 50,000 characters and flowcharts with more than 500 edges.
GANTT_BARS = 250
FLOWCHART_EDGES = 450
LABEL_CHARS = 60

_NOT_IN_LABEL = re.compile(r"[^\w .,()/+-]+")  # `:`, `;`, `#`, quotes, brackets … all mean something somewhere
_FORMATS = {"succeeded": ("✓", "done"), "abandoned": ("…", "active")}
_NO_SUCCESS = ("✗", "crit")


class Bar(NamedTuple):
    """One bar of a Gantt chart: a branch from its first request to its end, in seconds of the call."""

    section: str
    label: str
    status: str
    start_s: float
    end_s: float


def gantt(bars: Sequence[Bar]) -> str:
    """A fenced Gantt chart, its sections in the order of their first bars. No bars give no chart."""
    if not bars:
        return ""
    shown = bars[:GANTT_BARS]
    rest = "" if len(shown) == len(bars) else f", the first {len(shown)} of {len(bars)}"
    seconds = "%s" if max(bar.end_s for bar in shown) >= 10 else "%s.%L"
    sections: dict[str, list[Bar]] = {}
    for bar in shown:
        sections.setdefault(_label(bar.section), []).append(bar)
    lines = [
        "gantt",
        f"title What ran when (seconds){rest}",
        "dateFormat x",  # milliseconds
        f"axisFormat {seconds}",
        "todayMarker off",
    ]
    for section, members in sections.items():
        lines += [f"section {section}", *map(_gantt_line, members)]
    return "```mermaid\n" + "\n    ".join(lines) + "\n```"


def _gantt_line(bar: Bar) -> str:
    """The mark in front also keeps a label that begins with a word of Mermaid's (`title`, `click`) a label."""
    mark, look = _FORMATS.get(bar.status, _NO_SUCCESS)
    start = max(0, round(bar.start_s * 1000))
    return f"{mark} {_label(bar.label)} : {look}, {start}, {max(start + 1, round(bar.end_s * 1000))}"


def flowchart(plan: Plan) -> str:
    """A flowchart, not fenced: inputs, the branches with what they wait for, merge, output."""
    lines = [
        "flowchart TD",
        'inputs(["inputs"])',
        f'subgraph call["{_strategy(plan)}"]',
        *(f'    b{branch.index}["{_branch(branch)}"]' for branch in plan.branches),
        "end",
        f'merge["merge {plan.merge.mode}"]',
        f'output(["{"output" if plan.output else "result"}"])',
    ]
    edges = [*_edges(plan)]
    # the ones into merge are as many as branches, at most 100: what is left out are references among branches
    outgoing = [*(f"b{branch.index} --> merge" for branch in plan.branches), "merge --> output"]
    edges = edges[: FLOWCHART_EDGES - len(outgoing)]
    return "\n    ".join([*lines, *edges, *outgoing])


def _edges(plan: Plan) -> Iterator[str]:
    """What starts each branch: the inputs, branches that it names, or what became of the one before it."""
    in_turn = plan.strategy == "fallback" or (plan.strategy == "hedge" and plan.stagger_s > 0)
    reason = "fails" if plan.strategy == "fallback" else f"fails, or {plan.stagger_s:g} s later"
    numbers = {branch.name: branch.index for branch in plan.branches}
    for branch in plan.branches:
        if in_turn and branch.index > 0:
            yield f'b{branch.index - 1} -. "{reason}" .-> b{branch.index}'
        elif not branch.depends_on:
            yield f"inputs --> b{branch.index}"
        for name in branch.depends_on:
            yield f"b{numbers[name]} --> b{branch.index}"


def _strategy(plan: Plan) -> str:
    words = ["for each item, " if plan.for_each else "", plan.strategy]
    if plan.need != 1:
        words.append(f", need {plan.need or 'all'}")
    return "".join(words)


def _branch(branch: Branch) -> str:
    notes = [note for note, holds in (("required", branch.required), ("conditional", branch.when)) if holds]
    tool = _label(f"{branch.target.provider}/{branch.target.tool_name}")
    return "<br/>".join([_label(branch.name), tool, *([", ".join(notes)] if notes else [])])


def _label(text: str) -> str:
    """Text that means nothing to Mermaid; never empty."""
    label = " ".join(_NOT_IN_LABEL.sub(" ", text).split())
    return (label[: LABEL_CHARS - 1] + "…" if len(label) > LABEL_CHARS else label) or "-"
