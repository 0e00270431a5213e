"""Fanout's engine, and its own merge: without the process, the SDK and the wire around it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from fanout.core.analysis.examine import read_plan
from fanout.core.answers.answer import conclude
from fanout.core.budget import Budget
from fanout.core.calls.messages import Ended, Incoming, Message
from fanout.core.calls.outcome import Outcome
from fanout.core.errors import FanoutError
from fanout.core.plans.catalog import read_catalog
from fanout.core.plans.plan import Target
from fanout.dify.lines import size_of
from fanout.engine.call import run_call

from ..workload import search_plan
from . import Run, Task


class Gateway:
    """Answers like the plugin's gateway: from the loop, later than the request, with messages that are measured."""

    def __init__(self, task: Task) -> None:
        self._delay_s = task.delay_s
        self._messages = {name: _message({"results": pages}) for name, pages in task.answers.items()}

    def send(self, target: Target, parameters: dict[str, Any], receive: Callable[[Incoming], None]) -> None:
        loop = asyncio.get_running_loop()
        message = self._messages[target.tool_name]
        if self._delay_s:
            loop.call_later(self._delay_s, _answer, message, receive)
        else:
            loop.call_soon(_answer, message, receive)


def _message(value: dict[str, Any]) -> Message:
    return Message("json", value, size=size_of(value))


def _answer(message: Message, receive: Callable[[Incoming], None]) -> None:
    receive(message)
    receive(Ended())


class Sink:
    outcome: Outcome | FanoutError | None = None

    def text(self, text: str) -> None:
        """Nothing streams."""

    def settled(self, outcome: Outcome | FanoutError) -> None:
        self.outcome = outcome


async def offload[T](work: Callable[[Budget], T]) -> T:
    return work(Budget())


def make(task: Task) -> Run:
    plan = read_plan(search_plan(task.count), read_catalog(None, {}))
    gateway = Gateway(task)
    inputs = {"query": "q"}

    async def run() -> Any:
        sink = Sink()
        clock = asyncio.get_running_loop().time
        await run_call(
            plan, inputs, gateway=gateway, sink=sink, offload=offload, jitter=lambda wait_s: wait_s, clock=clock
        )
        assert isinstance(sink.outcome, Outcome)
        if task.merges:
            return conclude(plan, inputs, sink.outcome, Budget).value
        return [record.result for record in sink.outcome.rows[0].records]

    return run
