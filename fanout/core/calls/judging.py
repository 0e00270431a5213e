"""What a branch's output is worth: `select` gives the result, `accept` says whether it is a good answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .. import limits
from ..budget import Budget
from ..errors import ExpressionError, TooLargeError
from ..language.evaluation import is_false
from ..language.expressions import Expression
from ..plans.plan import Branch
from ..values import check_size
from .fold import default_result


class Judgement(NamedTuple):
    """A branch's result, and whether `accept` took it."""

    result: Any
    accepted: bool


def judge(branch: Branch, output: Mapping[str, Any], scope: Mapping[str, Any], budget: Budget) -> Judgement:
    """Evaluate `select` and `accept` over the fields of the output and `scope` (`inputs`, `item`, `index`).

    Raises ExpressionError (with the path) or TooLargeError (a result over `limits.BRANCH_BYTES`).
    """
    result = select_result(branch, output, scope, budget)
    if branch.accept is None:
        return Judgement(result, accepted=True)
    accepted = evaluate_at(f"{branch.path}.accept", branch.accept, {**output, **scope, "result": result}, budget)
    return Judgement(result, is_true(accepted))


def select_result(branch: Branch, output: Mapping[str, Any], scope: Mapping[str, Any], budget: Budget) -> Any:
    """The result of a branch: `select`, or the default of contract 4.1."""
    if branch.select is None:
        result = default_result(output, budget)
        is_part = bool(output["json"] or output["variables"])
    else:
        result = evaluate_at(f"{branch.path}.select", branch.select, {**output, **scope}, budget)
        is_part = branch.select.gives_part and all(path and path[0] in output for path in branch.select.reads)
    if not is_part:  # a part of the output is within the limit, as that is
        check_size(result, budget, "its result", max_bytes=limits.BRANCH_BYTES)
    return result


def evaluate_at(path: str, expression: Expression, scope: Any, budget: Budget) -> Any:
    """Evaluate, with the path in front of the error. The number of visited nodes stays in the message."""
    try:
        return expression.evaluate(scope, budget)
    except (ExpressionError, TooLargeError) as error:
        raise error.at(path) from None


def is_true(value: Any) -> bool:
    """Truth as in JMESPath: null, false and what is empty are false; 0 is true."""
    return not is_false(value)
