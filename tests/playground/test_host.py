"""What the host does to processes and calls: limits, cuts, malformed lines, deaths."""

from __future__ import annotations

import asyncio
import json
import os
from typing import Any

import pytest

from playground import Outcome, Playground
from playground.wire import LINE_LIMIT
from tests.harness.thread import PlaygroundThread

from .conftest import PROBE, TARGET, TARGET_ID, Steps

NOBODY = 2**22 + 1  # no process has this id


def invoke(**changes: Any) -> dict[str, Any]:
    request = {"tool_type": "builtin", "provider": "a/a/a", "tool": "t", "tool_parameters": {}}
    return {"type": "tool", "backwards_request_id": "r", "request": request, **changes}


def play(playground: Playground, *steps: Any, **options: Any) -> Any:
    options.setdefault("timeout_s", 30)
    return playground.call("steps", {"steps": json.dumps(steps)}, **options)


# -- a call


def test_a_call_gives_everything_that_was_emitted(steps: Steps) -> None:
    outcome = steps(
        {"text": "one "},
        {"emit": {"type": "variable", "message": {"variable_name": "a", "variable_value": 1.0}}},
        {"emit": {"type": "binary_link", "message": {"text": "u"}, "meta": {"tool_file_id": "1"}}},
        {"text": "two"},
    )
    assert outcome.text == "one two"
    assert outcome.variables == {"a": 1}
    assert outcome.types == ["text", "variable", "binary_link", "text"]
    assert [message["meta"] for message in outcome.files] == [{"tool_file_id": "1"}]
    assert outcome.error is None
    assert outcome.first_text_s is not None
    assert 0 < outcome.first_text_s <= outcome.wall_s
    assert outcome.longest_line > 100


def test_a_call_that_raises_keeps_what_came_before(steps: Steps) -> None:
    outcome = steps({"text": "half"}, {"raise": "boom"})
    assert outcome.error == ("ValueError", "boom")
    assert outcome.text == "half"


def test_parameters_are_cast_as_a_node_does_only_where_that_is_asked_for(thread: PlaygroundThread) -> None:
    given = {"steps": '[{"parameters": null}]', "number": "2", "map": "{malformed"}
    call = thread.playground.call
    assert thread.run(call("steps", given)).json == [{"number": "2", "map": "{malformed"}]
    assert thread.run(call("steps", given, casts=True)).json == [{"number": 2, "map": {}}]


def test_a_call_that_takes_too_long_is_ended_as_the_daemon_ends_it(steps: Steps) -> None:
    outcome = steps({"text": "a"}, {"sleep": 10}, timeout_s=0.3)
    assert outcome.error == ("PluginDaemonInternalServerError", "killed by timeout")
    assert outcome.text == "a"
    assert outcome.wall_s < 8


def test_a_hundred_calls_at_once_have_their_own_scripts(thread: PlaygroundThread) -> None:
    async def one(number: int) -> bool:
        scripts = {"a/a/a:t": [{"text": str(number), "after_s": 0.01}]}
        request = {"provider": "a/a/a", "tool": "t"}
        outcome: Outcome = await play(thread.playground, {"invoke_tool": request}, scripts=scripts)
        return bool(outcome.json[0]["received"][0]["message"]["text"] == str(number))

    async def everybody() -> list[bool]:
        return await asyncio.gather(*(one(number) for number in range(100)))

    assert all(thread.run(everybody()))


# -- lines that are none


@pytest.mark.parametrize("text", ["no json at all", '{"event": "unheard of"}', "[1]", '{"event": "session"}'])
def test_garbage_on_stdout_is_lost_and_harms_nothing(steps: Steps, text: str) -> None:
    outcome = steps({"print": text}, {"text": "after"})
    assert (outcome.text, outcome.error) == ("after", None)


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        ({**invoke(), "type": None}, "invoke request missing type"),
        ({**invoke(), "backwards_request_id": 5}, "invoke request missing request_id"),
        ({**invoke(), "request": []}, "invoke request missing request"),
        ("no object", "unmarshal invoke request failed"),
    ],
)
def test_a_malformed_invoke_closes_the_outer_call(steps: Steps, request_: Any, text: str) -> None:
    outcome = steps({"text": "a"}, {"start": request_}, {"sleep": 10}, {"text": "never"})
    assert outcome.error is not None
    assert outcome.error[0] == "invoke_dify_error"
    assert outcome.error[1].startswith(f"invoke dify failed: {text}")
    assert outcome.text == "a"
    assert outcome.wall_s < 8


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ({"type": "stream", "data": {"type": "telegram", "message": {}}}, "unmarshal_error"),
        ({"type": "stream", "data": {"type": "text", "message": []}}, "unmarshal_error"),
        ({"type": "shout", "data": {}}, "unknown_stream_message_type"),
    ],
)
def test_an_unknown_message_closes_the_call(steps: Steps, message: Any, kind: str) -> None:
    outcome = steps({"send": message}, {"sleep": 10})
    assert outcome.error is not None
    assert outcome.error[0] == kind
    assert outcome.wall_s < 8


def test_an_error_with_more_than_ten_arguments_is_lost_and_the_call_ends_well(steps: Steps) -> None:
    args = {str(number): number for number in range(11)}
    error = {"type": "error", "data": {"error_type": "ValueError", "message": "lost", "args": args}}
    outcome = steps({"send": error}, {"text": "after"})
    assert (outcome.error, outcome.text) == (None, "after")


