"""Templates: texts with `${ expression }` in them, and values whose texts are templates.

Everything is compiled when it is read. What an expression gives is only ever data: nothing is read twice.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import Any, NamedTuple

from .. import limits
from ..budget import Budget
from ..errors import ExpressionError, TooLargeError
from ..values import check_size, clean, measure, to_text, to_words
from .expressions import Expression, compile_expression

_TWO_BRACES = re.compile(r"\s*\{\s*([\w.]+)\s*\}\s*")  # of `${{inputs.query}}`
_OPEN = "${"
_ESCAPED = "$${"  # a literal ${
_OPENING = re.compile(r"\$?\$\{")
_MARKS = re.compile("[{}'\"`]")


class _Hole(NamedTuple):
    """An expression in a template, and how many characters of the template stand before it."""

    expression: Expression
    offset: int

    def evaluate(self, scope: Any, budget: Budget) -> Any:
        try:
            return self.expression.evaluate(scope, budget)
        except ExpressionError as error:
            raise error.moved(self.offset) from None


@dataclass(frozen=True, slots=True)
class Template:
    """A compiled template; equal to any of the same text. `reads`: all that its expressions read."""

    text: str
    reads: frozenset[tuple[str, ...]] = field(compare=False, repr=False)
    _parts: tuple[str | _Hole, ...] = field(compare=False, repr=False)

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """Those in `${…}`, in their order."""
        return tuple(part.expression for part in self._parts if isinstance(part, _Hole))

    @property
    def placed(self) -> list[tuple[Expression, int]]:
        """The same, each with how many characters of the template stand before it."""
        return [(part.expression, part.offset) for part in self._parts if isinstance(part, _Hole)]

    @property
    def literal(self) -> str:
        """The text as it stands, a NUL for each `${…}`."""
        return "".join(part if isinstance(part, str) else "\0" for part in self._parts)

    @property
    def is_constant(self) -> bool:
        """Whether it renders to the same whatever the scope is."""
        return not any(isinstance(part, _Hole) for part in self._parts)

    def render(self, scope: Any, budget: Budget) -> Any:
        """The value: with its type if the text is exactly one `${…}`, else a text.

        Raises ExpressionError (columns count in the template), or TooLargeError before a text over the limit of an
        evaluation is written.
        """
        match self._parts:
            case (_Hole() as hole,):
                return hole.evaluate(scope, budget)
            case _:
                return self.render_text(scope, budget)

    def render_text(self, scope: Any, budget: Budget) -> str:
        """The value as text, with all that `render` raises."""
        values = [part if isinstance(part, str) else part.evaluate(scope, budget) for part in self._parts]
        if measure(values, budget).bytes > limits.EVAL_BYTES:
            raise TooLargeError(f"the text is larger than {to_words(limits.EVAL_BYTES)}; select less of it")
        return "".join(map(to_text, values))


def compile_template(text: str) -> Template:
    """Read a template. Raises ExpressionError; its column counts in `text`."""
    text = clean(text)
    parts = tuple(_parse(text))
    reads = _union([part.expression.reads for part in parts if isinstance(part, _Hole)])
    return Template(text=text, reads=reads, _parts=parts)


def _union(reads: Sequence[frozenset[tuple[str, ...]]]) -> frozenset[tuple[str, ...]]:
    return reads[0] if len(reads) == 1 else frozenset(chain.from_iterable(reads))


def _parse(text: str) -> list[str | _Hole]:
    parts: list[str | _Hole] = []
    literal = ""
    position = 0
    while (opening := _OPENING.search(text, position)) is not None:
        literal += text[position : opening.start()]
        position = opening.end()
        if opening[0] == _ESCAPED:
            literal += _OPEN
            continue
        if literal:
            parts.append(literal)
            literal = ""
        end = _closing_brace(text, position)
        parts.append(_hole(text[position:end], position))
        position = end + 1
    literal += text[position:]
    return [*parts, literal] if literal else parts


def _closing_brace(text: str, start: int) -> int:
    """Where the brace stands that closes the expression which begins at `start`."""
    depth = 1
    position = start
    while (mark := _MARKS.search(text, position)) is not None:
        position = mark.start()
        if mark[0] == "{":
            depth += 1
        elif mark[0] == "}":
            depth -= 1
            if depth == 0:
                return position
        else:
            position = _closing_quote(text, position)
        position += 1
    raise ExpressionError("${ is not closed", start - 1, "a } ends it; where ${ is meant as text, write $${")


def _closing_quote(text: str, start: int) -> int:
    quote = text[start]
    position = start + 1
    while position < len(text) and text[position] != quote:
        position += 2 if text[position] == "\\" else 1
    if position >= len(text):
        raise ExpressionError(f"{quote} inside ${{…}} is not closed", start + 1)
    return position


def _hole(text: str, offset: int) -> _Hole:
    if not text.strip():
        raise ExpressionError("${} is empty", offset - 1)
    try:
        return _Hole(compile_expression(text), offset)
    except ExpressionError as error:
        inner = _TWO_BRACES.fullmatch(text)
        advice = error.advice if inner is None else f"write ${{{inner[1]}}}, with one pair of braces"
        raise ExpressionError(error.message, error.column, advice).moved(offset) from None


# -- values


class ValueTemplate:
    """A JSON value whose texts, at any depth, are templates (its keys are not).

    `source` is the value as written; `reads` all that its expressions read; `templates` the texts with expressions,
    each with its path.
    """

    __slots__ = ("_render", "is_constant", "reads", "source", "templates")

    def __init__(self, source: Any, templates: Sequence[tuple[str, Template]], render: _Render) -> None:
        self.source = source
        self.templates = templates
        self.reads = _union([template.reads for _, template in templates])
        self._render = render
        self.is_constant = isinstance(render, _Constant)

    @classmethod
    def of_fields(cls, fields: Mapping[str, ValueTemplate]) -> ValueTemplate:
        """One template of an object from those of its fields, which other objects may have too."""
        source = {key: template.source for key, template in fields.items()}
        templates = [each for template in fields.values() for each in template.templates]
        return cls(source, templates, _object({key: template._render for key, template in fields.items()}))

    def render(self, scope: Any, budget: Budget) -> Any:
        """The value with its templates replaced. Raises what `Template.render` raises, expressions with their path."""
        try:
            value = self._render(scope, budget)
        except RecursionError:
            raise ExpressionError("the value is nested too deeply") from None
        if not self.is_constant:
            check_size(value, budget, "the value")
        return value


type _Render = Callable[[Any, Budget], Any]


@dataclass(frozen=True, slots=True)
class _Constant:
    value: Any

    def __call__(self, scope: Any, budget: Budget) -> Any:
        return self.value


def compile_value(value: Any, on_error: Callable[[str, ExpressionError], None], path: str) -> ValueTemplate:
    """Read all templates in a value. `on_error` gets each mistake with the path of its text below `path`.

    A text with a mistake stays as it is written.
    """
    templates: list[tuple[str, Template]] = []
    try:
        render = _compile(value, on_error, path, templates)
    except RecursionError:
        on_error(path, ExpressionError("the value is nested too deeply"))
        render = _Constant(value)
    return ValueTemplate(value, templates, render)


type _Templates = list[tuple[str, Template]]


def _compile(value: Any, on_error: Callable[[str, ExpressionError], None], path: str, found: _Templates) -> _Render:
    if isinstance(value, str):
        return _compile_text(value, on_error, path, found)
    if isinstance(value, list):
        items = [_compile(item, on_error, f"{path}[{index}]", found) for index, item in enumerate(value)]
        if all(isinstance(item, _Constant) for item in items):
            return _Constant([item.value for item in items if isinstance(item, _Constant)])
        return lambda scope, budget: [item(scope, budget) for item in items]
    if isinstance(value, dict):
        return _object(
            {key: _compile(item, on_error, f"{path}.{key}" if path else key, found) for key, item in value.items()}
        )
    return _Constant(value)


def _object(fields: Mapping[str, _Render]) -> _Render:
    constant = {key: field.value for key, field in fields.items() if isinstance(field, _Constant)}
    if len(constant) == len(fields):
        return _Constant(constant)
    return lambda scope, budget: {key: render(scope, budget) for key, render in fields.items()}


def _compile_text(text: str, on_error: Callable[[str, ExpressionError], None], path: str, found: _Templates) -> _Render:
    if "$" not in text:
        return _Constant(clean(text))
    try:
        template = compile_template(text)
    except ExpressionError as error:
        on_error(path, error)
        return _Constant(text)
    if template.is_constant:
        return _Constant(template.render_text(None, Budget()))
    found.append((path, template))
    return partial(_render_at, path, template) if path else template.render


def _render_at(path: str, template: Template, scope: Any, budget: Budget) -> Any:
    try:
        return template.render(scope, budget)
    except ExpressionError as error:
        raise error.at(path) from None
