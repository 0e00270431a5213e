"""Plans as all tools read them: read, checked and analysed, with every mistake and every warning in one report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import Problem
from ..plans import reading
from ..plans.catalog import Catalog
from ..plans.outline import Analyse, Outline
from ..plans.plan import Plan
from ..plans.reading import Reading, Rename
from .expressions import judge_expressions
from .settings import settings_warnings
from .unmarked import unmarked_warnings


def analyse(outline: Outline, problems: list[Problem], warnings: list[Problem]) -> None:
    """Add what can only be a mistake to `problems`, and what is probably one to `warnings`."""
    judge_expressions(outline, problems, warnings)
    warnings.extend(unmarked_warnings(outline))
    if outline.plan is not None:
        warnings.extend(settings_warnings(outline.plan))


def read_plan(
    source: Any,
    catalog: Catalog,
    *,
    overrides: Mapping[str, Any] | None = None,
    rename: Rename = str,
    what: str = "plan",
) -> Plan:
    """The plan from its text or native object, with its `warnings`. Raises PlanError with every problem.

    `overrides` and `rename` as in `plans.reading`.
    """
    return reading.read_plan(source, catalog, overrides=overrides, rename=rename, what=what, analyse=analyse)


def examine_plan(
    source: Any,
    catalog: Catalog,
    *,
    overrides: Mapping[str, Any] | None = None,
    rename: Rename = str,
    analyse: Analyse = analyse,
) -> Reading:
    """As `read_plan`, but problems are returned, with warnings."""
    return reading.examine_plan(source, catalog, overrides=overrides, rename=rename, analyse=analyse)
