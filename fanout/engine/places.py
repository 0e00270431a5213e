"""The bound on what runs at once: places that are given in plan order, not in the order of asking."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from heapq import heappop, heappush

import anyio


class Places:
    """`total` places; a free one goes to the waiter with the lowest order number."""

    def __init__(self, total: int) -> None:
        self._free = total
        self._waiting: list[tuple[int, int, anyio.Event]] = []
        self._asked = 0  # keeps equal orders in the order of asking, and events out of comparisons

    @asynccontextmanager
    async def hold(self, order: int) -> AsyncIterator[None]:
        """Wait for a place and hold it for the length of the block."""
        await self._acquire(order)
        try:
            yield
        finally:
            self._release()

    async def _acquire(self, order: int) -> None:
        if self._free > 0:
            self._free -= 1
            return
        granted = anyio.Event()
        self._asked += 1
        entry = (order, self._asked, granted)
        heappush(self._waiting, entry)
        try:
            await granted.wait()
        except BaseException:
            if granted.is_set():  # given and cancelled at the same time: pass it on
                self._release()
            else:
                self._waiting.remove(entry)
                self._waiting.sort()
            raise

    def _release(self) -> None:
        if self._waiting:
            heappop(self._waiting)[2].set()
        else:
            self._free += 1
