"""Small working stand-ins: tools that play scripts, a sink that keeps what it is told, and clocks that jump.

The engine runs on them under trio's mock clock and on asyncio with a loop of virtual time: minutes pass in
milliseconds, and nothing depends on the speed of the machine.
"""

from __future__ import annotations

import asyncio
import selectors
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import anyio
import trio
from anyio.abc import TaskGroup
from trio.lowlevel import current_clock, in_trio_run
from trio.testing import MockClock

from fanout.core.analysis.examine import read_plan
from fanout.core.answers.answer import Answer, conclude
from fanout.core.budget import Budget
from fanout.core.calls.messages import Ended, Incoming, Message
from fanout.core.calls.outcome import Outcome
from fanout.core.calls.records import Record
from fanout.core.errors import FanoutError
from fanout.core.plans.catalog import read_catalog
from fanout.core.plans.plan import Plan, Target
from fanout.engine.call import run_call

type Step = Mapping[str, Any]
type Script = Any  # steps, or {"calls": [steps, …]}

BACKENDS = ("trio", "asyncio")
IN_ORDER = "asyncio"  # trio shuffles tasks that become ready together; what is about order is tested here


@dataclass
class Tools:
    """Tools that play scripts, by tool name: steps as in the conformance cases (`text json variable after_s error …`).

    A script `{"calls": [steps, …]}` plays one list per call in turn, the last one again and again.
    """

    scripts: Mapping[str, Script]
    group: TaskGroup
    calls: Counter[str] = field(default_factory=Counter)
    parameters: list[dict[str, Any]] = field(default_factory=list)
    sent_at: list[tuple[str, float]] = field(default_factory=list)
    in_flight: int = 0
    max_in_flight: int = 0

    def send(self, target: Target, parameters: dict[str, Any], receive: Callable[[Incoming], None]) -> None:
        """Start to play the script of the tool."""
        name = target.tool_name
        self.calls[name] += 1
        self.parameters.append(parameters)
        self.sent_at.append((name, anyio.current_time()))
        self.in_flight += 1
        self.max_in_flight = max(self.max_in_flight, self.in_flight)
        self.group.start_soon(self._play, self._steps(name), parameters, receive)

    def _steps(self, name: str) -> Sequence[Step]:
        script = self.scripts[name]
        steps: Sequence[Step] = script
        if isinstance(script, Mapping):
            calls = script["calls"]
            steps = calls[min(self.calls[name], len(calls)) - 1]
        return steps

    async def _play(
        self, steps: Sequence[Step], parameters: dict[str, Any], receive: Callable[[Incoming], None]
    ) -> None:
        for step in steps:
            if "after_s" in step:
                await anyio.sleep(step["after_s"])
            if "hang" in step:
                await anyio.sleep_forever()
            for event in events(step, parameters):
                receive(event)
        receive(Ended())
        self.in_flight -= 1


def events(step: Step, parameters: dict[str, Any]) -> Iterator[Incoming]:
    """The events of one step."""
    if "text" in step:
        yield Message("text", step["text"])
    if "json" in step:
        yield Message("json", step["json"])
    if "echo" in step:
        yield Message("json", parameters)
    if "variable" in step:
        yield Message("variable", step["variable"][1], name=step["variable"][0])
    if "log" in step:
        yield None
    if "error" in step:
        yield Ended(step["error"])
    if "end" in step:
        yield Ended()


class KeepingSink:
    """Keeps texts with their times, and the outcome with its time."""

    def __init__(self) -> None:
        self.texts: list[tuple[float, str]] = []
        self.outcome: Outcome | FanoutError | None = None
        self.settled_at = 0.0

    def text(self, text: str) -> None:
        """Keep a piece of text."""
        self.texts.append((anyio.current_time(), text))

    def settled(self, outcome: Outcome | FanoutError) -> None:
        """Keep the first outcome."""
        assert self.outcome is None, "settled twice"
        self.outcome = outcome
        self.settled_at = anyio.current_time()


