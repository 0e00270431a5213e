"""The settings of `call_tools` → a plan: one branch a line, and problems named by the fields that the author sees."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..analysis.examine import examine_plan
from ..errors import PlanError, Problem
from ..plans.catalog import Catalog
from ..plans.copied import copied_problem
from ..plans.document import parse_document
from ..plans.plan import Plan
from ..plans.reading import Reading
from ..plans.targets import read_text
from ..texts import begins_json, unfence
from .parameters import Settings, as_number, is_chosen, is_given

_SELECTS = ("strategy", "stream", "on_failure")
_AS_THEY_ARE = {name: name for name in (*_SELECTS, "select", "accept", "output", "rate")} | {"text_template": "text"}
_DOORS = ("items", "files")  # what the tools are called once for: the first that is given
_NUMBERS = ("max_parallel", "timeout_s", "deadline_s")


def read_call(parameters: Mapping[str, Any], catalog: Catalog) -> Plan:
    """The plan of one call of `call_tools`. Raises PlanError with every problem, by the names of its fields."""
    reading = examine_call(parameters, catalog)
    if reading.plan is None:
        raise PlanError(reading.problems, "call")
    return reading.plan


def examine_call(parameters: Mapping[str, Any], catalog: Catalog) -> Reading:
    """As `read_call`, but problems are returned, with warnings."""
    settings = Settings(parameters)
    written = unfence(settings.required("tools"))
    copied = _copied(written)
    if copied is not None:
        return Reading(None, (Problem("tools", copied),))
    lines = _lines(written)
    problems, warnings = settings.problems, list[Problem]()
    if not lines and not problems:
        problems.append(Problem("tools", "names no tool; write one a line, such as tavily or time/current_time"))
    given = {name: value for name, value in parameters.items() if is_given(value)}
    plan = _plan(given, lines, problems, warnings)
    reading = examine_plan(plan, catalog, rename=_Fields([number for number, _ in lines], _door(given)))
    problems.extend(problem for problem in reading.problems if lines or problem.path != "tools")
    warnings.extend(reading.warnings)
    read = reading.plan if reading.plan is None or problems else replace(reading.plan, warnings=tuple(warnings))
    return Reading(None if problems else read, tuple(problems), tuple(warnings))


def _copied(text: str) -> str | None:
    """What to say where `tools` holds copied nodes or an exported app."""
    try:
        value = parse_document(text, "tools") if begins_json(text) or "workflow:" in text else None
    except PlanError:
        return None
    return copied_problem(value, "tools")


def _door(given: Mapping[str, Any]) -> str | None:
    return next((name for name in _DOORS if name in given), None)


def _plan(
    given: Mapping[str, Any], lines: list[tuple[int, str]], problems: list[Problem], warnings: list[Problem]
) -> dict[str, Any]:
    plan: dict[str, Any] = {"branches": _branches(lines, given.get("credential_id"), problems)}
    chosen = {name: value for name, value in given.items() if name not in _SELECTS or is_chosen(value)}
    plan.update((key, _stripped(chosen[name], name)) for name, key in _AS_THEY_ARE.items() if name in chosen)
    plan.update((name, as_number(given[name])) for name in _NUMBERS if name in given)
    if "attempts" in given:
        plan["retry"] = {"attempts": as_number(given["attempts"])}
    for name in ("parameters", "merge"):
        if name in given:
            plan[name] = _document(given[name], name, problems, warnings)
    if len(lines) == 1:
        plan.setdefault("merge", "first")
    door = _door(given)
    if door is not None:
        plan["for_each"] = f"inputs.{door}"
        if "need_rows" in given:
            plan["need_rows"] = as_number(_stripped(given["need_rows"]))
    return plan


def _lines(text: str) -> list[tuple[int, str]]:
    """(number, text) of the lines that name a tool."""
    numbered = ((number, line.strip()) for number, line in enumerate(text.splitlines(), start=1))
    return [(number, line) for number, line in numbered if line and not line.startswith("#")]


def _branches(lines: list[tuple[int, str]], credential_id: Any, problems: list[Problem]) -> list[Any]:
    if credential_id is None:
        return [line for _, line in lines]
    if len(lines) > 1:
        message = f"goes with one tool only, and tools has {len(lines)}; use a plan (fan_out) or the catalog for more"
        problems.append(Problem("credential_id", message))
        return [line for _, line in lines]
    return [_with_credential(line, credential_id) for _, line in lines]


def _with_credential(line: str, credential_id: Any) -> Any:
    keys = read_text(line, "", [])  # a line that cannot be read stays as it is, and is a problem of the plan
    return line if keys is None else {**keys, "credential_id": _stripped(credential_id)}


def _document(value: Any, name: str, problems: list[Problem], warnings: list[Problem]) -> Any:
    """A field that holds YAML or JSON; null where it cannot be read."""
    if not isinstance(value, str):
        return value
    try:
        return parse_document(value, name, warnings)
    except PlanError as error:
        problems.extend(error.problems)
        return None


def _stripped(value: Any, name: str = "") -> Any:
    """Text without outer blanks; those of a template are meant."""
    return value.strip() if isinstance(value, str) and name != "text_template" else value


class _Fields:
    """Turns a path of the plan into what the author of the call sees: `branches[1].retry` → `tools line 3`."""

    def __init__(self, line_numbers: list[int], door: str | None) -> None:
        self._line_numbers = line_numbers
        self._fields = {
            "branches": "tools",
            "retry": "attempts",
            "retry.attempts": "attempts",
            "for_each": door or _DOORS[0],
            "text": "text_template",
        }

    def __call__(self, path: str) -> str:
        branch = re.match(r"branches\[(\d+)\]\.?", path)
        if branch and int(branch[1]) < len(self._line_numbers):
            rest = path[branch.end() :]
            line = f"tools line {self._line_numbers[int(branch[1])]}"
            return rest if rest == "credential_id" else f"{line}.{rest}" if rest else line
        return self._fields.get(path, path)
