"""People who nest this node in a workflow tool, through the ten connections of a stock Dify, with the real process.

Each runs four branches of a workflow tool that contains the node with four branches of another tool: defaults
everywhere. Without a rule two of them stop everything until their calls run out of time.
"""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest

from tests.faults.conftest import Run
from tests.harness.faults import Faults, Heard, Request

TOOL_S = 0.2  # what an innermost call takes
PAGE_WAIT_S = 2.0  # somebody else waits for a connection at most so long
WORKFLOW = {"provider_type": "workflow", "provider": "00000000-0000-4000-8000-000000000001"}
API = {"provider_type": "api", "provider": "00000000-0000-4000-8000-000000000002"}


def plan_of(target: dict[str, str]) -> dict[str, str]:
    branches = [{"name": f"b{index}", "tool_name": f"t{index}", **target} for index in range(4)]
    return {"plan": json.dumps({"branches": branches, "need": "all"})}


class Dify:
    """Ten connections: one for each person's request, one for each reverse call."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._free = asyncio.Semaphore(10)
        self.longest_wait_s = 0.0

    async def person(self) -> list[dict[str, Any]]:
        """Run the workflow; the records of the outer branches."""
        async with self._free:
            return (await self._run(WORKFLOW)).records

    async def look(self) -> None:
        """Somebody else opens one page after the other."""
        while True:
            asked_at = time.perf_counter()
            async with self._free:
                self.longest_wait_s = max(self.longest_wait_s, time.perf_counter() - asked_at)
            await asyncio.sleep(0.1)

    async def _run(self, target: dict[str, str]) -> Heard:
        call = self._faults.call("fan_out", plan_of(target))
        async with asyncio.TaskGroup() as calls:
            for _ in range(4):
                calls.create_task(self._answer(await call.request()))
        return await call.outcome()

    async def _answer(self, request: Request) -> None:
        async with self._free:
            if request.body["tool_type"] == "workflow":
                inner = await self._run(API)
                assert inner.result == dict.fromkeys(("b0", "b1", "b2", "b3"), "fine")
            else:
                await asyncio.sleep(TOOL_S)
            request.text("fine")
        request.end()
        request.close()


@pytest.mark.parametrize("people", [2, 4, 6])
def test_everybody_gets_an_answer_and_dify_goes_on_answering(on_stdio: Run, people: int) -> None:
    async def play(faults: Faults) -> None:
        dify = Dify(faults)
        looking = asyncio.create_task(dify.look())
        async with asyncio.timeout(60):
            everybody = await asyncio.gather(*(dify.person() for _ in range(people)))
        looking.cancel()
        assert all(record["status"] == "succeeded" for records in everybody for record in records)
        assert dify.longest_wait_s < PAGE_WAIT_S

    on_stdio(play)
