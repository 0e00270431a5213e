"""The functions over strings: those of JMESPath and of JMESPath Community, `parse_json` and `url_key`."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from .. import limits
from ..budget import Budget
from ..errors import TooLargeError
from ..urls import url_host, url_key
from ..values import MAX_CHAR_BYTES, check_size, clean, measure, spend_text, to_words
from ..weight import is_hopeless
from .fences import only_block
from .signatures import ANY, BOOLEAN, NUMBER, STRING, STRING_ARRAY, STRING_OR_NULL, ArgumentError, Function, registrar

TEXT_FUNCTIONS: dict[str, Function] = {}
INT_DIGITS = 4_000  # Python reads whole numbers up to 4,300 digits; longer ones are infinite anyway

_function = registrar(TEXT_FUNCTIONS)


@_function("starts_with", STRING, STRING, returns=BOOLEAN)
def _starts_with(budget: Budget, subject: str, prefix: str) -> bool:
    """Whether the text begins with that."""
    spend_text(len(prefix), budget)
    return subject.startswith(prefix)


@_function("ends_with", STRING, STRING, returns=BOOLEAN)
def _ends_with(budget: Budget, subject: str, suffix: str) -> bool:
    """Whether the text ends with that."""
    spend_text(len(suffix), budget)
    return subject.endswith(suffix)


@_function("join", STRING, STRING_ARRAY, returns=STRING)
def _join(budget: Budget, separator: str, strings: list[str]) -> str:
    """The strings as one, with argument 1 between them."""
    gaps = max(len(strings) - 1, 0)
    chars = sum(map(len, strings)) + len(separator) * gaps
    _check_text("join", chars, lambda: measure(strings, budget).bytes + _bytes_of(separator, budget) * gaps, budget)
    return separator.join(strings)


@_function("lower", STRING, returns=STRING)
def _lower(budget: Budget, subject: str) -> str:
    """In small letters."""
    _check_text("lower", len(subject), lambda: _bytes_of(subject, budget), budget)
    return subject.lower()


@_function("upper", STRING, returns=STRING)
def _upper(budget: Budget, subject: str) -> str:
    """In capital letters."""
    _check_text("upper", len(subject), lambda: _bytes_of(subject, budget), budget)
    return subject.upper()


@_function("trim", STRING, STRING, returns=STRING, optional=1)
def _trim(budget: Budget, subject: str, chars: str = "") -> str:
    """The text without white space at its ends, or without any of the characters in argument 2."""
    spend_text(len(subject) * max(len(chars), 1), budget)
    return subject.strip(chars or None)


@_function("split", STRING, STRING, NUMBER, returns=STRING_ARRAY, optional=1)
def _split(budget: Budget, subject: str, search: str, count: float | None = None) -> list[str]:
    """The parts between occurrences of argument 2; at most so many cuts as argument 3 says."""
    limit = _count("split", 2, count)
    if limit == 0:
        return [subject]
    spend_text(len(subject), budget)
    most = len(subject) if not search else subject.count(search)
    parts = most if limit is None else min(most, limit)
    budget.spend(parts)
    if search:
        return subject.split(search, parts)
    return list(subject) if parts == most else [*subject[:parts], subject[parts:]]


@_function("replace", STRING, STRING, STRING, NUMBER, returns=STRING, optional=1)
def _replace(budget: Budget, subject: str, old: str, new: str, count: float | None = None) -> str:
    """The text with argument 3 in place of argument 2; at most so often as argument 4 says."""
    limit = _count("replace", 3, count)
    spend_text(len(subject), budget)
    most = subject.count(old)
    times = most if limit is None else min(most, limit)
    chars = len(subject) + times * max(len(new) - len(old), 0)
    change = _bytes_of(new, budget) - _bytes_of(old, budget)
    _check_text("replace", chars, lambda: _bytes_of(subject, budget) + times * change, budget)
    return subject.replace(old, new, times)


@_function("parse_json", STRING, returns=ANY)
def _parse_json(budget: Budget, text: str) -> Any:
    """The JSON value in the text, or in its one fenced block; null where there is none.

    Numbers out of range are null too.
    """
    spend_text(len(text), budget)
    if is_hopeless(text):
        raise TooLargeError("the text given to parse_json() holds too many values; select less of it")
    value = _read(text)
    if value is _NO_JSON:
        value = _read(only_block(text) or "")
    if value is _NO_JSON:
        return None
    check_size(value, budget, "the result of parse_json()")
    return clean(value, budget)


_NO_JSON = object()


def _read(text: str) -> Any:
    try:
        return _decode(text)
    except (json.JSONDecodeError, RecursionError):
        return _NO_JSON
    except ValueError:  # a whole number of more digits than the interpreter reads; this is slower
        return _read_long(text)


def _read_long(text: str) -> Any:
    try:
        return _decode_long(text)
    except (ValueError, RecursionError):
        return _NO_JSON


@_function("url_host", STRING_OR_NULL, returns=STRING_OR_NULL)
def _url_host(budget: Budget, url: str | None) -> str | None:
    """The host of an address, in small letters, without `www.` and port; null for what is none."""
    if url is None:
        return None
    spend_text(len(url), budget)
    return url_host(url)


@_function("url_key", STRING_OR_NULL, returns=STRING_OR_NULL)
def _url_key(budget: Budget, url: str | None) -> str | None:
    """The same text for the same page under different spellings; null for null."""
    if url is None:
        return None
    spend_text(len(url), budget)
    return url_key(url)


def _refuse(constant: str) -> None:
    raise json.JSONDecodeError(f"{constant} is no JSON", constant, 0)


def _read_int(digits: str) -> int | None:
    return int(digits) if len(digits) <= INT_DIGITS else None


_decode = json.JSONDecoder(parse_constant=_refuse).decode
_decode_long = json.JSONDecoder(parse_constant=_refuse, parse_int=_read_int).decode


def _count(name: str, index: int, count: float | None) -> int | None:
    """An optional number of times. None: as often as it goes."""
    if count is None:
        return None
    if count < 0 or count != int(count):
        found = "a negative number" if count < 0 else "a fraction"
        raise ArgumentError(f"{name}() takes a whole number from 0 as argument {index + 1}, got {found}")
    return int(count)


def _check_text(name: str, chars: int, size: Callable[[], int], budget: Budget) -> None:
    """Before so many characters are written. `size` gives their bytes, and is asked only if they may be too many."""
    if chars * MAX_CHAR_BYTES > limits.EVAL_BYTES and (chars > limits.EVAL_BYTES or size() > limits.EVAL_BYTES):
        raise TooLargeError(f"the result of {name}() is larger than {to_words(limits.EVAL_BYTES)}; select less of it")
    spend_text(chars, budget)


def _bytes_of(text: str, budget: Budget) -> int:
    return measure(text, budget).bytes - 2  # without its quotes
