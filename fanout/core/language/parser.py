"""Reads expressions: JMESPath, with `$`, `let` and slices of text from JMESPath Community.

A top-down operator precedence parser. It differs from jmespath's own in three points:

- `*` binds like other projections: in `a.*.b.c` all of `.b.c` belongs to the projection;
- `!` takes the whole path behind it: `!a.b` is not `(!a).b`, which could only be null;
- arguments, and the pairs of `{…}`, are separated by exactly one comma; only a name can be called.
"""

from __future__ import annotations

from collections.abc import Callable

from ..errors import ExpressionError
from .lexer import Token, tokenize
from .remedies import unexpected
from .syntax import Node, NodeKind

# how tightly what stands after an operand binds to it; what is not here ends an expression
_POWER = {
    "pipe": 1,
    "or": 2,
    "and": 3,
    "eq": 5,
    "gt": 5,
    "lt": 5,
    "gte": 5,
    "lte": 5,
    "ne": 5,
    "flatten": 9,
    "filter": 21,
    "dot": 40,
    "lbracket": 55,
    "lparen": 60,
}
_BRACKET_STAR_POWER = 20
_PROJECTION_STOP = 10  # everything below ends a projection
_NAMES = ("unquoted_identifier", "quoted_identifier")
_BINARY: dict[str, NodeKind] = {"pipe": "pipe", "or": "or_expression", "and": "and_expression"}
_NOT_VALUES = ("true", "false")  # as names of fields they are always meant as values


