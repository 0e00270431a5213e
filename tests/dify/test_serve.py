"""What becomes of errors on their way out, and of messages that take long to write."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import gevent  # type: ignore[import-untyped]
import pytest

from fanout.core import limits
from fanout.core.errors import CallError, FanoutError, PlanError, Problem
from fanout.dify.portal import with_turns
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
    passed = []
    for message in with_turns([1, 2]):
        passed.append((message, list(turns)))
        time_wasted(0.005)
    other.join()
    assert passed == [(1, []), (2, ["other"])]


def time_wasted(seconds: float) -> None:
    """Work that gives nobody a turn."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass
