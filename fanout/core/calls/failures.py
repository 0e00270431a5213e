"""What went wrong with a call, from the only thing that arrives: a text (contract 10, "Error types").

The text is unwrapped (`unwrapping`), made one line that may be shown (`redaction`), and classified by what it says
(`wording`), words that we sent apart. Kinds that are never retried need clear words; what is unclear is `provider`.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, quote_plus

from .. import limits
from ..errors import BranchError, ErrorType
from ..texts import clipped
from ..values import compact
from .redaction import to_line
from .unwrapping import Unwrapped, unwrap
from .waits import named_wait_s
from .wording import BY_STATUS, KEYS, MISSING, OF_RATES_TOO, RATES, VAGUE, WORDS

_READ_CHARS = 100_000  # of a message; more is a dump, not a message
_CLUES_CHARS = 1_000  # what of the clean words is searched for clues
_WAIT_CHARS = 3_000  # what of the message is searched for a wait
_ASKED_CHARS = 3  # of a text that we sent; shorter ones are in every sentence
_VALUES = 100  # of parameters
_ASKED = 50  # texts that we sent are looked for, the longest first
_NO_NAMES = frozenset(("", "unknown", "Exception", "PluginInvokeError"))  # say nothing beside a message

_ADDRESS = re.compile(r"\w{1,20}://\S+(?<![:,;])|\burl: ?\S+|(?<=\s)/\S*\?\S+", re.I)
_OWN_NAMES = re.compile(
    r"(?<=KeyError)\W{1,3}(['\"]).{1,200}?\1|(?<=has no attribute) '\w+'|\bname '\w+'(?= is not defined)"
)  # of a program
_CUT_SHORT = re.compile(r"…|\.\.\.")
_CUT_CHARS = 8  # of a text that was cut; the beginning of a shorter one is chance
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NUMBER = r"(?<![\d.,])([45]\d\d)(?![\d]|[.,]\d)"
_NOT_COUNTED = (  # 404 results are no status
    r"(?!\s{1,3}(?:\w{1,20}\s)?(?:results?|pages?|items?|words?|records?|hits?|documents?|rows?|files?|entries|matches"
    r"|people|users|times|days|hours|minutes|seconds|ms|bytes|kb|mb|characters|chars|tokens|articles|images|links"
    r"|urls?|domains|steps|attempts|requests (?:were|have)|件|条|條|个|個|回|秒|字)\b)"
)
_REASON = (
    r"(?:\(?(?:client|server) error|unauthori[sz]ed|forbidden|not found|too many|bad |service |gateway|internal"
    r"|payment|request |method |gone|conflict|unprocessable|precondition)"
)
_STATUS = re.compile(
    r"(?:\b(?:status|code|http|errors?|response|erro|c[oó]digo|estado)\b|状态码|狀態碼|错误码|錯誤碼|错误代码|响应码"
    r"|ステータス(?:コード)?|エラー(?:コード)?|错误|錯誤)"
    rf"[\"']?(?:/\d(?:\.\d)?)?\W{{0,4}}(?:code\W{{1,4}}|of |is |was |de )?{_NUMBER}{_NOT_COUNTED}"
    rf"|^\W{{0,3}}{_NUMBER}{_NOT_COUNTED}(?=\W|$)"
    rf"|{_NUMBER}\W{{1,3}}(?={_REASON})"
    rf"|(?:\({_NUMBER}\)|(?::|[-=]>|→) ?{_NUMBER})\W?$"
    r"|\b(?:returned|returns|got|received|answered|replied|with|retornou|devolvió)\s(?:an? |the )?"
    rf"{_NUMBER}(?=\s*(?:$|[^\w\s]|{_REASON}))"
)

_NO_PROVIDER = re.compile(r"no default provider for (\S+)", re.I)
_NO_CREDENTIAL = re.compile(r"provider has been deleted|no (?:valid )?credentials?\b", re.I)
_CUT = re.compile(r"closed response body", re.I)
_UNTOLD = re.compile(r"reached maximum retries \(\d+\) for url", re.I)

NO_REASON = BranchError(
    "provider", "Dify gave no reason: the tool's plugin is not installed, or Dify failed: check its plugins"
)


def classify(message: str, *, before_first_message: bool, asked: Sequence[str] = ()) -> BranchError:
    """The kind of failure and its words: one line, at most `limits.ERROR_MESSAGE_CHARS` characters.

    `before_first_message`: the attempt had sent nothing yet, so a 500 without words is the platform's own. `asked`:
    the texts that were sent; where the message quotes them they say nothing about the failure.
    """
    message = message[:_READ_CHARS]
    unwrapped = unwrap(message)
    words = to_line(unwrapped.words)
    if unwrapped.status == 500 and before_first_message and words.lower() in ("", "internal server error"):
        return NO_REASON
    said = _without(asked, words)
    text = _with_name(unwrapped.names, _with_advice(said, words)) or _without_words(unwrapped)
    return BranchError(
        _type_of(said, unwrapped), clipped(text, limits.ERROR_MESSAGE_CHARS), _wait_s(message, words, asked)
    )


def rejected(output: Mapping[str, Any], *, asked: Sequence[str] = ()) -> BranchError:
    """Why an answer was rejected: where it is short, it is quoted, as tools send errors as ordinary answers."""
    said = _said(output)
    reason = "`accept` was not true for its answer"
    if said is None:
        return BranchError("rejected", reason)
    told = classify(said, before_first_message=False, asked=asked)
    return BranchError(
        "rejected", clipped(f"{reason}; it sent: {told.message}", limits.ERROR_MESSAGE_CHARS), told.retry_after_s
    )


def _said(output: Mapping[str, Any]) -> str | None:
    """A short answer as text: its text, or its only JSON."""
    text = output["text"].strip()
    if not text and len(output["json"]) == 1 and len(output["json"][0]) <= limits.ERROR_MESSAGE_CHARS:
        text = compact(output["json"][0])
    return text if 0 < len(text) <= limits.ERROR_MESSAGE_CHARS else None


# -- the words


def _with_advice(said: str, words: str) -> str:
    """The words with what to do, or what they mean, where they are the platform's own."""
    if missing := _NO_PROVIDER.search(said):
        return f"authorise {missing[1].rstrip('.,;')} in Dify: {words}"
    if _NO_CREDENTIAL.search(said):
        return f"authorise the tool in Dify, or correct credential_id: {words}"
    if _CUT.search(said):
        return f"the platform cut the call at its own time limit: {words}"
    if _UNTOLD.search(said):
        causes = "the service could not be reached, or answered 429, 500, 502, 503 or 504"
        return f"{words}: {causes}, and Dify does not pass on which"
    return words


