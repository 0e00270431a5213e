"""The innermost words of a failure. The platform wraps a tool's text up to four times, services wrap theirs in JSON.

JSON stands in such texts whole, in the middle, escaped (several times), as Python prints it, or cut off. Of an object
the fields count that people read (`message`, `error`, `detail` …); its codes and types are kept as names, that is, as
clues of what happened.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

_LAYERS = 12  # of wrapping
_OPENINGS = 8  # of braces at which JSON is looked for in one layer
_BROKEN_CHARS = 10_000  # of what is no JSON, in which its fields are looked for; the end holds the innermost
_VISITED = 200  # values that are looked at for words
_NAMES = 12
_NAME_CHARS = 100
_SAYS_NOTHING = frozenset(("", "unknown", "invalid_param"))  # the platform's codes for whatever it has no better one

_HTTP_ANSWER = re.compile(r"request failed with status code: (\d{3}) and respond with: ?", re.I)
_DETAILS = re.compile(r"An error occurred in .{1,300}?error type: ([\w.]+), error details: ", re.S)
_INVOKE_ERROR = re.compile(r"PluginInvokeError: (?=\{)")
_WRAPPING = re.compile(
    r"(?:invoke|read) [\w ]{1,40}?failed: "
    r"|request failed: "
    r"|run failed: "
    r"|failed to transform \w+ message: "
    r"|req_id: \w+,? "
    r"|(?:Plugin(?:Invoke|Daemon\w*)|ToolInvoke|ToolRuntimeInvocation)Error: ",
    re.I,
)

_MESSAGES = ("message", "error_message", "errormessage", "error_msg", "errmsg", "msg", "ret_msg", "readablemessage")
_ERRORS = ("error", "errors", "exception", "fault", "cause")
_DETAILED = ("detail", "details", "error_description", "description", "reason", "title")
_NAMED = frozenset(("error_type", "type", "code", "status", "name", "error_code", "errorcode", "title", "reason"))
_STATUSES = frozenset(("status", "code", "status_code", "statuscode", "http_status", "httpstatuscode", "error_code"))

_ESCAPE = re.compile(r"\\([\"'\\/nrt])")
_PAIR = re.compile(
    r"[\"'](\w{1,40})[\"']\s*:\s*(?:\"((?:[^\"\\]|\\.){0,10000})\"|'((?:[^'\\]|\\.){0,10000})'"
    r"|(\d{3})\b(?!\.)|None|null|[Tt]rue|[Ff]alse|-?\d[\d.]{0,20})",
    re.S,
)
_decoder = json.JSONDecoder(strict=False)


@dataclass(slots=True)
class Unwrapped:
    """`words` are the innermost; `status` is the platform's, `statuses` and `names` those in JSON, outermost first."""

    words: str
    status: int | None = None
    statuses: list[int] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    def add_name(self, name: str) -> None:
        """Keep a name that an error was given; bounded, as it comes from outside."""
        if name not in _SAYS_NOTHING and len(self.names) < _NAMES:
            self.names.append(name[:_NAME_CHARS])


def unwrap(text: str) -> Unwrapped:
    """Take off every layer that is known."""
    unwrapped = Unwrapped(text)
    for _ in range(_LAYERS):
        before = unwrapped.words = unwrapped.words.strip()
        _unwrap_once(unwrapped)
        if unwrapped.words == before:
            break
    return unwrapped


def _unwrap_once(unwrapped: Unwrapped) -> None:
    text = unwrapped.words
    if text[:1] != "{":
        if answer := _HTTP_ANSWER.search(text):
            unwrapped.status = int(answer[1])
            unwrapped.words = text[answer.end() :]
            return
        if details := _DETAILS.search(text):
            unwrapped.add_name(details[1])
            unwrapped.words = text[details.end() :]
            return
        if wrapping := _INVOKE_ERROR.search(text) or _WRAPPING.match(text):
            unwrapped.words = text[wrapping.end() :]
            return
    _unwrap_json(unwrapped)


# -- JSON


