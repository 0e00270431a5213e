"""A Mermaid diagram of what a plan will do (`check_plan`)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..plans.plan import Branch, Plan
from ..texts import clipped

# Mermaid refuses texts over 50,000 characters and flowcharts with more than 500 edges.
FLOWCHART_EDGES = 450
LABEL_CHARS = 60

_NOT_IN_LABEL = re.compile(r"[^\w .,()/+-]+")  # `:`, `;`, `#`, quotes, brackets … all mean something somewhere


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
    return "<br/>".join([_label(branch.title), tool, *([", ".join(notes)] if notes else [])])


def _label(text: str) -> str:
    """Text that means nothing to Mermaid; never empty."""
    label = " ".join(_NOT_IN_LABEL.sub(" ", text).split())
    return clipped(label, LABEL_CHARS) or "-"
