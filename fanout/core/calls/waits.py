"""The wait that a service names: *retry after 3 s*, `"retryDelay": "57s"`, 请在 30 秒后重试 (contract 4, `retry`)."""

from __future__ import annotations

import re
from collections.abc import Iterator

_MOST_S = 366 * 86_400.0  # no service means more
_UNITS = {  # seconds, and how the unit is written in English, Chinese, Japanese, Portuguese and Spanish
    "ms": (0.001, "milliseconds?|milissegundos?|milisegundos?|millis|msecs?|ms|毫秒|ミリ秒"),
    "s": (1.0, "seconds?|segundos?|secs?|s|秒"),
    "m": (60.0, "minutes?|minutos?|mins?|m|分鐘|分钟|分"),
    "h": (3600.0, "hours?|horas?|hrs?|h|个?小时|個?小時|時間"),
    "d": (86_400.0, "days?|dias?|días?|天|日"),
}
_ONE = frozenset(("a", "an", "one", "um", "uma", "un", "una"))

_NUMBER = r"\d{1,9}(?:\.\d{1,9})?"
_UNIT = "|".join(f"(?P<{name}>{words})" for name, (_, words) in _UNITS.items())
_PIECE = re.compile(rf"(?P<count>{_NUMBER}|\b(?:{'|'.join(_ONE)})\b)\s{{0,3}}(?:{_UNIT})(?![a-z])", re.I)
_BETWEEN = re.compile(r"[\s,]{0,3}(?:and\s|e\s|y\s)?", re.I)

# a field or a header; a number without a unit is seconds, or what the name says
_FIELD = re.compile(
    r"retry[-_ ]?(?:after|delay|in)(?P<unit>[-_ ]?(?:ms|millis\w{0,8}|secs?|seconds?|s))?"
    r"[\"']?\s{0,2}[:=]\s{0,2}[\"']?",
    re.I,
)
_CUE = re.compile(
    r"(?:retry|retrying|again|try|available|resets?|novamente|de novo|de nuevo|otra vez)\s(?:\w{1,12}\s){0,2}?"
    r"(?:in|after|within|em|dentro de|após|apos|depois de|en|después de)\s(?:about\s|approximately\s|at least\s)?"
    r"|retry[- ]after\s"
    r"|(?:wait|back off|aguarde|espere)\s(?:for\s|about\s|at least\s|another\s|por\s|cerca de\s)?"
    r"|(?:请|請)?(?:等待|等候|稍等)\s?",
    re.I,
)
_CUE_BEHIND = re.compile(r"(?:钟|鐘|間|内|内に)?\s?(?:之?[后後]|以[后後]|お待ち|待って|待機|経って|経過)")
_NUMBER_ALONE = re.compile(rf"({_NUMBER})(?=[\"']?\s{{0,2}}(?:$|[,;)}}\]]|:(?!\d)|\.(?:\s|$)))")
_NUMBER_OF_FIELD = re.compile(rf"({_NUMBER})(?![\w.])")


def named_wait_s(text: str) -> float | None:
    """The wait in seconds that a text names, or None. What stands in a field counts before what is said in words.

    Takes time for each character, so cut what is long.
    """
    text = text.replace("\\", "")
    waits = (wait_s for wait_s in _waits(text) if wait_s is not None)
    wait_s = next(waits, None)
    return wait_s if wait_s is not None and wait_s <= _MOST_S else None


def _waits(text: str) -> Iterator[float | None]:
    for field in _FIELD.finditer(text):
        yield _of_field(text, field)
    for cue in _CUE.finditer(text):
        yield _time(text, cue.end())
    if not text.isascii():
        yield from (_seconds(piece) for piece in _PIECE.finditer(text) if _CUE_BEHIND.match(text, piece.end()))
    for cue in re.finditer(r"retry[- ]after\s", text, re.I):
        if alone := _NUMBER_ALONE.match(text, cue.end()):
            yield float(alone[1])


def _of_field(text: str, field: re.Match[str]) -> float | None:
    time_s = _time(text, field.end())
    number = _NUMBER_OF_FIELD.match(text, field.end())
    if time_s is not None or number is None:
        return time_s
    unit = (field["unit"] or "").strip("-_ ").lower()
    return float(number[1]) * _UNITS["ms" if unit.startswith("m") else "s"][0]


def _time(text: str, start: int) -> float | None:
    """The time that begins at `start`, such as `1m30s` or `2 minutes and 10 seconds`; None where none does."""
    total_s: float | None = None
    while piece := _PIECE.match(text, start):
        total_s = (total_s or 0.0) + _seconds(piece)
        between = _BETWEEN.match(text, piece.end())
        start = between.end() if between else piece.end()
    return total_s


def _seconds(piece: re.Match[str]) -> float:
    count = piece["count"].lower()
    unit_s = next(seconds for name, (seconds, _) in _UNITS.items() if piece[name])
    return unit_s if count in _ONE else float(count) * unit_s
