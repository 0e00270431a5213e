"""Regular expressions in linear time: RE2's, which has neither look-around nor references inside a pattern.

RE2 is loaded when a pattern is first compiled: most plans have none. A search cannot pause, so one that might take long
is handed to the budget, which knows where it holds nobody up.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from .. import limits
from ..budget import Budget
from ..errors import TooLargeError
from ..values import to_words
from .cache import BoundedCache
from .pacing import spend_reading
from .signatures import ARRAY, BOOLEAN, PATTERN, STRING, ArgumentError, Function, registrar

PATTERN_FUNCTIONS: dict[str, Function] = {}

_PATTERN_CHARS = 1_000
_PATTERN_BYTES = 2 * limits.MIB  # of one compiled pattern with its automata; with less, RE2 is slower
_PATTERN_SIZE = 5_000  # instructions of a compiled pattern; `\pL` has some 600
_CACHE_BYTES = 16 * _PATTERN_BYTES
_COMPILING = 1_000  # nodes, for a pattern of some size

# A search takes at most some 25 ns for each byte and each instruction of the pattern, and nearly always 1 ns for a byte
_LONG_STEPS = 4_000_000  # bytes times instructions: from here on, a search is not made where others would wait for it
_MOST_STEPS = 1_000_000_000
_BYTES_PER_NODE = 1_024
_BATCH = 250  # matches
_WIDEST_CHAR = 4  # bytes

_REFERENCE = re.compile(r"\\([0-9\\])")
_NO_LOOKAROUND = "there is no look-around: match what stands around too, and put the part that you want in ( )"
_LITERALLY = "a sign that is meant as itself has a backslash before it"
_REMEDIES = {
    "invalid perl operator": _NO_LOOKAROUND,
    "invalid escape sequence": "a pattern cannot refer to its own groups, and has escapes for signs and classes only",
    "invalid repetition size": "a part is repeated at most {1000} times, repetitions of repetitions together",
    "missing )": _LITERALLY,
    "missing ]": _LITERALLY,
    "unexpected )": _LITERALLY,
    "no argument for repetition operator": _LITERALLY,
    "bad repetition operator": _LITERALLY,
}

_function = registrar(PATTERN_FUNCTIONS)


@_function("regex_match", STRING, PATTERN, returns=BOOLEAN)
def _regex_match(budget: Budget, text: str, pattern: str) -> bool:
    """Whether the pattern matches somewhere in the text."""
    compiled, subject, size = _prepared("regex_match", text, pattern, budget)
    steps = size * compiled.programsize
    return budget.measured(lambda: compiled.search(subject), size // _BYTES_PER_NODE, steps > _LONG_STEPS) is not None


@_function("regex_find", STRING, PATTERN, returns=ARRAY)
def _regex_find(budget: Budget, text: str, pattern: str) -> list[Any]:
    """All matches; of each the group where there is one, an array of the groups where there are more."""
    room = _Room("regex_find", text)
    found = []
    for match in _searched("regex_find", text, pattern, budget):
        spans = [match.span(group) for group in range(1, match.re.groups + 1)] or [match.span()]
        room.take(sum(end - start for start, end in spans))
        parts = [None if start < 0 else text[start:end] for start, end in spans]
        found.append(parts if len(parts) > 1 else parts[0])
    return found


@_function("regex_replace", STRING, PATTERN, STRING, returns=STRING)
def _regex_replace(budget: Budget, text: str, pattern: str, new: str) -> str:
    r"""The text with argument 3 in place of all matches; in it `\1` is a group, `\0` the whole match."""
    pieces = _pieces(new, _compiled("regex_replace", pattern, budget.spend).groups)
    room = _Room("regex_replace", text, new)
    room.take(len(text))
    parts = []
    position = 0
    for match in _searched("regex_replace", text, pattern, budget):
        room.take(sum(len(piece) if isinstance(piece, str) else _length(match.span(piece)) for piece in pieces))
        parts.append(text[position : match.start()])
        parts += [piece if isinstance(piece, str) else text[slice(*match.span(piece))] for piece in pieces]
        position = match.end()
    return "".join([*parts, text[position:]])


def check_pattern(name: str, pattern: str) -> None:
    """Raise ArgumentError where the function of that name cannot use the pattern."""
    _compiled(name, pattern, spend_reading)


def check_replacement(pattern: str, new: str) -> None:
    """Raise ArgumentError where the replacement names a group that the pattern does not have."""
    _pieces(new, _compiled("regex_replace", pattern, spend_reading).groups)


def _pieces(new: str, groups: int) -> list[str | int]:
    r"""What stands for a match: texts, and numbers of groups (`\1`; `\0` is the whole match, `\\` a backslash)."""
    pieces: list[str | int] = []
    for index, piece in enumerate(_REFERENCE.split(new)):
        if index % 2 == 0 or piece == "\\":
            pieces.append(piece)
        elif int(piece) <= groups:
            pieces.append(int(piece))
        else:
            problem = f"regex_replace() has \\{piece} in argument 3, and the pattern only {groups} groups"
            raise ArgumentError(problem, "a group is a part of the pattern in ( )")
    return [piece for piece in pieces if piece != ""]


def _searched(name: str, text: str, pattern: str, budget: Budget) -> Iterator[Any]:
    """The matches, from left to right.

    One search is linear in the length of the text; but each may read as far as the end before it knows its match, and
    so many of them would be quadratic, were they not counted by what they take.
    """
    compiled, subject, left = _prepared(name, text, pattern, budget)
    matches = compiled.finditer(subject)
    end = 0
    while batch := _some(matches, left, compiled.programsize * left, budget):
        budget.spend(len(batch) * (1 + compiled.groups))
        yield from batch
        left -= batch[-1].end() - end
        end = batch[-1].end()


def _prepared(name: str, text: str, pattern: str, budget: Budget) -> tuple[Any, str | bytes, int]:
    """The compiled pattern, what it searches, and the bytes of the text.

    Raises TooLargeError where one search could take too long.
    """
    compiled = _compiled(name, pattern, budget.spend)
    encoded = text.encode()
    subject, size = encoded if text.isascii() else text, len(encoded)  # of bytes, nobody counts the characters
    if size * compiled.programsize > _MOST_STEPS:
        raise TooLargeError(f"the text given to {name}() is too long for such a pattern; cut it, as in text[:100000]")
    return compiled, subject, size


def _some(matches: Iterator[Any], left: int, steps: int, budget: Budget) -> list[Any]:
    """The next matches, as many as the worst search leaves time for; none at the end."""
    is_long = steps > _LONG_STEPS
    most = min(_BATCH, (_MOST_STEPS if is_long else _LONG_STEPS) // (steps + 1) + 1)
    return budget.measured(lambda: list(islice(matches, most)), left // _BYTES_PER_NODE, is_long)


def _compiled(name: str, pattern: str, spend: Callable[[int], None]) -> Any:
    """The compiled pattern, of the few that are kept."""
    known = _cache.get(pattern)
    if known is None:
        if len(pattern) > _PATTERN_CHARS:
            raise ArgumentError(f"{name}() takes a pattern of at most {_PATTERN_CHARS:,} characters")
        spend(_COMPILING)
        known = _compile(name, pattern)
        _cache.put(pattern, known, _PATTERN_BYTES)
    return known


def _compile(name: str, pattern: str) -> Any:
    import re2

    options = re2.Options()
    options.log_errors = False  # what it would say is what we raise
    options.max_mem = _PATTERN_BYTES
    try:
        compiled = re2.compile(pattern, options)
    except re2.error as error:
        problem = error.args[0].decode(errors="replace").partition(": ")[0]  # what follows is of the pattern
        raise ArgumentError(f"{name}() cannot use the pattern: {problem}", _REMEDIES.get(problem, "")) from None
    finally:
        re2.purge()  # its own cache holds 128 of them
    if compiled.programsize > _PATTERN_SIZE:
        raise ArgumentError(f"{name}() cannot use the pattern: it is too large", "repeat smaller parts, or less often")
    return compiled


def _length(span: tuple[int, int]) -> int:
    return span[1] - span[0]


class _Room:
    """How many characters a result may still have."""

    def __init__(self, name: str, *texts: str) -> None:
        self._name = name
        self._left = limits.EVAL_BYTES // (1 if all(map(str.isascii, texts)) else _WIDEST_CHAR)

    def take(self, chars: int) -> None:
        """Before so many are written. Raises TooLargeError where there is no room for them."""
        self._left -= chars
        if self._left < 0:
            words = to_words(limits.EVAL_BYTES)
            raise TooLargeError(f"the result of {self._name}() is larger than {words}; select less of it")


_cache: BoundedCache[Any] = BoundedCache(_CACHE_BYTES)
