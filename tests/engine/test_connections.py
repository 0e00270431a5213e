"""Nested calls through few connections (contract 5, "Nesting"): the rule, and the whole of it in virtual time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import anyio
import pytest

from fanout.core.calls.messages import Ended, Incoming, Message
from fanout.core.calls.outcome import Outcome
from fanout.core.errors import FanoutError
from fanout.core.plans.plan import Plan, Target
from fanout.engine.call import run_call
from fanout.engine.connections import (
    CONNECTIONS,
    PROOFS,
    RUNS,
    SETTLING_S,
    SHOWING_S,
    TOOLS,
    CallConnections,
    Connections,
)
from fanout.engine.scheduler import Scheduler
from tests.fakes import BACKENDS, KeepingSink, inline, plan_of, run_in_virtual_time

WORKFLOW = Target("workflow", "00000000-0000-4000-8000-000000000001", "w")
SLOW_WORKFLOW = Target("workflow", "00000000-0000-4000-8000-000000000003", "slow")
OTHER = Target("api", "00000000-0000-4000-8000-000000000002", "t")


# -- the rule


def test_the_first_workflow_call_starts_at_once_whatever_else_runs() -> None:
    connections = Connections()
    call = connections.open_call("app", 0)
    for _ in range(20):
        call.hold(OTHER)
    assert connections.opens_at(WORKFLOW) < 0


def test_a_further_one_waits_until_the_one_before_has_shown_what_it_calls() -> None:
    connections = Connections()
    connections.open_call("app", 0).hold(WORKFLOW)
    connections.workflow_starts(WORKFLOW, "app", 5)
    assert connections.opens_at(WORKFLOW) == 5 + SETTLING_S


def test_people_who_begin_at_once_are_waited_for_but_not_for_ever() -> None:
    connections = Connections()
    connections.open_call("app", 5).hold(WORKFLOW)
    connections.workflow_starts(WORKFLOW, "app", 5)
    connections.open_call("app", 5.3)  # of somebody else, whose request holds a connection already
    assert connections.opens_at(WORKFLOW) == 5.3 + SETTLING_S
    for _ in range(20):
        connections.open_call("app", 5 + SHOWING_S).close()
    assert connections.opens_at(WORKFLOW) == 5 + SHOWING_S


def test_a_place_is_kept_for_what_it_calls_until_that_follows_or_a_while_has_passed() -> None:
    connections = Connections()
    call = connections.open_call("app", 0)
    ends = [call.hold(OTHER) for _ in range(CONNECTIONS - 3)]
    call.hold(WORKFLOW)
    connections.workflow_starts(WORKFLOW, "app", 5)
    call.hold(WORKFLOW)
    connections.workflow_starts(WORKFLOW, "app", 6)
    assert connections.opens_at(WORKFLOW) == float("inf")  # all are held
    ends.pop()(Ended())
    assert connections.opens_at(WORKFLOW) == 6 + SHOWING_S  # the one that is free is kept
    ends.pop()(Ended())
    assert connections.opens_at(WORKFLOW) == 5 + SHOWING_S
    ends.pop()(Ended())
    assert connections.opens_at(WORKFLOW) == 6 + SETTLING_S
    connections.open_call("app", 0)  # somebody else's: it is of the app that called them
    assert connections.opens_at(WORKFLOW) == 5 + SHOWING_S
    connections.open_call("inner", 0)  # the first has shown itself, and holds what was kept for it
    assert connections.opens_at(WORKFLOW) == 6 + SHOWING_S


def test_where_there_is_no_room_an_end_has_to_come_first() -> None:
    connections = Connections()
    call = connections.open_call("app", 0)
    call.hold(WORKFLOW)
    ends = [call.hold(OTHER) for _ in range(CONNECTIONS - 2)]  # with the tool call itself: all
    assert connections.opens_at(WORKFLOW) == float("inf")
    ends[0](Ended())
    assert connections.opens_at(WORKFLOW) < float("inf")


def test_while_as_many_runs_go_as_dify_works_on_others_may_hold_connections_unseen() -> None:
    connections = Connections()
    for _ in range(RUNS - 1):
        call = connections.open_call("app", 0)
    call.hold(WORKFLOW)
    for _ in range(CONNECTIONS - RUNS - 2):  # with those calls, the workflow call and one more: all but one
        call.hold(OTHER)
    assert connections.opens_at(WORKFLOW) < float("inf")
    connections.open_call("app", 0)
    assert connections.opens_at(WORKFLOW) == float("inf")


def test_a_call_that_closes_gives_back_all_that_it_held_and_late_ends_count_no_more() -> None:
    connections = Connections()
    first, second = connections.open_call("app", 0), connections.open_call("app", 0)
    ends = [first.hold(WORKFLOW) for _ in range(CONNECTIONS)]
    second.hold(WORKFLOW)
    first.close()
    for end in ends:
        end(Ended())
    assert connections.opens_at(WORKFLOW) < float("inf")
    second.close()
    assert connections.opens_at(WORKFLOW) < 0


def used_up() -> tuple[Connections, CallConnections]:
    """All connections are held, one of them by a workflow tool that may nest."""
    connections = Connections()
    call = connections.open_call("app", 0)
    call.hold(SLOW_WORKFLOW)
    for _ in range(CONNECTIONS):
        call.hold(OTHER)
    return connections, call


def test_a_workflow_tool_that_called_nothing_of_ours_needs_no_room_from_then_on() -> None:
    connections, call = used_up()
    call.hold(WORKFLOW)(Ended())
    assert connections.opens_at(WORKFLOW) < 0
    assert connections.opens_at(SLOW_WORKFLOW) == float("inf")


def test_one_that_failed_or_was_cut_has_shown_nothing() -> None:
    connections, call = used_up()
    call.hold(WORKFLOW)(Ended("no quota"))
    cut = connections.open_call("app", 0)
    cut.hold(WORKFLOW)
    cut.close()
    assert connections.opens_at(WORKFLOW) == float("inf")


def test_it_needs_room_again_once_a_call_of_another_app_comes_while_it_runs() -> None:
    connections, call = used_up()
    call.hold(WORKFLOW)(Ended())
    end = call.hold(WORKFLOW)
    connections.open_call("app", 0).close()  # of another person
    assert connections.opens_at(WORKFLOW) < 0
    connections.open_call("inner", 0).close()
    end(Ended())
    assert connections.opens_at(WORKFLOW) == float("inf")
    for _ in range(PROOFS - 1):
        call.hold(WORKFLOW)(Ended())
    assert connections.opens_at(WORKFLOW) == float("inf")
    call.hold(WORKFLOW)(Ended())
    assert connections.opens_at(WORKFLOW) < 0


def test_where_nobody_says_which_app_calls_any_call_may_be_a_nested_one() -> None:
    connections, call = used_up()
    end = call.hold(WORKFLOW)
    connections.open_call(None, 0).close()
    end(Ended())
    assert connections.opens_at(WORKFLOW) == float("inf")


def test_what_is_known_of_tools_does_not_grow_for_ever() -> None:
    connections, call = used_up()
    tools = [Target("workflow", str(number), "w") for number in range(TOOLS + 1)]
    for tool in tools:
        call.hold(tool)(Ended())
    assert [connections.opens_at(tool) < 0 for tool in (tools[0], tools[-1])] == [False, True]


@pytest.mark.parametrize("backend", BACKENDS)
def test_all_that_wait_for_a_tool_begin_once_it_is_known_to_nest_nothing(backend: str) -> None:
    started: list[str] = []

    async def main() -> None:
        _, call = used_up()
        scheduler = Scheduler()

        async def wait(name: str, tool: Target) -> None:
            await call.wait(tool, scheduler.now)
            started.append(name)

        async def begin() -> None:
            end = call.hold(WORKFLOW)
            scheduler.start(wait("one that may nest", SLOW_WORKFLOW))
            scheduler.start(wait("first", WORKFLOW))
            scheduler.start(wait("second", WORKFLOW))
            await scheduler.sleep(1)
            assert not started
            end(Ended())

        scheduler.start(begin())
        with anyio.move_on_after(10):
            await scheduler.run()

    run_in_virtual_time(main, backend)
    assert started == ["first", "second"]


@pytest.mark.parametrize("backend", BACKENDS)
def test_of_those_that_wait_the_newest_call_is_first_and_one_that_gives_up_holds_up_nobody(backend: str) -> None:
    started: list[tuple[str, float]] = []

    async def main() -> None:
        connections, scheduler = Connections(), Scheduler()
        call, newer = connections.open_call("app", 0), connections.open_call("app", 0)
        began = scheduler.now
        ends = [call.hold(WORKFLOW)]
        connections.workflow_starts(WORKFLOW, "app", began)
        for _ in range(CONNECTIONS):
            call.hold(OTHER)

        async def wait(name: str, of: CallConnections) -> None:
            await of.wait(WORKFLOW, scheduler.now)
            started.append((name, scheduler.now - began))
            of.workflow_starts(WORKFLOW, scheduler.now)
            ends.append(of.hold(WORKFLOW))

        async def begin() -> None:
            scheduler.start(wait("old", call))
            impatient = scheduler.start(wait("impatient", newer))
            scheduler.start(wait("new", newer))
            scheduler.start(wait("newer", newer))
            await scheduler.sleep(1)
            impatient.cut()
            for _ in range(3):
                await scheduler.sleep(1)
                ends.pop()(Ended("failed"))  # now none is in flight

        scheduler.start(begin())
        with anyio.move_on_after(10):
            await scheduler.run()

    run_in_virtual_time(main, backend)
    assert started == [("new", 2), ("newer", 3), ("old", 4)]


# -- an installation with ten connections


KEPT = 2  # connections that the plugin daemon does not close after an answer, but keeps for its next request
WORKED_ON = 4  # people's runs at a time; the requests of the others hold connections unseen


class Dify:
    """Serves reverse calls in the order of their coming, each through one of `total` connections.

    A workflow tool runs this node again, over the plan of the next depth; another tool takes a second. The daemon keeps
    connections that have answered: its next request goes through one of those, one that has asked already does not.
    """

    def __init__(self, plans: list[Plan], total: int, connections: Connections | None, delay_s: float = 0) -> None:
        self.free = anyio.Semaphore(total)
        self._runs = anyio.Semaphore(WORKED_ON)
        self._kept = 0
        self.waited_s = 0.0  # the longest wait of somebody who wants a connection for a moment
        self._plans = plans
        self._connections = connections
        self._delay_s = delay_s  # from the call of a workflow tool to what it calls itself

    async def use(self, arriving_s: float) -> Outcome | FanoutError | None:
        """A person runs the workflow: the request holds a connection to its end, and reaches the node after a while."""
        async with self.free:
            await anyio.sleep(arriving_s)
            async with self._runs:
                return await self._run(0)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[None]:
        """Hold a connection between the daemon and the platform."""
        if self._kept:
            self._kept -= 1
        else:
            await self.free.acquire()
        try:
            yield
        except BaseException:
            self.free.release()
            raise
        if self._kept < KEPT:
            self._kept += 1
        else:
            self.free.release()

    async def look(self) -> None:
        """Somebody else asks for a page, again and again."""
        while True:
            asked_at = anyio.current_time()
            try:
                async with self.free:
                    pass
            finally:
                self.waited_s = max(self.waited_s, anyio.current_time() - asked_at)
            await anyio.sleep(0.2)

    async def serve(self, target: Target, depth: int, receive: Callable[[Incoming], None]) -> None:
        """Answer a reverse call once there is a connection."""
        async with self._connection():
            if target.provider_type == "workflow" and depth + 1 == len(self._plans):
                await anyio.sleep(3)
                receive(Message("text", "fine"))
            elif target.provider_type == "workflow":
                await anyio.sleep(self._delay_s)
                outcome = await self._run(depth + 1)
                receive(Message("text", "fine") if has_answer(outcome) else Ended("the workflow failed"))
            else:
                await anyio.sleep(1)
                receive(Message("text", "fine"))
        receive(Ended())

    async def _run(self, depth: int) -> Outcome | FanoutError | None:
        """One call of the node; at its end what it still has in flight is cut."""
        sink = KeepingSink()
        async with anyio.create_task_group() as calls:

            class Gateway:
                def send(self, target: Target, _: dict[str, Any], receive: Callable[[Incoming], None]) -> None:
                    calls.start_soon(dify.serve, target, depth, receive)

            dify = self
            await run_call(
                self._plans[depth],
                {},
                gateway=Gateway(),
                sink=sink,
                offload=inline,
                jitter=lambda wait_s: wait_s,
                connections=None if self._connections is None else partial(self._connections.open_call, f"app {depth}"),
            )
            calls.cancel_scope.cancel()
        return sink.outcome


def has_answer(outcome: Outcome | FanoutError | None) -> bool:
    return isinstance(outcome, Outcome) and outcome.rows[0].succeeded


def plans_of(kinds: list[str], branches: int = 4) -> list[Plan]:
    """A plan for each depth; defaults everywhere."""
    made = []
    for kind in kinds:
        target = WORKFLOW if kind == "workflow" else OTHER
        made.append(
            plan_of(
                [
                    {
                        "name": f"b{index}",
                        "provider_type": target.provider_type,
                        "provider": target.provider,
                        "tool_name": f"t{index}",
                    }
                    for index in range(branches)
                ],
                need="all",
            )
        )
    return made


def play(
    users: int,
    kinds: list[str],
    *,
    connections: Connections | None = None,
    delay_s: float = 0,
    total: int = 10,
    apart_s: float = 0,
) -> tuple[int, float, float]:
    """How many of so many people get their answer, how long all take, and how long somebody else waits at most."""

    async def main() -> tuple[int, float, float]:
        dify = Dify(plans_of(kinds), total, connections, delay_s)
        outcomes: list[Outcome | FanoutError | None] = []

        async def use(arriving_s: float) -> None:
            outcomes.append(await dify.use(arriving_s))

        async with anyio.create_task_group() as group:
            group.start_soon(dify.look)
            began = anyio.current_time()
            async with anyio.create_task_group() as people:
                for index in range(users):
                    people.start_soon(use, index * apart_s)
            took_s = anyio.current_time() - began
            group.cancel_scope.cancel()
        return sum(map(has_answer, outcomes)), took_s, dify.waited_s

    return run_in_virtual_time(main, "asyncio")


def test_without_the_rule_two_people_stop_it() -> None:
    answered, _, waited_s = play(2, ["workflow", "api"])
    assert answered == 0
    assert waited_s > 30


@pytest.mark.parametrize(("users", "at_most_s"), [(1, 6), (2, 12), (4, 24), (6, 45)])
@pytest.mark.parametrize(("delay_s", "apart_s"), [(0, 0), (0.05, 0.02), (0.15, 0.1), (0.4, 0.2)])
def test_with_it_everybody_gets_an_answer_and_others_wait_two_seconds_at_most(
    delay_s: float, apart_s: float, users: int, at_most_s: float
) -> None:
    """However long a workflow tool takes to begin, and people's calls to be seen."""
    answered, took_s, waited_s = play(
        users, ["workflow", "api"], connections=Connections(), delay_s=delay_s, apart_s=apart_s
    )
    assert answered == users
    assert took_s < at_most_s
    assert waited_s <= 2


