"""Expressions in their places: what is silent, what is an error, what a warning, in which words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from fanout.core.analysis.examine import examine_plan
from fanout.core.analysis.expressions import find, judge_expression
from fanout.core.analysis.scopes import DATA
from fanout.core.errors import Problem
from fanout.core.language.expressions import compile_expression
from fanout.core.language.functions import FUNCTIONS
from fanout.core.plans.catalog import Catalog
from playground.yaml_files import read_yaml

TABLE = Path(__file__).with_name("expressions.yaml")


class Row(NamedTuple):
    """One expression, and what must be said of it: `kind` is silent, errors or warnings."""

    place: str
    kind: str
    expression: str
    words: tuple[str, ...] = ()


def rows() -> Iterator[Row]:
    for group in read_yaml(TABLE):
        for expression in group.get("silent", ()):
            yield Row(group["place"], "silent", expression)
        for kind in ("errors", "warnings"):
            for expression, *words in group.get(kind, ()):
                yield Row(group["place"], kind, expression, tuple(map(str, words)))


ROWS = list(rows())


def plan_of(place: str, expression: str) -> dict[str, Any]:
    """A plan with the expression in its place, and nothing else to be said about it."""
    place, _, mode = place.partition(" merge=")
    key, has_rows = place.rstrip("+"), place.endswith("+")
    first: dict[str, Any] = {"name": "first", "provider": "a/a/a", "tool_name": "t"}
    second: dict[str, Any] = {"name": "second", "provider": "b/b/b", "tool_name": "t"}
    plan: dict[str, Any] = {"branches": [first, second], **({"for_each": "inputs.rows"} if has_rows else {})}
    if mode:
        plan["merge"] = mode
    match key:
        case "select" | "accept" | "prefer" | "when":
            second[key] = expression
            plan["strategy"] = "fallback" if key == "prefer" else "all"
        case "where":
            plan["rules"] = [{"where": expression, "drop": True}]
        case "key":
            plan["merge"] = {"mode": "concat", "key": expression}
        case "text" | "heading":
            plan |= {key: f"é ${{{expression}}}", "stream": "live"}
        case _:
            plan[key] = expression
    return plan


def judge(place: str, expression: str) -> tuple[list[Problem], list[Problem]]:
    problems: list[Problem] = []
    warnings: list[Problem] = []
    if place == "data":
        judge_expression(compile_expression(expression), "expression", problems, warnings)
        return problems, warnings
    entry = {"provider": "a/a/a", "tool_name": "t", "empty": expression}
    if place == "empty":
        reading = examine_plan({"branches": ["mine"]}, Catalog({}, {"mine": entry}))
    else:
        reading = examine_plan(plan_of(place, expression), Catalog())
    return list(reading.problems), list(reading.warnings)


def is_said(row: Row, problems: list[Problem], warnings: list[Problem]) -> bool:
    if (bool(problems), bool(warnings)) != (row.kind == "errors", row.kind == "warnings"):
        return False
    text = "\n".join(map(str, problems + warnings))
    return all(word.lower() in text.lower() for word in row.words) and (row.kind == "silent" or "(column " in text)


def test_what_is_said_of_an_expression() -> None:
    found = [(row, *judge(row.place, row.expression)) for row in ROWS]
    assert [said for said in found if not is_said(*said)] == []


def test_the_table_is_large_and_half_of_it_is_right() -> None:
    silent = sum(row.kind == "silent" for row in ROWS)
    assert len(ROWS) >= 150
    assert 0.4 < silent / len(ROWS) < 0.65


def test_columns_count_in_the_template() -> None:
    plan = {"text": "of ${merged} and ${mergd}", "branches": ["time/now"]}
    [problem] = examine_plan(plan, Catalog()).problems
    assert str(problem) == "text: there is no mergd here, so it is always null (column 20); did you mean merged?"


def test_all_mistakes_are_in_one_report_with_those_of_reading() -> None:
    branch = {"name": "a", "provider": "a/a/a", "tool_name": "t", "select": "json.x", "parameters": {"q": "${query}"}}
    plan = {"branches": [branch, {"name": "b", "tool_name": "t", "weight": 0}], "output": "rsult", "zzz": 1}
    paths = {problem.path for problem in examine_plan(plan, Catalog()).problems}
    assert paths >= {
        "output",
        "zzz",
        "branches[0].select",
        "branches[0].parameters.q",
        "branches[1].provider",
        "branches[1].weight",
    }


def test_what_the_plan_gives_to_all_branches_is_said_once_where_it_stands() -> None:
    plan = {"select": "json.x", "branches": ["time/now"] * 5}
    assert [problem.path for problem in examine_plan(plan, Catalog()).problems] == ["select"]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_arguments_of_an_unknown_kind_fit_every_function(name: str) -> None:
    function = FUNCTIONS[name]
    arguments = ["&x" if parameter.words == "an &expression" else "x" for parameter in function.parameters]
    expression = compile_expression(f"{name}({', '.join(arguments[: max(function.required, 1)])})")
    assert find(expression, DATA).certain == ()


def test_one_expression_has_few_findings() -> None:
    expression = compile_expression(" || ".join(f"'x'.a{i}" for i in range(50)))
    assert 0 < len(find(expression, DATA).certain) < 10
