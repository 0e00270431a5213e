"""Text that people write (plans, catalogs, parameters: YAML or JSON) and data given as text → JSON values.

YAML is read from the parser's events, not through a loader: only JSON's scalars get a type, and whatever has no place
in JSON (anchors, tags, double keys …) is refused where it stands. The depth of the text never becomes depth of calls.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import yaml

from .. import limits
from ..depth import is_deeper
from ..errors import PlanError, Problem
from ..values import clean

# libyaml is ten times as fast; without it PyYAML's own parser gives the same events.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_WORDS: dict[str, bool | None] = {"": None, "~": None, "null": None, "true": True, "false": False}

PASTED = "{{#"  # how a workflow's variable begins where the platform pastes it in as raw text
PASTED_REMEDY = (
    "variables of the workflow ({{#…#}}) have no place here: they are pasted in as raw text, which can break it; "
    "hand the value over in inputs and write ${inputs.…} instead"
)

_QUOTES = "put text that begins with a sign, or that holds ': ' or ' #', in quotes"
_HINTS = (  # (words of the parser's problem, what to do); the first that fits
    ("alias", "aliases are not supported; put text that begins with * in quotes"),
    ("anchor", "anchors are not supported; put text that begins with & in quotes"),
    ("tag", "tags are not supported; put text that begins with ! in quotes"),
    ("escape", "inside \"…\" write \\\\ for a backslash, or use '…'"),
    ("quoted scalar", "close the quotes"),
    ("end of stream", "close the quotes or brackets"),
    ("mapping values", "put text with ': ' in quotes, or check the indentation"),
    ("flow", "close the brackets; inside { } and [ ] put text with brackets or commas in quotes"),
    ("expected", "check the indentation: what belongs together starts in the same column"),
)


def parse_document(text: str, what: str) -> Any:
    """Read what a person wrote. Blank text is null. Raises PlanError at `{what} line N`."""
    text = clean(text).removeprefix("\ufeff")
    if len(text) > limits.PLAN_BYTES or len(text.encode()) > limits.PLAN_BYTES:
        _fail(what, f"is longer than {limits.PLAN_BYTES // limits.KIB} KiB; hand data over in inputs")
    try:
        return _parse(text, what)
    except PlanError:
        if PASTED not in text:
            raise
        _fail(line_of(text, PASTED, what), PASTED_REMEDY, what)  # most probably it is what broke the text


def _parse(text: str, what: str) -> Any:
    if begins_json(text):
        try:
            return _from_json(text, what)
        except (ValueError, RecursionError):
            pass  # YAML's brackets take more than JSON's, and its parser knows lines
    try:
        return clean(_Builder(text, what).build())
    except yaml.YAMLError as error:
        _fail(*_explain(error, text, what))


def parse_json(text: str, what: str) -> Any:
    """Read data that must be JSON. Raises PlanError at `what`, with the position but none of the data."""
    try:
        value = json.loads(text.removeprefix("\ufeff"), parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        _fail(what, f"is no JSON: {error.msg} (line {error.lineno}, column {error.colno})")
    except RecursionError:
        _fail_depth(what, limits.DATA_DEPTH)
    except ValueError as error:
        _fail(what, f"is no JSON: {error}")
    check_depth(value, what)
    return clean(value)


def parse_data(text: str, what: str) -> Any:
    """Data in a text field: what begins with `{` or `[` must be JSON, other text is `{value: text}`.

    Raises PlanError at `what`.
    """
    return parse_json(text, what) if begins_json(text) else {"value": clean(text)}


def parse_items(text: str, what: str) -> list[Any]:
    """A list in a text field: JSON if it begins like it (one value that is no list is one item), else one item a line.

    Blank lines are left out. Raises PlanError at `what`.
    """
    if begins_json(text):
        value = parse_json(text, what)
        return value if isinstance(value, list) else [value]
    return [clean(line.strip()) for line in text.splitlines() if line.strip()]


def begins_json(text: str) -> bool:
    """Whether a text field holds JSON by its first sign."""
    return text.lstrip("\ufeff \t\r\n")[:1] in ("{", "[")


def check_depth(value: Any, what: str, depth: int = limits.DATA_DEPTH) -> None:
    """Raise PlanError at `what` where containers stand in each other more than `depth` times."""
    if is_deeper(value, depth):
        _fail_depth(what, depth)


def pasted_paths(value: Any, path: str) -> Iterator[str]:
    """The paths below `path` of all text (keys too) that holds a pasted variable, `{{#`."""
    if isinstance(value, str):
        if PASTED in value:
            yield path
    elif isinstance(value, dict):
        for key, child in value.items():
            if PASTED in key:
                yield path
            yield from pasted_paths(child, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from pasted_paths(child, f"{path}[{index}]")


class _Builder:
    """Builds one value from the events of one text, with a stack of its own instead of recursion."""

    def __init__(self, text: str, what: str) -> None:
        self._text = text
        self._what = what
        self._root: Any = None
        self._documents = 0
        self._container: dict[str, Any] | list[Any] | None = None  # the innermost open one
        self._key: str | None = None  # what the next value of an open object belongs to
        self._outer: list[dict[str, Any] | list[Any] | None] = []

    def build(self) -> Any:
        take: dict[type, Callable[[Any], None]] = {
            yaml.ScalarEvent: self._take_scalar,
            yaml.MappingStartEvent: lambda event: self._open({}, event),
            yaml.SequenceStartEvent: lambda event: self._open([], event),
            yaml.MappingEndEvent: self._close,
            yaml.SequenceEndEvent: self._close,
            yaml.AliasEvent: self._refuse_alias,
            yaml.DocumentStartEvent: self._count_document,
        }
        for event in yaml.parse(self._text, Loader=_LOADER):
            handler = take.get(type(event))
            if handler is not None:
                handler(event)
        return self._root

    def _take_scalar(self, event: yaml.ScalarEvent) -> None:
        if event.anchor is not None or event.tag is not None:
            self._refuse_extras(event)
        if self._expects_key():
            self._take_key(event)
        else:
            self._put(self._scalar(event))

    def _expects_key(self) -> bool:
        return self._key is None and isinstance(self._container, dict)

    def _take_key(self, event: yaml.ScalarEvent) -> None:
        key = str(event.value)
        assert self._container is not None
        if key in self._container:
            self._fail(event, f"the key {key} is given twice in one object; keep one")
        self._key = key

    def _open(self, container: dict[str, Any] | list[Any], event: Any) -> None:
        self._refuse_extras(event)
        if self._expects_key():
            self._fail(event, "a key must be text, not a list or an object; put it in quotes")
        if len(self._outer) >= limits.PLAN_DEPTH:
            self._fail(event, f"is nested more than {limits.PLAN_DEPTH} deep")
        self._put(container)
        self._outer.append(self._container)
        self._container = container

    def _close(self, event: Any) -> None:
        self._container = self._outer.pop()

    def _put(self, value: Any) -> None:
        container = self._container
        if isinstance(container, list):
            container.append(value)
        elif container is None:
            self._root = value
        else:
            assert self._key is not None
            container[self._key] = value
            self._key = None

    def _scalar(self, event: yaml.ScalarEvent) -> Any:
        text = event.value
        if not event.implicit[0]:  # quoted, or a block
            return text
        if text in _WORDS:
            return _WORDS[text]
        if not _NUMBER.fullmatch(text):
            return text
        try:
            return _number(text)
        except ValueError as error:
            self._fail(event, f"{error}; put it in quotes to keep it as text")

    def _refuse_extras(self, event: Any) -> None:
        if event.anchor is not None:
            message = f"anchors and aliases (&{event.anchor}) are not supported; write the value out, or in quotes"
            self._fail(event, message)
        if event.tag is not None:
            self._fail(event, f"tags ({event.tag}) are not supported; put text that begins with ! in quotes")

    def _refuse_alias(self, event: yaml.AliasEvent) -> None:
        self._fail(event, f"aliases (*{event.anchor}) are not supported; write the value out, or in quotes")

    def _count_document(self, event: yaml.DocumentStartEvent) -> None:
        self._documents += 1
        if self._documents > 1:
            self._fail(event, "begins a second document; keep one and remove the --- before it")

    def _fail(self, event: Any, message: str) -> NoReturn:
        _fail(f"{self._what} line {event.start_mark.line + 1}", message, self._what)


def _from_json(text: str, what: str) -> Any:
    """Strict JSON; raises ValueError where it is none, or holds what only YAML's events can place (double keys)."""
    value = json.loads(
        text,
        object_pairs_hook=_unique_keys,
        parse_constant=_refuse_constant,
        parse_int=_number,
        parse_float=_number,
    )
    check_depth(value, what, limits.PLAN_DEPTH)
    return clean(value)