@pytest.mark.parametrize("app_id", [None, "the same for all"])
@pytest.mark.parametrize("users", [1, 2, 4, 6])
def test_nobody_has_to_say_which_app_calls(users: int, app_id: str | None) -> None:
    class Unsaid(Connections):
        def open_call(self, _: str | None, now: float) -> CallConnections:
            return super().open_call(app_id, now)

    answered, _, waited_s = play(users, ["workflow", "api"], connections=Unsaid(), delay_s=0.15, apart_s=0.1)
    assert answered == users
    assert waited_s <= 2


@pytest.mark.parametrize(("users", "delay_s"), [(2, 1), (4, 1), (6, 1), (2, 2), (4, 2), (6, 2), (2, 3), (4, 3)])
def test_nobody_is_stopped_on_a_platform_that_is_busy_or_has_only_begun(delay_s: float, users: int) -> None:
    answered, took_s, waited_s = play(
        users, ["workflow", "api"], connections=Connections(), delay_s=delay_s, apart_s=0.3
    )
    assert answered == users
    assert took_s < 80
    assert waited_s <= 2


@pytest.mark.parametrize("users", [1, 2, 3])
@pytest.mark.parametrize("delay_s", [1, 2])
def test_nobody_is_stopped_on_a_busy_platform_where_somebody_else_holds_a_connection(
    delay_s: float, users: int
) -> None:
    answered, took_s, waited_s = play(users, ["workflow", "api"], connections=Connections(), delay_s=delay_s, total=9)
    assert answered == users
    assert took_s < 40
    assert waited_s <= 2


@pytest.mark.parametrize(
    ("users", "delay_s", "apart_s"),
    [(1, 0, 0), (1, 0.15, 0.1), (1, 0.4, 0.2), (1, 1, 0.3), (2, 0, 0), (2, 0.15, 0.1), (2, 0.4, 0.2), (3, 0, 0)],
)
def test_a_few_people_may_nest_three_deep(users: int, delay_s: float, apart_s: float) -> None:
    answered, _, waited_s = play(
        users, ["workflow", "workflow", "api"], connections=Connections(), delay_s=delay_s, apart_s=apart_s
    )
    assert answered == users
    assert waited_s <= 2


def test_workflow_tools_that_nest_nothing_lose_little_and_once_they_are_known_nothing() -> None:
    for users in (1, 4):
        without_s, connections = play(users, ["workflow"])[1], Connections()
        assert play(users, ["workflow"], connections=connections)[1] < without_s + 10
        assert play(users, ["workflow"], connections=connections)[1] < without_s + 0.01
