"""What came in a call is freed with its last reference: nothing of it waits for the garbage collector."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from typing import Any

import pytest

from fanout.core.calls.messages import Ended, Incoming, Message
from fanout.core.plans.plan import Plan, Target
from fanout.engine.call import run_call
from tests.fakes import KeepingSink, inline, plan_of, run_in_virtual_time

EVENTS: dict[str, list[Incoming]] = {
    "ok": [Message("json", {"found": 1}), Ended()],
    "bad": [Message("text", "x"), Ended("503")],
    "silent": [Message("text", "x")],
}


class Answers:
    """Answers from the loop, as the plugin's gateway does; keeps nothing."""

    def send(self, target: Target, parameters: dict[str, Any], receive: Callable[[Incoming], None]) -> None:
        for event in EVENTS[target.tool_name]:
            asyncio.get_running_loop().call_later(1, receive, event)


def left_by(plan: Plan) -> set[str]:
    """The kinds of our objects that only the garbage collector finds."""

    async def main() -> None:
        await run_call(
            plan, {"items": [1, 2]}, gateway=Answers(), sink=KeepingSink(), offload=inline, jitter=lambda wait_s: wait_s
        )
        gc.collect()  # what is left by asyncio itself

    gc.collect()
    gc.freeze()  # only what comes from here on is looked through
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        run_in_virtual_time(main, "asyncio")
        gc.collect()
        return {type(each).__qualname__ for each in gc.garbage if type(each).__module__.startswith("fanout.")}
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.unfreeze()


@pytest.mark.parametrize(
    "keys",
    [
        {"strategy": "all"},
        {"strategy": "race"},
        {"strategy": "hedge", "stagger_s": 0.5, "until": "length(branches) > `1`", "grace_s": 1},
        {"strategy": "all", "stream": "live", "deadline_s": 3},
        {"for_each": "inputs.items", "max_parallel": 2},
    ],
    ids=str,
)
def test_a_call_leaves_no_circles(keys: dict[str, Any]) -> None:
    retried = {"name": "bad", "retry": {"attempts": 2, "jitter": "none"}}
    assert left_by(plan_of(["ok", retried, {"name": "silent", "timeout_s": 5}], **keys)) == set()
