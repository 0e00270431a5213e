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
_WORD = r"[A-Za-z_\u0080-\U0010ffff][A-Za-z0-9_\u0080-\U0010ffff]*+"
_TOKEN = re.compile(
    rf"""(?P<space>[ \t\n\r]++)
    |(?P<word>\$?{_WORD})
    |(?P<symbol>\[[]?]|&&|\|\||[=!<>]=|[.*\[\],:@$(){{}}|&!=<>])
    |(?P<number>-?[0-9]++)
    |(?P<raw>'(?:[^'\\]++|\\.)*+')
    |(?P<json>`(?:[^`\\]++|\\.)*+`)
    |(?P<quoted>"(?:[^"\\]++|\\.)*+")
    |(?P<unknown>.)""",
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
    """The tokens of a text, the last one being `eof`."""
    tokens = []
    position = 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        assert found is not None  # the last alternative takes anything
        if found.lastgroup != "space":
            tokens.append(_token(found))
        position = tokens[-1].end if found.lastgroup == "word" else found.end()
    tokens.append(Token("eof", len(text), len(text)))
    return tokens


def _token(found: re.Match[str]) -> Token:
    start, end = found.span()
    lexeme = found[0]
    match found.lastgroup:
        case "word":
            return _word(lexeme, start)
        case "symbol":
            return Token(_SYMBOLS[lexeme], start, end)
        case "number" if len(lexeme) <= _DIGITS:
            return Token("number", start, end, int(lexeme))
        case "raw":
            return Token("literal", start, end, clean(lexeme[1:-1].replace("\\'", "'")))
        case "json":
            return _json("literal", lexeme[1:-1].replace("\\`", "`"), start, end)
        case "quoted":
            return _json("quoted_identifier", lexeme, start, end)
        case _:
            return Token("unreadable" if lexeme in _QUOTES else "unknown", start, end)


def _word(lexeme: str, start: int) -> Token:
    """A name, or a variable; of letters and digits of any script, as Unicode defines identifiers."""
    name = lexeme.removeprefix("$")
    sigil = len(lexeme) - len(name)
    if not name.isascii():
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
