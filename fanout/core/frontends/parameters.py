"""The parameters of a tool call → values.

The platform hands over text, numbers, booleans, lists and objects, and turns one into another on the way (a number
arrives as text, malformed text for a list as a list of that text). Agents fill in every setting with something that
means nothing: see `is_given`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import PlanError, Problem, collecting
from ..plans.document import check_depth, parse_data, parse_items, parse_json
from ..plans.schema import describe, suggest
from ..texts import begins_json, unfence
from ..values import clean, to_text

NOT_SET = "default"  # the option of every select that means so
PLAN_SETTINGS = ("strategy", "stream", "deadline_s", "max_parallel", "on_failure", "trace")  # of `fan_out`

_NUMBER = re.compile(r"[-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?")
_LIKE_JSON = re.compile(
    r"""(?:\[\s*)*\{\s*(?:["']|\w+\s*:)"""  # objects, also in lists
    r"""|(?:\[\s*)+(?:["']|-?[0-9.]+\s*,|(?:true|false|null)\b)"""  # lists of texts, numbers or words
)
_SEPARATORS = re.compile(r"[,;，、；\s]+")
# what stands around names in lists of people, models and Python; the last have no width
_AROUND = "[](){}<>\"'`“”‘’「」『』*-•·\u200b\u200c\u200d\u2060\ufeff"
_MARK = re.compile(r"(?:(?:[-*+•‣·▪–—>]|\(?\d{1,3}[.)．])\s+|\d{1,3}、\s*)(?:\[[ xX]\]\s+)?")  # of a list
_NUMBERED = re.compile(r"\d{1,3}[.)]")
_BLANK = " \t\r\n\u00a0\u3000\u200b\ufeff"
_OPENING, _CLOSING = f"<*\"'`“‘「『{_BLANK}", f">*\"'`”’」』,;，、；。{_BLANK}"
_TRUE = ("true", "yes", "y", "1", "on")
_FALSE = ("false", "no", "n", "0", "off")


class Settings:
    """Reads the parameters of one call. A mistake becomes a problem and the default; `check` raises them together."""

    def __init__(self, parameters: Mapping[str, Any]) -> None:
        self._parameters = parameters
        self.problems: list[Problem] = []

    def given(self, name: str) -> bool:
        """Whether a parameter has a value, see `is_given`."""
        return is_given(self._parameters.get(name))

    def text(self, name: str, default: str = "") -> str:
        """Text as it is, other values as text."""
        return to_text(clean(self._parameters[name])) if self.given(name) else default

    def required(self, name: str) -> str:
        """As `text`; a problem where it is not given."""
        if not self.given(name):
            self.problems.append(Problem(name, "is missing; this parameter is required"))
        return self.text(name)

    def choice(self, name: str, options: Sequence[str], default: str) -> str:
        """One of `options`."""
        if not is_chosen(self._parameters.get(name)):
            return default
        value = self.text(name).strip()
        if value in options:
            return value
        return self._wrong(name, f"unknown value; {suggest(value, options, 'the values')}", default)

    def number(
        self,
        name: str,
        default: float,
        *,
        low: float | None = None,
        high: float | None = None,
        above: float | None = None,
    ) -> float:
        """A number from `low` to `high` (over `above`)."""
        value = as_number(self._parameters.get(name)) if self.given(name) else default
        if isinstance(value, bool) or not isinstance(value, int | float):
            return self._wrong(
                name, f"got {describe(value, show=False)}; give a number{_range(low, high, above)}", default
            )
        if (
            (low is not None and value < low)
            or (high is not None and value > high)
            or (above is not None and value <= above)
        ):
            return self._wrong(name, f"got {describe(value)}; give a number{_range(low, high, above)}", default)
        return value

    def whole(self, name: str, default: int, *, low: int, high: int) -> int:
        """A whole number from `low` to `high`."""
        value = self.number(name, default, low=low, high=high)
        if value != int(value):
            return self._wrong(name, f"got {describe(value)}; give a whole number{_range(low, high, None)}", default)
        return int(value)

    def names(self, name: str) -> list[str]:
        """Names separated by commas, spaces or lines, each once, without what stands around them in lists."""
        lines = (line[mark.end() :] if (mark := _MARK.match(line)) else line for line in self.text(name).splitlines())
        words = [word for line in lines for word in _SEPARATORS.split(line) if not _NUMBERED.fullmatch(word)]
        return list(dict.fromkeys(filter(None, (word.strip(_AROUND) for word in words))))

    def check(self, what: str = "call") -> None:
        """Raise PlanError if there are problems."""
        if self.problems:
            raise PlanError(self.problems, what)

    def _wrong[T](self, name: str, message: str, default: T) -> T:
        self.problems.append(Problem(name, message))
        return default


def is_given(value: Any) -> bool:
    """Whether a parameter has a value.

    Null and blank text are none, and so is what the platform and agents make of nothing, whatever the type: `false`,
    `{}`, `[null]`, `[""]`. A list without elements is one: a search may have found nothing.
    """
    if isinstance(value, list | tuple) and len(value) == 1:
        return value[0] is not None and not _is_blank(value[0])
    return value is not None and value is not False and value != {} and not _is_blank(value)


def is_chosen(value: Any) -> bool:
    """Whether a select has a value: the panel cannot empty one again, so that it has an option for *not set*."""
    return is_given(value) and str(value).strip() != NOT_SET


def without_marks(text: str) -> str:
    """A text without the bullet or number before it, and the quotes, asterisks and angle brackets around it."""
    text = text.strip(_BLANK)
    mark = _MARK.match(text)
    return text[mark.end() if mark else 0 :].lstrip(_OPENING).rstrip(_CLOSING)


def _is_blank(value: Any) -> bool:
    return isinstance(value, str) and not value.strip()


def read_overrides(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that win over the plan's keys of the same name, for `read_plan`; numbers and flags from text.

    What is neither stays as it is, so that `read_plan` says what is wrong with it.
    """
    given = {name: parameters[name] for name in PLAN_SETTINGS if is_chosen(parameters.get(name))}
    return {name: _as_key(name, value) for name, value in given.items()}


def read_inputs(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """`inputs` of a call: `query`, `text`, `items` and `files` win over `inputs_object`, and that over `inputs`.

    Raises PlanError with every problem.
    """
    problems: list[Problem] = []
    inputs: dict[str, Any] = {}
    for name, read in (("inputs", _read_inputs_text), ("inputs_object", _read_inputs_object)):
        if is_given(parameters.get(name)):
            with collecting(problems):
                inputs.update(read(parameters[name], name))
    for name in ("query", "text"):
        if is_given(parameters.get(name)):
            inputs[name] = to_text(clean(parameters[name]))
    for name in ("items", "files"):
        if is_given(parameters.get(name)):
            with collecting(problems):
                inputs[name] = read_items(parameters[name], name)
    if problems:
        raise PlanError(problems, "input")
    return inputs


def read_items(value: Any, what: str = "items") -> list[Any]:
    """A list from a list, or from text: JSON, or one item a line; any other value is one item. Raises PlanError."""
    if isinstance(value, str):
        return parse_items(value, what)
    check_depth(value, what)
    items: list[Any] = clean(value) if isinstance(value, list | tuple) else [clean(value)]
    text = items[0] if len(items) == 1 and isinstance(items[0], str) else ""
    inner = unfence(text)
    if inner is not text and begins_json(inner):
        return parse_items(inner, what)
    if _is_broken_json(text):
        parse_json(text, what)  # raises, and says where
    return items


def read_object(value: Any, what: str) -> dict[str, Any]:
    """An object from an object or its JSON text. Raises PlanError."""
    if isinstance(value, str):
        value = parse_json(value, what)
    check_depth(value, what)
    if not isinstance(value, dict):
        raise PlanError([Problem(what, f"got {describe(value, show=False)}; give an object")], "input")
    cleaned: dict[str, Any] = clean(value)
    return cleaned


def as_number(value: Any) -> Any:
    """Text that is a number as that number; everything else as it is."""
    if not isinstance(value, str) or not _NUMBER.fullmatch(value.strip()):
        return value
    number = float(value.strip())
    if number in (float("inf"), float("-inf")):
        return value
    return int(number) if number.is_integer() else number


def as_flag(value: Any) -> Any:
    """Words for true and false, 1 and 0 as booleans; everything else as it is."""
    word = str(value).strip().lower() if isinstance(value, str | int | float) else ""
    return True if word in _TRUE else False if word in _FALSE else value


def _as_key(name: str, value: Any) -> Any:
    if name in ("deadline_s", "max_parallel"):
        return as_number(value)
    if name == "trace":
        return as_flag(value)
    return value.strip() if isinstance(value, str) else value


def _read_inputs_text(value: Any, what: str) -> dict[str, Any]:
    if isinstance(value, str):
        value = parse_data(value, what)
    check_depth(value, what)
    cleaned = clean(value)
    return cleaned if isinstance(cleaned, dict) else {"value": cleaned}


def _read_inputs_object(value: Any, what: str) -> dict[str, Any]:
    return read_object(value, what)


def _is_broken_json(text: str) -> bool:
    """Whether text was meant to be JSON but is none.

    For a list the platform wraps text that it cannot read into a list of one. A list of one text that happens to
    begin with a bracket, such as a Markdown link, must not be taken for that.
    """
    if not _LIKE_JSON.match(text.lstrip()):
        return False
    try:
        parse_json(text, "")
    except PlanError:
        return True
    return False


def _range(low: float | None, high: float | None, above: float | None) -> str:
    start = f" over {above:g}" if above is not None else f" from {low:g}" if low is not None else ""
    return start + (f" to {high:,}".removesuffix(".0") if high is not None else "")
