"""`check_plan`: what a plan would do, and what is wrong or odd about it, without calling anything."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from .. import limits
from ..analysis.examine import analyse, examine_plan
from ..analysis.forecast import max_calls, max_in_flight, rate_s, worst_case_s
from ..analysis.inputs import input_warnings
from ..answers.answer import NewBudget
from ..answers.diagrams import flowchart
from ..budget import Budget
from ..errors import ExpressionError, FanoutError, PlanError, Problem
from ..language.templates import compile_value
from ..plans.catalog import Catalog
from ..plans.outline import Outline
from ..plans.plan import Branch, Plan
from ..plans.schema import describe
from ..plans.writing import write_document
from ..texts import clipped
from ..values import compact
from .canvas import REPLACED, make_plan, read_copied
from .parameters import is_given
from .replay import read_answers, replay

_SHOWN_CHARS = 500  # of a branch's parameters in the text

STOCK_CONNECTIONS = 10  # of the API container of a stock installation; one per call in flight


class _Rows(NamedTuple):
    """How many rows there are, what templates see of the first one, and the items, as far as they are known."""

    number: int
    first: dict[str, Any]
    items: Sequence[Any] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """What `check_plan` gives. `plan`: the YAML that was made of copied nodes; empty where the plan was one already."""

    report: dict[str, Any]
    plan: str = ""

    @property
    def warnings(self) -> tuple[str, ...]:
        """Those of the report, as text."""
        return tuple(str(Problem(**warning)) for warning in self.report["warnings"])

    @property
    def text(self) -> str:
        """The report for people, in Markdown; what was made of copied nodes comes first."""
        made = [fenced(self.plan, "yaml"), ""] if self.plan else []
        return "\n".join([*made, report_text(self.report)])


def check(
    source: Any,
    catalog: Catalog,
    inputs: Mapping[str, Any],
    new_budget: NewBudget,
    *,
    write: Any = None,
    answers: Any = None,
) -> Check:
    """The report of `check_plan` (contract 13): `{ok, errors, warnings, branches, max_calls, …}`.

    Mistakes are in the report; nothing is raised. Where there are any in the plan, nothing but them is in it. Copied
    nodes become a plan (`write`: or a catalog), which is checked. `answers`: records of an earlier run.
    """
    try:
        copied = read_copied(source)
        made = None if copied is None else make_plan(copied, "catalog" if write == "catalog" else "plan")
    except PlanError as error:
        return Check(_report(error.problems, []))
    if made is None:
        return Check(_check(source, catalog, inputs, new_budget, [], answers))
    plan = made.source
    if made.write == "catalog":
        catalog = replace(catalog, own={**catalog.own, **made.source})
        plan = {"branches": [{"use": name} for name in made.source]}
    notes = [*made.notes, Problem("plan", REPLACED)]
    return Check(_check(plan, catalog, inputs, new_budget, notes, answers), write_document(made.source))


def _check(
    source: Any,
    catalog: Catalog,
    inputs: Mapping[str, Any],
    new_budget: NewBudget,
    notes: Sequence[Problem],
    answers: Any,
) -> dict[str, Any]:
    budget = new_budget()

    def analyse_with_inputs(outline: Outline, problems: list[Problem], warnings: list[Problem]) -> None:
        analyse(outline, problems, warnings)
        warnings.extend(input_warnings(outline, inputs, budget))

    reading = examine_plan(source, catalog, analyse=analyse_with_inputs)
    if reading.plan is None:
        return _report(reading.problems, [*notes, *reading.warnings])
    plan = reading.plan
    errors: list[Problem] = []
    warnings = [*notes, *reading.warnings]
    rows = _rows(plan, inputs, budget, errors, warnings)
    preview = _Preview({"inputs": inputs, **rows.first}, budget, warnings)
    branches = [_branch(branch, preview) for branch in plan.branches]
    warnings.extend(_flow_warnings(plan, rows.number))
    outcome = _outcome(plan, answers, rows, inputs, new_budget, errors, warnings)
    return {
        **_report(errors, warnings),
        "branches": branches,
        "max_calls": max_calls(plan, rows.number),
        "worst_case_s": worst_case_s(plan, rows.number),
        "diagram": flowchart(plan),
        **outcome,
    }


def _outcome(
    plan: Plan,
    answers: Any,
    rows: _Rows,
    inputs: Mapping[str, Any],
    new_budget: NewBudget,
    errors: list[Problem],
    warnings: list[Problem],
) -> dict[str, Any]:
    """`{outcome}` where answers are given."""
    if not is_given(answers):
        return {}
    try:
        records = read_answers(answers)
    except PlanError as error:
        errors.extend(error.problems)
        return {}
    replayed = replay(plan, records, rows.items, inputs, new_budget)
    warnings.extend(replayed.notes)
    return {"outcome": replayed.outcome}


def report_text(report: Mapping[str, Any]) -> str:
    """The report for people, in Markdown."""
    lines = [_heading(report)]
    if report["branches"]:
        lines += ["", *map(_branch_line, report["branches"])]
    for title in ("errors", "warnings"):
        problems = [Problem(each["path"], each["message"]) for each in report[title]]
        if problems:
            lines += ["", f"{title.capitalize()}:", *(f"- {problem}" for problem in problems)]
    if "outcome" in report:
        lines += ["", "With these answers:", fenced(compact(report["outcome"]), "json")]
    if report["diagram"]:
        lines += ["", fenced(report["diagram"], "mermaid")]
    return "\n".join(lines)


def fenced(text: str, language: str) -> str:
    """A code block, whatever the text holds."""
    longest = max(map(len, re.findall("`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def _branch_line(branch: Mapping[str, Any]) -> str:
    """`- find: langgenius/google/google/google_search, {"query": "cats"}, after other`"""
    kind = "" if branch["provider_type"] == "builtin" else f"{branch['provider_type']}:"
    parameters = clipped(compact(branch["parameters"]), _SHOWN_CHARS)
    after = f", after {', '.join(branch['depends_on'])}" if branch["depends_on"] else ""
    return f"- {branch['name']}: {kind}{branch['provider']}/{branch['tool_name']} {_code(parameters)}{after}"


def _code(text: str) -> str:
    """A code span, whatever the text holds."""
    longest = max(map(len, re.findall("`+", text)), default=0)
    ticks = "`" * (longest + 1)
    return f"{ticks} {text} {ticks}" if longest else f"`{text}`"


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
    return _Rows(number, {"item": items[0], "index": 0} if items else one.first, items)


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
        template = compile_value(value, _ignore, "")
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
    last_start_s = rate_s(plan, rows)
    if last_start_s >= plan.deadline_s:
        message = (
            f"with {rows} row{'' if rows == 1 else 's'} the last call may start after {last_start_s:g} s, and the call "
            f"is over after {plan.deadline_s:g} s (deadline_s)"
        )
        warnings.append(Problem("rate", message))
    in_flight = max_in_flight(plan, rows)
    if in_flight > STOCK_CONNECTIONS:
        message = (
            f"up to {in_flight} calls are in flight at once; a stock installation serves {STOCK_CONNECTIONS} "
            "connections, so the others wait there while their time limits run"
        )
        warnings.append(Problem("max_parallel", message))
    return warnings
