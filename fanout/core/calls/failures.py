"""What went wrong with a call, from the only thing that arrives: a text (contract 10, "Error types").

The text is unwrapped (the platform wraps the words of a tool up to four times), cleaned, and classified by what it
says. Kinds that are never retried need clear words; what is unclear is `provider`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .. import limits
from ..errors import BranchError, ErrorType
from ..values import clean

_READ_CHARS = 100_000  # of a message; more is a dump, not a message
_LAYERS = 12  # of wrapping
_WORDS_CHARS = 10_000  # what of the unwrapped message is cleaned
_CLUES_CHARS = 2_000  # and what of the clean one is searched for clues

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
_MESSAGE_FIELDS = ("message", "error_message", "error", "detail", "details", "msg", "description")
_MESSAGE_IN_BROKEN_JSON = re.compile(r'"message"\s*:\s*"((?:[^"\\]|\\.)+)')
_NO_NAMES = frozenset(("", "unknown", "Exception", "PluginInvokeError"))  # say nothing beside a message

_TRACEBACK = "Traceback (most recent call last)"
_TAG = re.compile(r"<(?:style|script)\b.{0,5000}?</(?:style|script)>|<[^<>]{1,1000}>", re.S | re.I)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\s]+")
_SECRET = re.compile(
    r"([?&][\w-]{0,40}?(?:key|token|secret|passw|signature|auth)[\w-]{0,40}=)[^&\s\"'<>]+|(\bbearer\s+)(?=\S*\d)\S{8,}",
    re.I,
)

_ADDRESS = re.compile(r"https?://\S+", re.I)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_STATUS = re.compile(
    r"\b(?:status|code|http|error|returned|response)\b[\"']?(?:/\d(?:\.\d)?)?\W{0,4}(?:code\W{1,4})?([45]\d\d)\b"
    r"|^\W{0,3}([45]\d\d)\b"
    r"|\b([45]\d\d)\W{1,3}(?:client|server|unauthori[sz]ed|forbidden|not found|too many|bad |service |gateway|internal)"
)
_BY_STATUS: Mapping[int, ErrorType] = {
    400: "invalid_parameters",
    401: "unauthorized",
    403: "unauthorized",
    404: "not_found",
    407: "unauthorized",
    408: "timeout",
    410: "not_found",
    413: "too_large",
    422: "invalid_parameters",
    429: "rate_limited",
    504: "timeout",
    524: "timeout",
}
_VAGUE = frozenset((400, 422, *range(500, 600)))  # used for everything: where there are words, they count first

_NO_PROVIDER = re.compile(r"no default provider for (\S+)", re.I)
_NO_CREDENTIAL = re.compile(r"provider has been deleted|no (?:valid )?credentials?\b", re.I)
_CUT = re.compile(r"closed response body", re.I)
_RATE = re.compile(r"rate.?limit|too many requests|quota|throttl|resource.?exhausted")
_WORDS: tuple[tuple[ErrorType, re.Pattern[str]], ...] = (
    (
        "unauthorized",
        re.compile(
            r"un ?authori[sz]ed|not authori[sz]ed|authori[sz]ation (?:error|failed|required)|forbidden|authenticat"
            r"|access denied|permission denied|credentials? validat"
            r"|(?:invalid|incorrect|missing|expired|wrong|bad|no) (?:api.?key|access.?token|token|credential)"
            r"|(?:api.?key|access.?token|credentials?)\b.{0,40}\b"
            r"(?:invalid|incorrect|missing|required|expired|empty|not (?:found|set|provided|valid|configured))\b"
            r"|(?:provide|input|enter|set|configure)\b.{0,30}\b(?:api.?key|access.?token|credentials?)\b"
        ),
    ),
    ("invalid_parameters", re.compile(r"not found in tool config|not in options|parameter validation")),
    ("timeout", re.compile(r"tim(?:ed|e) ?-?out|deadline exceeded|exited without response|closed response body")),
    (
        "connection",
        re.compile(
            r"connection|connect error|unreachable|broken pipe|no such host|name resolution|getaddrinfo|\beof\b"
            r"|\bssl\b|certificate|max retries exceeded|remote end closed|context cancell?ed|session.?not.?found"
        ),
    ),
    ("not_found", re.compile(r"not found|no such|does(?: not|n't) exist|not installed")),
    ("too_large", re.compile(r"too large|token too long")),
    (
        "bad_response",
        re.compile(
            r"json ?decode|expecting value|(?:invalid|not valid|not|end of) json|unmarshal|(?:failed|unable) to parse"
        ),
    ),
    (
        "invalid_parameters",
        re.compile(
            r"bad request|(?:invalid|missing|required).{0,12}(?:param|argument)|param\w*\b.{0,40}\b(?:required|missing)"
        ),
    ),
)

NO_REASON = BranchError(
    "provider", "Dify gave no reason: the tool's plugin is not installed, or Dify failed: check its plugins"
)


def classify(message: str, *, before_first_message: bool, asked: Sequence[str] = ()) -> BranchError:
    """The kind of failure and its words: one line, at most `limits.ERROR_MESSAGE_CHARS` characters.

    `before_first_message`: the attempt had sent nothing yet, so a 500 without words is the platform's own. `asked`:
    the texts that were sent; where the message quotes them they say nothing about the failure.
    """
    wrapped = _unwrap(message[:_READ_CHARS])
    words = _clean(wrapped.words)
    if wrapped.status == 500 and before_first_message and words.lower() in ("", "internal server error"):
        return NO_REASON
    if missing := _NO_PROVIDER.search(words):
        return BranchError("unauthorized", _short(f"authorise {missing[1].rstrip('.,;')} in Dify: {words}"))
    if _NO_CREDENTIAL.search(words):
        return BranchError("unauthorized", _short(f"authorise the tool in Dify, or correct credential_id: {words}"))
    error_type = _type_of(" ".join([*wrapped.names, _without(asked, words)[:_CLUES_CHARS]]), wrapped.status)
    if _CUT.search(words):
        words = f"the platform cut the call at its own time limit: {words}"
    text = _with_name(wrapped.names, words) or (
        f"HTTP status {wrapped.status} without a reason" if wrapped.status else "failed without a reason"
    )
    return BranchError(error_type, _short(text))


# -- unwrapping


@dataclass(slots=True)
class _Wrapped:
    """What is inside: the words, the platform's HTTP status, and the names of errors on the way (outermost first)."""

    words: str
    status: int | None = None
    names: list[str] = field(default_factory=list)


