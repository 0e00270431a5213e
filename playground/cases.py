"""Conformance cases: what a tool is called with, how providers behave, and what must come out.

The format is described beside the cases, in `tests/cases/contract/README.md`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .calls import Outcome
from .expectations import problems, shown, unreadable
from .host import Playground
from .scripts import ScriptError, Scripts, read_scripts
from .yaml_files import read_yaml

TIMEOUT_S = 20.0
TOGETHER_FACTOR = 3.0  # how much longer a case may take where cases run together
KEYS = frozenset({"name", "given", "providers", "expect", "timeout", "heavy"})
NO_PARAMETERS = frozenset({"tool", "native", "from_agent"})  # of `given`


class CaseError(ValueError):
    """A case file that cannot be read."""


@dataclass(frozen=True)
class Case:
    """One case, ready to run. `heavy` ones carry many megabytes and are not run beside timed ones."""

    name: str
    tool: str
    parameters: dict[str, Any]
    from_agent: bool
    scripts: Scripts
    expect: dict[str, Any]
    timeout_s: float
    heavy: bool
    source: Path

    @property
    def timed(self) -> bool:
        """Whether the case is about times, or about what comes first."""
        return bool(self.expect.keys() & {"wall_s", "first_text_s", "spaced_s"}) or self.scripts.depend_on_time

    @property
    def id(self) -> str:
        return f"{self.source.stem}: {self.name}"


@dataclass(frozen=True)
class Report:
    """What became of one case: without problems, it passed."""

    case: Case
    outcome: Outcome
    problems: list[str]


def load_cases(files: Iterable[Path]) -> list[Case]:
    """Read case files. Raises CaseError with file and case."""
    return [case for file in files for case in read_cases(file, _loaded(file))]


def read_cases(source: Path, loaded: Any) -> list[Case]:
    """The cases of a file that has been loaded. Raises CaseError with file and case."""
    if not isinstance(loaded, list):
        raise CaseError(f"{source}: expected a list of cases")
    return [_case(source, case) for case in loaded]


async def run_case(playground: Playground, case: Case, *, together: bool = False) -> Report:
    """Run one case; `together` where others run at the same time."""
    factor = TOGETHER_FACTOR if together else 1.0
    outcome = await playground.call(
        case.tool,
        case.parameters,
        scripts=case.scripts,
        timeout_s=case.timeout_s * factor,
        from_agent=case.from_agent,
    )
    return Report(case, outcome, problems(case.expect, outcome, factor))


def _loaded(file: Path) -> Any:
    try:
        return read_yaml(file)
    except yaml.YAMLError as error:
        raise CaseError(f"{file}: {' '.join(str(error).split())}") from None


def _case(file: Path, case: Any) -> Case:
    where = f"{file.name}: {case.get('name') if isinstance(case, dict) else shown(case)}"
    if not isinstance(case, dict) or not isinstance(case.get("given"), dict):
        raise CaseError(f"{where}: expected an object with name, given and expect")
    if unknown := set(case) - KEYS:
        raise CaseError(f"{where}: unknown keys {', '.join(sorted(unknown))}; known are {', '.join(sorted(KEYS))}")
    try:
        return _read(file, case)
    except (ScriptError, TypeError, ValueError) as error:
        raise CaseError(f"{where}: {error}") from None


def _read(file: Path, case: Mapping[str, Any]) -> Case:
    given, expect = expanded(case["given"]), expanded(case.get("expect") or {})
    if wrong := unreadable(expect):
        raise CaseError(wrong)
    return Case(
        name=str(case.get("name")),
        tool=given.get("tool", "fan_out"),
        parameters=_parameters(given),
        from_agent=bool(given.get("from_agent")),
        scripts=read_scripts(expanded(case.get("providers") or {})),
        expect=expect,
        timeout_s=float(case.get("timeout", TIMEOUT_S)),
        heavy=bool(case.get("heavy")),
        source=file,
    )


def _parameters(given: Mapping[str, Any]) -> dict[str, Any]:
    parameters = {name: value for name, value in given.items() if name not in NO_PARAMETERS}
    plan = parameters.get("plan")
    if plan is not None and not isinstance(plan, str):
        parameters["plan"] = json.dumps(plan, ensure_ascii=False)
    return {**parameters, **(given.get("native") or {})}


def expanded(value: Any) -> Any:
    """The value with every `{repeat: [text, n]}` and `{join: [text, …]}` written out."""
    if isinstance(value, dict):
        inner = {key: expanded(element) for key, element in value.items()}
        return _written_out(inner) if len(inner) == 1 else inner
    if isinstance(value, list):
        return [expanded(element) for element in value]
    return value


def _written_out(value: dict[str, Any]) -> Any:
    match value:
        case {"repeat": [str() as text, int() as times]}:
            return text * times
        case {"join": [*texts]} if all(isinstance(text, str) for text in texts):
            return "".join(texts)
    return value