def _with_name(names: Sequence[str], words: str) -> str:
    """The words with the innermost error's name where that says something: `KeyError: 'results'`."""
    name = names[-1] if names else ""
    if name in _NO_NAMES or name in words or not name.endswith(("Error", "Exception")):
        return words
    name = to_line(name)
    return f"{name}: {words}" if words else name


def _without_words(unwrapped: Unwrapped) -> str:
    status = unwrapped.status or next(iter(unwrapped.statuses), None)
    return f"HTTP status {status} without a reason" if status else "failed without a reason"


def _wait_s(message: str, words: str, asked: Sequence[str]) -> float | None:
    """The wait that the words name, or a field that was left behind when they were unwrapped."""
    wait_s = named_wait_s(_without(asked, words[:_WAIT_CHARS]))
    if wait_s is not None or words == message:
        return wait_s
    return named_wait_s(_without(asked, message[:_WAIT_CHARS]))


# -- what we sent


def texts_in(parameters: Any) -> list[str]:
    """The texts of parameters, those in lists and objects too; the first hundred values are looked at."""
    pending = [parameters]
    for value in pending:  # grows meanwhile
        if len(pending) < _VALUES:
            pending += value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [value for value in pending[:_VALUES] if isinstance(value, str)]


def _without(asked: Sequence[str], words: str) -> str:
    """The words without those that we sent, as they are, in an address, escaped as in JSON, or cut short."""
    longest = sorted(asked, key=len, reverse=True)[:_ASKED]
    sent = [text for text in (" ".join(text[:_READ_CHARS].split()) for text in longest) if _can_mislead(text)]
    for text in sent:
        for form in _forms(text, words):
            words = _without_one(form, words)
    for text in sent if _CUT_SHORT.search(words) else ():
        words = _without_cut(text.lower(), words)
    return words


