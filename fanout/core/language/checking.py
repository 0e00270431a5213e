"""What of an expression is wrong whatever the data is: walks a parsed tree before anything is evaluated."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..budget import Budget
from ..errors import ExpressionError
from .functions import FUNCTIONS
from .patterns import check_pattern, check_replacement
from .remedies import function_remedy, quoted
from .signatures import EXPRESSION, PATTERN, ArgumentError, Function
from .syntax import Node

_DEPTH = 150  # nested nodes; each takes one or two of the interpreter's 1,000 frames, and data needs some too
_ORDERS = {"lt": "<", "lte": "<=", "gt": ">", "gte": ">="}


def check(tree: Node, text: str) -> None:
    """Functions, their arguments, variables, orders, and depth. Raises ExpressionError with the column."""
    _check(tree, text, frozenset(), 0)


def too_deep(text: str) -> ExpressionError:
    """The error about an expression that is nested too deeply."""
    return ExpressionError(f"{quoted(text)} is nested too deeply", advice="write it in parts")


def _check(node: Node, text: str, variables: frozenset[str], depth: int) -> None:
    """An `&expression` may stand only where a function takes it."""
    if depth > _DEPTH:
        raise too_deep(text)
    children = node.children
    match node.kind:
        case "expref":
            message = "& is only for arguments of functions that take an &expression"
            raise ExpressionError(message, node.column, "write it without &")
        case "function_expression":
            _check_call(node)
            children = [child.children[0] if child.kind == "expref" else child for child in children]
        case "comparator" if node.value in _ORDERS:
            _check_order(node)
        case "variable" if node.value not in variables:
            raise _unknown_variable(node)
        case "let":
            _check_let(node, text, variables, depth)
            children = ()
    for child in children:
        _check(child, text, variables, depth + 1)


def _check_let(node: Node, text: str, variables: frozenset[str], depth: int) -> None:
    *bindings, body = node.children
    for binding in bindings:
        _check(binding.children[0], text, variables, depth + 1)
    _check(body, text, variables.union(binding.value for binding in bindings), depth + 1)


def _unknown_variable(node: Node) -> ExpressionError:
    name = node.value[:60]
    advice = f"write {name}, inside [?…] and &… $.{name}; a variable is made by let ${name} = … in …"
    return ExpressionError(f"no variable named ${name}", node.column, advice)


def _check_order(node: Node) -> None:
    for operand in node.children:
        if operand.kind == "literal" and isinstance(operand.value, str):
            number = FUNCTIONS["to_number"].body(Budget(), operand.value.strip())
            advice = "to_number(…) makes a number of a text" if number is None else f"write `{operand.value.strip()}`"
            raise ExpressionError(f"{_ORDERS[node.value]} is for numbers, and this is a text", operand.column, advice)


def _check_call(node: Node) -> None:
    name, arguments, column = node.value, node.children, node.column
    function = FUNCTIONS.get(name)
    if function is None:
        raise ExpressionError(f"no function named {name[:60]}", column, function_remedy(name, FUNCTIONS))
    if not function.takes(len(arguments)):
        advice = f"the value stands between the brackets: {name}(value), not value.{name}()" if not arguments else ""
        raise ExpressionError(f"{name}() {function.takes_words()}, got {len(arguments)}", column, advice)
    for index, argument in enumerate(arguments):
        place = argument.column if argument.kind == "literal" else column
        with _placed(place):
            _check_argument(function, index, argument)
    if name == "regex_replace" and all(argument.kind == "literal" for argument in arguments[1:]):
        with _placed(arguments[2].column):
            check_replacement(arguments[1].value, arguments[2].value)


def _check_argument(function: Function, index: int, argument: Node) -> None:
    expected = function.parameter(index)
    if (expected is EXPRESSION) is not (argument.kind == "expref"):
        raise function.refusal(index, "an &expression" if argument.kind == "expref" else "a value")
    if argument.kind == "literal":
        function.check(index, argument.value, Budget())
        if expected is PATTERN:
            check_pattern(function.name, argument.value)


@contextmanager
def _placed(column: int) -> Iterator[None]:
    """Say where the argument stands that a function refuses."""
    try:
        yield
    except ArgumentError as error:
        raise ExpressionError(str(error), column, error.advice) from None