@dataclass(frozen=True)
class Run:
    """What came of a plan: the answer or the error, streamed text, and when (seconds from the start) it was settled."""

    answer: Answer | None
    error: FanoutError | None
    text: str
    first_text_s: float | None
    settled_s: float
    tools: Tools
    records: tuple[Record, ...] = ()

    @property
    def statuses(self) -> list[str]:
        """The status of every record, in order."""
        assert self.answer is not None, self.error
        return [record["status"] for record in self.answer.branches]


async def inline[T](work: Callable[[Budget], T]) -> T:
    """Long work done on the spot."""
    return work(Budget())


def run_plan(
    plan: Plan, scripts: Mapping[str, Script], inputs: dict[str, Any] | None = None, backend: str = "trio"
) -> Run:
    """Run a plan against scripted tools in virtual time. Waits with jitter are as long as they may be."""

    async def main() -> Run:
        started_at = anyio.current_time()
        sink = KeepingSink()
        async with anyio.create_task_group() as group:
            tools = Tools(scripts, group)
            await run_call(plan, inputs or {}, gateway=tools, sink=sink, offload=inline, jitter=lambda wait_s: wait_s)
            group.cancel_scope.cancel()
        return finish(plan, inputs or {}, sink, tools, started_at)

    return run_in_virtual_time(main, backend)


def finish(plan: Plan, inputs: dict[str, Any], sink: KeepingSink, tools: Tools, started_at: float) -> Run:
    """Conclude as `serve` does."""
    answer: Answer | None = None
    error: FanoutError | None = None
    assert sink.outcome is not None
    try:
        if isinstance(sink.outcome, FanoutError):
            raise sink.outcome
        answer = conclude(plan, inputs, sink.outcome, Budget)
    except FanoutError as raised:
        error = raised
    text = "".join(piece for _, piece in sink.texts) + (answer.text if answer else "")
    first_text_s = sink.texts[0][0] - started_at if sink.texts else None
    rows = sink.outcome.rows if isinstance(sink.outcome, Outcome) else ()
    records = tuple(record for row in rows for record in row.records)
    return Run(answer, error, text, first_text_s, sink.settled_at - started_at, tools, records)


def run_in_virtual_time[T](main: Callable[[], Awaitable[T]], backend: str) -> T:
    """Run a coroutine function on `trio` or `asyncio` with a clock that jumps over every wait."""
    if backend == "trio":
        return trio.run(main, clock=MockClock(autojump_threshold=0))
    return anyio.run(main, backend="asyncio", backend_options={"loop_factory": VirtualTimeLoop})


def take_time(seconds: float) -> None:
    """Let the virtual clock go on while the code that runs goes on."""
    if in_trio_run():
        clock = current_clock()
        assert isinstance(clock, MockClock)
        clock.jump(seconds)
    else:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualTimeLoop)
        loop.jump(seconds)


class _JumpingSelector(selectors.SelectSelector):
    """Where the loop would wait, the clock jumps."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout is None:
            raise RuntimeError("nothing will ever happen: the test hangs")
        if not ready and timeout:
            self.now += timeout
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An asyncio loop whose time passes only while it waits."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Virtual seconds."""
        return self._jumping.now

    def jump(self, seconds: float) -> None:
        """Let so much time pass."""
        self._jumping.now += seconds


def plan_of(branches: Sequence[Any], **keys: Any) -> Plan:
    """Read a plan; a branch may be given by its tool's name alone, or as an object with `name` only."""
    return read_plan({"branches": [_branch(branch) for branch in branches], **keys}, read_catalog(None, {}))


def _branch(branch: Any) -> dict[str, Any]:
    given = {"name": branch} if isinstance(branch, str) else dict(branch)
    return {"provider": "some/one/tools", "tool_name": given["name"], **given}
