"""Turns the tree of a parsed expression into functions: one per node, from a value and a budget to a value.

What a node costs is known beforehand, so whatever runs a node repeatedly (a projection, a filter, a function over
elements) spends that for every element, before it. `$` and variables live in a `Frame`, which stands in for the budget
where an expression has them; all others know nothing of it.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from ..budget import Budget
from ..errors import ExpressionError
from ..values import NUMBERS, equal, spend_text
from .facts import cost, field_path
from .functions import FUNCTIONS
from .signatures import ArgumentError, Evaluate
from .syntax import Node

_ORDERINGS: dict[str, Callable[[Any, Any], bool]] = {
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
}


class Frame(Budget):
    """The budget of one evaluation, with what `$` and the variables stand for in it."""

    __slots__ = ("_budget", "root", "variables")

    def __init__(self, budget: Budget, root: Any) -> None:
        self._budget = budget
        self.root = root
        self.variables: Mapping[str, Any] = {}

    def spend(self, nodes: int = 1) -> None:
        """Count visited nodes in the budget."""
        self._budget.spend(nodes)

    def measured[T](self, work: Callable[[], T], guess: int, is_long: bool) -> T:
        """Have the budget do work that cannot pause."""
        return self._budget.measured(work, guess, is_long)


def build(node: Node) -> Evaluate:
    """The function of a checked tree. It raises ExpressionError, TooLargeError, and what Python raises on odd data."""
    return _BUILD[node.kind](node)


def is_false(value: Any) -> bool:
    """Falsehood in JMESPath: null, false and what is empty. 0 is true."""
    return value is None or value is False or value == "" or value == [] or value == {}


def _field(node: Node) -> Evaluate:
    name: str = node.value

    def field(value: Any, budget: Budget) -> Any:
        return value.get(name) if type(value) is dict else None

    return field


def _sequence(node: Node) -> Evaluate:
    """Each step is evaluated over the result of the one before: `a.b`, `a[0]`, `a | b`."""
    names = field_path(node)
    if names is not None:
        return _path(names)
    steps = [build(child) for child in node.children if child.kind not in ("identity", "current")]
    if len(steps) == 1:
        return steps[0]
    if len(steps) == 2:
        return _pair(*steps)

    def sequence(value: Any, budget: Budget) -> Any:
        for step in steps:
            value = step(value, budget)
        return value

    return sequence


def _pair(first: Evaluate, second: Evaluate) -> Evaluate:
    def pair(value: Any, budget: Budget) -> Any:
        return second(first(value, budget), budget)

    return pair


def _path(names: tuple[str, ...]) -> Evaluate:
    def path(value: Any, budget: Budget) -> Any:
        return follow(value, names)

    return path


def follow(value: Any, names: tuple[str, ...]) -> Any:
    """The value under these names, one in the other; None where there is none."""
    for name in names:
        if type(value) is not dict:
            return None
        value = value.get(name)
    return value


def _identity(node: Node) -> Evaluate:
    return lambda value, budget: value


def _literal(node: Node) -> Evaluate:
    literal = node.value
    if isinstance(literal, (list, dict)):
        return lambda value, budget: _copy(literal)  # compiled expressions are shared between calls, values never
    return lambda value, budget: literal


def _index(node: Node) -> Evaluate:
    position: int = node.value

    def index(value: Any, budget: Budget) -> Any:
        if type(value) is not list or not -len(value) <= position < len(value):
            return None
        return value[position]

    return index


def _slice(node: Node) -> Evaluate:
    part = slice(*node.value)

    def cut(value: Any, budget: Budget) -> Any:
        if type(value) is list:
            budget.spend(len(range(*part.indices(len(value)))))
            return value[part]
        if type(value) is str:
            spend_text(len(range(*part.indices(len(value)))), budget)
            return value[part]
        return None

    return cut


def _flatten(node: Node) -> Evaluate:
    inner = build(node.children[0])

    def flatten(value: Any, budget: Budget) -> Any:
        base = inner(value, budget)
        if type(base) is not list:
            return None
        budget.spend(len(base))
        flat: list[Any] = []
        for element in base:
            if type(element) is list:
                budget.spend(len(element))
                flat.extend(element)
            else:
                flat.append(element)
        return flat

    return flatten


def _projection(node: Node) -> Evaluate:
    left, right = map(build, node.children)
    each = cost(node.children[1])
    takes_text = _is_slice(node.children[0])

    def project(value: Any, budget: Budget) -> Any:
        base = left(value, budget)
        if type(base) is list:
            return _project(base, right, each, budget)
        if takes_text and type(base) is str:  # a part of a text is no list: what follows is applied to all of it
            budget.spend(each)
            return right(base, budget)
        return None

    return project


def _is_slice(node: Node) -> bool:
    return node.kind == "index_expression" and node.children[-1].kind == "slice"


def _value_projection(node: Node) -> Evaluate:
    left, right = map(build, node.children)
    each = cost(node.children[1])

    def project_values(value: Any, budget: Budget) -> Any:
        base = left(value, budget)
        if type(base) is not dict:
            return None
        budget.spend(len(base))
        return _project(list(base.values()), right, each, budget)

    return project_values


def _project(base: list[Any], right: Evaluate, each: int, budget: Budget) -> list[Any]:
    spend = budget.spend
    found = []
    for element in base:
        spend(each)
        result = right(element, budget)
        if result is not None:
            found.append(result)
    return found


def _filter_projection(node: Node) -> Evaluate:
    left, right, condition = map(build, node.children)
    each = 1 + cost(node.children[2])
    each_match = cost(node.children[1])

    def project_matches(value: Any, budget: Budget) -> Any:
        base = left(value, budget)
        if type(base) is not list:
            return None
        spend = budget.spend
        found = []
        for element in base:
            spend(each)
            if is_false(condition(element, budget)):
                continue
            spend(each_match)
            result = right(element, budget)
            if result is not None:
                found.append(result)
        return found

    return project_matches


def _root(node: Node) -> Evaluate:
    def root(value: Any, frame: Any) -> Any:
        return frame.root

    return root


def _variable(node: Node) -> Evaluate:
    name: str = node.value

    def variable(value: Any, frame: Any) -> Any:
        return frame.variables[name]

    return variable


def _let(node: Node) -> Evaluate:
    """All values are made before the first name is bound, and the names are gone behind the body."""
    *bindings, last = node.children
    named = [(binding.value, build(binding.children[0])) for binding in bindings]
    body = build(last)

    def let(value: Any, frame: Any) -> Any:
        outer = frame.variables
        frame.variables = {**outer, **{name: bound(value, frame) for name, bound in named}}
        try:
            return body(value, frame)
        finally:
            frame.variables = outer

    return let


def _multi_select_list(node: Node) -> Evaluate:
    parts = list(map(build, node.children))

    def select_list(value: Any, budget: Budget) -> Any:
        return None if value is None else [part(value, budget) for part in parts]

    return select_list


def _multi_select_dict(node: Node) -> Evaluate:
    parts = [(child.value, build(child.children[0])) for child in node.children]

    def select_dict(value: Any, budget: Budget) -> Any:
        return None if value is None else {name: part(value, budget) for name, part in parts}

    return select_dict


def _or(node: Node) -> Evaluate:
    left, right = map(build, node.children)

    def either(value: Any, budget: Budget) -> Any:
        result = left(value, budget)
        return right(value, budget) if is_false(result) else result

    return either


def _and(node: Node) -> Evaluate:
    left, right = map(build, node.children)

    def both(value: Any, budget: Budget) -> Any:
        result = left(value, budget)
        return result if is_false(result) else right(value, budget)

    return both


def _not(node: Node) -> Evaluate:
    inner = build(node.children[0])
    return lambda value, budget: is_false(inner(value, budget))


def _comparator(node: Node) -> Evaluate:
    left, right = map(build, node.children)
    name = node.value
    if name == "eq":
        return lambda value, budget: equal(left(value, budget), right(value, budget), budget)
    if name == "ne":
        return lambda value, budget: not equal(left(value, budget), right(value, budget), budget)
    return _ordering(left, right, _ORDERINGS[name])


def _ordering(left: Evaluate, right: Evaluate, compare: Callable[[Any, Any], bool]) -> Evaluate:
    """Only numbers have an order; anything else gives null."""

    def order(value: Any, budget: Budget) -> Any:
        first = left(value, budget)
        second = right(value, budget)
        if type(first) in NUMBERS and type(second) in NUMBERS:
            return compare(first, second)
        return None

    return order


def _expref(node: Node) -> Evaluate:
    """Not evaluated here, but handed to a function, which calls it for every element."""
    inner = build(node.children[0])
    each = 1 + cost(node.children[0])

    def apply(value: Any, budget: Budget) -> Any:
        budget.spend(each)
        return inner(value, budget)

    return apply


def _function_expression(node: Node) -> Evaluate:
    function = FUNCTIONS[node.value]
    column: int = node.column
    arguments = [_constant(build(child)) if child.kind == "expref" else build(child) for child in node.children]

    def call(value: Any, budget: Budget) -> Any:
        given = [argument(value, budget) for argument in arguments]
        try:
            return function.call(given, budget)
        except ArgumentError as error:
            raise ExpressionError(str(error), column, error.advice) from None

    return call


def _constant(result: Any) -> Evaluate:
    return lambda value, budget: result


def _copy(value: Any) -> Any:
    if isinstance(value, list):
        return [_copy(item) for item in value]
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    return value


_BUILD: dict[str, Callable[[Node], Evaluate]] = {
    "field": _field,
    "subexpression": _sequence,
    "index_expression": _sequence,
    "pipe": _sequence,
    "current": _identity,
    "identity": _identity,
    "literal": _literal,
    "index": _index,
    "slice": _slice,
    "flatten": _flatten,
    "projection": _projection,
    "value_projection": _value_projection,
    "filter_projection": _filter_projection,
    "multi_select_list": _multi_select_list,
    "multi_select_dict": _multi_select_dict,
    "or_expression": _or,
    "and_expression": _and,
    "not_expression": _not,
    "comparator": _comparator,
    "expref": _expref,
    "root": _root,
    "variable": _variable,
    "let": _let,
    "function_expression": _function_expression,
}
