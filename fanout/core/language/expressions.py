"""Expressions: JMESPath, read once, checked as far as possible before there is data, and evaluated within a budget.

Reading is jmespath's own, corrected (see `Parser`); evaluating is `evaluation`'s. Everything that can go wrong is an
ExpressionError or a TooLargeError, and its text holds nothing of the data.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from json import loads
from typing import Any

from jmespath import ast, exceptions, lexer, parser

from ..budget import Budget
from ..errors import ExpressionError
from ..values import check_size, clean
from .evaluation import Node, build, cost, field_path, follow, may_build
from .functions import FUNCTIONS
from .reads import Reads
from .signatures import EXPRESSION, Evaluate

_CHARS = 32_768  # reading this many takes some 150 ms, in which nothing else runs; data belongs in the inputs
_DEPTH = 150  # nested nodes; each takes one or two of the interpreter's 1,000 frames, and data needs some too
_CACHED = 512  # compiled expressions that are kept
_CACHED_CHARS = 4_096  # longer ones are compiled anew
_SHOWN_CHARS = 60  # of an expression in a message

# what an evaluation may raise on odd data, wherever in it; anything else is a defect, or ends it on purpose
_ESCAPES = (TypeError, ValueError, ArithmeticError, LookupError, AttributeError, RecursionError)


class UnreadableExpression(ExpressionError):
    """An expression that cannot be read. What its message has after the last `; ` is advice."""

    def __str__(self) -> str:
        problem, separator, advice = self.message.rpartition("; ")
        if not separator or self.column is None:
            return super().__str__()
        return f"{problem} (column {self.column}); {advice}"


@dataclass(frozen=True, slots=True)
class Expression:
    """A checked expression; equal to any of the same text.

    `reads`: the paths of fields that it reads from the root of its scope, each as long as it is known without data:
    `branches.find.result[0].url` gives `("branches", "find", "result")`, a bare `@` gives `()`. `filter_names`: the
    first names that filters and `&expressions` read from elements; they do not see the scope.
    """

    text: str
    reads: frozenset[tuple[str, ...]] = field(compare=False, repr=False)
    filter_names: frozenset[str] = field(compare=False, repr=False)
    _run: Evaluate = field(compare=False, repr=False)
    _cost: int = field(compare=False, repr=False)
    _path: tuple[str, ...] | None = field(compare=False, repr=False)
    _may_build: bool = field(compare=False, repr=False)

    @property
    def gives_part(self) -> bool:
        """Whether its value is always a part of its scope, and so no larger."""
        return not self._may_build

    def evaluate(self, scope: Any, budget: Budget) -> Any:
        """The value of the expression over `scope`, a JSON value, of which the result may be a part.

        Raises ExpressionError (BudgetExceeded among them), or TooLargeError for a result that is over the limits of
        an evaluation when it is written out.
        """
        budget.spend(self._cost)
        if self._path is not None:
            return follow(scope, self._path)
        try:
            result = self._run(scope, budget)
            if self._may_build and isinstance(result, (str, list, dict)):
                check_size(result, budget, "the result of the expression")
        except RecursionError:
            raise ExpressionError("the expression or its data is nested too deeply") from None
        except _ESCAPES as error:
            raise ExpressionError(f"the expression does not fit its data ({type(error).__name__})") from None
        return result


def compile_expression(text: str) -> Expression:
    """Read and check an expression. Raises ExpressionError, with the column (from 1) where there is one."""
    if len(text) > _CHARS:
        raise ExpressionError(f"the expression has {len(text):,} characters; at most {_CHARS:,} are read")
    text = clean(text)
    return _compile_cached(text) if len(text) <= _CACHED_CHARS else compile_with(Parser(), text)


def compile_with(reader: Parser, text: str) -> Expression:
    """`compile_expression` with another parser, and no cache."""
    try:
        tree = reader.read(text)
        _check(tree, text, 0)
        reads = Reads(tree)
        return Expression(
            text=text,
            reads=frozenset(reads.paths),
            filter_names=frozenset(reads.filter_names),
            _run=build(tree),
            _cost=cost(tree),
            _path=field_path(tree),
            _may_build=may_build(tree),
        )
    except RecursionError:
        raise _too_deep(text) from None


@lru_cache(_CACHED)
def _compile_cached(text: str) -> Expression:
    return compile_with(Parser(), text)


# -- reading


# the published types of jmespath know nothing of what is extended here
_JmespathLexer: Any = lexer.Lexer
_JmespathParser: Any = parser.Parser
_ast: Any = ast


class Lexer(_JmespathLexer):  # type: ignore[misc]
    """Literals are JSON and nothing else, or text without quotes (as jmespath still allows)."""

    def _consume_literal(self) -> dict[str, Any]:
        start = self._position
        lexeme = self._consume_until("`").replace("\\`", "`")
        try:
            value = loads(lexeme, parse_constant=str)
        except ValueError:
            try:
                value = loads(f'"{lexeme.lstrip()}"')
            except ValueError:
                raise exceptions.LexerError(start, lexeme, "Bad token") from None
        return {"type": "literal", "value": value, "start": start, "end": self._position}


class Parser(_JmespathParser):  # type: ignore[misc]
    """jmespath's parser, with these corrections:

    - `*` binds like other projections: in `a.*.b.c` all of `.b.c` belongs to the projection;
    - `!` takes the whole path behind it: `!a.b` is not `(!a).b`, which could only be null;
    - arguments, and the pairs of `{…}`, are separated by exactly one comma; only a name can be called;
    - functions, `&` and slices are checked where they stand, and remember their column.

    Its cache is not used: that one belongs to the class, and would be shared with others in the process.
    """

    STAR_POWER = _JmespathParser.BINDING_POWER["star"]
    NOT_POWER = 8  # between comparators and projections

    def read(self, text: str) -> Node:
        """The tree of an expression."""
        if not text.strip():
            raise ExpressionError("the expression is empty")
        self._text = text
        try:
            self._tokens = list(self._tokenize(text))
            self._index = 0
            tree: Node = self._expression(0)
            if self._current_token() != "eof":
                raise self._unexpected(self._lookahead_token(0))
        except exceptions.IncompleteExpressionError:
            raise UnreadableExpression(f"{_quote(text)} ends too early", len(text) + 1) from None
        except exceptions.LexerError as error:
            raise self._unknown(error) from None
        except exceptions.ParseError as error:
            if error.msg.startswith("Quoted"):
                raise UnreadableExpression(f"{_quote(text)} calls a name in quotes; function names have none") from None
            raise self._unexpected({"type": error.token_type.lower(), "start": error.lex_position}) from None
        except (ValueError, IndexError) as error:
            raise UnreadableExpression(f"{_quote(text)} cannot be read ({type(error).__name__})") from None
        return tree

    def _tokenize(self, text: str) -> Iterator[Node]:
        for token in Lexer().tokenize(text):
            if token["type"] in ("literal", "quoted_identifier"):
                token["value"] = clean(token["value"])
            yield token

    def _token_led_dot(self, left: Node) -> Node:
        if self._current_token() != "star":
            node: Node = super()._token_led_dot(left)
            return node
        self._advance()
        projection: Node = _ast.value_projection(left, self._parse_projection_rhs(self.STAR_POWER))
        return projection

    def _token_nud_not(self, token: dict[str, Any]) -> Node:
        node: Node = _ast.not_expression(self._expression(self.NOT_POWER))
        return node

    def _token_nud_expref(self, token: dict[str, Any]) -> Node:
        node: Node = super()._token_nud_expref(token)
        return {**node, "column": token["start"] + 1}

    def _token_led_lparen(self, left: Node) -> Node:
        name = self._lookahead_token(-2)
        if name["type"] != "unquoted_identifier" or left["type"] != "field":
            raise self._unexpected(self._lookahead_token(-1))
        arguments: list[Node] = []
        while self._current_token() != "rparen":
            if arguments:
                self._match("comma")
            arguments.append(self._expression())
        self._match("rparen")
        node: Node = _ast.function_expression(left["value"], arguments)
        return {**node, "column": name["start"] + 1}

    def _parse_multi_select_hash(self) -> Node:
        pairs = []
        while True:
            name = self._lookahead_token(0)
            self._match_multiple_tokens(["quoted_identifier", "unquoted_identifier"])
            self._match("colon")
            pairs.append(_ast.key_val_pair(name["value"], self._expression()))
            if self._current_token() == "rbrace":
                break
            self._match("comma")
        self._advance()
        node: Node = _ast.multi_select_dict(pairs)
        return node

    def _parse_slice_expression(self) -> Node:
        column = self._lookahead_token(0)["start"] + 1
        node: Node = super()._parse_slice_expression()
        if node["children"][2] == 0:
            raise UnreadableExpression("a slice cannot have a step of 0; leave the step out or give 1", column)
        return node

    def _unexpected(self, token: dict[str, Any]) -> ExpressionError:
        kind, start = token["type"], token["start"]
        if kind == "eof":
            return UnreadableExpression(f"{_quote(self._text)} ends too early", len(self._text) + 1)
        found = self._text[start : start + 1]
        advice = ""
        if kind == "number":
            advice = "; write numbers between backticks: `1`"
        elif kind == "unquoted_identifier":
            found = _word(self._text, start)
            symbol = {"and": "&&", "or": "||", "not": "!"}.get(found.lower())
            advice = f"; write {symbol} for {found}" if symbol else ""
        return UnreadableExpression(f"unexpected {found} in {_quote(self._text)}{advice}", start + 1)

    def _unknown(self, error: Any) -> ExpressionError:
        start = error.lexer_position
        found = self._text[start : start + 1]
        match found:
            case "=":
                problem, advice = f"unexpected = in {_quote(self._text)}", "; equality is =="
            case "-":
                problem = f"unexpected - in {_quote(self._text)}"
                advice = '; names with other characters stand in double quotes: "first-name"'
            case "'" | '"':
                problem, advice = f"what {found} opens in {_quote(self._text)} is not closed, or is no text", ""
            case "`":
                problem = f"what ` opens in {_quote(self._text)} is not closed, or is no JSON"
                advice = "; JSON stands between two backticks: `1`, `null`"
            case _:
                problem, advice = f"unexpected {found} in {_quote(self._text)}", ""
        return UnreadableExpression(problem + advice, start + 1)


def _quote(text: str) -> str:
    """The expression for a message: one line, not too long."""
    line = " ".join(text.split())
    return f'"{line}"' if len(line) <= _SHOWN_CHARS else f'"{line[:_SHOWN_CHARS]}…"'


def _word(text: str, start: int) -> str:
    end = start
    while end < len(text) and (text[end].isalnum() or text[end] == "_"):
        end += 1
    return text[start:end][:_SHOWN_CHARS]


# -- checking


def _check(node: Node, text: str, depth: int) -> None:
    """Functions, their arguments, and depth. An `&expression` may stand only where a function takes it."""
    if depth > _DEPTH:
        raise _too_deep(text)
    kind = node["type"]
    if kind == "expref":
        raise UnreadableExpression("& is only for arguments of functions that take an &expression", node["column"])
    if kind == "function_expression":
        _check_call(node)
    if kind != "slice":  # its children are numbers
        for child in node["children"]:
            _check(
                child["children"][0] if child["type"] == "expref" and kind == "function_expression" else child,
                text,
                depth + 1,
            )


def _check_call(node: Node) -> None:
    name, arguments, column = node["value"], node["children"], node["column"]
    function = FUNCTIONS.get(name)
    if function is None:
        close = difflib.get_close_matches(name[:100].lower(), FUNCTIONS, n=1)
        advice = f"did you mean {close[0]}?" if close else f"there are {', '.join(sorted(FUNCTIONS))}"
        raise UnreadableExpression(f"no function named {name}; {advice}", column)
    if not function.takes(len(arguments)):
        raise UnreadableExpression(f"{name}() {function.takes_words()}, got {len(arguments)}", column)
    for index, argument in enumerate(arguments):
        if (function.parameter(index) is EXPRESSION) is not (argument["type"] == "expref"):
            found = "an &expression" if argument["type"] == "expref" else "a value"
            raise UnreadableExpression(str(function.refusal(index, found)), column)


def _too_deep(text: str) -> ExpressionError:
    return UnreadableExpression(f"{_quote(text)} is nested too deeply; write it in parts")
