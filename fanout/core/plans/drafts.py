"""Branches on their way from what the author wrote to the plan: their layers put together, their names made unique.

A layer is what one place gives: the plan (defaults for all branches), an entry of the catalog, the branch itself; a
later one wins, key by key.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .. import limits
from ..errors import ExpressionError, Problem, join_path
from ..language.expressions import Expression
from ..language.templates import compile_value
from .catalog import Catalog
from .document import PASTED_REMEDY, pasted_paths
from .plan import Target
from .schema import validate
from .spec import BranchBody, BranchSpec, CatalogEntrySpec, PlanSpec
from .targets import Source, Written, read_source, read_target, say_stray, split_tool

_NO_NAME = "branch"  # the name of a branch that has none, because of its problems


@dataclass(slots=True)
class Layer:
    """The keys that one place gives to a branch, and where they stand.

    `parameters` by name: those of a copied node under those written as `parameters`.
    """

    spec: BranchBody | PlanSpec
    source: Source
    parameters: dict[str, Written] = field(init=False)

    def __post_init__(self) -> None:
        self.parameters = self.source.parameters
        if self.spec.parameters:
            path = self.source.path_of("parameters")
            own = {key: Written(value, f"{path}.{key}") for key, value in self.spec.parameters.items()}
            self.parameters = {**self.parameters, **own}


@dataclass(slots=True)
class Draft:
    """One branch with its layers, lowest first. `name` is set by `name_drafts`."""

    index: int
    path: str
    spec: BranchSpec
    layers: tuple[Layer, ...]
    name: str = _NO_NAME

    _given: dict[str, Layer] = field(init=False)  # key → the highest layer that gives it
    _parameters: dict[str, Written] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self._given = {key: layer for layer in self.layers for key in layer.spec.model_fields_set}

    def values(self, keys: Mapping[str, Any]) -> dict[str, Any]:
        """The values of several keys, whose defaults are given."""
        given = {key: getattr(layer.spec, key) for key, layer in self._given.items() if key in keys}
        return {**keys, **given}

    def given(self, keys: Collection[str]) -> Iterator[tuple[str, Layer]]:
        """Those of several keys that some layer gives, each with the highest that does."""
        return ((key, layer) for key, layer in self._given.items() if key in keys)

    def value(self, key: str) -> Any:
        """A key's value from the highest layer that gives it, else its default."""
        return getattr(self._given.get(key, self.layers[-1]).spec, key)

    def path_of(self, key: str) -> str:
        """Where that value stands, or would stand."""
        return self._given.get(key, self.layers[-1]).source.path_of(key)

    def is_of_entry(self, key: str) -> bool:
        """Whether it is the catalog's entry whose value counts."""
        return len(self.layers) > 2 and self._given.get(key) is self.layers[1]

    def origin_of(self, key: str) -> str:
        """Where that value stands; the plan's key where no layer gives it."""
        return self.path_of(key) if key in self._given else key

    def pick(self, key: str) -> Written:
        """Both."""
        return Written(self.value(key), self.path_of(key))

    @property
    def parameters(self) -> dict[str, Written]:
        """Parameters from all layers, by name: catalog, then plan, then branch."""
        if self._parameters is None:
            plan, *entry, own = self.layers
            given = [layer.parameters for layer in (*entry, plan, own) if layer.parameters]
            if len(given) == 1:
                [self._parameters] = given  # the very same for all branches that add nothing
            else:
                self._parameters = {name: written for each in given for name, written in each.items()}
        return self._parameters

    def _miss(self, key: str, remedy: str, problems: list[Problem]) -> None:
        """Report a key that is not there; where its value was refused, that was said already."""
        path = self.path_of(key)
        if all(problem.path != path for problem in problems):
            problems.append(Problem(path, f"is missing; {remedy}"))

    def own_rules(self) -> Written:
        """Rules of the branch or its entry (as `RuleSpec`s or null); the plan's own come after them."""
        layer = self._given.get("rules")
        if layer is None or layer is self.layers[0]:
            return Written(None, self.path)
        return Written(layer.spec.rules, layer.source.path_of("rules"))

    def requires(self, reads: Collection[tuple[str, ...]]) -> tuple[str, ...]:
        """The inputs that its entry cannot do without, but for those that a plan gives in another way.

        Those are what the entry's own parameters read, and the branch's do not any more.
        """
        layer = self._given.get("requires")
        if layer is None:
            return ()
        names: Sequence[str] = layer.spec.requires or ()  # type: ignore[union-attr]  # entries alone have this key
        replaced = [each.value for name, each in layer.parameters.items() if self.parameters[name] is not each]
        replaced_reads = compile_value(replaced, _ignore, "").reads
        return tuple(name for name in names if _reads(name, reads) or not _reads(name, replaced_reads))

    def empty(self) -> tuple[Expression | None, Expression | None]:
        """`empty` of its entry, and the `accept` for such an answer: that of the entry speaks of other answers."""
        layer = self._given.get("empty")
        if layer is None:
            return None, None
        empty: Expression = layer.spec.empty  # type: ignore[union-attr]  # entries alone have this key
        return empty, None if self._given.get("accept") is layer else self.value("accept")

    def target(self, catalog: Catalog, problems: list[Problem]) -> Target | None:
        """The tool to call; None (and a problem) where it is not named, or cannot be."""
        if self.spec.use is not None and len(self.layers) == 2:
            return None  # its entry has problems of its own
        provider, tool_name = self.value("provider"), self.value("tool_name")
        if provider is None and tool_name is None:
            problems.append(Problem(self.path_of("provider"), "names no tool; give provider and tool_name, or use"))
        elif provider is None:
            self._miss("provider", "give the provider of the tool", problems)
        elif tool_name is None:
            self._miss("tool_name", split_tool(provider) or "give the name of the tool", problems)
        else:
            provider_type, credential_id = self.value("provider_type"), self.value("credential_id")
            plugin = catalog.plugin_problem(provider, tool_name) if provider_type == "builtin" else None
            if plugin is None:
                return read_target(provider_type, provider, tool_name, credential_id, self.path_of, problems)
            problems.append(Problem(self.path_of("provider"), plugin))
        return None


