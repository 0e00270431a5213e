"""Text as people and models write it, before it is read: JSON by its first sign, Markdown fences, look-alikes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

_FENCE = re.compile(r"\s*(`{3,}|~{3,})[^\n`]*\n")

_ASCII = {  # characters that only look like syntax → what stands there in JSON, YAML and lists
    **{chr(0xFF00 + code - 0x20): chr(code) for code in range(0x21, 0x7F) if not chr(code).isalnum()},
    **dict.fromkeys("“”„‟″«»「」『』", '"'),
    **dict.fromkeys("‘’‚‛′", "'"),
    **dict.fromkeys("、﹐", ","),
    **dict.fromkeys("﹕∶", ":"),
    **dict.fromkeys("‐‑‒–—−", "-"),
    **dict.fromkeys("•·‣▪●", "-"),
    "【": "[",
    "】": "]",
    **dict.fromkeys("\u00a0\u2007\u202f\u3000\u2002\u2003\u2009\u200a", " "),
    **dict.fromkeys("\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad", ""),
}
_LOOKALIKE = re.compile(f"[{re.escape(''.join(_ASCII))}]")
_KINDS = {'"': "a curly quote", "'": "a curly quote", " ": "a no-break space", "": "an invisible character"}
_NAMES = {  # where the name of Unicode, or that of the kind, is not what people call it
    "\u200b": "a zero-width space",
    "\u3000": "a full-width space",
    "、": "an ideographic comma",
    "″": "a double prime",
    "′": "a prime",
    **dict.fromkeys("\u2002\u2003\u2009\u200a", "a wide or thin space"),
    **dict.fromkeys("«»「」『』", "a quotation mark of another script"),
}


_JOINED = re.compile(r"-(?=[^\s-])|\w+:(?=[^\s/])")


class Lookalike(NamedTuple):
    """A character that only looks like syntax: where it stands, and what to say of it."""

    position: int
    words: str


def begins_json(text: str) -> bool:
    """Whether a text holds JSON by its first sign."""
    return text.lstrip("\ufeff \t\r\n")[:1] in ("{", "[")


def unfence(text: str) -> str:
    """The text without the one Markdown fence around the whole of it; lines keep their numbers."""
    opening = _FENCE.match(text)
    if opening is None:
        return text
    fence = opening[1]
    inner, _, closing = text.rstrip()[opening.end() - 1 :].rpartition("\n")
    if not _closes(closing, fence) or any(_closes(line, fence) for line in inner.split("\n")):
        return text
    return "\n" * text.count("\n", 0, opening.end()) + inner[1:] + "\n"


def _closes(line: str, fence: str) -> bool:
    return line.startswith(fence) and not line.strip().strip(fence[0])


def find_lookalike(text: str, start: int = 0, end: int | None = None) -> Lookalike | None:
    """The first character of a text that only looks like syntax."""
    if text.isascii():
        return None
    found = _LOOKALIKE.search(text, start, len(text) if end is None else end)
    return None if found is None else Lookalike(found.start(), _words(found[0]))


def some_of(words: Sequence[str], most: int, between: str = ", ") -> str:
    """The first of several words, and how many more there are."""
    shown = between.join(words[:most])
    return f"{shown} and {len(words) - most} more" if len(words) > most else shown


def clipped(text: str, chars: int) -> str:
    """A text of at most so many characters: one that is cut ends with `…`."""
    return text if len(text) <= chars else f"{text[: chars - 1]}…"


def say_lookalike(text: str) -> str:
    """`; “：” is a full-width colon …` for the end of a message about a text, or nothing."""
    found = find_lookalike(text)
    return "" if found is None else f"; {found.words}"


def say_joined(text: str) -> str:
    """For text that YAML would read as a key or an element, if a blank stood where it belongs; or nothing."""
    found = _JOINED.match(text)
    if found is None:
        return ""
    return "; a blank belongs after each -" if found[0] == "-" else "; a blank belongs after the colon"


def say_character(character: str) -> str:
    """What a character is called: `a full-width colon`, `a curly quote`."""
    if character not in _ASCII:
        return unicodedata.name(character, f"U+{ord(character):04X}").lower()
    return _name(character)


def _words(character: str) -> str:
    instead = _ASCII[character]
    shown = f"{character} " if character.isprintable() and not character.isspace() else ""
    remedy = "remove it" if not instead else "write an ordinary space" if instead == " " else f"write {instead}"
    return f"{shown}is {_name(character)} (U+{ord(character):04X}): {remedy}".strip()


def _name(character: str) -> str:
    name = unicodedata.name(character).lower().replace("fullwidth", "full-width")
    if character in _NAMES:
        return _NAMES[character]
    return f"a {name}" if name.startswith("full-width") else _KINDS.get(_ASCII[character], f"the character {name}")