class Parser:
    """Reads one expression; `STAR_POWER` says how much of a path belongs to the `.*` before it."""

    STAR_POWER = _BRACKET_STAR_POWER
    NOT_POWER = 8  # between comparators and projections

    def read(self, text: str) -> Node:
        """The tree of an expression. Raises ExpressionError, or RecursionError where it is nested too deeply."""
        if not text.strip():
            raise ExpressionError("the expression is empty")
        self._text = text
        self._tokens = tokenize(text)
        self._index = 0
        tree = self._expression()
        if self._kind() != "eof":
            raise self._unexpected()
        return tree

    # -- tokens

    def _kind(self, ahead: int = 0) -> str:
        return self._tokens[self._index + ahead].kind

    def _next(self) -> Token:
        token = self._tokens[self._index]
        if token.kind != "eof":
            self._index += 1
        return token

    def _match(self, *kinds: str) -> Token:
        if self._kind() not in kinds:
            raise self._unexpected()
        return self._next()

    def _matches(self, kind: str) -> bool:
        """Go past a token, if it is of that kind."""
        if self._kind() != kind:
            return False
        self._index += 1
        return True

    def _unexpected(self) -> ExpressionError:
        return unexpected(self._text, self._tokens, self._index)

    def _end(self) -> int:
        return self._tokens[self._index - 1].end

    # -- operands

    def _expression(self, power: int = 0) -> Node:
        left = self._operand()
        while power < _POWER.get(self._kind(), 0):
            left = self._operation(left, self._next())
        return left

    def _operand(self) -> Node:
        read = _OPERANDS.get(self._kind())
        if read is None:
            raise self._unexpected()
        return read(self, self._next())

    def _name(self, token: Token) -> Node:
        if token.kind == "unquoted_identifier":
            if token.value == "let" and self._kind() == "variable":
                return self._let(token)
            if token.value in _NOT_VALUES and self._kind() != "lparen":
                word = token.value
                raise ExpressionError(f"{word} is the name of a field here", token.start + 1, f"write `{word}`")
        return self._field(token)

    def _field(self, token: Token) -> Node:
        if self._kind() == "lparen" and token.kind == "quoted_identifier":
            raise ExpressionError("names of functions have no quotes", token.start + 1, f"write {token.value}(…)")
        return Node("field", token.start, token.end, token.value)

    def _let(self, keyword: Token) -> Node:
        bindings = [self._binding()]
        while self._matches("comma"):
            bindings.append(self._binding())
        if self._kind() != "unquoted_identifier" or self._tokens[self._index].value != "in":
            raise self._unexpected()
        self._next()
        body = self._expression()
        return Node("let", keyword.start, body.end, children=[*bindings, body])

    def _binding(self) -> Node:
        name = self._match("variable")
        self._match("assign")
        value = self._expression()
        return Node("binding", name.start, value.end, name.value, [value])

    def _variable(self, token: Token) -> Node:
        return Node("variable", token.start, token.end, token.value)

    def _literal(self, token: Token) -> Node:
        return Node("literal", token.start, token.end, token.value)

    def _current(self, token: Token) -> Node:
        return Node("current", token.start, token.end)

    def _root(self, token: Token) -> Node:
        if self._kind() == "lbrace":  # ${…}
            raise self._unexpected()
        return Node("root", token.start, token.end)

    def _not(self, token: Token) -> Node:
        inner = self._expression(self.NOT_POWER)
        return Node("not_expression", token.start, inner.end, children=[inner])

    def _expref(self, token: Token) -> Node:
        inner = self._expression()
        return Node("expref", token.start, inner.end, children=[inner])

    def _parenthesis(self, token: Token) -> Node:
        inner = self._expression()
        end = self._match("rparen").end
        return Node(inner.kind, token.start, end, inner.value, inner.children)

    def _star(self, token: Token) -> Node:
        return self._value_projection(self._identity(token.start), _BRACKET_STAR_POWER)

    def _leading_bracket(self, token: Token) -> Node:
        left = self._identity(token.start)
        if self._kind() in ("number", "colon"):
            return self._position(left)
        if self._kind() == "star" and self._kind(1) == "rbracket":
            self._index += 2
            return self._projection(left)
        return self._list(token)

    def _leading_operation(self, token: Token) -> Node:
        return self._operation(self._identity(token.start), token)

    def _list(self, opening: Token) -> Node:
        elements = [self._expression()]
        while not self._matches("rbracket"):
            self._match("comma")
            elements.append(self._expression())
        return Node("multi_select_list", opening.start, self._end(), children=elements)

    def _object(self, opening: Token) -> Node:
        pairs = [self._pair()]
        while not self._matches("rbrace"):
            self._match("comma")
            pairs.append(self._pair())
        return Node("multi_select_dict", opening.start, self._end(), children=pairs)

    def _pair(self) -> Node:
        name = self._match(*_NAMES)
        self._match("colon")
        value = self._expression()
        return Node("key_val_pair", name.start, value.end, name.value, [value])

    # -- operations on what stands before them

    def _operation(self, left: Node, token: Token) -> Node:
        match token.kind:
            case "dot":
                return self._dot(left)
            case "lbracket":
                return self._bracket(left)
            case "lparen":
                return self._call(left)
            case "flatten":
                flat = Node("flatten", left.start, token.end, children=[left])
                return self._projection(flat, _POWER["flatten"])
            case "filter":
                return self._filter(left)
            case kind:
                right = self._expression(_POWER[kind])
                binary = _BINARY.get(kind)
                return Node(binary or "comparator", left.start, right.end, None if binary else kind, [left, right])

    def _dot(self, left: Node) -> Node:
        if self._matches("star"):
            return self._value_projection(left, self.STAR_POWER)
        return _chain("subexpression", left, self._after_dot(_POWER["dot"]))

    def _after_dot(self, power: int) -> Node:
        match self._kind():
            case "unquoted_identifier" | "quoted_identifier":
                left = self._field(self._next())
                while power < _POWER.get(self._kind(), 0):
                    left = self._operation(left, self._next())
                return left
            case "star":
                return self._expression(power)
            case "lbracket" if self._kind(1) not in ("number", "colon"):
                return self._list(self._next())
            case "lbrace":
                return self._object(self._next())
            case _:
                raise self._unexpected()

    def _bracket(self, left: Node) -> Node:
        if self._kind() in ("number", "colon"):
            return self._position(left)
        self._match("star")
        self._match("rbracket")
        return self._projection(left)

    def _position(self, left: Node) -> Node:
        """What stands in brackets: an index, or a slice, which projects."""
        start = self._tokens[self._index].start
        if self._kind() == "number" and self._kind(1) != "colon":
            position = self._next().value
            self._match("rbracket")
            return _chain("index_expression", left, Node("index", start, self._end() - 1, position))
        parts = self._slice()
        cut = Node("slice", start, self._end() - 1, parts)
        return self._projection(Node("index_expression", left.start, self._end(), children=[left, cut]))

    def _slice(self) -> tuple[int | None, int | None, int | None]:
        column = self._tokens[self._index].start + 1
        parts: list[int | None] = [None, None, None]
        index = 0
        while not self._matches("rbracket"):
            if self._kind() == "number":
                parts[index] = self._next().value
                if self._kind() == "rbracket":
                    continue
            if index == 2:
                raise self._unexpected()
            self._match("colon")
            index += 1
        start, stop, step = parts
        if step == 0:
            raise ExpressionError("a slice cannot have a step of 0", column, "leave the step out or give 1")
        return start, stop, step

    def _call(self, name: Node) -> Node:
        before = self._tokens[self._index - 2]
        if name.kind != "field" or before.kind != "unquoted_identifier":
            self._index -= 1
            raise self._unexpected()
        arguments: list[Node] = []
        while not self._matches("rparen"):
            if arguments:
                self._match("comma")
            arguments.append(self._expression())
        return Node("function_expression", name.start, self._end(), name.value, arguments)

    def _filter(self, left: Node) -> Node:
        condition = self._expression()
        self._match("rbracket")
        right = self._identity() if self._kind() == "flatten" else self._projected(_POWER["filter"])
        return Node("filter_projection", left.start, self._end(), children=[left, right, condition])

    def _projection(self, left: Node, power: int = _BRACKET_STAR_POWER) -> Node:
        right = self._projected(power)
        return Node("projection", left.start, self._end(), children=[left, right])

    def _value_projection(self, left: Node, power: int) -> Node:
        right = self._projected(power)
        return Node("value_projection", left.start, self._end(), children=[left, right])

    def _projected(self, power: int) -> Node:
        """What is applied to each element."""
        if _POWER.get(self._kind(), 0) < _PROJECTION_STOP:
            return self._identity()
        if self._matches("dot"):
            return self._after_dot(power)
        if self._kind() == "lparen":
            raise self._unexpected()
        return self._expression(power)

    def _identity(self, start: int | None = None) -> Node:
        place = self._end() if start is None else start
        return Node("identity", place, place)


def _chain(kind: NodeKind, left: Node, step: Node) -> Node:
    """One node for all steps of a path, however long it is: trees may not be deep."""
    if left.kind != kind or not isinstance(left.children, list):
        return Node(kind, left.start, step.end, children=[left, step])
    left.children.append(step)
    left.end = step.end
    return left


_OPERANDS: dict[str, Callable[[Parser, Token], Node]] = {
    "unquoted_identifier": Parser._name,
    "quoted_identifier": Parser._name,
    "variable": Parser._variable,
    "literal": Parser._literal,
    "current": Parser._current,
    "root": Parser._root,
    "not": Parser._not,
    "expref": Parser._expref,
    "lparen": Parser._parenthesis,
    "star": Parser._star,
    "lbracket": Parser._leading_bracket,
    "lbrace": Parser._object,
    "filter": Parser._leading_operation,
    "flatten": Parser._leading_operation,
}
