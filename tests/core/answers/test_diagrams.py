"""The diagram of a plan. What Mermaid itself takes was tried with its own parser; here the text is checked."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanout.core.answers.diagrams import FLOWCHART_EDGES, flowchart
from fanout.core.errors import ExpressionError
from fanout.core.language.expressions import compile_expression
from fanout.core.language.templates import compile_value
from fanout.core.plans.plan import Branch, Merge, Plan, Target


def fail(path: str, error: ExpressionError) -> None:
    raise error.at(path)


def branch(index: int, name: str, **options: Any) -> Branch:
    target = options.pop("target", Target("builtin", f"acme/{name}/{name}", "search"))
    return Branch(index, f"branches[{index}]", name, target, compile_value({}, fail, "parameters"), **options)


# -- what a plan does


def test_branches_that_wait_for_each_other() -> None:
    plan = Plan(
        (
            branch(0, "find", required=True),
            branch(1, "other", title="Another one", when=compile_expression("inputs.deep")),
            branch(2, "read", depends_on=("find", "other")),
        ),
        merge=Merge("concat"),
    )

    assert flowchart(plan) == (
        "flowchart TD\n"
        '    inputs(["inputs"])\n'
        '    subgraph call["all"]\n'
        '        b0["find<br/>acme/find/find/search<br/>required"]\n'
        '        b1["Another one<br/>acme/other/other/search<br/>conditional"]\n'
        '        b2["read<br/>acme/read/read/search"]\n'
        "    end\n"
        '    merge["merge concat"]\n'
        '    output(["result"])\n'
        "    inputs --> b0\n"
        "    inputs --> b1\n"
        "    b0 --> b2\n"
        "    b1 --> b2\n"
        "    b0 --> merge\n"
        "    b1 --> merge\n"
        "    b2 --> merge\n"
        "    merge --> output"
    )


@pytest.mark.parametrize(
    ("options", "title", "edge"),
    [
        ({"strategy": "race", "need": 2}, "race, need 2", "inputs --> b1"),
        ({"strategy": "race", "need": None}, "race, need all", "inputs --> b1"),
        ({"strategy": "fallback"}, "fallback", 'b0 -. "fails" .-> b1'),
        ({"strategy": "hedge"}, "hedge", 'b0 -. "fails, or 2 s later" .-> b1'),
        ({"strategy": "hedge", "stagger_s": 0.0}, "hedge", "inputs --> b1"),
        ({"for_each": compile_expression("inputs.urls")}, "for each item, all", "inputs --> b1"),
        ({"output": compile_expression("merged.a")}, "all", 'output(["output"])'),
    ],
)
def test_a_strategy_shows(options: dict[str, Any], title: str, edge: str) -> None:
    lines = flowchart(Plan((branch(0, "a"), branch(1, "b")), **options)).splitlines()

    assert f'    subgraph call["{title}"]' in lines
    assert f"    {edge}" in lines


def test_a_plan_of_a_hundred_stays_below_what_mermaid_takes() -> None:
    names = [f"{'n' * 60}_{number}" for number in range(100)]
    target = Target("builtin", "o" * 100, "t" * 100)
    plan = Plan(
        tuple(
            branch(number, name, target=target, depends_on=tuple(names[:number])) for number, name in enumerate(names)
        )
    )
    chart = flowchart(plan)

    assert len(chart) < 50_000
    assert len(re.findall("-->", chart)) == FLOWCHART_EDGES
    assert chart.endswith("b99 --> merge\n    merge --> output")


@given(st.text(), st.text())
def test_whatever_a_tool_is_called_nothing_breaks(provider: str, tool: str) -> None:
    chart = flowchart(Plan((branch(0, "end", target=Target("workflow", provider, tool)),)))

    assert len(chart.splitlines()) == 10
    assert re.search(r'b0\["end<br/>[\w .,()/+…-]+"\]', chart)
