"""When a page was published, as engines write it → ISO 8601."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

# by the first three letters, in English and as they differ in Portuguese and Spanish
_NAMES = (
    *("jan feb mar apr may jun jul aug sep oct nov dec", "ene fev mar abr mai jun jul ago set out nov dez"),
    "ene feb mar abr may jun jul ago sep oct nov dic",
)
_MONTHS = {name: number for names in _NAMES for number, name in enumerate(names.split(), 1)}
_NAME = rf"(?:{'|'.join(_MONTHS)})[a-zç]*\.?"
_MONTH = rf"(?P<month>\d{{1,2}}|{_NAME})"
_YEAR, _DAY = r"(?P<year>\d{4})", r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_TIME = (
    r"(?:[T\s,]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d+)?)?"
    r"\s*(?P<half>[AP]M\b)?\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2})?)?"
)
_WORD = r"(?:[a-z]{3,9}\.?,?\s+)?"  # the day of the week
_FORMS = (
    rf"{_YEAR}(?:[-/.\s]+{_MONTH}(?:[-/.\s]+{_DAY}\.?)?)?",  # 2024-05-01, 2024/5/1, 2024-May-01, 2024
    r"(?P<year>[12]\d{3})(?P<month>[01]\d)(?P<day>[0-3]\d)",  # 20240501
    rf"{_YEAR}年(?:{_MONTH}月(?:{_DAY}日)?)?",
    rf"{_WORD}{_DAY}[-\s]+(?:de )?{_MONTH},?[-\s]+(?:de )?{_YEAR}",  # Wed, 01 May 2024, 1 de maio de 2024
    rf"(?P<day>\d{{1,2}})\.\s?(?P<month>\d{{1,2}})\.\s?{_YEAR}",  # 1.5.2024
    rf"(?P<day>1[3-9]|2\d|3[01])/(?P<month>\d{{1,2}})/{_YEAR}",  # 13/5/2024; of 1/5/2024 nobody knows the month
    rf"(?P<month>\d{{1,2}})/(?P<day>1[3-9]|2\d|3[01])/{_YEAR}",
    rf"{_WORD}{_MONTH}\s+{_DAY},?\s+{_YEAR}",  # May 1, 2024
    rf"(?P<month>{_NAME}),?\s+(?:de )?{_YEAR}",  # May 2024
)
_OF_C = re.compile(
    r"[a-z]{3} ([a-z]{3} \d{1,2}) (\d{1,2}:\d{2}:\d{2}) (\d{4})", re.IGNORECASE
)  # Wed May 1 10:00:00 2024
_COMPACT = re.compile(r"(\d{8}T)(\d\d)(\d\d)(\d\d)(?=Z?$)")  # 20240501T100000Z
_MAX_CHARS = 64
_DAY_S = 86_400
_SECONDS, _MILLISECONDS = range(10**8, 10**10), range(10**11, 10**13)  # since 1970: from 1973 to 2286


def iso_date(value: Any) -> str | None:
    """`2024-05-01`, with `T10:00:00Z` where a time is said; null for what is no date, or one counted from today."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _from_epoch(int(value))
    text = " ".join(value.split()) if isinstance(value, str) else ""
    if not text or len(text) > _MAX_CHARS:
        return None
    if text.isdecimal() and len(text) > len("20240501"):
        return _from_epoch(int(text))
    text = _OF_C.sub(r"\1 \3 \2", _COMPACT.sub(r"\1\2:\3:\4", text))
    found = next((found for form in _forms() if (found := form.fullmatch(text))), None)
    return _written(found.groupdict()) if found else None


@cache
def _forms() -> tuple[re.Pattern[str], ...]:
    """Compiled at the first date, not at each start."""
    return tuple(re.compile(f"{form}{_TIME}", re.IGNORECASE) for form in _FORMS)


def _written(parts: dict[str, str | None]) -> str | None:
    year, month, day = parts["year"], _month(parts["month"]), int(parts.get("day") or 0)
    if month not in range(13) or day not in range(32):
        return None
    date = "-".join([str(year), *(f"{part:02}" for part in (month, day) if part)])
    if parts["hour"] is None or not day:
        return date
    hour = _hour(int(parts["hour"]), (parts["half"] or "").upper())
    return f"{date}T{hour:02}:{parts['minute']}:{parts['second'] or '00'}{_zone((parts['zone'] or '').upper())}"


def _hour(hour: int, half: str) -> int:
    return hour % 12 + 12 * (half == "PM") if half else hour


def _zone(zone: str) -> str:
    return f"{zone[:3]}:{zone[-2:]}" if zone[:1] in ("+", "-") else "Z" if zone else ""


def _month(text: str | None) -> int:
    if text is None or text.isdecimal():
        return int(text or 0)
    return _MONTHS[text[:3].lower()]


def _from_epoch(number: int) -> str | None:
    """The day of a count of seconds or milliseconds since 1970, in the way of H. Hinnant's `civil_from_days`."""
    if number in _MILLISECONDS:
        number //= 1000
    if number not in _SECONDS:
        return None
    days, rest = divmod(number, _DAY_S)
    era, of_era = divmod(days + 719_468, 146_097)
    year = (of_era - of_era // 1_460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    shifted = (5 * of_year + 2) // 153
    day, month = of_year - (153 * shifted + 2) // 5 + 1, shifted + 3 if shifted < 10 else shifted - 9
    hour, minute = divmod(rest // 60, 60)
    return f"{year + 400 * era + (month <= 2)}-{month:02}-{day:02}T{hour:02}:{minute:02}:{rest % 60:02}Z"
