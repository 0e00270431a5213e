"""What the expressions of a plan may read, place by place, and warnings about those that read something else.

A name that the scope does not have is null: no error, and rarely what was meant.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ..budget import Budget
from ..errors import FanoutError, Problem
from ..language.expressions import Expression
from ..language.templates import Template, compile_template
from ..plans.plan import Branch, Plan
from ..plans.schema import join_path, nearest

_ROW = frozenset(("inputs", "item", "index"))
_OUTPUT = frozenset(("text", "json", "variables", "files", "links"))
_BEFORE = _ROW | {"branches"}
_SELECT = _OUTPUT | _ROW
_ACCEPT = _SELECT | {"result"}
_RECORD = _OUTPUT | frozenset(
    ("name", "status", "provider", "tool_name", "elapsed_s", "attempts", "error", "partial", "shared", "row", "result")
)
_STATE = frozenset(("inputs", "merged", "branches", "rows", "complete", "settled_by"))
_MESSAGE = frozenset(("branch", "type", "index", "elapsed_s", "text", "json", "variable", "link", "file"))
_HEADING = frozenset(("branch", "title", "item", "index"))

_ALSO_SHOWN = 3  # further places of one warning
_NULL_IN_FILTERS = frozenset(("branches", "inputs"))


class _Place(NamedTuple):
    """Where expressions stand, and what they may read; `by_name`: whether `branches` is an object there."""

    path: str
    expressions: Sequence[Expression]
    scope: frozenset[str]
    by_name: bool = True


def scope_warnings(plan: Plan, inputs: Mapping[str, Any], budget: Budget) -> list[Problem]:
    """Warnings about names that can only be null, the same ones joined: branches share what came from the plan.

    `inputs`: what the plan is tried with; empty says nothing.
    """
    paths: dict[str, dict[str, None]] = {}  # message → places, in order
    for place in _places(plan):
        for expression in place.expressions:
            for message in (*_unknown_names(plan, place, expression, inputs, budget), *_in_filters(place, expression)):
                paths.setdefault(message, {})[place.path] = None
    return [_joined(message, list(places)) for message, places in paths.items()]


def _joined(message: str, paths: list[str]) -> Problem:
    first, *others = paths
    if others:
        more = f" and {len(others) - _ALSO_SHOWN} more" if len(others) > _ALSO_SHOWN else ""
        message = f"{message} (also at {', '.join(others[:_ALSO_SHOWN])}{more})"
    return Problem(first, message)


def _places(plan: Plan) -> Iterator[_Place]:
    """All expressions but those over elements (`merge.key`, `merge.sort_by`), whose names nobody knows."""
    by_name = plan.for_each is None
    yield _Place("for_each", _given(plan.for_each), frozenset(("inputs",)))
    yield _Place("until", _given(plan.until), _STATE | _ROW)
    yield _Place("output", _given(plan.output), _STATE, by_name)
    yield _Place("text", _of(plan.text), _STATE | {"result"}, by_name)
    yield _Place("heading", _of(plan.heading), _HEADING)
    values: set[int] = set()
    for branch in plan.branches:
        for key, value in branch.parameters.source.items():
            if id(value) not in values:
                values.add(id(value))
                for path, template in _templates(value, f"{branch.path}.parameters.{key}"):
                    yield _Place(path, template.expressions, _BEFORE)
        yield from _places_of(branch)


def _places_of(branch: Branch) -> Iterator[_Place]:
    path = branch.path
    yield _Place(f"{path}.when", _given(branch.when), _BEFORE)
    yield _Place(f"{path}.select", _given(branch.select), _SELECT)
    yield _Place(f"{path}.accept", _given(branch.accept), _ACCEPT)
    for rule in branch.rules:
        yield _Place(f"{rule.path}.where", _given(rule.where), _MESSAGE)
        yield _Place(f"{rule.path}.emit", _given(rule.emit), _MESSAGE)


def _templates(value: Any, path: str) -> Iterator[tuple[str, Template]]:
    """The texts in a value, at any depth."""
    if isinstance(value, str):
        yield path, compile_template(value)
    elif isinstance(value, list | dict):
        for step, child in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _templates(child, join_path(path, step))


def _unknown_names(
    plan: Plan, place: _Place, expression: Expression, inputs: Mapping[str, Any], budget: Budget
) -> Iterator[str]:
    for read in sorted(expression.reads):
        match read:
            case (name, *_) if name not in place.scope and name != "null":
                yield f"{name} is not there, so it is null; {_hint(name, place.scope)}"
            case ("item" | "index" as name, *_) if plan.for_each is None and _reads_only_rows(place, expression):
                yield f"{name} is null without for_each"
            case ("inputs", name, *_) if inputs and name not in inputs and _is_null(expression, inputs, budget):
                yield f"the inputs given here have no {name}; {_hint(name, inputs)}"
            case ("branches", name, *rest) if place.by_name:
                yield from _unknown_in_branches(plan, name, rest)


def _reads_only_rows(place: _Place, expression: Expression) -> bool:
    """Whether nothing is left of the expression without rows; `item || inputs.url` is made for both."""
    return place.scope is not _MESSAGE and all(read[:1] in (("item",), ("index",)) for read in expression.reads)


def _is_null(expression: Expression, inputs: Mapping[str, Any], budget: Budget) -> bool:
    """Whether nothing is left of the expression with these inputs; `inputs.a || inputs.b` has a default."""
    if any(read[:1] != ("inputs",) for read in expression.reads):
        return False
    try:
        return expression.evaluate({"inputs": inputs}, budget) is None
    except FanoutError:
        return False


def _unknown_in_branches(plan: Plan, name: str, rest: Sequence[str]) -> Iterator[str]:
    names = [branch.name for branch in plan.branches]
    if name not in names:
        yield f"there is no branch {name}; {_hint(name, names)}"
    elif rest and rest[0] not in _RECORD:
        yield f"a branch has no {rest[0]}; {_hint(rest[0], _RECORD)}"


def _in_filters(place: _Place, expression: Expression) -> Iterator[str]:
    for name in sorted(expression.filter_names & _NULL_IN_FILTERS & place.scope):
        yield f"inside [?…] and &… names are fields of the element: {name} is null there, unless elements have it"


def _hint(name: str, names: Collection[str]) -> str:
    close = nearest(name, sorted(names))
    if close is not None:
        return f"did you mean {close}?"
    return f"there are {', '.join(sorted(names))}" if len(names) <= 20 else "check the name"


def _given(expression: Expression | None) -> tuple[Expression, ...]:
    return () if expression is None else (expression,)


def _of(template: Template | None) -> Sequence[Expression]:
    return () if template is None else template.expressions
