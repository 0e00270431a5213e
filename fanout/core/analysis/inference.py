"""Walks the tree of an expression with the kinds of its scope: what can only be null, or only be false, is found.

Where a mistake was found the result counts as anything, so that it is reported once. What the data decides is silent;
in filters and projections over unknown data there are warnings at most.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from ..language.functions import FUNCTIONS
from ..language.signatures import EXPRESSION, Function
from ..language.syntax import Node
from . import advice
from .expression_text import ExpressionText
from .findings import Finding, Named
from .kinds import (
    ANYTHING,
    BOOLEAN,
    LIST,
    NOTHING,
    NULL,
    NUMBER,
    OBJECT,
    TEXT,
    Kind,
    either,
    kind_of,
    nullable,
    one_of,
    without_null,
)
from .operations import can_take, never_equal, result_of

_FINDINGS = 8  # of one expression
NEEDS_ROOT = frozenset(("inputs", "branches", "merged", "failures", "settled_by"))  # no element has such a field
_ROW_NAMES = frozenset(("item",))  # an element may have such a field
_ESCAPE = re.compile(r"(?<!\\)\\(?:[nrt\"]|u[0-9a-fA-F]{4})")
_PATTERNS = ("regex_match", "regex_find", "regex_replace")
_SYMBOLS = {"lt": "<", "lte": "<=", "gt": ">", "gte": ">=", "eq": "==", "ne": "!="}


class Inferred(NamedTuple):
    """What an expression gives, what is wrong with it, and the names that only the plan can judge."""

    kind: Kind
    certain: Sequence[Finding]
    named: Sequence[Named]


def infer(tree: Node, text: str, scope: Kind, *, is_condition: bool = False) -> Inferred:
    """What is known of one expression, `tree` being what was read from `text`. Of a condition only the truth counts."""
    walk = _Walk(text, scope)
    if is_condition:
        walk.ask(tree)
    kind = walk.kind(tree, scope)
    return Inferred(kind, walk.findings[:_FINDINGS], walk.named)


class _Walk:
    """One walk. Every rule takes a node, and `here`, the kind of what it is evaluated over; it gives the result's kind.

    `head` is the path whose first step a node is: a name at the head of a path is looked up, another one is a step
    that the author took on purpose.
    """

    def __init__(self, text: str, scope: Kind) -> None:
        self._text = ExpressionText(text)
        self._scope = scope
        self._variables: dict[str, Kind] = {}
        self._filters = 0  # how many [?…] and &… are open
        self._conditions: set[int] = set()  # ids of nodes of which only the truth counts
        self.findings: list[Finding] = []
        self.named: list[Named] = []

    def kind(self, node: Node, here: Kind) -> Kind:
        """The kind of a node that stands for itself."""
        kind = self._of(node, here, node)
        if kind.types == NUMBER and id(node) in self._conditions and node.kind != "literal":
            self._warn(node.start, *advice.always_true(self._text.shown(node)))
        return kind

    def ask(self, node: Node) -> None:
        """Of this node only the truth counts."""
        self._conditions.add(id(node))
        if node.kind in ("and_expression", "or_expression"):
            for child in node.children:
                self.ask(child)

    def _of(self, node: Node, here: Kind, head: Node | None) -> Kind:
        return _RULES[node.kind](self, node, here, head)

    # -- names

    def _field(self, node: Node, here: Kind, head: Node | None, left: str = "") -> Kind:
        name: str = node.value
        if here.types & OBJECT and here.fields is None:
            if head is not None and not here.is_scope:
                self._check_head(node, head)
            return ANYTHING
        if name == "null" and not self._text.is_quoted(node):
            return NOTHING
        if here.only(NULL):
            return NOTHING
        if here.types & OBJECT:
            return self._known_field(node, here, head, left)
        self._problem(node.start, *advice.no_fields(here, name, left))
        return ANYTHING

    def _known_field(self, node: Node, here: Kind, head: Node | None, left: str) -> Kind:
        name: str = node.value
        assert here.fields is not None
        found = here.fields.get(name)
        if found is None and here.rest is not None:
            self._name(node, here.names_of, head or node)
            found = here.rest
        if found is not None:
            return found if here.only(OBJECT) else nullable(found)
        if here.is_scope:
            self._name(node, "", head or node)
        elif head is node and self._text.is_quoted(node):
            self._problem(node.start, *advice.quoted_name(name, f"{here.label or left or 'the object'} has none"))
        elif head is not None and name in (self._scope.fields or {}):
            self._problem(node.start, *advice.of_the_root(here, self._text.path(head)))
        else:
            self._problem(node.start, *advice.no_such_field(here, name, left))
        return ANYTHING

    def _check_head(self, node: Node, head: Node) -> None:
        """A name of the scope where only fields of an element can be meant."""
        if node.value in NEEDS_ROOT and node.value in (self._scope.fields or {}):
            self._warn(node.start, *advice.scope_name(self._text.path(head), in_filter=bool(self._filters)))

    def _name(self, node: Node, of: str, head: Node) -> None:
        if len(self.named) < _FINDINGS:
            self.named.append(
                Named(node.start, of, node.value, self._text.is_quoted(node), self._text.path(head, node.start))
            )

    # -- paths

    def _steps(self, node: Node, here: Kind, head: Node | None) -> Kind:
        first, *steps = node.children
        result = self._of(first, here, head)
        for step in steps:
            result = self._step(step, result, self._text.before(step, node))
        return result

    def _step(self, step: Node, here: Kind, left: str) -> Kind:
        match step.kind:
            case "field":
                return self._field(step, here, None, left)
            case "index":
                return self._index(step, here, left)
            case "slice":
                return self._slice(step, here, left)
            case _:
                return self._of(step, here, None)

    def _index(self, node: Node, here: Kind, left: str) -> Kind:
        if here.types & LIST:
            return nullable(here.elements)
        if not here.only(NULL):
            self._problem(node.start, *advice.no_index(here, node.value, left))
            return ANYTHING
        return NOTHING

    def _slice(self, node: Node, here: Kind, left: str) -> Kind:
        if here.types & (LIST | TEXT):
            return Kind(
                here.types & (LIST | TEXT | NULL) | (0 if here.only(LIST | TEXT) else NULL), element=here.element
            )
        if not here.only(NULL):
            self._problem(node.start, *advice.no_list("a slice", here, left))
            return ANYTHING
        return NOTHING

    def _pipe(self, node: Node, here: Kind, head: Node | None) -> Kind:
        left, right = node.children
        return self.kind(right, self._of(left, here, left))

    # -- projections

    def _flatten(self, node: Node, here: Kind, head: Node | None) -> Kind:
        [inner] = node.children
        base = self._of(inner, here, head)
        if not self._is_list(base, inner, "[]", node.end - 2):
            return ANYTHING
        elements = base.elements
        if elements.types & LIST:
            elements = elements.elements if elements.only(LIST | NULL) else ANYTHING
        return Kind(LIST | (0 if base.only(LIST) else NULL), element=elements)

    def _projection(self, node: Node, here: Kind, head: Node | None) -> Kind:
        left, right = node.children
        base = self._of(left, here, head)
        if base.only(TEXT | NULL) and base.types & TEXT and _is_cut(left):
            return self._of(right, base, None)
        if not self._is_list(base, left, "[*]", left.end):
            return ANYTHING
        projected = self._projected(right, base)
        return ANYTHING if base.types & TEXT and _is_cut(left) else projected

    def _projected(self, right: Node, base: Kind) -> Kind:
        element = without_null(self._of(right, base.elements, None))
        return Kind(LIST | (0 if base.only(LIST) else NULL), element=element)

    def _filter(self, node: Node, here: Kind, head: Node | None) -> Kind:
        left, right, condition = node.children
        base = self._of(left, here, head)
        if not self._is_list(base, left, "[?…]", left.end):
            return ANYTHING
        self._inside(condition, base.elements, is_condition=True)
        return self._projected(right, base)

    def _value_projection(self, node: Node, here: Kind, head: Node | None) -> Kind:
        left, right = node.children
        base = self._of(left, here, head)
        if base.types & OBJECT:
            element = without_null(self._of(right, base.values, None))
            return Kind(LIST | (0 if base.only(OBJECT) else NULL), element=element)
        if not base.only(NULL):
            self._problem(left.end, *advice.no_values(base, self._text.shown(left)))
        return ANYTHING

    def _is_list(self, base: Kind, left: Node, sign: str, start: int) -> bool:
        if base.types & LIST:
            return True
        if not base.only(NULL):
            self._problem(start, *advice.no_list(sign, base, self._text.shown(left)))
        return False

    def _inside(self, node: Node, element: Kind, *, is_condition: bool = False) -> Kind:
        """What stands in [?…] and behind &, over an element."""
        self._filters += 1
        if is_condition:
            self.ask(node)
        kind = self.kind(node, element)
        self._filters -= 1
        return kind

    # -- what makes new values

    def _list(self, node: Node, here: Kind, head: Node | None) -> Kind:
        made = Kind(LIST, element=one_of([self.kind(child, here) for child in node.children]))
        return made if not here.types & NULL else nullable(made)

    def _object(self, node: Node, here: Kind, head: Node | None) -> Kind:
        fields = {pair.value: self.kind(pair.children[0], here) for pair in node.children}
        made = Kind(OBJECT, fields=fields)
        return made if not here.types & NULL else nullable(made)

    def _literal(self, node: Node, here: Kind, head: Node | None) -> Kind:
        if isinstance(node.value, str) and self._text.first_sign(node) == "'" and _ESCAPE.search(node.value):
            self._warn(node.start, *advice.backslash(node.value))
        if isinstance(node.value, str) and self._text.begins_as_json(node):
            self._warn(node.start, *advice.no_json(self._text.shown(node)))
        return kind_of(node.value)

    def _current(self, node: Node, here: Kind, head: Node | None) -> Kind:
        return here

    def _root(self, node: Node, here: Kind, head: Node | None) -> Kind:
        return self._scope

    def _let(self, node: Node, here: Kind, head: Node | None) -> Kind:
        *bindings, body = node.children
        outer = self._variables
        bound = {binding.value: self.kind(binding.children[0], here) for binding in bindings}
        self._variables = {**outer, **bound}
        result = self.kind(body, here)
        self._variables = outer
        return result

    def _variable(self, node: Node, here: Kind, head: Node | None) -> Kind:
        return self._variables.get(node.value, ANYTHING)

    # -- conditions

    def _or(self, node: Node, here: Kind, head: Node | None) -> Kind:
        self.ask(node.children[0])
        left, right = [self.kind(child, here) for child in node.children]
        return right if left.only(NULL) else either(without_null(left), right)

    def _and(self, node: Node, here: Kind, head: Node | None) -> Kind:
        self.ask(node.children[0])
        left, right = [self.kind(child, here) for child in node.children]
        return either(left, right)

    def _not(self, node: Node, here: Kind, head: Node | None) -> Kind:
        self.ask(node.children[0])
        self.kind(node.children[0], here)
        return Kind(BOOLEAN)

    def _comparator(self, node: Node, here: Kind, head: Node | None) -> Kind:
        left, right = node.children
        self._check_quotes(node.children, here)
        one, other = self.kind(left, here), self.kind(right, here)
        is_order = node.value not in ("eq", "ne")
        if is_order:
            self._check_order(node, one, other)
        else:
            self._check_words(left, other)
            self._check_words(right, one)
            if node.value == "eq":
                self._name_branch(left, other)
                self._name_branch(right, one)
            words = never_equal(node, one, other, self._text)
            if words is not None:
                add = self._problem if node.value == "eq" else self._warn
                add(self._text.sign_start(node), *words)
        return Kind(BOOLEAN | NULL) if is_order else Kind(BOOLEAN)

    def _check_words(self, node: Node, other: Kind) -> None:
        """`type == "text"`: a name in double quotes where a text of the same letters is one of those that fit."""
        if (
            node.kind == "field"
            and other.words is not None
            and node.value in other.words
            and self._text.is_quoted(node)
        ):
            self._warn(node.start, *advice.quoted_in_filter(node.value))

    def _name_branch(self, node: Node, other: Kind) -> None:
        """`branch == 'news'`: whether there is such a branch, the plan says."""
        is_text = node.kind == "literal" and isinstance(node.value, str)
        if is_text and other.only(TEXT) and other.names_of and len(self.named) < _FINDINGS:
            self.named.append(Named(node.start, other.names_of, node.value, False, node.value))

    def _check_order(self, node: Node, one: Kind, other: Kind) -> None:
        for child, kind in zip(node.children, (one, other), strict=True):
            if not kind.types & NUMBER and not kind.only(NULL):
                side = self._text.side(child, kind)
                self._problem(self._text.sign_start(node), *advice.no_order(_SYMBOLS[node.value], side, kind))
                return

    # -- functions

    def _call(self, node: Node, here: Kind, head: Node | None) -> Kind:
        function = FUNCTIONS.get(node.value)
        if function is None:
            return ANYTHING
        self._check_quotes(node.children, here)
        plain = [self._argument(node, index, child, here) for index, child in enumerate(node.children)]
        whole = next((kind for kind in plain if kind is not None and kind.types & LIST), ANYTHING)
        kinds = [
            self._applied(child, whole) if kind is None else kind
            for child, kind in zip(node.children, plain, strict=True)
        ]
        for index, child in enumerate(node.children):
            if child.kind != "expref":
                self._check_argument(function, index, child, kinds[index])
        self._check_contains(node, kinds)
        return result_of(function, kinds)

    def _argument(self, call: Node, index: int, node: Node, here: Kind) -> Kind | None:
        """None for an &expression, which is evaluated over the elements of another argument."""
        if node.kind == "expref":
            return None
        if index and call.value in _PATTERNS and node.kind == "literal":
            return kind_of(node.value)  # a backslash has a meaning there
        return self.kind(node, here)

    def _applied(self, node: Node, array: Kind) -> Kind:
        return self._inside(node.children[0], array.elements)

    def _check_argument(self, function: Function, index: int, node: Node, kind: Kind) -> None:
        expected = function.parameter(index)
        if expected is EXPRESSION or node.kind == "literal":  # literals are checked when they are read
            return
        if can_take(expected, kind):
            return
        words = advice.wrong_argument(function, index, self._text.side(node, kind), kind)
        self.findings.append(Finding(node.start, *words, raises=True))

    def _check_contains(self, node: Node, kinds: Sequence[Kind]) -> None:
        if node.value == "contains" and len(kinds) == 2 and kinds[0].only(TEXT) and not kinds[1].types & TEXT:
            start = node.children[1].start
            self._problem(start, *advice.contains_no_text(self._text.side(node.children[1], kinds[1])))

    # -- quotes

    def _check_quotes(self, operands: Sequence[Node], here: Kind) -> None:
        """`[?state == "open"]`: over unknown data a name in double quotes beside another name is probably a text."""
        if here.fields is not None or not here.types & OBJECT or len(operands) < 2:
            return
        if not self._filters and self._scope.fields is not None:
            return
        quoted = [node for node in operands if node.kind == "field" and self._text.is_quoted(node)]
        if not quoted or any(node.kind == "literal" for node in operands):
            self._check_row_names(operands)
            return
        self._warn(quoted[-1].start, *advice.quoted_in_filter(quoted[-1].value))

    def _check_row_names(self, operands: Sequence[Node]) -> None:
        """`[?id == item.id]`, where the scope has an `item`."""
        if any(node.kind == "literal" for node in operands):
            return
        for node in operands:
            first = node.children[0] if node.kind in ("subexpression", "index_expression") else node
            if first.kind == "field" and first.value in _ROW_NAMES and first.value in (self._scope.fields or {}):
                words = advice.scope_name(self._text.path(node), in_filter=True)
                self.findings.append(Finding(first.start, *words, is_error=False, needs_rows=True))

    def _problem(self, start: int, message: str, remedy: str) -> None:
        self.findings.append(Finding(start, message, remedy))

    def _warn(self, start: int, message: str, remedy: str) -> None:
        self.findings.append(Finding(start, message, remedy, is_error=False))


def _is_cut(node: Node) -> bool:
    return node.kind == "index_expression" and node.children[-1].kind == "slice"


type _Rule = Callable[[_Walk, Node, Kind, Node | None], Kind]

_RULES: dict[str, _Rule] = {
    "field": _Walk._field,
    "current": _Walk._current,
    "identity": _Walk._current,
    "root": _Walk._root,
    "variable": _Walk._variable,
    "literal": _Walk._literal,
    "subexpression": _Walk._steps,
    "index_expression": _Walk._steps,
    "pipe": _Walk._pipe,
    "flatten": _Walk._flatten,
    "projection": _Walk._projection,
    "value_projection": _Walk._value_projection,
    "filter_projection": _Walk._filter,
    "multi_select_list": _Walk._list,
    "multi_select_dict": _Walk._object,
    "or_expression": _Walk._or,
    "and_expression": _Walk._and,
    "not_expression": _Walk._not,
    "comparator": _Walk._comparator,
    "function_expression": _Walk._call,
    "let": _Walk._let,
}
