"""Lines of the protocol: JSON, written and read at the speed of orjson, whatever they hold.

What orjson refuses is mended (lone surrogates, bytes that are no UTF-8, numbers beyond the range of a double), so that
a value that was read here is clean: nothing behind has to look at every part of it.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

import orjson

from ..core import limits
from ..core.depth import is_deeper
from ..core.errors import TooLargeError
from ..core.values import Size, clean_size, compact
from ..core.weight import is_hopeless, weight

_LONE_SURROGATE = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    rb"|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)
# of surrogates, in a line that has to be mended: each takes as long as a thousand other letters
_MOST_ESCAPES = 200_000
_NOT_IN_JSON = b"\x00"  # stands for an escaped backslash meanwhile


_LEAST_64, _MOST_64 = -(2**63), 2**64 - 1  # whole numbers that orjson reads exactly
_MOST_DIGITS_64 = 20
_MOST_DIGITS = 310  # of a whole number within the range of a double, with its sign


class UnreadableLine(ValueError):
    """A line that is no JSON object, or too large a one. Says what it is (`… is not JSON`), and nothing of its data."""


class LineCutter:
    """Cuts a stream of bytes into lines, in time proportional to their length."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._rest: list[bytes] = []
        self._size = 0

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that are complete now, without blank ones. Raises UnreadableLine over the limit."""
        *lines, rest = data.split(b"\n")
        if lines:
            lines[0] = b"".join([*self._rest, lines[0]])
            self._rest, self._size = [], 0
        self._rest.append(rest)
        self._size += len(rest)
        if self._size > self._limit:
            raise UnreadableLine(f"too large: a line of more than {self._limit // limits.MIB} MiB")
        return [line for line in lines if line.strip()]


def write_json(value: Any) -> str:
    """JSON in one line. What orjson does not write (depth, large numbers), the interpreter does, more slowly.

    Raises TooLargeError for what is nested too deeply.
    """
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return compact(value)


def read_line(line: bytes) -> dict[str, Any]:
    """The object that a line is; clean (see `values.clean`). Raises UnreadableLine, also for what is too large."""
    if is_hopeless(line):
        raise UnreadableLine("too large: it has more values than a branch may hold")
    try:
        value = _parse(line)
    except RecursionError:
        raise UnreadableLine(f"too large: nested more than {limits.DATA_DEPTH} levels deep") from None
    except UnreadableLine:
        raise
    except ValueError:
        raise UnreadableLine("not JSON") from None
    if not isinstance(value, dict):
        raise UnreadableLine("not an object in JSON")
    return value


def size_of(value: Any) -> Size:
    """The size of a value that was read here, of a large one at most; many small parts count for more than their bytes.

    Raises TooLargeError where it is nested too deeply.
    """
    small = clean_size(value)
    if small is not None:
        return small
    try:
        text = orjson.dumps(value)
    except TypeError:  # nested more deeply than it writes
        if is_deeper(value, limits.DATA_DEPTH):
            raise TooLargeError(f"nested more than {limits.DATA_DEPTH} levels deep") from None
        text = compact(value).encode()
    return Size.at_most(max(len(text), limits.WEIGHT_BYTES * weight(text, len(text) // limits.WEIGHT_BYTES)))


def _parse(line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except ValueError:
        return _parse_mended(_mended(line))


def _mended(line: bytes) -> bytes:
    """The line with U+FFFD for bytes that are no UTF-8 and for halves of characters."""
    # of a large line a repair could take longer than everybody may be held up
    text = line.decode("utf-8", "replace" if len(line) <= limits.BRANCH_BYTES else "strict").encode()
    surrogates = text.count(b"\\ud") + text.count(b"\\uD")
    if not surrogates or _NOT_IN_JSON in text:
        return text
    if surrogates > _MOST_ESCAPES:
        raise UnreadableLine("not JSON: it has halves of characters, and too many escapes to mend them")
    text = _LONE_SURROGATE.sub(rb"\\ufffd", text.replace(b"\\\\", _NOT_IN_JSON))
    return text.replace(_NOT_IN_JSON, b"\\\\")


def _parse_mended(line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except ValueError:  # numbers beyond the range of a double, constants that are no JSON, or really none
        return json.loads(line, parse_int=_number, parse_float=_number, parse_constant=lambda name: None)


def _number(digits: str) -> int | float | None:
    """A number as orjson reads it; None where it counts as infinite."""
    is_whole = digits.lstrip("-").isdecimal()
    if is_whole and len(digits) <= _MOST_DIGITS_64 and _LEAST_64 <= (whole := int(digits)) <= _MOST_64:
        return whole  # of a larger one orjson makes a double, too
    number = math.inf if is_whole and len(digits) > _MOST_DIGITS else float(digits)
    return number if math.isfinite(number) else None