def _unwrap_json(unwrapped: Unwrapped) -> None:
    """Put the words of the first JSON in the text in its place; what stands before and after it stays."""
    text = unwrapped.words
    for start in _openings(text):
        try:
            value, end = _decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, str):
            value = _container_in(value)
        if isinstance(value, (dict, list)) and value:
            words = _Reader(unwrapped).words_of(value)
            if words or unwrapped.names or unwrapped.statuses:
                unwrapped.words = f"{text[:start]}{words}{text[end:]}"
                return
    _unwrap_broken(unwrapped)


def _openings(text: str) -> Iterator[int]:
    """Where JSON may begin: at a brace, or at the quote of a text that holds some."""
    if text[:1] in ('"', "["):
        yield 0
    start = -1
    for _ in range(_OPENINGS):
        start = text.find("{", start + 1)
        if start < 0:
            return
        yield start


def _container_in(text: str) -> Any:
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None


def _unwrap_broken(unwrapped: Unwrapped) -> None:
    """JSON that is escaped without quotes around it, was cut off, or is what Python prints of an object."""
    text = unwrapped.words
    start = text.find("{")
    if start < 0:
        return
    if '{\\"' in text or "{\\\\" in text:
        unwrapped.words = text[:start] + _ESCAPE.sub(_unescaped, text[start:])
        return
    start = max(start, len(text) - _BROKEN_CHARS)
    pairs = [(match[1].lower(), _value(match), match.end()) for match in _PAIR.finditer(text, start)]
    known = {name: value for name, value, _ in pairs}  # the innermost comes last, and is what counts
    words = _Reader(unwrapped).words_of(known)
    if words:
        unwrapped.words = f"{text[:start]}{words}{text[pairs[-1][2] :].lstrip('}]')}"


def _unescaped(match: re.Match[str]) -> str:
    return " " if match[1] in "nrt" else match[1]


def _value(match: re.Match[str]) -> str | int:
    if match[4] is not None:
        return int(match[4])
    return _ESCAPE.sub(_unescaped, match[2] or match[3] or "")


class _Reader:
    """Reads what an error in JSON says; its names and statuses go to `unwrapped`."""

    def __init__(self, unwrapped: Unwrapped) -> None:
        self._unwrapped = unwrapped
        self._left = _VISITED

    def words_of(self, value: Any) -> str:
        """The words for people in a value; empty where there are none."""
        self._left -= 1
        if isinstance(value, str):
            return value.strip()
        if self._left < 0:
            return ""
        if isinstance(value, list):
            return self._first(value)
        return self._of_object(value) if isinstance(value, dict) else ""

    def _of_object(self, value: dict[str, Any]) -> str:
        fields = {key.lower(): item for key, item in value.items() if item}
        self._note(fields)
        title = self._among(fields, _ERRORS)
        message = self._among(fields, _MESSAGES)
        detail = self._among(fields, _DETAILED) if not message or isinstance(fields.get("detail"), str) else ""
        words = _joined(title, message, detail)
        return words or self._first(item for item in fields.values() if isinstance(item, (dict, list)))

    def _among(self, fields: dict[str, Any], names: tuple[str, ...]) -> str:
        return self._first(fields[name] for name in names if name in fields)

    def _first(self, values: Any) -> str:
        for value in values:
            if self._left < 0:
                break
            if words := self.words_of(value):
                return words
        return ""

    def _note(self, fields: dict[str, Any]) -> None:
        for name, value in fields.items():
            if name in _NAMED and isinstance(value, str):
                self._unwrapped.add_name(value)
            if name in _STATUSES and type(value) in (int, str) and re.fullmatch("[45][0-9]{2}", str(value)[:4]):
                self._unwrapped.statuses.append(int(value))


def _joined(*parts: str) -> str:
    """The parts that say something which the others do not."""
    kept: list[str] = []
    for part in parts:
        if part and not any(part in other for other in kept):
            kept = [*(other for other in kept if other not in part), part]
    return ": ".join(kept)
