"""What becomes of errors on their way out, and of messages that take long to write."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import gevent  # type: ignore[import-untyped]
import pytest
from dify_plugin.core.server.stdio.response_writer import StdioResponseWriter

from fanout.core import limits
from fanout.core.errors import CallError, FanoutError, PlanError, Problem
from fanout.dify.portal import turn_for_others
from fanout.serve import PluginDefect, defect, sayable, tool

NO_SESSION: Any = None


def raised_by(error: Exception) -> Exception:
    """What comes out of a tool that raises."""

    def serve(parameters: Any, session: Any) -> Iterator[Any]:
        yield from ()
        raise error

    with pytest.raises(FanoutError) as raised:
        list(tool(serve)({}, NO_SESSION))
    return raised.value


@pytest.mark.parametrize("error", [CallError("why"), PlanError([Problem("a", "b")])])
def test_our_errors_pass_as_they_are(error: FanoutError) -> None:
    words = str(error)
    assert raised_by(error) is error
    assert str(error) == words
    assert error.__suppress_context__


def test_other_errors_say_where_and_nothing_of_the_data() -> None:
    error = raised_by(ValueError("secret"))
    assert isinstance(error, PluginDefect)
    assert "ValueError at serve:" in str(error)
    assert "secret" not in str(error)


def test_a_group_of_errors_is_its_first() -> None:
    group = BaseExceptionGroup("g", [BaseExceptionGroup("h", [KeyError("secret")])])
    assert "KeyError" in str(defect(group))


def test_lone_surrogates_do_not_keep_an_error_from_being_said() -> None:
    assert str(raised_by(CallError("a\ud800b"))) == "a\ufffdb"


def test_messages_are_written_as_the_sdk_would() -> None:
    lines: list[str] = []
    session: Any = SimpleNamespace(session_id="s", writer=SimpleNamespace(write=lines.append))
    message = {"type": "text", "message": {"text": 'grüße "😀"\n'}, "meta": None}

    def serve(parameters: Any, session: Any) -> Iterator[Any]:
        yield message

    assert list(tool(serve)({}, session)) == []
    sdk = StdioResponseWriter()
    assert lines == [sdk.session_message_text("s", sdk.stream_object(message))]


@pytest.mark.parametrize("letter", ["x", "\n", "😀", "\x01"])
def test_an_error_is_as_long_as_a_line_can_carry_it_twice(letter: str) -> None:
    text = sayable(letter * 3_000_000)
    assert text.endswith("… (cut off)")
    assert 2 * len(json.dumps(text, ensure_ascii=False).encode()) < limits.LINE_BYTES
    assert sayable(letter * 1_000) == letter * 1_000
    assert sayable("") == ""


def test_others_have_their_turn_after_a_message_that_took_long() -> None:
    turns: list[str] = []
    other = gevent.spawn(turns.append, "other")
    with turn_for_others():
        pass
    assert turns == []
    with turn_for_others():
        time_wasted(0.005)
    assert turns == ["other"]
    other.join()


def time_wasted(seconds: float) -> None:
    """Work that gives nobody a turn."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass
