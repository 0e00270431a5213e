"""Places are given in order, never lost, never doubled."""

from __future__ import annotations

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanout.engine.places import Places
from fanout.engine.strands import Strand, Strands
from tests.fakes import BACKENDS, run_in_virtual_time


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_free_place_goes_to_the_lowest_order(backend: str) -> None:
    got: list[int] = []

    async def main() -> None:
        strands, places = Strands(), Places(1)

        async def ask(order: int) -> None:
            await places.acquire(order)
            got.append(order)
            await strands.sleep(1)
            places.release()

        async def begin() -> None:
            await places.acquire(0)
            for order in (5, 3, 4):
                strands.start(ask(order))
            await strands.sleep(1)
            places.release()

        strands.start(begin())
        await strands.run()

    run_in_virtual_time(main, backend)
    assert got == [3, 4, 5]


@settings(max_examples=50, deadline=None)
@given(
    asks=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 4), st.integers(1, 5)), max_size=12),
    total=st.integers(1, 3),
)
def test_whoever_gives_up_waiting_no_place_is_lost(asks: list[tuple[int, int, int]], total: int) -> None:
    held = most = 0

    async def main() -> None:
        strands, places = Strands(), Places(total)

        async def ask(order: int, use_s: int) -> None:
            nonlocal held, most
            await places.acquire(order)
            held += 1
            most = max(most, held)
            try:
                await strands.sleep(use_s)
            finally:
                held -= 1
                places.release()

        async def give_up(strand: Strand, patience_s: int) -> None:
            await strands.sleep(patience_s)
            strand.cut()

        for order, patience_s, use_s in asks:
            strands.start(give_up(strands.start(ask(order, use_s)), patience_s))
        await strands.run()
        strands.start(take_all(places))
        with anyio.fail_after(1):
            await strands.run()

    async def take_all(places: Places) -> None:
        for order in range(total):
            await places.acquire(order)

    run_in_virtual_time(main, "trio")
    assert (held, most <= total) == (0, True)
