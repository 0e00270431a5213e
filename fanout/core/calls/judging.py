"""What a branch's output is worth: `select` gives the result, `accept` and `prefer` say how good an answer it is."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any, NamedTuple

from .. import limits
from ..budget import Budget
from ..errors import BranchError, ErrorType, ExpressionError, TooLargeError
from ..language.evaluation import is_false
from ..language.expressions import Expression
from ..plans.plan import Branch
from ..values import check_size
from .fold import default_result

# kinds that services also use to say that they have found nothing; the others never do
_MAY_SAY_EMPTY: Set[ErrorType] = frozenset(("provider", "invalid_parameters", "not_found", "bad_response"))


class Judgement(NamedTuple):
    """A branch's result, whether it is a part of the JSON messages, whether `accept` took it, and `prefer` too."""

    result: Any
    is_json: bool
    accepted: bool
    preferred: bool = True


def judge(
    branch: Branch,
    output: Mapping[str, Any],
    scope: Mapping[str, Any],
    budget: Budget,
    *,
    prefers: bool = True,
    is_empty: bool = False,
) -> Judgement:
    """Evaluate `select`, `accept` and, where the strategy `prefers`, `prefer`.

    They see the fields of the output and `scope` (`inputs`, `item`, `index`). `is_empty`: the tool said by an error
    that it has found nothing, which is the result `[]`.

    Raises ExpressionError (with the path) or TooLargeError (a result over `limits.BRANCH_BYTES`).
    """
    result, fields = ([], frozenset[str]()) if is_empty else _select(branch, output, scope, budget)
    is_json = fields == {"json"}
    accept = branch.empty_accept if is_empty else branch.accept
    prefer = branch.prefer if prefers else None
    if accept is None and branch.fits is None and prefer is None:
        return Judgement(result, is_json, accepted=True)
    seen = {**output, **scope, "result": result}
    if accept is not None and not is_true(evaluate_at(f"{branch.path}.accept", accept, seen, budget)):
        return Judgement(result, is_json, accepted=False)
    if branch.fits is not None and not branch.fits(result):
        return Judgement(result, is_json, accepted=False)
    preferred = prefer is None or is_true(evaluate_at(f"{branch.path}.prefer", prefer, seen, budget))
    return Judgement(result, is_json, accepted=True, preferred=preferred)


def says_empty(branch: Branch, error: BranchError, budget: Budget) -> bool:
    """Whether an error of the tool only says that it has found nothing. Raises what `judge` raises."""
    if branch.empty is None or error.type not in _MAY_SAY_EMPTY:
        return False
    scope = {"error": {"type": error.type, "message": error.message}}
    return is_true(evaluate_at(f"{branch.path}.empty", branch.empty, scope, budget))


def select_result(branch: Branch, output: Mapping[str, Any], scope: Mapping[str, Any], budget: Budget) -> Any:
    """The result of a branch: `select`, or the default of contract 4.1. Raises what `judge` raises."""
    return _select(branch, output, scope, budget)[0]


def _select(
    branch: Branch, output: Mapping[str, Any], scope: Mapping[str, Any], budget: Budget
) -> tuple[Any, Set[str]]:
    """The result, and the fields of the output of which it is a part; none where it is something new."""
    if branch.select is None:
        result = default_result(output, budget)
        fields = {name for name in ("json", "variables") if output[name]}
    else:
        result = evaluate_at(f"{branch.path}.select", branch.select, {**output, **scope}, budget)
        fields = {path[0] if path else "" for path in branch.select.reads}
        if not branch.select.gives_part or not fields <= output.keys():
            fields = set()
    if not fields:  # a part of the output is within the limit, as that is
        check_size(result, budget, "its result", max_bytes=limits.BRANCH_BYTES)
    return result, fields


def evaluate_at(path: str, expression: Expression, scope: Any, budget: Budget) -> Any:
    """Evaluate, with the path in front of the error. The number of visited nodes stays in the message."""
    try:
        return expression.evaluate(scope, budget)
    except (ExpressionError, TooLargeError) as error:
        raise error.at(path) from None


def is_true(value: Any) -> bool:
    """Truth as in JMESPath: null, false and what is empty are false; 0 is true."""
    return not is_false(value)
