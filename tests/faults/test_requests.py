"""Requests that no tool can serve: each gets an end, an error in plain words, and harms nobody."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.faults.conftest import Run
from tests.harness.faults import Faults, Heard

DATA = {
    "type": "tool",
    "action": "invoke_tool",
    "user_id": "u",
    "provider": "fanout",
    "tool": "reshape",
    "tool_parameters": {"expression": "@"},
    "credentials": {},
}


async def refused(faults: Faults, data: Any, session_id: str) -> Heard:
    """What comes of a request with this data (None: without any)."""
    request = {"session_id": session_id, "event": "request", **({} if data is None else {"data": data})}
    faults.transport.request(session_id, json.dumps(request).encode(), "invoke_tool")
    heard = await faults.heard(session_id).outcome()
    [error] = heard.errors
    assert error["error_type"] == "InvokeBadRequestError"
    assert error["args"] == {}
    assert "Traceback" not in error["message"]
    assert "secret" not in error["message"]
    return heard


@pytest.mark.parametrize(
    "data",
    [
        DATA | {"provider": "secret\ud800"},
        DATA | {"tool": "secret\udfff"},
        DATA | {"tool": "secret"},
        DATA | {"user_id": {"secret": 1}},
        DATA | {"tool_parameters": "secret"},
    ],
    ids=["surrogate provider", "surrogate tool", "unknown tool", "wrong user", "no parameters"],
)
def test_what_the_sdk_refuses_ends_with_an_error_of_ours(
    anywhere: Run, data: Any, request: pytest.FixtureRequest
) -> None:
    async def play(faults: Faults) -> None:
        async with faults.undisturbed():
            await refused(faults, data, request.node.name.translate({91: "-", 93: "-", 32: "-"}))

    anywhere(play)


@pytest.mark.parametrize("data", [None, [], "secret"])
def test_a_request_without_data_gets_an_end(on_shared: Run, data: Any) -> None:
    async def play(faults: Faults) -> None:
        await refused(faults, data, f"without-{type(data).__name__}")

    on_shared(play)
