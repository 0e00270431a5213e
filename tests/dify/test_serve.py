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
from fanout.core.errors import CallError, ExpressionError, FanoutError, PlanError, Problem, TooLargeError
from fanout.dify.gateway import ConnectionLost
from fanout.dify.portal import turn_for_others
from fanout.serve import defect, sayable, writes_messages


class Lines:
    """A session that keeps what is written to it; `broken`: the platform is gone."""

    def __init__(self, *, broken: bool = False) -> None:
        self.session_id = "s"
        self.writer = self
        self.lines: list[str] = []
        self._broken = broken

    def write(self, line: str) -> None:
        if self._broken:
            raise OSError("no.such.host")
        self.lines.append(line)

    @property
    def sent(self) -> list[dict[str, Any]]:
        return [json.loads(line)["data"] for line in self.lines]


def failure_of(error: Exception, session: Any = None) -> dict[str, Any]:
    """The error line of a tool that raises, which is all that it writes."""

    def serve(parameters: Any, session: Any) -> Iterator[Any]:
        yield from ()
        raise error

    session = session or Lines()
    assert list(writes_messages(serve)({}, session)) == []
    [line] = session.sent
    assert line["type"] == "error"
    data: dict[str, Any] = line["data"]
    assert data["args"] == {}
    return data


PLAN_ERROR = PlanError([Problem("a", "b")])


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (PLAN_ERROR, "InvokeBadRequestError"),
        (ExpressionError("output: why"), "InvokeBadRequestError"),
        (TooLargeError("why"), "InvokeBadRequestError"),
        (CallError("why"), "InvokeServerUnavailableError"),
        (ConnectionLost("why"), "InvokeServerUnavailableError"),
    ],
)
def test_our_errors_are_said_as_they_are(error: FanoutError, kind: str) -> None:
    assert failure_of(error) == {"error_type": kind, "message": str(error), "args": {}}


def test_other_errors_say_where_and_nothing_of_the_data() -> None:
    failure = failure_of(ValueError("secret"))
    assert "ValueError at serve:" in failure["message"]
    assert "secret" not in json.dumps(failure)


def test_a_group_of_errors_is_its_first() -> None:
    group = BaseExceptionGroup("g", [BaseExceptionGroup("h", [KeyError("secret")])])
    assert "KeyError" in str(defect(group))


def test_lone_surrogates_do_not_keep_an_error_from_being_said() -> None:
    assert failure_of(CallError("a\ud800b"))["message"] == "a\ufffdb"


def test_where_the_platform_is_gone_nothing_is_raised() -> None:
    def serve(parameters: Any, session: Any) -> Iterator[Any]:
        yield {"type": "text", "message": {"text": "x"}, "meta": None}

    gone: Any = Lines(broken=True)
    assert list(writes_messages(serve)({}, gone)) == []


def test_messages_are_written_as_the_sdk_would() -> None:
    lines: list[str] = []
    session: Any = SimpleNamespace(session_id="s", writer=SimpleNamespace(write=lines.append))
    message = {"type": "text", "message": {"text": 'grüße "😀"\n'}, "meta": None}

    def serve(parameters: Any, session: Any) -> Iterator[Any]:
        yield message

    assert list(writes_messages(serve)({}, session)) == []
    sdk = StdioResponseWriter()
    assert lines == [sdk.session_message_text("s", sdk.stream_object(message))]


@pytest.mark.parametrize("letter", ["x", "\n", "😀", "\x01"])
def test_an_error_is_no_longer_than_a_line_can_carry(letter: str) -> None:
    text = sayable(letter * 3_000_000)
    assert text.endswith("… (cut off)")
    assert len(json.dumps(text, ensure_ascii=False).encode()) < limits.LINE_BYTES / 2
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
