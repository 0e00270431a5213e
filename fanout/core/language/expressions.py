"""Expressions: read once, checked as far as possible before there is data, and evaluated within a budget.

Everything that can go wrong is an ExpressionError or a TooLargeError, and its text holds nothing of the data.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .. import limits
from ..budget import Budget
from ..errors import ExpressionError
from ..values import check_size, clean
from .cache import BoundedCache
from .checking import check, too_deep
from .evaluation import Frame, build, follow
from .facts import cost, field_path, may_build, needs_frame
from .pacing import spend_reading
from .parser import Parser
from .read_paths import ReadPaths
from .signatures import Evaluate
from .syntax import Node

_CHARS = 32_768  # data belongs in the inputs
_CACHE_BYTES = 16 * limits.MIB
_BYTES_PER_CHAR = 600  # of the text of a compiled expression, at the most

# what an evaluation may raise on odd data, wherever in it; anything else is a defect, or ends it on purpose
_ESCAPES = (TypeError, ValueError, ArithmeticError, LookupError, AttributeError, RecursionError)


class _Program:
    """What evaluating a tree takes."""

    __slots__ = ("builds", "cost", "needs_frame", "path", "run")

    def __init__(self, tree: Node) -> None:
        self.run: Evaluate = build(tree)
        self.cost = cost(tree)
        self.path = field_path(tree)
        self.builds = may_build(tree)
        self.needs_frame = needs_frame(tree)


class _Lazy:
    """A program that is made when it is first needed: many a plan is read and never run."""

    __slots__ = ("_tree", "program")

    def __init__(self, tree: Node) -> None:
        self._tree = tree
        self.program: _Program | None = None

    def make(self) -> _Program:
        self.program = _Program(self._tree)
        return self.program


@dataclass(frozen=True, slots=True)
class Expression:
    """A checked expression; equal to any of the same text.

    `tree`: what was read, each node with its place in `text`; nobody changes it.
    `reads`: the paths of fields that it reads from the root of its scope, each as long as it is known without data:
    `branches.find.result[0].url` gives `("branches", "find", "result")`, a bare `@` gives `()`. `filter_names`: the
    first names that filters and `&expressions` read from elements; they do not see the scope.
    """

    text: str
    tree: Node = field(compare=False, repr=False)
    reads: frozenset[tuple[str, ...]] = field(compare=False, repr=False)
    filter_names: frozenset[str] = field(compare=False, repr=False)
    _lazy: _Lazy = field(compare=False, repr=False)

    @property
    def gives_part(self) -> bool:
        """Whether its value is always a part of its scope, and so no larger."""
        return not (self._lazy.program or self._lazy.make()).builds

    def evaluate(self, scope: Any, budget: Budget) -> Any:
        """The value of the expression over `scope`, a JSON value, of which the result may be a part.

        Raises ExpressionError (BudgetExceeded among them), or TooLargeError for a result that is over the limits of
        an evaluation when it is written out.
        """
        program = self._lazy.program or self._lazy.make()
        budget.spend(program.cost)
        if program.path is not None:
            return follow(scope, program.path)
        try:
            result = program.run(scope, Frame(budget, scope) if program.needs_frame else budget)
            if program.builds and isinstance(result, (str, list, dict)):
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
    known = _cache.get(text)
    if known is None:
        known = compile_with(Parser(), text)
        _cache.put(text, known, (len(text) + 1) * _BYTES_PER_CHAR)
    return known


def compile_with(parser: Parser, text: str) -> Expression:
    """`compile_expression` with another parser, and no cache."""
    spend_reading(len(text))
    try:
        tree = parser.read(text)
        spend_reading(len(text))
        check(tree, text)
        read_paths = ReadPaths(tree)
    except RecursionError:
        raise too_deep(text) from None
    return Expression(
        text=text,
        tree=tree,
        reads=frozenset(read_paths.paths),
        filter_names=frozenset(read_paths.filter_names),
        _lazy=_Lazy(tree),
    )


_cache: BoundedCache[Expression] = BoundedCache(_CACHE_BYTES)
