"""Lines of the protocol: what orjson takes, what it refuses, and what nobody can read."""

from __future__ import annotations

import contextlib
import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanout.core import limits
from fanout.core.budget import Budget
from fanout.core.errors import TooLargeError
from fanout.core.values import clean, measure
from fanout.dify.lines import LineCutter, UnreadableLine, read_line, size_of, write_json
from tests.properties import often


def line_of(value: bytes) -> bytes:
    return b'{"value":' + value + b"}"


def read(value: bytes) -> Any:
    return read_line(line_of(value))["value"]


@pytest.mark.parametrize(
    "value", [{"a": [1, 1.5, None, True, "é\u2028/\x01"]}, 10**30, "\ud800", json.loads("[" * 300 + "]" * 300)]
)
def test_what_is_written_can_be_read(value: Any) -> None:
    line = write_json(value)
    assert "\n" not in line
    assert json.loads(line) == value


def test_what_is_nested_too_deeply_to_be_written_says_so() -> None:
    value: list[Any] = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(TooLargeError, match="nested too deeply"):
        write_json(value)


@pytest.mark.parametrize("depth", [1, 190, 250, limits.DATA_DEPTH, 1_000])
def test_nested_values_are_read(depth: int) -> None:
    written = b"[" * depth + b"]" * depth
    assert read(written) == json.loads(written)


@pytest.mark.parametrize("depth", [100_000, 600_000])
def test_what_nothing_can_follow_is_not(depth: int) -> None:
    with pytest.raises(UnreadableLine, match=r"nested more than 500 levels deep|not JSON"):
        read(b"[" * depth + b"]" * depth)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        (b'"a\\ud800b"', "a\ufffdb"),
        (b'"\\udc00\\ud800\\ud83d\\ude00\\ud800"', "\ufffd\ufffd😀\ufffd"),
        (b'"\\\\ud800 \\\\\\ud800"', "\\ud800 \\\ufffd"),
        (b'"a\xffb"', "a\ufffdb"),
        (b'{"\\ud800": 1}', {"\ufffd": 1}),
        (b"[1e999, -1e999, 1.5, 7]", [None, None, 1.5, 7]),
        (b"[" + b"9" * 5_000 + b", -" + b"9" * 5_000 + b"]", [None, None]),
        (b"[NaN, -Infinity, 123456789012345678901]", [None, None, 123456789012345678901.0]),
    ],
)
def test_what_the_fast_parser_refuses_is_mended(written: bytes, value: Any) -> None:
    assert read(written) == value


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(codec=None)), inner, max_size=4),
    max_leaves=12,
)


@often
@given(VALUES)
def test_what_is_read_is_clean(value: Any) -> None:
    found = read(json.dumps(value).encode())
    assert clean(found) is found


@pytest.mark.parametrize(
    "line", [b"garbage", b"[1]", b'"x"', b"{", b'{"a":', b"\xff\xfe", b"[" * 100_000, b"1", b"null"]
)
def test_what_is_no_object_says_so_and_repeats_nothing(line: bytes) -> None:
    with pytest.raises(UnreadableLine) as raised:
        read_line(line)
    assert line.decode("utf-8", "replace") not in str(raised.value)


@pytest.mark.parametrize("part", [b"1,", b"[],", b'{"":{}},', b'"ab",', b"[[[[1]]]],"])
def test_more_values_than_a_branch_may_hold_are_not_even_read(part: bytes) -> None:
    started = time.process_time()
    with pytest.raises(UnreadableLine, match="too large: it has more values than a branch may hold"):
        read(b"[" + part * (30 * limits.MIB // len(part)) + b"1]")
    assert time.process_time() - started < 0.5  # reading takes from one to eight seconds


@pytest.mark.parametrize("part", [",", "[", '"', '\\"', "]}", "a,b"])
def test_a_long_text_is_read_whatever_stands_in_it(part: str) -> None:
    text = part * 2_500_000
    assert read(json.dumps(text).encode()) == text


@often
@given(st.binary())
def test_whatever_comes_is_an_object_or_unreadable(line: bytes) -> None:
    with contextlib.suppress(UnreadableLine):
        assert isinstance(read_line(line), dict)


# -- sizes


@often
@given(VALUES)
def test_small_values_are_measured_exactly(value: Any) -> None:
    found = read(json.dumps(value).encode())
    assert size_of(found) == measure(found, Budget())


ROWS = [{"title": f"a title of some words {n}", "url": f"https://a.example/page/{n}", "n": n} for n in range(20_000)]


def test_ordinary_rows_count_as_their_bytes() -> None:
    written = len(json.dumps(ROWS, separators=(",", ":")))
    assert size_of(ROWS) == (written, written)


@pytest.mark.parametrize("value", [[[]] * 9_000, [{"": {}}] * 9_000, ["ab"] * 9_000, [1] * 9_000])
def test_many_small_values_count_for_more_than_their_bytes(value: Any) -> None:
    assert size_of(value).bytes > len(json.dumps(value, separators=(",", ":")))


def test_commas_in_a_text_do_not() -> None:
    value = [", " * 500_000] * 2
    assert size_of(value).bytes == 2_000_007


@pytest.mark.parametrize("depth", [254, limits.DATA_DEPTH])
def test_what_is_nested_deeply_has_a_size(depth: int) -> None:
    value = [[1] * 5_000, json.loads("[" * (depth - 1) + "]" * (depth - 1))]
    assert size_of(value).bytes >= 10_000


def test_what_is_nested_too_deeply_has_none() -> None:
    value = [[1] * 5_000, json.loads("[" * 600 + "]" * 600)]
    with pytest.raises(TooLargeError, match="nested more than 500 levels deep"):
        size_of(value)


# -- lines out of pieces


@often
@given(st.lists(st.binary(max_size=20)), st.integers(1, 7))
def test_lines_are_the_same_however_they_are_cut(lines: list[bytes], size: int) -> None:
    stream = b"".join(line.replace(b"\n", b"") + b"\n" for line in lines)
    cutter = LineCutter(1_000)
    found = [line for start in range(0, len(stream), size) for line in cutter.feed(stream[start : start + size])]
    assert found == [line for line in stream.split(b"\n") if line.strip()]


def test_a_line_over_the_limit_is_not_kept() -> None:
    cutter = LineCutter(limits.MIB)
    cutter.feed(b"x" * limits.MIB)
    with pytest.raises(UnreadableLine, match="a line of more than 1 MiB"):
        cutter.feed(b"x")


def test_a_line_is_read_as_an_object() -> None:
    assert read_line(b' {"a": [1]} ') == {"a": [1]}
    with pytest.raises(UnreadableLine):
        read_line(b"[]")


@pytest.mark.parametrize("whole", [-(10**17) - 1, -(2**63), 2**64 - 1])
def test_beside_a_number_beyond_a_double_others_stay_as_exact_as_without_it(whole: int) -> None:
    assert read_line(b'{"value": [%d, 1%s]}' % (whole, b"0" * 400))["value"] == [whole, None]
    assert read_line(b'{"value": [%d]}' % whole)["value"] == [whole]
