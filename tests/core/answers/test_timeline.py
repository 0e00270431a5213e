"""The plain-text timeline: 40 columns, a line per attempt and wait."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from textwrap import wrap

from hypothesis import given
from hypothesis import strategies as st

from fanout.core.answers.timeline import COLUMNS, LINES, timeline
from fanout.core.calls.records import Record, Span
from tests.fakes import plan_of

PHONE = 26  # columns of a code block of Dify's web app, beside the numbers of its lines, where the page is 390 px wide


def record(title: str, *spans: Span, row: int | None = None) -> Record:
    [branch] = plan_of([{"name": "a", "title": title}]).branches
    return Record(branch, "succeeded", attempts=1, spans=spans, row=row)


def columns(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else not unicodedata.combining(char) for char in line)


def test_attempts_and_waits_have_a_line_each() -> None:
    shown = timeline(
        [
            record("Weather", Span("attempt", "failed", 0, 2), Span("wait", "retry", 2, 4)),
            record("搜索引擎的结果", Span("attempt", "succeeded", 4, 12)),
        ]
    )

    assert shown == (
        "```text\n"
        "           0      12.0s\n"
        "Weather    ==            2.00s failed\n"
        "             ..          2.00s (retry)\n"
        "搜索引擎…      ========  8.00s succeeded\n"
        "```"
    )


def test_a_record_without_spans_is_one_attempt() -> None:
    one = replace(record("a"), spans=(), started_s=1.0, elapsed_s=1.0)

    assert timeline([one]).splitlines()[2] == "a                ======  1.00s succeeded"


def test_nothing_called_is_no_timeline() -> None:
    assert timeline([]) == ""
    assert timeline([replace(record("a"), attempts=0)]) == ""
    assert timeline([replace(record("a", Span("attempt", "succeeded", 0, 1)), shared=True)]) == ""


def test_rows_are_told_apart() -> None:
    spans = Span("attempt", "succeeded", 0, 1)
    lines = timeline([record("a", spans, row=0), record("b", spans, row=0), record("a", spans, row=1)]).splitlines()

    assert [line.split()[0] for line in lines[2:-1]] == ["row", "a", "b", "row", "a"]


def test_a_long_call_is_cut() -> None:
    lines = timeline([record("a", *[Span("attempt", "failed", 0, 1)] * (LINES + 5))]).splitlines()

    assert len(lines) == LINES + 4
    assert lines[-2] == "… and 5 more lines"


TIMES = st.floats(0, 1_000)
SPANS = st.builds(
    lambda kind, label, start, took: Span(kind, label, start, start + took),
    st.sampled_from(["attempt", "wait"]),
    st.sampled_from(["succeeded", "timed_out", "abandoned", "connection", "rate"]),
    TIMES,
    TIMES,
)


@given(st.lists(st.tuples(st.text("a 漢é`\u0301\n", min_size=1), st.lists(SPANS, max_size=3)), max_size=4))
def test_no_line_is_wider_and_the_fence_holds(branches: list[tuple[str, list[Span]]]) -> None:
    shown = timeline([record(title.strip() or "x", *spans) for title, spans in branches if spans])

    assert all(columns(line) <= COLUMNS for line in shown.splitlines())
    assert shown.count("```") == (2 if shown else 0)


def test_on_a_phone_a_line_breaks_behind_its_bar_and_nowhere_else() -> None:
    ends = [
        Span("attempt", "succeeded", 0, 99.9),
        Span("wait", "connection", 5, 7),
        Span("attempt", "abandoned", 50, 9999),
    ]
    _, _, *lines, _ = timeline([record("a name of many words", *ends)]).splitlines()

    for line in lines:
        before, behind = wrap(line, PHONE)
        assert before[-1] in "=."
        assert re.fullmatch(r"[\d.]+s \S+", behind)
