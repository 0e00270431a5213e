"""Answers of the platform that come never, twice, late, broken, too many or too large: what the caller gets."""

from __future__ import annotations

import asyncio
import json

import pytest

from playground.gojson import encode
from tests.faults.conftest import Run
from tests.harness.faults import HELD_UP_S, Faults

MIB = 1024 * 1024
TINY = encode({"type": "text", "message": {"text": "x"}, "meta": None})


def test_answers_that_stop_for_ever(anywhere: Run) -> None:
    async def play(faults: Faults) -> None:
        async with faults.undisturbed():
            call = faults.fan_out("hung", "good", timeout_s=0.3)
            for _ in range(2):
                request = await call.request()
                request.text("half")
                if request.tool == "good":
                    request.end()
                    request.close()
            records = (await call.outcome()).records
        assert [record["status"] for record in records] == ["timed_out", "succeeded"]
        assert records[0]["error"] == {"type": "timeout", "message": "no end within timeout_s (0.3 s)"}
        assert records[0]["partial"] is True

    anywhere(play)


def test_answers_to_abandoned_calls_keep_arriving(anywhere: Run) -> None:
    async def play(faults: Faults) -> None:
        async with faults.undisturbed():
            call = faults.fan_out("loser", "winner", strategy="race")
            requests = {request.tool: request for request in [await call.request(), await call.request()]}
            requests["loser"].text("early")
            requests["winner"].text("won")
            requests["winner"].end()
            assert (await call.outcome()).result == {"value": "won"}
            lines = len(call.lines)
            for _ in range(5_000):
                requests["loser"].text("late")
            requests["loser"].end()
            await requests["loser"].drain()
        assert len(call.lines) == lines  # the call is over: nothing more is said of it

    anywhere(play)


def test_an_error_after_data(anywhere: Run) -> None:
    async def play(faults: Faults) -> None:
        async with faults.undisturbed():
            call = faults.fan_out("broken", on_failure="report")
            request = await call.request()
            request.text("half")
            request.fail("read tool response failed: boom")
            request.text("after the error")
            request.end()
            request.close()
            heard = await call.outcome()
        [record] = heard.records
        assert record["status"] == "failed"
        assert record["partial"] is True
        assert record["error"] == {"type": "provider", "message": "boom"}

    anywhere(play)


def test_end_twice_and_data_behind_it(anywhere: Run) -> None:
    async def play(faults: Faults) -> None:
        async with faults.undisturbed():
            call = faults.fan_out("twice", "slow")
            requests = {request.tool: request for request in [await call.request(), await call.request()]}
            twice, slow = requests["twice"], requests["slow"]
            twice.text("once")
            for _ in range(3):
                twice.end()
            twice.text("behind the end")
            twice.fail("behind the end")
            slow.text("slow")
            slow.end()
            assert (await call.outcome()).result == {"twice": "once", "slow": "slow"}
        assert call.ends == 1

    anywhere(play)


def test_a_reply_to_a_request_that_was_never_made(on_shared: Run) -> None:
    async def play(faults: Faults) -> None:
        async with faults.undisturbed():
            call = faults.fan_out("asked")
            request = await call.request()
            forged = [
                request.line(TINY).replace(request.id.encode(), b"0" * 36),  # an id of nobody
                request.line(TINY).replace(call.session_id.encode(), b"another-session"),  # right, but not its session
                request.line(TINY).replace(b'"backwards_request_id":"', b'"backwards_request_id":["x"],"x":"'),
            ]
            faults.write(b"".join(line + b"\n" for line in forged))
            request.text("asked")
            request.end()
            assert (await call.outcome()).result == {"asked": "asked"}

    on_shared(play)


def test_two_calls_with_equal_session_ids(anywhere: Run) -> None:
    async def play(faults: Faults) -> None:
        async with faults.undisturbed():
            for tool in ("first", "second"):
                call = faults.fan_out(tool, session_id="the-same-for-both")
            requests = [await call.request(), await call.request()]
            assert requests[0].id != requests[1].id
            for request in reversed(requests):
                request.text(f"for {request.tool}")
                request.end()
                request.close()
            await call.outcome(ends=2)
        found = [
            message["message"]["variable_value"]
            for message in call.messages
            if message["type"] == "variable" and message["message"]["variable_name"] == "result"
        ]
        assert sorted(found, key=str) == [{"first": "for first"}, {"second": "for second"}]

    anywhere(play)


