"""The scheduler: order, times, cuts, work outside; the same on every backend."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Coroutine as Steps
from typing import Any

import anyio
import pytest

from fanout.engine.scheduler import TURN_S, Coroutine, Event, ForeignAwait, Scheduler
from tests.fakes import BACKENDS, run_in_virtual_time, take_time

pytestmark = pytest.mark.parametrize("backend", BACKENDS)


def run(backend: str, begin: Callable[[Scheduler], Steps[Any, Any, None]]) -> float:
    """Run a coroutine and all that it starts; the seconds that this took."""

    async def main() -> float:
        scheduler = Scheduler()
        began = anyio.current_time()
        scheduler.start(begin(scheduler))
        await scheduler.run()
        return anyio.current_time() - began

    return run_in_virtual_time(main, backend)


async def wait_long(scheduler: Scheduler, said: list[str]) -> None:
    """Wait, and say when the wait is cut."""
    try:
        await scheduler.sleep(100)
    finally:
        said.append("cleaned up")


def test_strands_have_their_turns_in_order(backend: str) -> None:
    said: list[str] = []
    event = Event()

    async def wait(name: str) -> None:
        said.append(f"{name} begins")
        assert await event.wait()
        said.append(f"{name} ends")

    async def begin(scheduler: Scheduler) -> None:
        for name in "abc":
            scheduler.start(wait(name))
        scheduler.start(tell())

    async def tell() -> None:
        event.set()
        said.append("told")

    run(backend, begin)
    assert said == ["a begins", "b begins", "c begins", "told", "a ends", "b ends", "c ends"]


def test_a_signal_that_is_set_is_not_waited_for(backend: str) -> None:
    async def begin(scheduler: Scheduler) -> None:
        event = Event()
        event.set()
        assert await event.wait()
        event.clear()
        assert not await event.wait(anyio.current_time() + 2)

    assert run(backend, begin) == 2


def test_a_wait_may_end_later_or_earlier_than_the_one_before(backend: str) -> None:
    ended: list[float] = []

    async def begin(scheduler: Scheduler) -> None:
        event = Event()

        async def set_after(seconds: float) -> None:
            await scheduler.sleep(seconds)
            event.set()

        scheduler.start(set_after(1))
        assert await event.wait(anyio.current_time() + 10)
        event.clear()
        assert not await event.wait(anyio.current_time() + 20)
        ended.append(anyio.current_time())
        assert not await event.wait(anyio.current_time() + 3)

    assert run(backend, begin) == 24


def test_a_strand_that_is_cut_cleans_up_at_once(backend: str) -> None:
    said: list[str] = []
    never = Event()

    async def wait() -> None:
        try:
            await never.wait()
        finally:
            said.append("cleaned up")

    async def begin(scheduler: Scheduler) -> None:
        waiting, unborn = scheduler.start(wait()), scheduler.start(wait())
        unborn.cut()  # before its first step: there is nothing to clean up
        await scheduler.sleep(1)
        waiting.cut()
        said.append("cut")
        never.set()
        waiting.cut()

    run(backend, begin)
    assert said == ["cleaned up", "cut"]


def test_a_strand_that_cuts_itself_ends_at_its_next_wait(backend: str) -> None:
    said: list[str] = []

    async def begin(scheduler: Scheduler) -> None:
        own: list[Coroutine] = []

        async def cut_self() -> None:
            own[0].cut()
            said.append("goes on")
            await scheduler.sleep(1)
            said.append("never")

        own.append(scheduler.start(cut_self()))

    assert run(backend, begin) == 0
    assert said == ["goes on"]


def test_a_strand_woken_and_cut_at_the_same_time_is_cut(backend: str) -> None:
    async def begin(scheduler: Scheduler) -> None:
        event = Event()

        async def wait() -> None:
            await event.wait()
            raise AssertionError

        coroutine = scheduler.start(wait())
        await scheduler.sleep(0)
        event.set()
        coroutine.cut()

    run(backend, begin)


def test_an_error_ends_them_all_and_is_raised_as_it_is(backend: str) -> None:
    said: list[str] = []

    async def begin(scheduler: Scheduler) -> None:
        scheduler.start(wait_long(scheduler, said))
        await scheduler.sleep(1)
        raise KeyError("a defect")

    with pytest.raises(KeyError, match="a defect"):
        run(backend, begin)
    assert said == ["cleaned up"]


def test_a_cancellation_cuts_them_all(backend: str) -> None:
    said: list[str] = []

    async def wait() -> None:
        try:
            await Event().wait()
        finally:
            said.append("cleaned up")

    async def main() -> None:
        scheduler = Scheduler()
        scheduler.start(wait())
        with anyio.move_on_after(3):
            await scheduler.run()

    run_in_virtual_time(main, backend)
    assert said == ["cleaned up"]


def test_work_outside_gives_its_value_or_its_error(backend: str) -> None:
    async def work() -> int:
        await anyio.sleep(2)
        return 42

    async def fail() -> None:
        raise KeyError("outside")

    async def begin(scheduler: Scheduler) -> None:
        assert await scheduler.outside(work) == 42
        with pytest.raises(KeyError, match="outside"):
            await scheduler.outside(fail)

    assert run(backend, begin) == 2


def test_work_outside_ends_with_its_strand(backend: str) -> None:
    said: list[str] = []

    async def work() -> None:
        try:
            await anyio.sleep(100)
        finally:
            said.append("cancelled")

    async def begin(scheduler: Scheduler) -> None:
        coroutine = scheduler.start(scheduler.outside(work))
        await scheduler.sleep(1)
        coroutine.cut()

    assert run(backend, begin) == 1
    assert said == ["cancelled"]


def test_others_in_the_loop_have_turns_among_long_steps(backend: str) -> None:
    steps: list[int] = []
    seen: list[int] = []

    async def main() -> None:
        scheduler = Scheduler()

        async def step() -> None:
            steps.append(1)
            take_time(TURN_S / 4)

        async def look() -> None:
            while len(steps) < 100:
                seen.append(len(steps))
                await anyio.lowlevel.checkpoint()

        for _ in range(100):
            scheduler.start(step())
        async with anyio.create_task_group() as group:
            group.start_soon(look)
            await scheduler.run()

    run_in_virtual_time(main, backend)
    assert len(set(seen)) > 10


def test_now_is_when_the_step_began(backend: str) -> None:
    async def begin(scheduler: Scheduler) -> None:
        began = scheduler.now
        take_time(1)
        assert scheduler.now == began
        await scheduler.sleep(2)
        assert scheduler.now == began + 2
        take_time(1)
        await scheduler.sleep(0)
        assert scheduler.now == began + 3

    run(backend, begin)


def test_a_foreign_await_is_refused_where_it_is_and_names_the_way_out(backend: str) -> None:
    said: list[str] = []

    async def begin(scheduler: Scheduler) -> None:
        for foreign in (anyio.sleep(1), anyio.Event().wait(), anyio.lowlevel.checkpoint()):
            with pytest.raises(ForeignAwait, match=r"await everything else by `scheduler\.outside"):
                await foreign
        await scheduler.sleep(2)  # the coroutine, and the scopes of the backend, are as they were
        said.append("goes on")

    assert run(backend, begin) == 2
    assert said == ["goes on"]


def test_a_foreign_await_that_nobody_catches_ends_the_run_and_cleans_up(backend: str) -> None:
    said: list[str] = []

    async def begin(scheduler: Scheduler) -> None:
        scheduler.start(wait_long(scheduler, said))
        await scheduler.sleep(0)
        await anyio.sleep(1)

    with pytest.raises(ForeignAwait):
        run(backend, begin)
    assert said == ["cleaned up"]


@pytest.mark.parametrize("scope_s", [1, 100, None], ids=["ends first", "ends later", "without end"])
def test_a_scope_that_is_open_in_a_wait_ends_the_run_and_names_the_way_out(backend: str, scope_s: float | None) -> None:
    said: list[str] = []

    async def main() -> None:
        scheduler = Scheduler()

        async def enter() -> None:
            with anyio.move_on_after(scope_s):
                await scheduler.sleep(10)
            said.append("never")

        async def wait() -> None:
            await scheduler.sleep(5)

        scheduler.start(enter())
        scheduler.start(wait())
        with anyio.CancelScope() as outer:
            with pytest.raises(ForeignAwait, match="scopes"):
                await scheduler.run()
            await anyio.sleep(1)  # what is around the run is whole
            said.append("after")
        assert not outer.cancelled_caught

    run_in_virtual_time(main, backend)
    assert said == ["after"]