def _forms(text: str, words: str) -> Iterator[str]:
    """The text as it is, and as it may stand in these words."""
    yield text
    begin = text[:_CLUES_CHARS]
    if "%" in words or "+" in words:
        yield quote_plus(begin)
        yield quote(begin)
    if "\\" in words:
        yield compact(begin)[1:-1]
        yield json.dumps(begin)[1:-1]


def _without_cut(text: str, words: str) -> str:
    """The words without the beginning of a text (in lower case) that `…` cuts short."""
    lower = words.lower()
    if len(lower) != len(words):
        return words
    for cut in _CUT_SHORT.finditer(lower):
        start = lower.rfind(text[:_CUT_CHARS], 0, cut.start())
        if start >= 0 and len(text) >= _CUT_CHARS and text.startswith(lower[start : cut.start()]):
            return f"{words[:start]} {words[cut.end() :]}"
    return words


def _can_mislead(text: str) -> bool:
    """Whether a text that we sent says something; a number alone is more likely the service's own."""
    return len(text) >= _ASKED_CHARS and not text.isdigit()


def _without_one(text: str, words: str) -> str:
    """The words without a text, wherever it stands by itself; a message that is nothing else stays."""
    if len(text) >= len(words) or text.casefold() not in words.casefold():
        return words
    return re.sub(rf"(?<![^\W_]){re.escape(text)}(?![^\W_])", " ", words, flags=re.I)


# -- classifying


def _type_of(said: str, unwrapped: Unwrapped) -> ErrorType:
    """By the clearest clue: words about keys, about limits, a clear status, codes, other words, other statuses."""
    if _NO_PROVIDER.search(said) or _NO_CREDENTIAL.search(said):
        return "unauthorized"
    if unwrapped.names[-1:] == ["KeyError"]:
        said = ""  # it quotes a name in the tool's code
    spoken = _clues(said, ())
    clues = _clues(said, unwrapped.names) if unwrapped.names else spoken
    statuses = _statuses(clues, unwrapped)
    known = [number for number in statuses if number in BY_STATUS]
    status = next((number for number in known if number not in VAGUE), None)
    if found := _of_keys_or_rates(spoken, status):
        return found
    if status is not None and status not in OF_RATES_TOO:
        return BY_STATUS[status]
    if clues is not spoken and (found := _of_keys_or_rates(clues, status)):
        return found  # what a service calls its error says less than a status
    if status is not None:
        return BY_STATUS[status]
    for error_type, pattern in WORDS:
        if pattern.search(clues):
            return error_type
    return BY_STATUS[known[0]] if known else "provider"


def _of_keys_or_rates(clues: str, status: int | None) -> ErrorType | None:
    """What is said of keys, or of rates where the status is none of a thing that is missing."""
    if KEYS.search(clues):
        return "unauthorized"
    return "rate_limited" if status not in MISSING and RATES.search(clues) else None


def _clues(said: str, names: Sequence[str]) -> str:
    """What is searched: lower case, one width, without addresses and names in programs; camel case taken apart."""
    text = _OWN_NAMES.sub(" ", _ADDRESS.sub(" ", " ".join([*names, said[:_CLUES_CHARS]])))
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return _CAMEL.sub(" ", text).lower().replace("_", " ").replace("’", "'")


def _statuses(clues: str, unwrapped: Unwrapped) -> list[int]:
    """The statuses that are told: the tool's own words before JSON's, the innermost first, the platform's last."""
    found = [int(next(filter(None, match.groups()))) for match in _STATUS.finditer(clues)]
    platform = [unwrapped.status] if unwrapped.status else []
    return [*found, *reversed(unwrapped.statuses), *platform]
