"""Values fresh from a parser, made clean and measured at the parser's own speed.

`values.clean` looks at every value: four seconds for 8 MiB of `{},`, in which nothing else would run. What a provider
sends is written out by the interpreter's C code instead, which also says how large it is; where something has to
change, it is read back changed.
"""

from __future__ import annotations

import json
import re
from typing import Any

from .errors import TooLargeError
from .values import Size, clean, clean_size, compact

# a whole number that may be beyond the range of a double, or such digits inside a text; found in one pass
_LONG_NUMBER = re.compile(r"(?<!\d)\d{300}")


def clean_parsed(value: Any) -> tuple[Any, Size]:
    """A value of plain types as a JSON value (see `values.clean`), and its size; of a large one at most so many nodes.

    The same object where nothing has to change. Raises TooLargeError where it is nested too deeply.
    """
    small = clean_size(value)
    if small is not None:
        return value, small
    try:
        text = compact(value)
        size = len(text.encode())
    except ValueError:  # an infinite number, or a lone surrogate
        return _read_back(value)
    return _read_back(value) if _LONG_NUMBER.search(text) else (value, Size.at_most(size))


def _read_back(value: Any) -> tuple[Any, Size]:
    try:
        text: str = clean(json.dumps(value, ensure_ascii=False, check_circular=False, separators=(",", ":")))
        cleaned = json.loads(text, parse_int=_whole, parse_constant=lambda name: None)
    except RecursionError:
        raise TooLargeError("a value is nested too deeply") from None
    except ValueError:  # a number with more digits than the interpreter writes
        cleaned = clean(value)
    return cleaned, Size.at_most(len(compact(cleaned).encode()))


def _whole(digits: str) -> int | None:
    if len(digits) < 300:
        return int(digits)
    number = clean(int(digits)) if len(digits) < 400 else None
    return number if isinstance(number, int) else None
