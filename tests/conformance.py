"""The conformance cases of this checkout, and how tests run them."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from playground.cases import Case, Report, load_cases, run_case
from playground.expectations import differences, problems

CHECKOUT = Path(__file__).resolve().parents[1]
CASES = CHECKOUT / "tests" / "cases"
FURTHER_CASES = "FANOUT_CASES"  # environment: a folder with case files of somebody else

__all__ = ["CHECKOUT", "Case", "Report", "all_cases", "differences", "load_cases", "problems", "run_case"]


@cache
def all_cases() -> list[Case]:
    """Every case under `tests/cases`, and those of the folder that `FANOUT_CASES` names; equal files once."""
    files = sorted(file for file in CASES.rglob("*.yaml") if file.parent.name != "tables")
    if os.environ.get(FURTHER_CASES):
        files += sorted(Path(os.environ[FURTHER_CASES]).glob("*.yaml"))
    different = {file.read_bytes(): file for file in reversed(files)}
    return load_cases(file for file in files if different[file.read_bytes()] == file)
