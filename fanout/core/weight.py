"""How much a JSON text would weigh once it is read, found out without reading it.

A value takes up to a hundred times the bytes of its text: 8 MiB of `[],[],…` are 2.8 million lists. What is hopelessly
large is refused by its brackets, commas and quotes, which are counted a thousand times faster than they are parsed.
"""

from __future__ import annotations

from typing import Any

from . import limits

HOPELESS = limits.BRANCH_BYTES // limits.WEIGHT_BYTES  # heavier than everything that a branch may hold
_PIECE = 64 * limits.KIB

_MARKS: dict[type, Any] = {
    str: ("[", "{", ",", '"', "\\\\", '\\"', ""),
    bytes: (b"[", b"{", b",", b'"', b"\\\\", b'\\"', b""),
}


def is_hopeless[Text: (str, bytes)](text: Text) -> bool:
    """Whether a JSON text holds more values than a branch may hold. What stands inside of its texts does not count."""
    return len(text) > HOPELESS and weight(text, HOPELESS) > HOPELESS


def weight[Text: (str, bytes)](text: Text, enough: int) -> int:
    """The weight of a JSON text; where it is over `enough`, at least that is certain, and no more."""
    lists, objects, comma, quote, *_ = _MARKS[type(text)]
    found = (
        limits.CONTAINER_WEIGHT * (text.count(lists) + text.count(objects)) + text.count(comma) + text.count(quote) // 2
    )
    return found if found <= enough else _outside_texts(text, enough)


def _outside_texts[Text: (str, bytes)](text: Text, enough: int) -> int:
    """The weight without the marks that stand inside of texts, which takes longer to find out."""
    lists, objects, comma, quote, backslashes, quoted, nothing = _MARKS[type(text)]
    plain = text.replace(backslashes, nothing).replace(quoted, nothing)
    total, is_inside = 0, 0
    for start in range(0, len(plain), _PIECE):
        parts = plain[start : start + _PIECE].split(quote)
        outside = nothing.join(parts[is_inside::2])
        total += limits.CONTAINER_WEIGHT * (outside.count(lists) + outside.count(objects)) + outside.count(comma)
        total += len(parts) // 2
        is_inside = (is_inside + len(parts) - 1) % 2
        if total > enough:
            break
    return total
