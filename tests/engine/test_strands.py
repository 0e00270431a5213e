"""Strands: order, times, cuts, work outside; the same on every backend."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import anyio
import pytest

from fanout.engine.strands import TURN_S, Signal, Strand, Strands
from tests.fakes import BACKENDS, run_in_virtual_time, take_time

pytestmark = pytest.mark.parametrize("backend", BACKENDS)


def run(backend: str, begin: Callable[[Strands], Coroutine[Any, Any, None]]) -> float:
    """Run a strand and all that it starts; the seconds that this took."""

    async def main() -> float:
        strands = Strands()
        began = anyio.current_time()
        strands.start(begin(strands))
        await strands.run()
        return anyio.current_time() - began

    return run_in_virtual_time(main, backend)


def test_strands_have_their_turns_in_order(backend: str) -> None:
    said: list[str] = []
    signal = Signal()

    async def wait(name: str) -> None:
        said.append(f"{name} begins")
        assert await signal.wait()
        said.append(f"{name} ends")

    async def begin(strands: Strands) -> None:
        for name in "abc":
            strands.start(wait(name))
        strands.start(tell())

    async def tell() -> None:
        signal.set()
        said.append("told")

    run(backend, begin)
    assert said == ["a begins", "b begins", "c begins", "told", "a ends", "b ends", "c ends"]


def test_a_signal_that_is_set_is_not_waited_for(backend: str) -> None:
    async def begin(strands: Strands) -> None:
        signal = Signal()
        signal.set()
        assert await signal.wait()
        signal.clear()
        assert not await signal.wait(anyio.current_time() + 2)

    assert run(backend, begin) == 2


def test_a_wait_may_end_later_or_earlier_than_the_one_before(backend: str) -> None:
    ended: list[float] = []

    async def begin(strands: Strands) -> None:
        signal = Signal()

        async def set_after(seconds: float) -> None:
            await strands.sleep(seconds)
            signal.set()

        strands.start(set_after(1))
        assert await signal.wait(anyio.current_time() + 10)
        signal.clear()
        assert not await signal.wait(anyio.current_time() + 20)
        ended.append(anyio.current_time())
        assert not await signal.wait(anyio.current_time() + 3)

    assert run(backend, begin) == 24


def test_a_strand_that_is_cut_cleans_up_at_once(backend: str) -> None:
    said: list[str] = []
    never = Signal()

    async def wait() -> None:
        try:
            await never.wait()
        finally:
            said.append("cleaned up")

    async def begin(strands: Strands) -> None:
        waiting, unborn = strands.start(wait()), strands.start(wait())
        unborn.cut()  # before its first step: there is nothing to clean up
        await strands.sleep(1)
        waiting.cut()
        said.append("cut")
        never.set()
        waiting.cut()

    run(backend, begin)
    assert said == ["cleaned up", "cut"]


def test_a_strand_that_cuts_itself_ends_at_its_next_wait(backend: str) -> None:
    said: list[str] = []

    async def begin(strands: Strands) -> None:
        own: list[Strand] = []

        async def cut_self() -> None:
            own[0].cut()
            said.append("goes on")
            await strands.sleep(1)
            said.append("never")

        own.append(strands.start(cut_self()))

    assert run(backend, begin) == 0
    assert said == ["goes on"]


def test_a_strand_woken_and_cut_at_the_same_time_is_cut(backend: str) -> None:
    async def begin(strands: Strands) -> None:
        signal = Signal()

        async def wait() -> None:
            await signal.wait()
            raise AssertionError

        strand = strands.start(wait())
        await strands.sleep(0)
        signal.set()
        strand.cut()

    run(backend, begin)


def test_an_error_ends_them_all_and_is_raised_as_it_is(backend: str) -> None:
    said: list[str] = []

    async def begin(strands: Strands) -> None:
        async def wait() -> None:
            try:
                await strands.sleep(100)
            finally:
                said.append("cleaned up")

        strands.start(wait())
        await strands.sleep(1)
        raise KeyError("a defect")

    with pytest.raises(KeyError, match="a defect"):
        run(backend, begin)
    assert said == ["cleaned up"]


def test_a_cancellation_cuts_them_all(backend: str) -> None:
    said: list[str] = []

    async def wait() -> None:
        try:
            await Signal().wait()
        finally:
            said.append("cleaned up")

    async def main() -> None:
        strands = Strands()
        strands.start(wait())
        with anyio.move_on_after(3):
            await strands.run()

    run_in_virtual_time(main, backend)
    assert said == ["cleaned up"]


def test_work_outside_gives_its_value_or_its_error(backend: str) -> None:
    async def work() -> int:
        await anyio.sleep(2)
        return 42

    async def fail() -> None:
        raise KeyError("outside")

    async def begin(strands: Strands) -> None:
        assert await strands.outside(work) == 42
        with pytest.raises(KeyError, match="outside"):
            await strands.outside(fail)

    assert run(backend, begin) == 2


def test_work_outside_ends_with_its_strand(backend: str) -> None:
    said: list[str] = []

    async def work() -> None:
        try:
            await anyio.sleep(100)
        finally:
            said.append("cancelled")

    async def begin(strands: Strands) -> None:
        strand = strands.start(strands.outside(work))
        await strands.sleep(1)
        strand.cut()

    assert run(backend, begin) == 1
    assert said == ["cancelled"]


def test_others_in_the_loop_have_turns_among_long_steps(backend: str) -> None:
    steps: list[int] = []
    seen: list[int] = []

    async def main() -> None:
        strands = Strands()

        async def step() -> None:
            steps.append(1)
            take_time(TURN_S / 4)

        async def look() -> None:
            while len(steps) < 100:
                seen.append(len(steps))
                await anyio.lowlevel.checkpoint()

        for _ in range(100):
            strands.start(step())
        async with anyio.create_task_group() as group:
            group.start_soon(look)
            await strands.run()

    run_in_virtual_time(main, backend)
    assert len(set(seen)) > 10


def test_now_is_when_the_step_began(backend: str) -> None:
    async def begin(strands: Strands) -> None:
        began = strands.now
        take_time(1)
        assert strands.now == began
        await strands.sleep(2)
        assert strands.now == began + 2
        take_time(1)
        await strands.sleep(0)
        assert strands.now == began + 3

    run(backend, begin)
