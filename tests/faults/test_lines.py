"""Lines on the shared channel that are no lines, or none of ours: the process reads on, and no call is harmed."""

from __future__ import annotations

import asyncio
import uuid

import pytest

from tests.faults.conftest import Run
from tests.harness.faults import Faults

GARBAGE = [
    b"garbage",
    b"\x00\x01\xff\xfe",
    b"\r",
    b"{",
    b"[]",
    b"null",
    b'"text"',
    b"{}",
    b'{"event":"request"}',
    b'{"event":"request","session_id":"x"}',
    b'{"event":"news","session_id":"x","data":{}}',
    b'{"event":["request"],"session_id":"x","data":{}}',
    b'{"event":"backwards_response","session_id":"x","data":null}',
    b'{"event":"backwards_response","session_id":"x","data":{"backwards_request_id":null}}',
    b'{"event":"backwards_response","session_id":null,"data":{"backwards_request_id":"y","event":"end"}}',
    b"[" * 100_000,
    b'{"session_id":"x","event":"backwards_response","data":' + b"[" * 100_000,
]


def test_garbage(on_shared: Run) -> None:
    async def play(faults: Faults) -> None:
        async with faults.undisturbed():
            call = faults.fan_out("a")
            request = await call.request()
            faults.write(b"\n" + b"\n\n".join(GARBAGE) + b"\n")
            request.text("through the garbage")
            faults.write(b"\n".join(GARBAGE) + b"\n")
            request.end()
            assert (await call.outcome()).result == {"a": "through the garbage"}

    on_shared(play)


def test_garbage_is_not_repeated_on_the_channel(on_stdio: Run) -> None:
    async def play(faults: Faults) -> None:
        before = len(faults.lines)
        faults.write(b"a secret of somebody\n" + b'{"session_id":"another secret","data":{"q":"a third secret"\n')
        await faults.witness()
        assert b"secret" not in b"".join(faults.lines[before:])

    on_stdio(play)


def test_a_request_of_an_unknown_kind_is_for_nobody(on_shared: Run) -> None:
    async def play(faults: Faults) -> None:
        session_id = str(uuid.uuid4())
        line = faults.request_line(session_id, "fan_out", {})
        async with faults.undisturbed():
            faults.write(line.replace(b'"invoke_tool"', b'"invoke_something"') + b"\n")
            heard = await faults.heard(session_id).outcome()
        assert heard.messages == []

    on_shared(play)


@pytest.mark.parametrize("tool", ["nothing_of_ours", "fan_out"])
def test_a_request_without_sense_is_answered_with_an_error(on_shared: Run, tool: str) -> None:
    async def play(faults: Faults) -> None:
        async with faults.undisturbed():
            heard = await faults.call(tool, {}).outcome()
        assert len(heard.errors) == 1
        assert heard.ends == 1

    on_shared(play)


def test_lines_in_pieces(on_shared: Run) -> None:
    async def play(faults: Faults) -> None:
        session_id = str(uuid.uuid4())
        plan = '{"branches": [{"provider": "p/p/p", "tool_name": "a"}]}'
        line = faults.request_line(session_id, "fan_out", {"plan": plan}) + b"\n"
        for start in range(0, len(line), 9):
            faults.write(line[start : start + 9])
            await asyncio.sleep(0)
        call = faults.heard(session_id)
        request = await call.request()
        answer = request.line({"type": "text", "message": {"text": "grüße 😀"}, "meta": None}) + b"\n"
        for start in range(len(answer)):  # also in the middle of a character
            faults.write(answer[start : start + 1])
            await asyncio.sleep(0)
        request.end()
        assert (await call.outcome()).result == {"a": "grüße 😀"}

    on_shared(play)


def test_many_lines_at_once(on_shared: Run) -> None:
    async def play(faults: Faults) -> None:
        ids = [str(uuid.uuid4()) for _ in range(200)]
        lines = [faults.request_line(session_id, "reshape", {"expression": "`1`", "data": "{}"}) for session_id in ids]
        faults.write(b"\n".join(lines) + b"\n")
        for session_id in ids:
            heard = await faults.heard(session_id).outcome()
            assert heard.result == {"value": 1}

    on_shared(play)


def test_a_line_in_the_middle_of_another_costs_these_two_alone(on_shared: Run) -> None:
    async def play(faults: Faults) -> None:
        async with faults.undisturbed():
            call = faults.fan_out("a", "b", "c", timeout_s=0.5)
            requests = {request.tool: request for request in [await call.request() for _ in range(3)]}
            lines = [
                request.line({"type": "text", "message": {"text": f"for {name}"}, "meta": None})
                for name, request in requests.items()
                if name != "c"
            ]
            cut = len(lines[0]) - 20
            faults.write(lines[0][:cut] + lines[1] + b"\n" + lines[0][cut:] + b"\n")
            for request in requests.values():
                request.text("more")
                request.end()
            heard = await call.outcome()
            # the first is told, by the id that its line began with; of the second nobody could know
            broken = [record["name"] for record in heard.records if record["error"].get("type") == "bad_response"]
            assert len(broken) == 1
            assert heard.result["c"] == "more"

    on_shared(play)


@pytest.mark.parametrize("depth", [300, 100_000])
def test_a_request_that_is_nested_too_deeply_is_answered(on_shared: Run, depth: int) -> None:
    async def play(faults: Faults) -> None:
        session_id = str(uuid.uuid4())
        line = faults.request_line(session_id, "reshape", {"expression": "length(@)", "items": ["here"]})
        async with faults.undisturbed():
            faults.write(line.replace(b'"here"', b"[" * depth + b"]" * depth) + b"\n")
            heard = await faults.heard(session_id).outcome()
        if depth == 300:
            assert heard.result == {"value": 1}
        else:
            assert len(heard.errors) == 1

    on_shared(play)
