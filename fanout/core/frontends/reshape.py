"""The parameters of `reshape`: one expression, and the one of three doors through which the data comes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ..analysis.expressions import judge_expression
from ..budget import Budget
from ..calls.judging import evaluate_at
from ..errors import ExpressionError, PlanError, Problem, collecting
from ..language.expressions import Expression, compile_expression
from ..plans.document import parse_data
from .parameters import is_given, read_items, read_object

DOORS = ("data", "inputs_object", "items")


class Reshape(NamedTuple):
    """One call: what is evaluated over what, and what is probably a mistake in it."""

    expression: Expression
    data: Any
    warnings: tuple[str, ...] = ()

    def value(self, budget: Budget) -> Any:
        """What the expression gives. Raises ExpressionError, with the warnings, which may say why; TooLargeError."""
        try:
            return evaluate_at("expression", self.expression, self.data, budget)
        except ExpressionError as error:
            raise type(error)("\n".join([str(error), *self.warnings])) from None


def read_reshape(parameters: Mapping[str, Any]) -> Reshape:
    """The expression and the data. Raises PlanError with every problem."""
    problems: list[Problem] = []
    warnings: list[Problem] = []
    with collecting(problems):
        expression = _read_expression(parameters.get("expression"))
        judge_expression(expression, "expression", problems, warnings)
    with collecting(problems):
        data = _read_data(parameters)
    if problems:
        raise PlanError(problems, "call")
    return Reshape(expression, data, tuple(map(str, warnings)))


def _read_expression(text: Any) -> Expression:
    if not is_given(text):
        raise PlanError([Problem("expression", "is missing; give a JMESPath expression, such as items[].name")])
    try:
        return compile_expression(str(text))
    except ExpressionError as error:
        raise PlanError([Problem("expression", str(error))]) from None


def _read_data(parameters: Mapping[str, Any]) -> Any:
    given = [door for door in DOORS if is_given(parameters.get(door))]
    if len(given) != 1:
        found = f"got {' and '.join(given)}" if given else "no data"
        raise PlanError([Problem(given[0] if given else "data", f"{found}; give one of {', '.join(DOORS)}")])
    door = given[0]
    value = parameters[door]
    if door == "items":
        return read_items(value)
    if door == "inputs_object":
        return read_object(value, door)
    return parse_data(value, door) if isinstance(value, str) else value
