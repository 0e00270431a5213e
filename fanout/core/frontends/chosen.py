"""Entries of the catalog chosen by name, for the tools whose author writes names and no plan: `engines`, `readers`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from .. import limits
from ..analysis.examine import examine_plan
from ..errors import Problem
from ..plans.catalog import Catalog
from ..plans.plan import Plan
from ..plans.schema import nearest
from ..texts import clipped
from .parameters import Settings

KINDS = {"search": "search tool", "reader": "page reader", "other": "tool of another kind"}
UNKNOWN_SHOWN = 10  # names; a sentence in this field is one mistake, not one a word


def choose(settings: Settings, parameter: str, catalog: Catalog, kind: str, defaults: Sequence[str]) -> list[str]:
    """The names that `parameter` gives, or the defaults, each once; those that cannot be used become one problem.

    An entry of the author's own need not say its kind: it is what it is used as.
    """
    names = settings.names(parameter) or list(defaults)
    usable = _usable(catalog, kind)
    unfit = [name for name in names if name not in usable]
    if unfit and not catalog.problems:  # else the names may be those of entries that could not be read
        settings.problems.append(Problem(parameter, _unfit_text(unfit, usable, catalog, kind)))
    return [name for name in names if name in usable]


def read_chosen(
    plan: Mapping[str, Any], names: Sequence[str], parameter: str, catalog: Catalog, settings: Settings
) -> Plan:
    """The plan over these entries. Raises PlanError with all problems of the call, by the names of its parameters."""
    written = {**plan, "branches": [{"use": name} for name in names]}
    reading = examine_plan(written, catalog, rename=lambda path: _path_of_name(path, names, parameter))
    settings.problems.extend(problem for problem in reading.problems if names or problem.path != parameter)
    settings.check()
    assert reading.plan is not None
    # keys that only the tool wrote are no mistake of its author
    warnings = [each for each in reading.warnings if each.path not in plan or settings.given(each.path)]
    return replace(reading.plan, warnings=tuple(warnings))


def fit_only(plan: Plan, fits: Callable[[Any], bool]) -> Plan:
    """The plan with a further condition for a good result, beside what each entry accepts."""
    return replace(plan, branches=tuple(replace(branch, fits=fits) for branch in plan.branches))


def _usable(catalog: Catalog, kind: str) -> list[str]:
    own = [name for name in catalog.own if _own_kind(catalog, name) in (None, kind)]
    return own + [name for name in catalog.names(kind) if name not in catalog.own]


def _own_kind(catalog: Catalog, name: str) -> str | None:
    """The kind that an entry says it is; None where it says nothing that can be read."""
    raw = catalog.written(name)
    kind = raw.get("kind") if isinstance(raw, dict) else None
    return kind if isinstance(kind, str) and kind in KINDS else None


def _unfit_text(unfit: Sequence[str], usable: Sequence[str], catalog: Catalog, kind: str) -> str:
    """What is wrong with each name, then every name there is."""
    what = [_unfit_name(name, usable, catalog, kind) for name in unfit[:UNKNOWN_SHOWN]]
    if len(unfit) > UNKNOWN_SHOWN:
        what.append(f"and {len(unfit) - UNKNOWN_SHOWN} more that are not there")
    there = f"the {KINDS[kind]}s are {', '.join(usable)}" if usable else f"the catalog has no {KINDS[kind]}"
    return "; ".join([*what, there])


def _unfit_name(name: str, usable: Sequence[str], catalog: Catalog, kind: str) -> str:
    close = nearest(name, usable)
    hint = f", did you mean {close}?" if close else ""
    shown = clipped(name, limits.NAME_CHARS)
    if name in catalog:
        is_kind = next((each for each in KINDS if name in catalog.names(each)), "other")
        return f"{shown} is a {KINDS[is_kind]}, not a {KINDS[kind]}{hint}"
    if "/" in name and (entries := _entries_of(name, usable, catalog)):
        return f"{shown} is a tool or plugin; the catalog has of it {', '.join(entries)}"
    if "/" in name:
        return f"{shown} is no name of the catalog (give the tool an entry in the parameter catalog, and its name here)"
    return f"the catalog has no {shown}{hint}"


def _entries_of(tool: str, usable: Sequence[str], catalog: Catalog) -> list[str]:
    """The entries whose tool, or whose tool's plugin, is written in place of their name."""
    written = ((name, catalog.written(name)) for name in usable)
    tools = ((name, f"{raw.get('provider')}/{raw.get('tool_name')}/") for name, raw in written if isinstance(raw, dict))
    return [name for name, path in tools if path.startswith(f"{tool}/")]


def _path_of_name(path: str, names: Sequence[str], parameter: str) -> str:
    """A path of the plan as the author sees it: `branches[1].weight` → `engines wikipedia.weight`."""
    branch = re.match(r"branches\[(\d+)\]", path)
    if branch is None or int(branch[1]) >= len(names):
        return parameter if path == "branches" else path
    return f"{parameter} {names[int(branch[1])]}{path[branch.end() :]}"