# -- what is cut, and what comes too late


def test_reverse_calls_in_flight_are_cut_when_the_outer_call_ends(steps: Steps) -> None:
    outcome = steps({"start": invoke()}, {"sleep": 0.05}, scripts={"a/a/a:t": [{"hang": True}]})
    [call] = outcome.timeline
    assert call.status == "abandoned"
    assert call.ended_s is not None
    assert call.ended_s >= outcome.wall_s


def test_what_an_ended_call_still_sends_is_dropped(thread: PlaygroundThread) -> None:
    plugin = thread.playground.plugin
    before = plugin.dropped
    outcome = thread.run(play(thread.playground, {"sleep": 0.3}, {"start": invoke()}, {"text": "late"}, timeout_s=0.1))
    assert outcome.timeline == []
    follower = thread.run(play(thread.playground, {"sleep": 0.4}, {"text": "b"}))
    assert follower.text == "b"
    assert plugin.dropped == before + 3  # the invoke, the text and the end


def test_a_reverse_call_is_cut_after_its_total_time() -> None:
    with PlaygroundThread(lambda: Playground(PROBE, read_timeout_s=0.2)) as thread:
        scripts = {"a/a/a:t": [{"text": "a"}, {"hang": True}]}
        outcome = thread.run(play(thread.playground, {"invoke_tool": invoke()["request"]}, scripts=scripts))
    assert outcome.json[0]["error"] == "read tool response failed: http: read on closed response body"


# -- connections


@pytest.mark.parametrize(("connections", "most", "shortest_s"), [(2, 2, 0.3), (None, 6, 0.1)])
def test_only_so_many_reverse_calls_are_served_at_once(connections: int | None, most: int, shortest_s: float) -> None:
    starts = [{"start": invoke(backwards_request_id=str(number))} for number in range(6)]
    with PlaygroundThread(lambda: Playground(PROBE, connections=connections)) as thread:
        scripts = {"a/a/a:t": [{"text": "a", "after_s": 0.1}]}
        outcome = thread.run(play(thread.playground, *starts, {"sleep": 0.45}, scripts=scripts))
    calls = outcome.timeline
    assert [call.status for call in calls] == ["done"] * 6
    assert outcome.max_in_flight == 6  # those that wait for a connection have been sent, too
    served = [sum(a.connected_s <= b.connected_s < a.ended_s for a in calls) for b in calls]
    assert max(served) == most
    assert max(call.ended_s or 0 for call in calls) - calls[0].asked_s >= shortest_s


# -- processes


def test_a_line_of_nearly_5_mib_passes(steps: Steps) -> None:
    outcome = steps({"line": LINE_LIMIT - 1}, {"sleep": 0.2}, {"text": "alive"})
    assert outcome.error is None
    assert outcome.text.endswith("alive")
    assert outcome.longest_line == LINE_LIMIT - 1


def test_a_longer_line_kills_the_process_which_says_its_last_words_and_is_started_again() -> None:
    with PlaygroundThread(lambda: Playground(PROBE)) as thread:
        plugin = thread.playground.plugin
        call = play(thread.playground, {"complain": "out of paper"}, {"line": LINE_LIMIT}, timeout_s=20)
        outcome = thread.run(call)
        assert outcome.error is not None
        assert outcome.error[0] == "PluginDied"
        assert "a line over 5 MiB" in outcome.error[1]
        assert "out of paper" in outcome.error[1]
        assert plugin.died is not None
        assert thread.run(play(thread.playground, {"text": "again"})).text == "again"


def test_a_provider_that_is_gone_fails_the_reverse_call_and_not_the_outer_one() -> None:
    with PlaygroundThread(lambda: Playground(PROBE, [TARGET])) as thread:
        provider = thread.playground.providers[TARGET_ID]
        thread.run(provider.stop())
        outcome = thread.run(play(thread.playground, {"invoke_tool": {**invoke()["request"], "provider": TARGET_ID}}))
        assert outcome.error is None
        assert "status code: 500" in outcome.json[0]["error"]


def test_a_start_may_be_cancelled_at_any_moment() -> None:
    async def cancelled_after(seconds: float) -> list[int | None]:
        playground = Playground(PROBE, [TARGET])
        start = asyncio.ensure_future(playground.__aenter__())
        await asyncio.sleep(seconds)
        start.cancel()
        async with asyncio.timeout(10):
            with pytest.raises(asyncio.CancelledError):
                await start
        return [plugin.pid for plugin in (playground.plugin, *playground.providers.values())]

    for milliseconds in (0, 1, 2, 4, 8, 16, 32, 64):
        for pid in asyncio.run(cancelled_after(milliseconds / 1000)):
            with pytest.raises(ProcessLookupError):
                os.kill(pid or NOBODY, 0)


def test_no_process_is_left_behind() -> None:
    with PlaygroundThread(lambda: Playground(PROBE, [TARGET])) as thread:
        everybody = [thread.playground.plugin, *thread.playground.providers.values()]
        pids = [plugin.pid for plugin in everybody]
    for pid in pids:
        assert pid is not None
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
