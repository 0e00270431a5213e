"""The catalog: named branches to start from, shipped with the plugin or the author's own.

Entries stay as they were written until a plan uses them; only then are they checked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..budget import Budget
from ..errors import PlanError, Problem
from ..texts import say_lookalike
from .copied import copied_problem
from .document import parse_document, take_object
from .schema import describe, suggest
from .targets import TOOL_MISSING, Source, read_source


@dataclass(frozen=True, slots=True)
class Catalog:
    """Entries by name, as written; own entries win over shipped ones.

    `problems`: why the author's own catalog could not be read at all; `read_plan` reports them with the plan's, and so
    it does `warnings`. `budget`: spent while the expressions of a plan and its entries are compiled, so that others can
    run meanwhile.
    """

    shipped: Mapping[str, Any] = field(default_factory=dict)
    own: Mapping[str, Any] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    budget: Budget | None = field(default=None, repr=False, compare=False)
    _cache: list[frozenset[str]] = field(default_factory=list, init=False, repr=False, compare=False)

    def __contains__(self, name: object) -> bool:
        return name in self.own or name in self.shipped

    def names(self, kind: str | None = None) -> list[str]:
        """All names, own ones first; with `kind` only those of entries of that kind."""
        names = [*self.own, *(name for name in sorted(self.shipped) if name not in self.own)]
        return [name for name in names if kind is None or self._kind(name) == kind]

    def unknown(self, name: str) -> str | None:
        """What to say of a name that is not here; None where the catalog itself has problems."""
        if self.problems:
            return None
        names = self.names()
        if not names:
            return f"the catalog has no {name}: it is empty; write [kind:]provider/tool, or give an entry in catalog"
        hint = suggest(name, names, "its names")
        known = f" Its names are {', '.join(names)}" if hint.startswith("did you") else ""
        return f"the catalog has no {name}; {hint}{known}"

    def plugin_problem(self, provider: str, tool_name: str) -> str | None:
        """What to say where the id of a plugin stands for a tool of it; None where it does not.

        Two parts are also how a tool of Dify's own is named (`time/current_time`): who publishes plugins, the shipped
        entries know.
        """
        if provider.count("/") == 2:
            return None  # a whole one, as nearly all are
        parts = [*provider.split("/"), *tool_name.replace(":", "/").split("/")]
        if len(parts) not in (2, 3) or parts[0] not in self._publishers():
            return None
        plugin = f"{parts[0]}/{parts[1]}"
        known = [f"{name} ({target})" for name, target in self._targets().items() if target.startswith(f"{plugin}/")]
        there = f"the catalog has of it {', '.join(known)}" if known else "the catalog has none of it"
        return f"{plugin} is the id of a plugin; {TOOL_MISSING}; {there}"

    def _publishers(self) -> frozenset[str]:
        if not self._cache:
            shipped = (target for name, target in self._targets().items() if name in self.shipped)
            self._cache.append(frozenset(target.partition("/")[0] for target in shipped))
        return self._cache[0]

    def _targets(self) -> dict[str, str]:
        """The tools of plugins, `publisher/plugin/provider/tool`, by the names of their entries."""
        entries = ((name, self.written(name)) for name in self.names())
        written = ((name, raw.get("provider"), raw.get("tool_name")) for name, raw in entries if isinstance(raw, dict))
        return {
            name: f"{provider}/{tool}"
            for name, provider, tool in written
            if isinstance(provider, str) and isinstance(tool, str) and provider.count("/") == 2
        }

    def written(self, name: str) -> Any:
        """The entry of that name as it was written. The name must be known."""
        return self.own[name] if name in self.own else self.shipped[name]

    def read(self, name: str, problems: list[Problem], warnings: list[Problem]) -> Source | None:
        """The entry of that name in one form; None (and a problem) where it is none. The name must be known."""
        raw = self.written(name)
        path = f"catalog.{name}"
        source = read_source(raw, path, problems, warnings)
        if isinstance(raw, str) and source is not None and not source.keys.keys().isdisjoint(("use", "name")):
            problems.append(Problem(path, "an entry names a tool, not a branch or another entry: [kind:]provider/tool"))
            return None
        return source

    def _kind(self, name: str) -> str:
        raw = self.written(name)
        kind = raw.get("kind") if isinstance(raw, dict) else None
        return kind if isinstance(kind, str) else "other"


def read_catalog(source: Any, shipped: Mapping[str, Any], budget: Budget | None = None) -> Catalog:
    """The catalog from the text (or object) of the author's own entries; null: none. Raises nothing: see `problems`."""
    warnings: list[Problem] = []
    try:
        own = parse_document(source, "catalog", warnings) if isinstance(source, str) else take_object(source, "catalog")
    except PlanError as error:
        return Catalog(shipped, problems=error.problems, budget=budget)
    if own is None:
        return Catalog(shipped, budget=budget)
    problem = copied_problem(own, "a catalog")
    if problem is None and not isinstance(own, dict):
        lookalike = say_lookalike(own) if isinstance(own, str) else ""
        problem = f"got {describe(own)}; give an object: a name and an entry in each line{lookalike}"
    if problem is not None:
        return Catalog(shipped, problems=(Problem("catalog", problem),), budget=budget)
    return Catalog(shipped, own, warnings=tuple(warnings), budget=budget)
