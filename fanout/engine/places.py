"""The bound on what runs at once: places that are given in plan order, not in the order of asking."""

from __future__ import annotations

from heapq import heappop, heappush

from .strands import Signal


class Places:
    """`total` places; a free one goes to the waiter with the lowest order number."""

    def __init__(self, total: int) -> None:
        self._free = total
        self._waiting: list[tuple[int, int, Signal]] = []
        self._asked = 0  # keeps equal orders in the order of asking, and events out of comparisons

    async def acquire(self, order: int) -> None:
        """Wait for a place. Whoever got one gives it back by `release`."""
        if self._free > 0:
            self._free -= 1
            return
        granted = Signal()
        self._asked += 1
        entry = (order, self._asked, granted)
        heappush(self._waiting, entry)
        try:
            await granted.wait()
        except BaseException:
            if granted.is_set:  # given and cancelled at the same time: pass it on
                self.release()
            else:
                self._waiting.remove(entry)
                self._waiting.sort()
            raise

    def release(self) -> None:
        """Give a place back, to the first in order of those who wait."""
        if self._waiting:
            heappop(self._waiting)[2].set()
        else:
            self._free += 1
