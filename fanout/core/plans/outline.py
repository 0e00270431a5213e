"""What the analysis looks at: every expression of a plan with its place, also where the plan has other mistakes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import Problem, join_path
from ..language.expressions import Expression
from ..language.templates import Template, ValueTemplate
from .drafts import Draft, Layer
from .plan import MergeMode, Plan
from .spec import BranchBody, PlanSpec, RuleSpec
from .targets import Written

_OF_PLANS = ("for_each", "until", "output", "text", "heading")
_OF_BRANCHES = frozenset(("when", "select", "accept", "prefer", "empty", "rules"))
_OF_MERGES = ("key", "sort_by")
_OF_RULES = ("where", "emit")


# One expression or template: where the author wrote it, and as which key, which says what it can see. There are many.
type Place = tuple[str, str, Expression | Template]


@dataclass(frozen=True, slots=True)
class Outline:
    """A plan as far as it could be read.

    `names`: of its branches; None where not all are known. `parameters`: each value with its path, once. `plan`: None
    where there are problems. `path_of`: where a key of a branch, by its index, was written; the plan's where nowhere.
    """

    places: Sequence[Place]
    parameters: Sequence[tuple[str, ValueTemplate]]
    names: Sequence[str] | None
    merge_mode: MergeMode | None
    has_rows: bool
    plan: Plan | None
    path_of: Callable[[int, str], str] = lambda index, key: key


type Analyse = Callable[[Outline, list[Problem], list[Problem]], None]  # adds to the problems, and to the warnings


def without_analysis(outline: Outline, problems: list[Problem], warnings: list[Problem]) -> None:
    """Finds nothing."""


def find_places(
    spec: PlanSpec, drafts: Sequence[Draft], parameters: Sequence[tuple[str, ValueTemplate]]
) -> Iterator[Place]:
    """Each place once, in the order of the plan: branches share what they take from the plan or one entry."""
    yield from _places_of(spec, "", _OF_PLANS)
    yield from _rules(Written(spec.rules, "rules"))
    for _, template in parameters:
        for path, text in template.templates:
            yield path, "parameters", text
    seen: set[tuple[int, str]] = set()
    for draft in drafts:
        for key, layer in draft.given(_OF_BRANCHES):
            if (id(layer), key) not in seen:
                seen.add((id(layer), key))
                yield from _places_in(layer, key)
    if spec.merge is not None:
        yield from _places_of(spec.merge, "merge", _OF_MERGES)


def _places_in(layer: Layer, key: str) -> Iterator[Place]:
    path = layer.source.path_of(key)
    value = getattr(layer.spec, key)
    if key == "rules":
        if isinstance(layer.spec, BranchBody):  # the plan's own are not a default for branches
            yield from _rules(Written(value, path))
    elif value is not None:
        yield path, key, value


def _rules(written: Written) -> Iterator[Place]:
    specs: Sequence[RuleSpec] = written.value or ()
    for index, rule in enumerate(specs):
        yield from _places_of(rule, join_path(written.path, index), _OF_RULES)


def _places_of(spec: Any, path: str, keys: Sequence[str]) -> Iterator[Place]:
    for key in keys:
        source = getattr(spec, key)
        if source is not None:
            yield join_path(path, key), key, source
