"""Every kind of step of a scripted tool, as a real plugin process hears it."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Reverse, Steps

SLACK_S = 0.01  # of a difference of two times that were read one after the other


def heard(reverse: Reverse, *steps: dict[str, Any]) -> list[dict[str, Any]]:
    received: list[dict[str, Any]] = reverse("a/a/a", "t", scripts={"a/a/a:t": list(steps)})["received"]
    return received


@pytest.mark.parametrize(
    ("step", "kind", "content"),
    [
        ({"text": "a"}, "text", {"text": "a"}),
        ({"json": [1]}, "json", {"json_object": [1], "suppress_output": False}),
        ({"variable": ["a", 1]}, "variable", {"variable_name": "a", "variable_value": 1, "stream": False}),
        ({"stream": ["a", "x"]}, "variable", {"variable_name": "a", "variable_value": "x", "stream": True}),
        ({"link": "u"}, "link", {"text": "u"}),
        ({"image_link": "u", "meta": {"b": 1}}, "image_link", {"text": "u"}),
        ({"binary_link": "u", "meta": {"b": 1}}, "binary_link", {"text": "u"}),
        ({"file_marker": {"file": {"b": 1}}}, "file", {"file_marker": "file_marker"}),
        ({"log": {"label": "a"}}, "log", {"label": "a"}),
    ],
)
def test_a_step_is_one_message(reverse: Reverse, step: dict[str, Any], kind: str, content: Any) -> None:
    meta = step.get("meta", step.get("file_marker"))
    assert heard(reverse, step) == [{"type": kind, "message": content, "meta": meta}]


def test_raw_is_sent_as_it_stands(reverse: Reverse) -> None:
    assert heard(reverse, {"raw": {"type": "telegram", "more": 1}}) == [{"type": "telegram", "more": 1}]


def test_other_messages_pass_through_go(reverse: Reverse) -> None:
    [message] = heard(reverse, {"json": {"a": 1.0, "b": 2**53 + 1}})
    assert message["message"]["json_object"] == {"a": 1, "b": 2**53}


def test_echo_gives_the_request_uncast_after_go(reverse: Reverse) -> None:
    key = "3f0f6f5a-8f5e-4d58-9d0e-1a2b3c4d5e6f"
    answer = reverse("a/a/a", "t", {"b": "1", "a": 2.0}, scripts={"a/a/a:t": [{"echo": True}]}, credential_id=key)
    assert answer["received"][0]["message"]["json_object"] == {
        "tool_type": "builtin",
        "provider": "a/a/a",
        "tool": "t",
        "tool_parameters": {"a": 2, "b": "1"},
        "credential_id": key,
    }


def test_an_error_comes_after_what_was_sent_and_ends_the_call(reverse: Reverse) -> None:
    steps = [{"text": "a"}, {"error": "boom"}, {"text": "never"}]
    answer = reverse("a/a/a", "t", scripts={"a/a/a:t": steps})
    assert (len(answer["received"]), answer["error"]) == (1, "boom")


def test_calls_are_played_in_turn_and_the_last_repeats(steps: Steps) -> None:
    request = {"invoke_tool": {"provider": "a/a/a", "tool": "t"}}
    script = {"a/a/a:t": {"calls": [[{"text": "1"}], [{"text": "2"}]]}}
    outcome = steps(request, request, request, scripts=script)
    assert [answer["received"][0]["message"]["text"] for answer in outcome.json] == ["1", "2", "2"]
    assert outcome.calls == {"a/a/a:t": 3}


def test_a_step_waits(steps: Steps) -> None:
    outcome = steps(
        {"invoke_tool": {"provider": "a/a/a", "tool": "t"}},
        scripts={"a/a/a:t": [{"text": "1", "after_s": 0.1}, {"text": "2", "after_s": 0.1}]},
    )
    [call] = outcome.timeline
    assert call.first_s is not None
    assert call.ended_s is not None
    assert call.first_s >= 0.1 - SLACK_S
    assert call.ended_s - call.first_s >= 0.1 - SLACK_S


@pytest.mark.parametrize("step", [{"hang": True}, {"silence": True}])
def test_a_tool_may_never_end(steps: Steps, step: dict[str, Any]) -> None:
    request = {"type": "tool", "backwards_request_id": "r", "request": {"tool_type": "builtin", "provider": "a/a/a"}}
    request["request"] |= {"tool": "t", "tool_parameters": {}}  # type: ignore[operator]  # it is a dict
    outcome = steps({"start": request}, {"sleep": 0.1}, scripts={"a/a/a:t": [{"text": "1"}, step]})
    assert [(call.status, call.messages) for call in outcome.timeline] == [("abandoned", 1)]


def test_a_tool_that_is_not_listed_is_not_installed(reverse: Reverse) -> None:
    assert reverse("b/b/b", "t", scripts={"a/a/a:t": []})["error"] == (
        "invoke tool failed: request failed with status code: 500 and respond with: "
        '{"message": "Internal Server Error", "code": "unknown", "status": 500}'
    )


def test_a_script_without_steps_just_ends(reverse: Reverse) -> None:
    assert reverse("a/a/a", "t", scripts={"a/a/a:t": []}) == {"received": [], "error": None}