@pytest.mark.parametrize("depth", [250, 450])
def test_answers_nested_more_deeply_than_the_parser_of_the_sdk_takes(anywhere: Run, depth: int) -> None:
    async def play(faults: Faults) -> None:
        async with faults.undisturbed():
            call = faults.fan_out("deep", "good", select="length(text) > `0` && text || to_string(json)")
            for _ in range(2):
                request = await call.request()
                if request.tool == "deep":
                    request.raw_json(b"[" * depth + b"]" * depth)
                else:
                    request.text("good")
                request.end()
                request.close()
            result = (await call.outcome()).result
        assert result == {"deep": "[" * (depth + 1) + "]" * (depth + 1), "good": "good"}

    anywhere(play)


def test_answers_nested_without_end_fail_their_branch_clearly(anywhere: Run) -> None:
    async def play(faults: Faults) -> None:
        async with faults.undisturbed():
            call = faults.fan_out("abyss", "good")
            for _ in range(2):
                request = await call.request()
                if request.tool == "abyss":
                    request.raw_json(b"[" * 100_000 + b"]" * 100_000)
                else:
                    request.text("good")
                request.end()
                request.close()
            records = (await call.outcome()).records
        assert [record["status"] for record in records] == ["failed", "succeeded"]
        assert records[0]["error"]["type"] == "too_large"
        assert "nested more than 500 levels" in records[0]["error"]["message"]

    anywhere(play)


def test_lone_surrogates_and_control_characters_become_harmless(anywhere: Run) -> None:
    async def play(faults: Faults) -> None:
        async with faults.undisturbed():
            call = faults.fan_out("odd")
            request = await call.request()
            request.raw_json(rb'{"a":"\ud800","b":"\udfff\ud800","\udc00":[1e999,"\u0000\u0007\u2028\u0085"]}')
            request.end()
            request.close()
            result = (await call.outcome()).result
        assert result == {"odd": {"a": "\ufffd", "b": "\ufffd\ufffd", "\ufffd": [None, "\x00\x07\u2028\x85"]}}
        assert all(json.loads(line) for line in call.lines)

    anywhere(play)


def test_a_flood_of_a_hundred_thousand_tiny_messages(anywhere: Run) -> None:
    async def play(faults: Faults) -> None:
        count, beginning = 100_000, asyncio.get_running_loop().time()
        async with faults.undisturbed():
            call = faults.fan_out("flood", select="length(text)")
            request = await call.request()
            for sent in range(count):
                request.say(TINY)
                if sent % 500 == 0:
                    await request.drain()
                    await asyncio.sleep(0)
            request.end()
            request.close()
            result = (await call.outcome()).result
        assert result == {"flood": count}
        assert not faults.beats or faults.lateness_s(beginning) < HELD_UP_S

    anywhere(play)


def test_a_message_of_20_mb_fails_its_branch_alone(anywhere: Run) -> None:
    async def play(faults: Faults) -> None:
        beginning = asyncio.get_running_loop().time()
        async with faults.undisturbed():
            call = faults.fan_out("text", "numbers", "good")
            for _ in range(3):
                request = await call.request()
                if request.tool == "text":
                    request.text("x" * 20 * MIB)
                elif request.tool == "numbers":
                    request.raw_json(b"[" + b"1," * 10 * MIB + b"1]")
                else:
                    request.text("good")
                request.end()
                request.close()
            records = (await call.outcome()).records
        assert [record["status"] for record in records] == ["failed", "failed", "succeeded"]
        assert [record["error"].get("type") for record in records] == ["too_large", "too_large", None]
        assert not faults.beats or faults.lateness_s(beginning) < HELD_UP_S

    anywhere(play)
