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
from ..budget import Budget, BudgetExceeded
from ..depth import is_deeper
from ..errors import PlanError, Problem, TooLargeError, join_path
from ..texts import begins_json, unfence
from ..values import clean, measure
from .syntax import Position, changes_in_silence, escaped_paths, explain_json, explain_yaml, place_of, swallowed

# libyaml is ten times as fast; without it PyYAML's own parser gives the same events.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_WORDS: dict[str, bool | None] = {"": None, "~": None, "null": None, "true": True, "false": False}

PASTED = "{{#"  # how a workflow's variable begins where the platform pastes it in as raw text
PASTED_REMEDY = (
    "variables of the workflow ({{#…#}}) have no place here: they are pasted in as raw text, which can break it; "
    "hand the value over in inputs and write ${inputs.…} instead"
)


def parse_document(text: str, what: str, warnings: list[Problem] | None = None) -> Any:
    """Read what a person wrote. Blank text is null, one Markdown fence around the whole is taken off.

    Raises PlanError at `{what} line N, column M`. What YAML reads otherwise than it was probably meant becomes a
    warning.
    """
    text = unfence(clean(text).removeprefix("\ufeff"))
    if len(text) > limits.PLAN_BYTES or len(text.encode()) > limits.PLAN_BYTES:
        _fail_size(what)
    warnings = [] if warnings is None else warnings
    try:
        value = _parse(text, what, warnings)
    except PlanError:
        if PASTED not in text:
            raise
        _fail(place_of(text, PASTED, what), PASTED_REMEDY, what)  # most probably it is what broke the text
    warnings.extend(escaped_paths(text, what))
    return value


def _parse(text: str, what: str, warnings: list[Problem]) -> Any:
    if begins_json(text):
        try:
            return _from_json(text, what)
        except json.JSONDecodeError as error:
            if changes_in_silence(error, text):
                _fail(what, explain_json(error, text))
        except (ValueError, RecursionError):
            pass  # YAML's brackets take more than JSON's, and its parser knows the place
    try:
        return clean(_Builder(text, what, warnings).build())
    except yaml.YAMLError as error:
        raise PlanError([explain_yaml(error, text, what)], what) from None


def parse_json(text: str, what: str) -> Any:
    """Read data that must be JSON. Raises PlanError at `what`, with the place, but none of the data."""
    text = unfence(text.removeprefix("\ufeff"))
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        _fail(what, explain_json(error, text))
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
    inner = unfence(text)
    if begins_json(inner):
        return parse_json(inner, what)
    return {"value": clean(text if inner is text else inner.strip("\n"))}


def parse_items(text: str, what: str) -> list[Any]:
    """A list in a text field: JSON if it begins like it (one value that is no list is one item), else one item a line.

    Blank lines are left out. Raises PlanError at `what`.
    """
    text = unfence(text)
    if begins_json(text):
        value = parse_json(text, what)
        return value if isinstance(value, list) else [value]
    return [clean(line.strip()) for line in text.splitlines() if line.strip()]


def is_special(text: str) -> bool:
    """Whether a text is read as something else than text where it stands without quotes: a number, a word, nothing."""
    return text in _WORDS or _NUMBER.fullmatch(text) is not None


def check_depth(value: Any, what: str, depth: int = limits.DATA_DEPTH) -> None:
    """Raise PlanError at `what` where containers stand in each other more than `depth` times."""
    if is_deeper(value, depth):
        _fail_depth(what, depth)


def take_object(value: Any, what: str) -> Any:
    """What a person wrote, given as an object: within the limits of its text. Raises PlanError at `what`."""
    try:
        is_large = measure(value, Budget(limits.PLAN_BYTES)).bytes > limits.PLAN_BYTES
    except BudgetExceeded:
        is_large = True
    except TooLargeError:
        is_large = False  # nested more deeply than can be measured: what follows says so
    if is_large:
        _fail_size(what)
    check_depth(value, what, limits.PLAN_DEPTH)
    return clean(value)


def pasted_paths(value: Any, path: str) -> Iterator[str]:
    """The paths below `path` of all text (keys too) that holds a pasted variable, `{{#`."""
    if isinstance(value, str):
        if PASTED in value:
            yield path
    elif isinstance(value, dict):
        for key, child in value.items():
            if PASTED in key:
                yield path
            yield from pasted_paths(child, join_path(path, key))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from pasted_paths(child, join_path(path, index))


class _Builder:
    """Builds one value from the events of one text, with a stack of its own instead of recursion."""

    def __init__(self, text: str, what: str, warnings: list[Problem]) -> None:
        self._text = text
        self._what = what
        self._warnings = warnings
        self._may_swallow = "#" in text and "${" in text
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
            if self._may_swallow and event.implicit[0]:
                self._look_behind(event)

    def _look_behind(self, event: yaml.ScalarEvent) -> None:
        assert event.end_mark is not None
        problem = swallowed(self._text, event.end_mark.index, event.value, self._what, self._path())
        if problem is not None:
            self._warnings.append(problem)

    def _path(self) -> str:
        """Of the value that was put in last."""
        path = ""
        for container in (*self._outer, self._container):
            if isinstance(container, list):
                path = join_path(path, len(container) - 1)
            elif container is not None:
                path = join_path(path, next(reversed(container)))
        return path

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
        mark = event.start_mark
        _fail(Position(mark.line + 1, mark.column + 1).of(self._what), message, self._what)


def _from_json(text: str, what: str) -> Any:
    """Strict JSON; raises ValueError where it is none, or holds what only YAML's events can place (double keys)."""
    value = _STRICT.decode(text)
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


_STRICT = json.JSONDecoder(
    object_pairs_hook=_unique_keys, parse_constant=_refuse_constant, parse_int=_number, parse_float=_number
)


def _fail_size(what: str) -> NoReturn:
    _fail(what, f"is longer than {limits.PLAN_BYTES // limits.KIB} KiB; hand data over in inputs")


def _fail_depth(what: str, depth: int) -> NoReturn:
    _fail(what, f"is nested more than {depth} deep")


def _fail(where: str, message: str, what: str = "") -> NoReturn:
    raise PlanError([Problem(where, message)], what or where)
