"""Tokens of an expression.

What is no token is one of kind `unknown`, and a quote that is not closed, or holds no JSON where it should, one of kind
`unreadable`: the parser, which knows what it expected there, reports the first.
"""

from __future__ import annotations

import re
from json import loads
from typing import Any, NamedTuple
from unicodedata import normalize

from ..values import clean

_DIGITS = 4_000  # of a number; the interpreter reads 4,300
_SYMBOLS = {
    ".": "dot",
    "*": "star",
    "[": "lbracket",
    "]": "rbracket",
    "[]": "flatten",
    "[?": "filter",
    ",": "comma",
    ":": "colon",
    "@": "current",
    "$": "root",
    "(": "lparen",
    ")": "rparen",
    "{": "lbrace",
    "}": "rbrace",
    "|": "pipe",
    "||": "or",
    "&": "expref",
    "&&": "and",
    "!": "not",
    "=": "assign",
    "==": "eq",
    "!=": "ne",
    "<": "lt",
    "<=": "lte",
    ">": "gt",
    ">=": "gte",
}
# letters, _, digits behind the first, and all that is not ASCII; said by what is none of it, which compiles at once
_WORD = r"[^\x00-@\[-^`{-\x7f][^\x00-/:-@\[-^`{-\x7f]*+"
_TOKEN = re.compile(
    rf"""[ \t\n\r]*+(?:(?P<word>\$?{_WORD})
    |(?P<symbol>\[[]?]|&&|\|\||[=!<>]=|[.*\[\],:@$(){{}}|&!=<>])
    |(?P<number>-?[0-9]++)
    |(?P<raw>'(?:[^'\\]++|\\.)*+')
    |(?P<json>`(?:[^`\\]++|\\.)*+`)
    |(?P<quoted>"(?:[^"\\]++|\\.)*+")
    |(?P<unknown>.))""",
    re.VERBOSE | re.DOTALL,
)
_QUOTES = "'\"`"


class Token(NamedTuple):
    """`value`: the name of an identifier or variable, a number, or the JSON value of a literal."""

    kind: str
    start: int
    end: int
    value: Any = None


def tokenize(text: str) -> list[Token]:
    """The tokens of a text, and `eof` twice: the parser looks one token ahead."""
    tokens = []
    position = 0
    while found := _TOKEN.match(text, position):
        kind = found.lastgroup or ""
        token = _READ[kind](found[kind], found.start(kind), found.end())
        tokens.append(token)
        position = token[2]
    end = Token("eof", len(text), len(text))
    return [*tokens, end, end]


def _symbol(lexeme: str, start: int, end: int) -> Token:
    return Token(_SYMBOLS[lexeme], start, end)


def _number(lexeme: str, start: int, end: int) -> Token:
    if len(lexeme) > _DIGITS:
        return _unknown(lexeme, start, end)
    return Token("number", start, end, int(lexeme))


def _raw(lexeme: str, start: int, end: int) -> Token:
    return Token("literal", start, end, clean(lexeme[1:-1].replace("\\'", "'")))


def _literal(lexeme: str, start: int, end: int) -> Token:
    return _json("literal", lexeme[1:-1].replace("\\`", "`"), start, end)


def _quoted(lexeme: str, start: int, end: int) -> Token:
    return _json("quoted_identifier", lexeme, start, end)


def _unknown(lexeme: str, start: int, end: int) -> Token:
    return Token("unreadable" if lexeme in _QUOTES else "unknown", start, end)


def _word(lexeme: str, start: int, end: int) -> Token:
    """A name, or a variable; of letters and digits of any script, as Unicode defines identifiers."""
    if lexeme.isascii():
        is_name = lexeme[0] != "$"
        return Token("unquoted_identifier" if is_name else "variable", start, end, lexeme if is_name else lexeme[1:])
    name = lexeme.removeprefix("$")
    sigil = len(lexeme) - len(name)
    name = _identifier(name)
    if not name:
        return Token("root", start, start + 1) if sigil else Token("unknown", start, start + 1)
    end = start + sigil + len(name)
    return Token("variable" if sigil else "unquoted_identifier", start, end, normalize("NFC", name))


def _identifier(text: str) -> str:
    """The longest beginning that is an identifier."""
    if text.isidentifier():
        return text
    length = 0
    while length < len(text) and (f"_{text[length]}" if length else text[0]).isidentifier():
        length += 1
    return text[:length]


def _json(kind: str, lexeme: str, start: int, end: int) -> Token:
    """JSON and nothing else, or in backticks text without quotes, as jmespath still allows."""
    try:
        value = loads(lexeme, parse_constant=str)
    except ValueError:
        try:
            value = loads(f'"{lexeme.lstrip()}"')
        except ValueError:
            return Token("unreadable", start, end)
    return Token(kind, start, end, clean(value))


_READ = {
    "word": _word,
    "symbol": _symbol,
    "number": _number,
    "raw": _raw,
    "json": _literal,
    "quoted": _quoted,
    "unknown": _unknown,
}
