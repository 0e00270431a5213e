"""What is wrong with text that is no YAML or no JSON, in words for its author, and what YAML makes of text in silence.

Every place is a line and a column, both from 1.
"""

from __future__ import annotations

import json
import re
from typing import NamedTuple

from ..errors import Problem
from ..texts import find_lookalike, say_joined

_QUOTES = "put text that begins with a sign, or that holds ': ' or ' #', in quotes"
_BACKSLASH = "inside \"…\" write \\\\ for a backslash, or use '…'"
_TEMPLATE = 'a text with ${…} stands in quotes inside { } and [ ], such as "${inputs.query}"'
_HINTS = (  # (words of the parser's problem, what to do); the first that fits
    ("alias", "aliases are not supported; put text that begins with * in quotes"),
    ("anchor", "anchors are not supported; put text that begins with & in quotes"),
    ("tag", "tags are not supported; put text that begins with ! in quotes"),
    ("escape", _BACKSLASH),
    ("hexdecimal", _BACKSLASH),  # the parser's own spelling
    ("quoted scalar", "close the quotes"),
    ("end of stream", "close the quotes or brackets"),
    ("mapping values", "put text with ': ' in quotes, or check the indentation"),
    ("flow", "close the brackets; inside { } and [ ] put text with brackets or commas in quotes"),
    ("expected", "check the indentation: what belongs together starts in the same column"),
)
_JSON_HINTS = (  # (what stands at the place of the mistake, what to do); the first that fits
    (re.compile(r"//|/\*|#"), "JSON has no comments; remove it"),
    (re.compile(r"[\r\n]"), "a line break inside a text in quotes is written \\n"),
    (re.compile(r"\t"), "a tab inside a text in quotes is written \\t"),
    (re.compile(r"'"), 'texts and keys stand in double quotes: "…"'),
    (re.compile(r"(?:True|False|None)\b"), "write true, false and null"),
    (re.compile(r"\\"), "write \\\\ for a backslash"),
    (re.compile(r"[}\]]"), "remove the comma before it, or close what is still open"),
    (re.compile(r","), "remove the comma: it stands between two values"),  # of Python 3.13
    (re.compile(r"[+.]|-\."), "a number has a digit before its point, and no +"),
    (re.compile(r"[0-9]"), "a number has no zeros in front, and a comma stands between two values"),
    (re.compile(r"\Z"), "close the quotes and brackets"),
    (re.compile(r"\w"), 'texts and keys stand in double quotes: "…"'),
)
_NO_TEXT_GOES_ON = re.compile(r"//|/\*|[\r\n]")  # YAML would take it into a text, in silence
_COMMENT = re.compile(r"[ \t]+#.*")
_PATH_ESCAPE = re.compile(r'"[A-Za-z]:\\[abefnrtv0]')


class Position(NamedTuple):
    """A line and a column, from 1."""

    line: int
    column: int

    def of(self, what: str) -> str:
        """`{what} line N, column M`"""
        return f"{what} line {self.line}, column {self.column}"


def place_at(text: str, position: int) -> Position:
    """Where a character stands."""
    return Position(text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position))


def place_of(text: str, sign: str, what: str) -> str:
    """`{what} line N, column M` of the first `sign` in `text`."""
    position = text.find(sign)
    return what if position < 0 else place_at(text, position).of(what)


def explain_json(error: json.JSONDecodeError, text: str) -> str:
    """What is wrong at which place of text that must be JSON; shows the one character there and no other."""
    place = place_at(text, error.pos)
    message = error.msg.removesuffix(" at")
    shown = _shown(text, error.pos)
    return f"is no JSON: {message} (line {place.line}, column {place.column}{shown}); {_json_hint(text, error.pos)}"


def changes_in_silence(error: json.JSONDecodeError, text: str) -> bool:
    """Whether YAML would read on where JSON cannot, and make something else of it than was written."""
    return _NO_TEXT_GOES_ON.match(text, error.pos) is not None


def explain_yaml(error: Exception, text: str, what: str) -> Problem:
    """A syntax error in YAML."""
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return _explain_character(error, text, what)
    lines = text.splitlines() or [""]
    line = min(mark.line, len(lines) - 1)
    problem = str(getattr(error, "problem", "") or "cannot be read")
    at = lines[line][mark.column : mark.column + 1]
    is_template = lines[line][: mark.column + 1].endswith("${")
    first = getattr(getattr(error, "context_mark", None), "line", line)
    stray = _lookalike_in(lines, first, line) or say_joined(lines[line].strip())
    message = f"{problem}{_quoted(at)}; {_TEMPLATE if is_template else _yaml_hint(error, problem, at)}{stray}"
    return Problem(Position(line + 1, mark.column + 1).of(what), message)


def _explain_character(error: Exception, text: str, what: str) -> Problem:
    character = getattr(error, "character", None)
    code = ord(character) if isinstance(character, str) else character
    where = place_of(text, chr(code), what) if isinstance(code, int) else what
    name = f" (U+{code:04X})" if isinstance(code, int) else ""
    return Problem(where, f"holds a control character{name}; remove it")


def _yaml_hint(error: Exception, problem: str, at: str) -> str:
    if at == "\t":
        return "indent with spaces, not tabs"
    if at == "`":
        return "put text that begins with ` in quotes; a Markdown fence around the whole needs both of its ends"
    words = f"{getattr(error, 'context', '') or ''} {problem}"
    return next((hint for sign, hint in _HINTS if sign in words), _QUOTES)


def _lookalike_in(lines: list[str], first: int, last: int) -> str:
    for number in range(max(0, min(first, last)), last + 1):
        found = find_lookalike(lines[number])
        if found is not None:
            return f"; in line {number + 1}, column {found.position + 1}, {found.words}"
    return ""


def _json_hint(text: str, position: int) -> str:
    found = find_lookalike(text, position, position + 1)
    if found is not None:
        return found.words
    return next((hint for sign, hint in _JSON_HINTS if sign.match(text, position)), "check the quotes and commas here")


def _shown(text: str, position: int) -> str:
    return f", at {text[position]}" if text[position : position + 1].strip() else ""


def _quoted(character: str) -> str:
    return f" (at {character})" if character.strip() else ""


# -- what was written and is not there


def swallowed(text: str, end: int, value: str, what: str, path: str) -> Problem | None:
    """A warning where YAML reads the rest of a line as a comment that was probably meant as text.

    `end` is where a plain text of the document, `value`, ends; `path` says which.
    """
    found = _COMMENT.match(text, end)
    if found is None or ("${" not in value and "${" not in found[0]):
        return None
    lost = "nothing but a comment stands here" if not value else "the text ends before #, and the rest is a comment"
    named = f"{path}: " if path else ""
    place = place_at(text, text.index("#", end))
    return Problem(place.of(what), f"{named}{lost}; put what is text in quotes")


def escaped_paths(text: str, what: str) -> list[Problem]:
    """Warnings about paths such as "C:\\temp", in which a backslash and a letter are one character."""
    if ":\\" not in text:
        return []
    message = "a backslash and the letter after it are one character in double quotes; " + _BACKSLASH
    return [Problem(place_at(text, each.end() - 2).of(what), message) for each in _PATH_ESCAPE.finditer(text)]
