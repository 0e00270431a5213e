"""The bound on what runs at once: slots that are given in order of priority, not in the order of asking."""

from __future__ import annotations

from heapq import heapify, heappop, heappush

from .scheduler import Event


class PrioritySlots:
    """`total` slots; a free one goes to the waiter with the lowest order number."""

    def __init__(self, total: int) -> None:
        self._free = total
        self._waiting: list[tuple[int, int, Event]] = []
        self._asked = 0  # keeps equal orders in the order of asking, and events out of comparisons

    async def acquire(self, order: int) -> None:
        """Wait for a slot. Whoever got one gives it back by `release`."""
        if self._free > 0:
            self._free -= 1
            return
        granted = Event()
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
                heapify(self._waiting)
            raise

    def release(self) -> None:
        """Give a slot back, to the first in order of those who wait."""
        if self._waiting:
            heappop(self._waiting)[2].set()
        else:
            self._free += 1
