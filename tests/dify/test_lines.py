"""Inbound lines: what the SDK's parser takes, what it refuses, and what nobody can read."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
from dify_plugin.core.entities.plugin.io import PluginInStream, PluginInStreamEvent
from dify_plugin.core.server.tcp import request_reader as tcp_reader
from hypothesis import given
from hypothesis import strategies as st

from fanout.core import limits
from fanout.core.errors import TooLargeError
from fanout.dify.lines import FOR_NOBODY, LineCutter, UnreadableLine, read_inbound, read_line, write_json
from fanout.dify.local import LocalInput

ID = "0123456789abcdef0123456789abcdef0000"


def answer(value: Any, **more: Any) -> dict[str, Any]:
    message = {"type": "json", "message": {"json_object": value}, "meta": None}
    data = {"backwards_request_id": ID, "event": "response", "message": "stream", "data": message}
    return {"session_id": "s1", "context": None, "event": "backwards_response", "data": data, **more}


def written(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def nested(depth: int) -> bytes:
    """The line of an answer whose value is nested so deeply."""
    return written(answer("here")).replace(b'"here"', b"[" * depth + b"]" * depth)


def test_the_sdk_s_reader_of_tcp_uses_it() -> None:
    adapter: Any = vars(tcp_reader)["TypeAdapter"]
    assert adapter(dict[str, Any]).validate_json(written(answer(1))) == answer(1)


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


@pytest.mark.parametrize("depth", [1, 190, 250, limits.DATA_DEPTH])
def test_an_answer_may_be_nested_as_deeply_as_data_may(depth: int) -> None:
    assert read_inbound(nested(depth)) == json.loads(nested(depth))


@pytest.mark.parametrize("depth", [limits.DATA_DEPTH + 10, 2_000, 1_000_000])
def test_an_answer_that_is_nested_more_deeply_is_an_error_of_its_branch(depth: int) -> None:
    found = read_inbound(nested(depth))
    assert found["session_id"] == "s1"
    assert found["data"]["backwards_request_id"] == ID
    assert found["data"]["event"] == "error"
    assert found["data"]["message"] == "an answer is too large: nested more than 500 levels deep"


def test_lone_surrogates_arrive() -> None:
    line = written(answer("here")).replace(b"here", b"a\\ud800b")
    assert read_inbound(line)["data"]["data"]["message"]["json_object"] == "a\ud800b"


def test_bytes_that_are_no_utf_8_arrive_as_replacements() -> None:
    line = written(answer("here")).replace(b"here", b"a\xffb")
    assert read_inbound(line)["data"]["data"]["message"]["json_object"] == "a\ufffdb"


def test_numbers_beyond_all_bounds_arrive() -> None:
    line = written(answer("here")).replace(b'"here"', b"[1e999,-1e999," + b"9" * 5_000 + b"]")
    assert read_inbound(line)["session_id"] == "s1"


def test_an_answer_that_breaks_off_is_an_error_of_its_branch() -> None:
    found = read_inbound(written(answer("secret"))[:-9])
    assert found["data"] == {"backwards_request_id": ID, "event": "error", "message": "an answer that is not JSON"}


def test_a_request_that_cannot_be_read_is_still_answered() -> None:
    line = b'{"session_id":"s2","event":"request","data":{"tool_parameters":' + b"[" * 100_000 + b"]" * 100_000 + b"}}"
    assert read_inbound(line)["event"] == "request"
    assert read_inbound(line)["session_id"] == "s2"


@pytest.mark.parametrize("line", [b"garbage", b"[1]", b'"x"', b"{", b'{"a":', b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_json_is_an_error_that_repeats_nothing(line: bytes) -> None:
    with pytest.raises(UnreadableLine) as raised:
        read_inbound(line)
    assert line.decode("utf-8", "replace") not in str(raised.value)


def test_more_values_than_a_branch_may_hold_are_not_even_read() -> None:
    line = written(answer("here")).replace(b'"here"', b"[" + b"1," * 4_200_000 + b"1]")
    started = time.process_time()
    found = read_inbound(line)
    assert time.process_time() - started < 0.1
    assert found["data"]["message"] == "an answer is too large: more than 4,194,304 values in one message"
    with pytest.raises(UnreadableLine, match="too large"):
        read_line(line)


def test_a_long_text_is_read_whatever_its_commas() -> None:
    line = written(answer("," * 5_000_000))
    assert read_inbound(line)["data"]["data"]["message"]["json_object"] == "," * 5_000_000


@pytest.mark.parametrize("line", [b"{}", b'{"event":"news","session_id":"s","data":{}}', b'{"event":["request"]}'])
def test_events_of_other_kinds_are_for_nobody(line: bytes) -> None:
    assert read_inbound(line) is FOR_NOBODY


@given(st.binary())
def test_whatever_comes_is_an_object_or_unreadable(line: bytes) -> None:
    with contextlib.suppress(UnreadableLine):
        assert isinstance(read_inbound(line), dict)


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


# -- on standard input


@pytest.fixture
def stdin(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The writing end of a pipe that stands for standard input."""
    reading, writing = os.pipe()
    with os.fdopen(reading) as stream:
        monkeypatch.setattr(sys, "stdin", stream)
        yield writing
        os.close(writing)


def test_garbage_between_lines_harms_neither(stdin: int, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [b"garbage", written(answer(1)), b"\x00\xff", nested(300), b"", b'{"event":"news"}', written(answer(2))]
    os.write(stdin, b"\n".join(lines) + b"\n")
    stream = LocalInput()._read_stream()
    heard: list[PluginInStream] = [next(stream) for _ in range(4)]
    assert [line.event for line in heard] == [PluginInStreamEvent.BackwardInvocationResponse] * 4
    assert [line.session_id for line in heard] == ["s1", "s1", "", "s1"]
    assert "garbage" not in capsys.readouterr().out


def test_answers_are_offered_before_the_sdk_sees_them(stdin: int) -> None:
    request = {"session_id": "s2", "event": "request", "data": {}}
    os.write(stdin, b"".join(written(each) + b"\n" for each in (answer(1), answer(2, session_id="s9"), request)))
    offered: list[tuple[str, Any]] = []

    def take(session_id: str, data: Any) -> bool:
        offered.append((session_id, data))
        return session_id == "s1"

    local = LocalInput()
    local.take = take
    stream = local._read_stream()
    assert [next(stream).session_id for _ in range(2)] == ["s9", "s2"]
    assert offered == [(each, answer(value)["data"]) for each, value in (("s1", 1), ("s9", 2))]
