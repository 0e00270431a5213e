"""The conformance cases of this checkout, and how tests run them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from playground.cases import Case, Report, load_cases, run_case
from tests.harness.thread import PlaygroundThread

CHECKOUT = Path(__file__).resolve().parents[1]
CASES = CHECKOUT / "tests" / "cases"
TRIES = 3  # alone, of a case with times that was late: machines are shared
FURTHER_CASES = "FANOUT_CASES"  # environment: a folder with case files of somebody else

__all__ = [
    "CHECKOUT",
    "Case",
    "Report",
    "again_where_late",
    "all_cases",
    "load_cases",
    "problems_of",
    "run_case",
]


@cache
def all_cases() -> list[Case]:
    """Every case under `tests/cases`, and those of the folder that `FANOUT_CASES` names; equal files once."""
    files = sorted(file for file in CASES.rglob("*.yaml") if file.parent.name != "tables")
    if os.environ.get(FURTHER_CASES):
        files += sorted(Path(os.environ[FURTHER_CASES]).glob("*.yaml"))
    different = {file.read_bytes(): file for file in reversed(files)}
    return load_cases(file for file in files if different[file.read_bytes()] == file)


def again_where_late(plugin: PlaygroundThread, reports: Iterable[Report]) -> list[Report]:
    """What was late among others has to be in time alone. Cases without times get no other try."""
    reports = list(reports)
    for _ in range(TRIES):
        reports = [
            plugin.run(run_case(plugin.playground, one.case)) if one.problems and one.case.timed else one
            for one in reports
        ]
    return reports


def problems_of(reports: Iterable[Report]) -> list[str]:
    return [f"{report.case.id}: {problem}" for report in reports for problem in report.problems]
