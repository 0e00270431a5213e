"""Plans as all tools read them: read, checked and analysed, with every mistake and every warning in one report."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from ..errors import PlanError, Problem
from ..plans import reading
from ..plans.catalog import Catalog
from ..plans.outline import Outline
from ..plans.plan import Plan
from .expressions import judge_expressions
from .settings import settings_warnings
from .unmarked import unmarked_warnings


def analyse(outline: Outline, problems: list[Problem], warnings: list[Problem]) -> None:
    """Add what can only be a mistake to `problems`, and what is probably one to `warnings`."""
    judge_expressions(outline, problems, warnings)
    warnings.extend(unmarked_warnings(outline))
    if outline.plan is not None:
        warnings.extend(settings_warnings(outline.plan, outline.path_of))


# as `plans.reading` says
examine_plan = partial(reading.examine_plan, analyse=analyse)


def read_plan(source: Any, catalog: Catalog, overrides: Mapping[str, Any] | None = None) -> Plan:
    """The plan, with its `warnings`. Raises PlanError with every problem."""
    found = examine_plan(source, catalog, overrides=overrides)
    if found.plan is None:
        raise PlanError(found.problems)
    return found.plan