class DraftReader:
    """Reads the branches of one plan; collects problems and warnings as it goes."""

    def __init__(self, plan: PlanSpec, catalog: Catalog, problems: list[Problem], warnings: list[Problem]) -> None:
        self._plan = Layer(plan, Source("", {}))
        self._catalog = catalog
        self._problems = problems
        self._warnings = warnings
        self._entries: dict[str, Layer | None] = {}

    def read(self, raw: Any, index: int) -> Draft | None:
        """One element of `branches`; None where it is no branch at all."""
        path = f"branches[{index}]"
        source = read_source(raw, path, self._problems, self._warnings)
        if source is None:
            return None
        spec = self._validate(BranchSpec, source)
        own = Layer(spec, source)
        entry = self._entry(spec.use, source) if spec.use is not None else None
        return Draft(index, path, spec, (self._plan, own) if entry is None else (self._plan, entry, own))

    def _entry(self, name: str, source: Source) -> Layer | None:
        if name not in self._catalog:
            unknown = self._catalog.unknown(name)
            if unknown is not None:
                self._problems.append(Problem(source.path_of("use"), f"{unknown}{say_stray(name)}"))
            return None
        if name not in self._entries:
            self._entries[name] = self._read_entry(name)
        return self._entries[name]

    def _read_entry(self, name: str) -> Layer | None:
        pasted = pasted_paths(self._catalog.written(name), f"catalog.{name}")
        self._problems.extend(Problem(path, PASTED_REMEDY) for path in pasted)
        source = self._catalog.read(name, self._problems, self._warnings)
        if source is None:
            return None
        return Layer(self._validate(CatalogEntrySpec, source), source)

    def _validate[S: BranchBody](self, model: type[S], source: Source) -> S:
        spec = validate(model, source.keys, source.path, self._problems, source.path_of, self._catalog.budget)
        if "rules" in source.keys:
            check_rules(source.keys["rules"], source.path_of("rules"), self._problems)
        return spec


def check_rules(raw: Any, path: str, problems: list[Problem]) -> None:
    """Each rule, as written, must say what becomes of its messages, and say it once; and it must match some."""
    for index, rule in enumerate(raw if isinstance(raw, list) else ()):
        if not isinstance(rule, dict):
            continue
        if (rule.get("drop") in (None, False)) == (rule.get("emit") is None):
            problems.append(Problem(join_path(path, index), "give exactly one of drop: true and emit"))
        for key in ("types", "from"):
            if rule.get(key) == []:
                message = "an empty list matches no message; leave it out for all of them"
                problems.append(Problem(join_path(path, index, key), message))


def name_drafts(drafts: Sequence[Draft], problems: list[Problem], rename: Callable[[str], str] = str) -> None:
    """Give every branch its name: its own, else that of its catalog entry or tool, made unique with `_2`, `_3` …

    `rename` turns a path into what the author sees.
    """
    taken: dict[str, Draft] = {}
    for draft in drafts:
        name = draft.spec.name
        if name is None:
            continue
        draft.name = name
        if name in taken:
            first = rename(taken[name].path_of("name"))
            problems.append(Problem(draft.path_of("name"), f"the name {name} is already that of {first}"))
        taken.setdefault(name, draft)
    for draft in drafts:
        if draft.spec.name is None:
            base = draft.spec.use or draft.value("tool_name") or _NO_NAME
            draft.name = unused_name(as_name(base), taken)
            taken[draft.name] = draft


def as_name(text: str) -> str:
    """The text as a name: what cannot be a part of one becomes `_`."""
    parts = unicodedata.normalize("NFC", text)[: limits.NAME_CHARS]
    name = "".join(part if f"_{part}".isidentifier() else "_" for part in parts)
    return name if name.isidentifier() else f"_{name}"[: limits.NAME_CHARS]


def unused_name(name: str, taken: Collection[str]) -> str:
    """The name itself or, where it is taken, with `_2`, `_3` … behind it."""
    unused, number = name, 1
    while unused in taken:
        number += 1
        suffix = f"_{number}"
        unused = name[: limits.NAME_CHARS - len(suffix)] + suffix
    return unused


def _reads(name: str, reads: Collection[tuple[str, ...]]) -> bool:
    """Whether an input is among what is read, by its name or with all inputs."""
    return any(each[:2] in (("inputs",), ("inputs", name)) for each in reads)


def _ignore(path: str, error: ExpressionError) -> None:
    """What is replaced may be wrong: it is never rendered."""
