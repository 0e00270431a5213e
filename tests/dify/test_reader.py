"""What comes on a shared channel: every answer reaches its call, every request gets an end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from dify_plugin.core.entities.plugin.io import PluginInStream, PluginInStreamEvent
from dify_plugin.core.server.stdio.response_writer import StdioResponseWriter
from hypothesis import given
from hypothesis import strategies as st

from fanout.core import limits
from fanout.dify.reader import LineReader

ID = "0123456789abcdef0123456789abcdef0000"
HEAVY = b"[" + b"1, " * 4_200_000 + b"1]"


class Kept(StdioResponseWriter):
    """Keeps what is written."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, data: str) -> None:
        self.text += data

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.text.split("\n\n") if line]


class Fed(LineReader):
    """A reader of given lines; takes the answers of session s1."""

    def __init__(self, *lines: bytes) -> None:
        super().__init__()
        self.writer = self.kept = Kept()
        self.taken: list[tuple[str, Any]] = []
        self.take_answer = self._take
        self._given = lines

    def _lines(self) -> Iterator[bytes]:
        yield from self._given

    def _take(self, session_id: str, answer: Any) -> bool:
        self.taken.append((session_id, answer))
        return session_id == "s1"

    def all(self) -> list[PluginInStream]:
        return list(self._read_stream())


def answer(value: Any, **more: Any) -> dict[str, Any]:
    message = {"type": "json", "message": {"json_object": value}, "meta": None}
    data = {"backwards_request_id": ID, "event": "response", "message": "stream", "data": message}
    return {"session_id": "s1", "context": None, "event": "backwards_response", "data": data, **more}


def request(**more: Any) -> dict[str, Any]:
    return {"session_id": "s2", "app_id": "app", "context": None, "event": "request", "data": {"type": "tool"}, **more}


def written(value: Any, spaces: str = "") -> bytes:
    return json.dumps(value, separators=("," + spaces, ":" + spaces)).encode()


def test_answers_are_offered_before_the_sdk_sees_them() -> None:
    reader = Fed(written(answer(1)), written(answer(2, session_id="s9")), written(request()))
    seen = reader.all()
    assert [line.session_id for line in seen] == ["s9", "s2"]
    assert [line.event for line in seen] == [
        PluginInStreamEvent.BackwardInvocationResponse,
        PluginInStreamEvent.Request,
    ]
    assert (seen[1].app_id, seen[1].data) == ("app", {"type": "tool"})
    assert reader.taken == [(each, answer(value)["data"]) for each, value in (("s1", 1), ("s9", 2))]


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (HEAVY, "too large: it has more values than a branch may hold"),
        (b"[" * 100_000 + b"]" * 100_000, "too large: nested more than 500 levels deep"),
        (b"[1", "not JSON"),
    ],
    ids=["heavy", "deep", "broken"],
)
@pytest.mark.parametrize("spaces", ["", " "])
def test_an_answer_that_cannot_be_read_is_an_error_of_its_branch(value: bytes, why: str, spaces: str) -> None:
    reader = Fed(written(answer("here"), spaces).replace(b'"here"', value))
    assert reader.all() == []
    assert reader.kept.lines == []
    error = {"backwards_request_id": ID, "event": "error", "message": f"an answer is {why}"}
    assert reader.taken == [("s1", error)]


def ended(why: str) -> list[Any]:
    """The lines that end the call of session s2."""
    error = {"error_type": "InvokeBadRequestError", "message": f"the request is {why}", "args": {}}
    session = {"event": "session", "session_id": "s2"}
    return [{**session, "data": {"type": kind, "data": data}} for kind, data in (("error", error), ("end", {}))]


@pytest.mark.parametrize("spaces", ["", " "])
@pytest.mark.parametrize(
    ("value", "why"),
    [(HEAVY, "too large: it has more values than a branch may hold"), (b'{"a": ', "not JSON")],
    ids=["heavy", "broken"],
)
def test_a_request_that_cannot_be_read_gets_an_end(value: bytes, why: str, spaces: str) -> None:
    reader = Fed(written(request(data={"tool_parameters": "here"}), spaces).replace(b'"here"', value))
    assert reader.all() == []
    assert reader.kept.lines == ended(why)


@pytest.mark.parametrize("data", [None, [], "x", 1])
def test_a_request_without_data_gets_an_end(data: Any) -> None:
    reader = Fed(written(request(data=data)))
    assert reader.all() == []
    assert reader.kept.lines == ended("without data")


def test_a_request_whose_data_is_missing_gets_an_end() -> None:
    reader = Fed(b'{"session_id":"s2","event":"request"}')
    assert reader.all() == []
    assert reader.kept.lines == ended("without data")


def test_halves_of_characters_do_not_reach_the_sdk() -> None:
    [line] = Fed(written(request(data={"provider": "a\ud800b"}))).all()
    assert line.data == {"provider": "a\ufffdb"}


@pytest.mark.parametrize(
    "line",
    [b"{}", b'{"event":"news","session_id":"s","data":{}}', b'{"event":["request"]}', b'{"event":"request","data":{}}'],
)
def test_lines_for_nobody_are_passed_over(line: bytes) -> None:
    reader = Fed(line)
    assert reader.all() == []
    assert reader.kept.lines == []


def test_garbage_is_logged_without_its_data_and_harms_nothing() -> None:
    reader = Fed(b"garbage", written(answer(1)), b"\x00\xff", b"[1]", written(answer(2)))
    assert reader.all() == []
    assert [taken["data"]["message"]["json_object"] for _, taken in reader.taken] == [1, 2]
    assert [line["event"] for line in reader.kept.lines] == ["error"] * 3
    assert "garbage" not in reader.kept.text


@given(st.binary() | st.builds(written, st.dictionaries(st.sampled_from(["event", "session_id", "data"]), st.text())))
def test_whatever_comes_reading_goes_on(line: bytes) -> None:
    reader = Fed(line, written(answer(1)))
    reader.all()
    assert reader.taken[-1] == ("s1", answer(1)["data"])


def test_an_answer_as_deep_as_data_may_be_is_taken() -> None:
    depth = limits.DATA_DEPTH
    reader = Fed(written(answer("here")).replace(b'"here"', b"[" * depth + b"]" * depth))
    assert reader.all() == []
    assert reader.taken[0][1]["data"]["message"]["json_object"] == json.loads("[" * depth + "]" * depth)
