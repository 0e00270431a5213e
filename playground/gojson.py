"""What Go's `encoding/json` makes of a value that passes through `map[string]any`.

The platform's daemon decodes every message and every parameter map into `map[string]any` and writes it again. Numbers
become float64, keys come out sorted, lone surrogates become U+FFFD. All of it happens inside one decode here, through
the hooks of the C scanner, so that a message costs one pass and not a walk of its own.
"""

from __future__ import annotations

import json
from decimal import Decimal
from operator import itemgetter
from typing import Any

FIXED_FROM, FIXED_TO = 1e-6, 1e21  # Go writes floats within these bounds without an exponent
EXACT_DIGITS = 15  # integers with no more digits than this survive float64
HTML_ESCAPES = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})


def decode(line: str | bytes) -> Any:
    """Read JSON as Go would read and write it again. Raises ValueError for what Go refuses (NaN, 1e999, no JSON)."""
    if isinstance(line, bytes):
        line = line.decode("utf-8", "replace")
    try:
        value = _DECODER.decode(line)
        return _without_surrogates(value) if "\\ud" in line or "\\uD" in line else value
    except RecursionError:
        raise ValueError("json: exceeded max depth") from None


def encode(value: Any) -> bytes:
    """One line of compact JSON in UTF-8, without its newline."""
    try:
        return _ENCODER.encode(value).encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":")).encode()


def round_trip(value: Any) -> Any:
    """The value after one passage through the daemon."""
    return decode(json.dumps(value))


def marshal(value: Any) -> str:
    """JSON text with the escapes of Go's `json.Marshal`, for error texts that contain JSON."""
    text = json.dumps(round_trip(value), ensure_ascii=False, separators=(",", ":"))
    return text.translate(HTML_ESCAPES)


def _integer(digits: str) -> int | float:
    if len(digits) <= EXACT_DIGITS:
        return int(digits)
    return _number(digits)


def _number(text: str) -> int | float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError(f"json: cannot unmarshal number {text[:40]} into Go value of type float64")
    if not number.is_integer():
        return number
    if abs(number) < FIXED_TO:
        return int(Decimal(repr(number)))  # the shortest digits, then zeros: 12345678901234567890 is …567000
    return number


def _constant(text: str) -> Any:
    raise ValueError(f"invalid character {text[0]!r} looking for beginning of value")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(pairs) > 1:
        pairs.sort(key=itemgetter(0))  # stable: of a double key the last one stays
    return dict(pairs)


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in value)
    if isinstance(value, list):
        return [_without_surrogates(element) for element in value]
    if isinstance(value, dict):
        return {_without_surrogates(key): _without_surrogates(element) for key, element in value.items()}
    return value


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_number, parse_constant=_constant
)
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