def _number(text: str) -> int | float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("the number is out of range")
    return int(text) if text.lstrip("-").isdigit() else number


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        raise ValueError("a key is given twice")
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _explain(error: yaml.YAMLError, text: str, what: str) -> tuple[str, str, str]:
    """(where, message, what) of a syntax error in YAML."""
    lines = text.splitlines() or [""]
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        character = getattr(error, "character", None)
        code = ord(character) if isinstance(character, str) else character
        where = line_of(text, chr(code), what) if isinstance(code, int) else what
        return where, "holds a control character; remove it", what
    number = min(mark.line, len(lines) - 1)
    problem = str(getattr(error, "problem", "") or "cannot be read")
    if lines[number][mark.column : mark.column + 1] == "\t":
        hint = "indent with spaces, not tabs"
    else:
        words = f"{getattr(error, 'context', '') or ''} {problem}"
        hint = next((hint for sign, hint in _HINTS if sign in words), _QUOTES)
    return f"{what} line {number + 1}", f"{problem}; {hint}", what


def line_of(text: str, sign: str, what: str) -> str:
    """`{what} line N` of the first `sign` in `text`."""
    position = text.find(sign)
    return what if position < 0 else f"{what} line {text.count('\n', 0, position) + 1}"


def _fail_depth(what: str, depth: int) -> NoReturn:
    _fail(what, f"is nested more than {depth} deep")


def _fail(where: str, message: str, what: str = "") -> NoReturn:
    raise PlanError([Problem(where, message)], what or where)
