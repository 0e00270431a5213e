"""Warnings about inputs that a plan names and that the inputs it is tried with do not have."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from ..budget import Budget
from ..errors import FanoutError, Problem
from ..language.expressions import Expression
from ..plans.outline import Outline
from ..plans.schema import nearest
from .expressions import expressions_of

_NAMED = 20  # names that one message lists


def input_warnings(outline: Outline, inputs: Mapping[str, Any], budget: Budget) -> Iterator[Problem]:
    """One for each name in each place; without any inputs nothing is said."""
    for path, _, source in outline.places if inputs else ():
        for expression, _ in expressions_of(source):
            for name in sorted(_names(expression) - inputs.keys()):
                if _is_null(expression, inputs, budget):
                    yield Problem(path, f"the inputs given here have no {name}; {_hint(name, inputs)}")


def _names(expression: Expression) -> set[str]:
    return {read[1] for read in expression.reads if read[:1] == ("inputs",) and len(read) > 1}


def _is_null(expression: Expression, inputs: Mapping[str, Any], budget: Budget) -> bool:
    """Whether nothing is left of the expression with these inputs; `inputs.a || inputs.b` has a default."""
    if any(read[:1] != ("inputs",) for read in expression.reads):
        return False
    try:
        return expression.evaluate({"inputs": inputs}, budget) is None
    except FanoutError:
        return False


def _hint(name: str, names: Collection[str]) -> str:
    close = nearest(name, sorted(names))
    if close is not None:
        return f"did you mean {close}?"
    return f"there are {', '.join(sorted(names))}" if len(names) <= _NAMED else "check the name"
