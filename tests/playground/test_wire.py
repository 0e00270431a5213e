from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from playground.wire import LINE_LIMIT, Answer, Lines


@given(st.lists(st.binary(max_size=20).map(lambda line: line.replace(b"\n", b"")), max_size=10), st.data())
def test_lines_are_the_same_however_the_bytes_are_cut(lines: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(line + b"\n" for line in lines)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    reader = Lines()
    pieces = [stream[start:end] for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert [line for piece in pieces for line in reader.feed(piece)] == [line for line in lines if line]


def test_a_line_may_fill_the_limit_with_its_newline_and_no_more() -> None:
    fits, too_long = Lines(), Lines()
    assert len(fits.feed(b"x" * (LINE_LIMIT - 1) + b"\n")) == 1
    assert not fits.overrun
    assert too_long.feed(b"first\n" + b"x" * LINE_LIMIT + b"\nlast\n") == [b"first"]
    assert too_long.overrun
    assert too_long.feed(b"more\n") == []


def test_a_line_that_never_ends_overruns_too() -> None:
    lines = Lines(limit=10)
    lines.feed(b"12345")
    assert not lines.overrun
    lines.feed(b"67890")
    assert lines.overrun


def test_answers_have_the_shape_that_the_sdk_reads() -> None:
    answer = Answer("s", "r")
    message, error, end = (json.loads(line) for line in (answer.message(b'{"a":1}'), answer.error("bad"), answer.end()))
    assert message["session_id"] == "s"
    assert message["event"] == "backwards_response"
    assert message["data"] == {"backwards_request_id": "r", "event": "response", "message": "stream", "data": {"a": 1}}
    assert error["data"] == {"backwards_request_id": "r", "event": "error", "message": "bad", "data": None}
    assert end["data"] == {"backwards_request_id": "r", "event": "end", "message": "", "data": None}