def _unwrap(text: str) -> _Wrapped:
    wrapped = _Wrapped(text)
    for _ in range(_LAYERS):
        before = wrapped.words = wrapped.words.strip()
        _unwrap_once(wrapped)
        if wrapped.words == before:
            break
    return wrapped


def _unwrap_once(wrapped: _Wrapped) -> None:
    text = wrapped.words
    if text.startswith("{"):
        _unwrap_json(wrapped)
    elif answer := _HTTP_ANSWER.search(text):
        wrapped.status = int(answer[1])
        wrapped.words = text[answer.end() :]
    elif details := _DETAILS.search(text):
        wrapped.names.append(details[1])
        wrapped.words = text[details.end() :]
    elif wrapping := _INVOKE_ERROR.search(text) or _WRAPPING.match(text):
        wrapped.words = text[wrapping.end() :]


def _unwrap_json(wrapped: _Wrapped) -> None:
    try:
        value, _ = json.JSONDecoder().raw_decode(wrapped.words)
    except (ValueError, RecursionError):  # nested without escaping, or cut off: the innermost message is what counts
        messages = _MESSAGE_IN_BROKEN_JSON.findall(wrapped.words)
        wrapped.words = messages[-1] if messages else wrapped.words
        return
    wrapped.names += [name for key in ("error_type", "code") if isinstance(name := value.get(key), str)]
    fields = [value.get(name) for name in _MESSAGE_FIELDS]
    if isinstance(args := value.get("args"), dict):
        fields.append(args.get("description"))
    for inner in fields:
        if isinstance(inner, dict) and inner:
            wrapped.words = json.dumps(inner)
            return
        if isinstance(inner, str) and inner.strip():
            wrapped.words = inner
            return
    if wrapped.names:
        wrapped.words = ""  # the name has to do


def _with_name(names: list[str], words: str) -> str:
    """The words with the innermost error's name where that says something: `KeyError: 'results'`."""
    name = names[-1] if names else ""
    if name in _NO_NAMES or name in words or not name.endswith(("Error", "Exception")):
        return words
    return f"{name}: {words}" if words else name


# -- cleaning


def _clean(text: str) -> str:
    """One line without traceback, tags, control characters and secrets in addresses."""
    head, traceback, rest = text.partition(_TRACEBACK)
    if traceback and not head.strip():
        # a traceback alone: its last line says what happened
        head = rest.rpartition(_TRACEBACK)[2].strip(": \n").rpartition("\n")[2]
    head = head[:_WORDS_CHARS]
    if head.lstrip()[:1] == "<":
        head = _TAG.sub(" ", head)
    line: str = clean(_CONTROL.sub(" ", head).strip())
    return _SECRET.sub(lambda match: f"{match[1] or match[2]}***", line)


def _short(text: str) -> str:
    limit = limits.ERROR_MESSAGE_CHARS
    return text if len(text) <= limit else text[: limit - 1] + "…"


# -- classifying


def _without(asked: Sequence[str], words: str) -> str:
    """The words without those that we sent."""
    for text in sorted(asked, key=len, reverse=True):
        if text.strip():
            words = words.replace(text, " ")
    return words


def _type_of(words: str, status: int | None) -> ErrorType:
    """By the clearest clue: words about limits, a status that means one thing, other words, a status that does not."""
    words = _CAMEL.sub(" ", _ADDRESS.sub(" ", words)).lower().replace("_", " ")
    if _RATE.search(words):
        return "rate_limited"
    found = _STATUS.search(words)
    statuses = [number for number in (status, int(next(filter(None, found.groups()))) if found else None) if number]
    for number in reversed(statuses):  # the tool's own before the platform's
        if number in _BY_STATUS and number not in _VAGUE:
            return _BY_STATUS[number]
    for error_type, pattern in _WORDS:
        if pattern.search(words):
            return error_type
    return next((_BY_STATUS[number] for number in reversed(statuses) if number in _BY_STATUS), "provider")
