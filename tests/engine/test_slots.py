"""Slots are given in order, never lost, never doubled."""

from __future__ import annotations

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanout.engine.scheduler import Coroutine, Scheduler
from fanout.engine.slots import PrioritySlots
from tests.fakes import BACKENDS, run_in_virtual_time


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_free_slot_goes_to_the_lowest_order(backend: str) -> None:
    got: list[int] = []

    async def main() -> None:
        scheduler, slots = Scheduler(), PrioritySlots(1)

        async def ask(order: int) -> None:
            await slots.acquire(order)
            got.append(order)
            await scheduler.sleep(1)
            slots.release()

        async def begin() -> None:
            await slots.acquire(0)
            for order in (5, 3, 4):
                scheduler.start(ask(order))
            await scheduler.sleep(1)
            slots.release()

        scheduler.start(begin())
        await scheduler.run()

    run_in_virtual_time(main, backend)
    assert got == [3, 4, 5]


@settings(max_examples=50, deadline=None)
@given(
    asks=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 4), st.integers(1, 5)), max_size=12),
    total=st.integers(1, 3),
)
def test_whoever_gives_up_waiting_no_slot_is_lost(asks: list[tuple[int, int, int]], total: int) -> None:
    held = most = 0

    async def main() -> None:
        scheduler, slots = Scheduler(), PrioritySlots(total)

        async def ask(order: int, use_s: int) -> None:
            nonlocal held, most
            await slots.acquire(order)
            held += 1
            most = max(most, held)
            try:
                await scheduler.sleep(use_s)
            finally:
                held -= 1
                slots.release()

        async def give_up(coroutine: Coroutine, patience_s: int) -> None:
            await scheduler.sleep(patience_s)
            coroutine.cut()

        for order, patience_s, use_s in asks:
            scheduler.start(give_up(scheduler.start(ask(order, use_s)), patience_s))
        await scheduler.run()
        scheduler.start(take_all(slots))
        with anyio.fail_after(1):
            await scheduler.run()

    async def take_all(slots: PrioritySlots) -> None:
        for order in range(total):
            await slots.acquire(order)

    run_in_virtual_time(main, "trio")
    assert (held, most <= total) == (0, True)
