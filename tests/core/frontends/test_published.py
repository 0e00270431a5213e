"""Dates as engines write them."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanout.core.frontends.published import iso_date


@pytest.mark.parametrize(
    ("written", "iso"),
    [
        ("2024-05-01", "2024-05-01"),
        ("2024-05-01T10:02:03Z", "2024-05-01T10:02:03Z"),
        ("2024-05-01T10:02:03.123456+00:00", "2024-05-01T10:02:03+00:00"),
        ("2024-05-01 10:02", "2024-05-01T10:02:00"),
        ("2024-05-01 10:02:03 +0800", "2024-05-01T10:02:03+08:00"),
        ("2024/5/1", "2024-05-01"),
        ("2024-5", "2024-05"),
        ("2024", "2024"),
        ("2024-May-01", "2024-05-01"),
        ("2023 Dec", "2023-12"),
        ("Wed, 01 May 2024 10:02:03 GMT", "2024-05-01T10:02:03Z"),
        ("1 September 2024", "2024-09-01"),
        ("May 1, 2024", "2024-05-01"),
        ("Sept. 3rd, 2024", "2024-09-03"),
        ("2024年5月1日", "2024-05-01"),
        ("2024年5月1日 10:02", "2024-05-01T10:02:00"),
        (1714557723, "2024-05-01T10:02:03Z"),
        ("1714557723000", "2024-05-01T10:02:03Z"),
        ("2024. 5. 1.", "2024-05-01"),
        ("20240501", "2024-05-01"),
        ("20240501T100203Z", "2024-05-01T10:02:03Z"),
        ("13.05.2024", "2024-05-13"),
        ("1.5.2024", "2024-05-01"),
        ("13/05/2024", "2024-05-13"),
        ("05/13/2024", "2024-05-13"),
        ("May 2024", "2024-05"),
        ("Wed May  1 10:02:03 2024", "2024-05-01T10:02:03"),
        ("May 1, 2024, 10:05 PM", "2024-05-01T22:05:00"),
        ("May 1, 2024 12:05 am", "2024-05-01T00:05:00"),
        ("1 de maio de 2024", "2024-05-01"),
        ("5 dic 2024", "2024-12-05"),
        ("20241301", None),
        ("3 days ago", None),
        ("yesterday", None),
        ("N/A", None),
        ("2024-13-01", None),
        ("2024-05-32", None),
        ("01/05/2024", None),  # of May, or of January
        ("", None),
        (None, None),
        (True, None),
        ([2024], None),
        (0, None),
    ],
)
def test_iso(written: Any, iso: str | None) -> None:
    assert iso_date(written) == iso


@given(st.datetimes(datetime.datetime(1974, 1, 1), datetime.datetime(2200, 1, 1)))
def test_seconds_since_1970(moment: datetime.datetime) -> None:
    utc = moment.replace(microsecond=0, tzinfo=datetime.UTC)
    assert iso_date(utc.timestamp()) == utc.strftime("%Y-%m-%dT%H:%M:%SZ")


@given(
    st.text() | st.from_regex(r"\A[0-9a-z年月日:/ .,+TZ-]{0,70}\Z") | st.floats(allow_nan=False, allow_infinity=False)
)
def test_anything_is_a_date_or_none(value: Any) -> None:
    iso = iso_date(value)
    assert iso is None or iso[:4].isdecimal()
