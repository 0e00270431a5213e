"""Whether a text is a JSON value once more, as workflow and API tools send the same data as text and as JSON."""

from __future__ import annotations

import json
import re
from typing import Any

from ..values import compact
from ..weight import is_hopeless

_EXACT_DIGITS = 15  # the platform reads numbers as doubles, so longer ones may have changed on one of the two ways
_LONG_NUMBER = re.compile(rf"\d{{{_EXACT_DIGITS + 1}}}")
_LENIENT = 3  # times that the JSON is written out to compare numbers as doubles; each takes as long as it is large


class JsonOnceMore:
    """Compares texts of one attempt with its JSON messages."""

    __slots__ = ("_lenient_left",)

    def __init__(self) -> None:
        self._lenient_left = _LENIENT

    def is_repeated(self, text: str, value: Any) -> bool:
        """Whether the text, read as JSON, is the value; numbers beyond a double's precision are equal as doubles."""
        if is_hopeless(text):
            return False
        try:
            read = json.loads(text.removeprefix("\ufeff"), parse_int=_as_double)
            if read == value:
                return True
            if type(read) is not type(value) or len(read) != len(value) or not _LONG_NUMBER.search(text):
                return False
            self._lenient_left -= 1
            return self._lenient_left >= 0 and read == json.loads(compact(value), parse_int=_as_double)
        except (ValueError, RecursionError):
            return False


def may_be_json(text: str) -> bool:
    """Whether a text begins and ends like a JSON object or array."""
    ends = (text.lstrip("\ufeff \t\r\n")[:1], text.rstrip()[-1:])
    return ends in (("{", "}"), ("[", "]"))


def _as_double(digits: str) -> int | float:
    return int(digits) if len(digits) <= _EXACT_DIGITS else float(digits)
