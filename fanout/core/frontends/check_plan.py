"""`check_plan`: what a plan would do, and what is wrong or odd about it, without calling anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from .. import limits
from ..analysis.examine import analyse, examine_plan
from ..analysis.forecast import max_calls, max_in_flight, worst_case_s
from ..analysis.inputs import input_warnings
from ..answers.diagrams import flowchart
from ..budget import Budget
from ..errors import ExpressionError, FanoutError, Problem
from ..language.templates import compile_value
from ..plans.catalog import Catalog
from ..plans.outline import Outline
from ..plans.plan import Branch, Plan
from ..plans.schema import describe

STOCK_CONNECTIONS = 10  # of the API container of a stock installation; one per call in flight


class _Rows(NamedTuple):
    """How many rows there are, and what templates see of the first one."""

    number: int
    first: dict[str, Any]


def check(source: Any, catalog: Catalog, inputs: Mapping[str, Any], budget: Budget) -> dict[str, Any]:
    """The report of `check_plan` (contract 13): `{ok, errors, warnings, branches, max_calls, …}`.

    Mistakes are in the report; nothing is raised. Where there are any in the plan, nothing but them is in it.
    """

    def analyse_with_inputs(outline: Outline, problems: list[Problem], warnings: list[Problem]) -> None:
        analyse(outline, problems, warnings)
        warnings.extend(input_warnings(outline, inputs, budget))

    reading = examine_plan(source, catalog, analyse=analyse_with_inputs)
    if reading.plan is None:
        return _report(reading.problems, reading.warnings)
    plan = reading.plan
    errors: list[Problem] = []
    warnings = list(reading.warnings)
    rows = _rows(plan, inputs, budget, errors, warnings)
    preview = _Preview({"inputs": inputs, **rows.first}, budget, warnings)
    branches = [_branch(branch, preview) for branch in plan.branches]
    warnings.extend(_flow_warnings(plan, rows.number))
    return {
        **_report(errors, warnings),
        "branches": branches,
        "max_calls": max_calls(plan, rows.number),
        "worst_case_s": worst_case_s(plan, rows.number),
        "diagram": flowchart(plan),
    }


def report_text(report: Mapping[str, Any]) -> str:
    """The report for people, in Markdown."""
    lines = [_heading(report)]
    for title in ("errors", "warnings"):
        problems = [Problem(each["path"], each["message"]) for each in report[title]]
        if problems:
            lines += ["", f"{title.capitalize()}:", *(f"- {problem}" for problem in problems)]
    if report["diagram"]:
        lines += ["", "```mermaid", report["diagram"], "```"]
    return "\n".join(lines)


def _heading(report: Mapping[str, Any]) -> str:
    if not report["ok"]:
        return "The plan cannot run."
    branches, calls = len(report["branches"]), report["max_calls"]
    return (
        f"The plan can run: {branches} branch{'' if branches == 1 else 'es'}, "
        f"at most {calls} call{'' if calls == 1 else 's'}, at most {report['worst_case_s']:g} s."
    )


def _report(errors: Sequence[Problem], warnings: Sequence[Problem]) -> dict[str, Any]:
    return {
        "ok": not errors,
        "errors": [problem._asdict() for problem in errors],
        "warnings": [problem._asdict() for problem in dict.fromkeys(warnings)],
        "branches": [],
        "max_calls": 0,
        "worst_case_s": 0,
        "diagram": "",
    }


def _rows(
    plan: Plan, inputs: Mapping[str, Any], budget: Budget, errors: list[Problem], warnings: list[Problem]
) -> _Rows:
    one = _Rows(1, {"item": None, "index": None})
    if plan.for_each is None:
        return one
    try:
        items = plan.for_each.evaluate({"inputs": inputs}, budget)
    except FanoutError as error:
        warnings.append(Problem("for_each", f"fails with these inputs: {error}; counted as one row"))
        return one
    if not isinstance(items, list):
        message = f"gives {describe(items, show=False)} with these inputs, and needs a list; counted as one row"
        warnings.append(Problem("for_each", message))
        return one
    number, cells = len(items), len(items) * len(plan.branches)
    if cells > limits.CELLS:
        number = limits.CELLS // len(plan.branches)
        message = f"{len(items):,} items × {len(plan.branches)} branches are {cells:,} cells, over {limits.CELLS:,}"
        errors.append(Problem("for_each", f"{message}; give fewer items"))
    return _Rows(number, {"item": items[0], "index": 0} if items else one.first)


def _branch(branch: Branch, preview: _Preview) -> dict[str, Any]:
    return {
        "name": branch.name,
        "provider_type": branch.target.provider_type,
        "provider": branch.target.provider,
        "tool_name": branch.target.tool_name,
        "parameters": {
            key: preview.render(value, f"{branch.path}.parameters.{key}")
            for key, value in branch.parameters.source.items()
        },
        "depends_on": list(branch.depends_on),
    }


class _Preview:
    """Renders parameters as they would be sent; those that name another branch, or fail, stay as they are."""

    def __init__(self, scope: Mapping[str, Any], budget: Budget, warnings: list[Problem]) -> None:
        self._scope = scope
        self._budget = budget
        self._warnings = warnings
        self._rendered: dict[int, Any] = {}  # by the value as written: branches share those of the plan

    def render(self, value: Any, path: str) -> Any:
        if id(value) not in self._rendered:
            self._rendered[id(value)] = self._render(value, path)
        return self._rendered[id(value)]

    def _render(self, value: Any, path: str) -> Any:
        template = compile_value(value, _ignore, path)
        if any(read[:1] == ("branches",) for read in template.reads):
            return value
        try:
            return template.render(self._scope, self._budget)
        except FanoutError as error:
            self._warnings.append(Problem(path, f"fails with these inputs: {error}"))
            return value


def _ignore(path: str, error: ExpressionError) -> None:
    """The plan has been read: there are no such errors."""


def _flow_warnings(plan: Plan, rows: int) -> list[Problem]:
    warnings: list[Problem] = []
    is_one = plan.need == 1 and not any(branch.required for branch in plan.branches)
    if plan.stream != "none" and plan.strategy != "all" and not is_one:
        message = f"{plan.strategy} streams only where one success is enough and no branch is required: nothing streams"
        warnings.append(Problem("stream", message))
    in_flight = max_in_flight(plan, rows)
    if in_flight > STOCK_CONNECTIONS:
        message = (
            f"up to {in_flight} calls are in flight at once; a stock installation serves {STOCK_CONNECTIONS} "
            "connections, so the others wait there while their time limits run"
        )
        warnings.append(Problem("max_parallel", message))
    return warnings
