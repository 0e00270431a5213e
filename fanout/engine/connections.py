"""Nested calls must not use up the platform's connections (contract 5, "Nesting").

A stock Dify serves ten connections, and every reverse call in flight holds one. A workflow tool may itself contain
this node: where outer calls hold all ten, the inner ones wait for a connection until the outer ones run out of time,
and Dify answers nobody meanwhile. So a further workflow call waits until there is room for what it may call itself.
Nothing else ever waits: what a workflow tool calls must get through for it to end.

What a workflow tool calls shows late where the platform is busy. Until a tool call of ours has followed, a
connection is kept for it; a workflow tool that shows nothing for a while is taken for one that nests nothing.

Tool calls that come close together are people who begin at once: their requests hold connections before their calls
are seen here. So the next workflow call also waits until no tool call has come for a moment.

Of several that wait, those of the newest tool call come first: it may be a part of an older one, which needs its
answer to end. So one person's calls get through three deep, where in the order of asking they would lock up.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable
from functools import partial
from math import inf

from ..core.plans.plan import Target
from .scheduler import Event

# Of the ten of a stock Dify. The plugin daemon keeps two that have answered open for its next requests, which are lost
# to those that wait already; as many are left to everybody else.
CONNECTIONS = 8
SETTLING_S = 0.5  # after its start a workflow tool has begun its own calls, if the platform has nothing else to do
SHOWING_S = 4.0  # and on a busy one within this time


class Connections:
    """What holds a connection, over all calls of the process."""

    def __init__(self) -> None:
        self._tool_calls = 0
        self._in_flight = 0  # reverse calls of any kind
        self._workflows = 0  # those of them that call a workflow tool
        self._workflow_started_at = -inf
        self._opened_at = -inf
        self._unshown: list[float] = []  # when those started that no tool call of ours has followed yet
        self._opened = 0
        self._asked = 0
        self._waiting: list[tuple[int, int, Event]] = []  # the newest call first, each in the order of asking

    def open_call(self, now: float) -> CallConnections:
        """Count one more tool call of ours, until it is closed."""
        self._tool_calls += 1
        self._opened_at = now
        self._opened += 1
        del self._unshown[:1]
        return CallConnections(self, self._opened)

    def opens_at(self) -> float:
        """From when on a further workflow call may start; infinite where another call has to end first."""
        if self._workflows == 0:
            return -inf
        room = CONNECTIONS - self._tool_calls - self._in_flight - 1
        if room < 0:
            return inf
        too_many = self._unshown[: max(0, len(self._unshown) - room)]
        return max([self._settles_at(), *(at + SHOWING_S for at in too_many)])

    def _settles_at(self) -> float:
        """When all that has begun should be seen; calls that never stop coming hold nobody up for long."""
        began_at = self._workflow_started_at
        return max(began_at + SETTLING_S, min(self._opened_at + SETTLING_S, began_at + SHOWING_S))

    async def wait(self, call: int, now: float) -> None:
        """Wait until a workflow call of that tool call may start; `now` is when it asks.

        Whoever comes back starts it in the same step, or does not: the next one looks after that.
        """
        self._asked += 1
        look = Event()
        entry = (-call, self._asked, look)
        insort(self._waiting, entry)
        try:
            while self._waiting[0] is not entry or self.opens_at() > now:
                until = self.opens_at() if self._waiting[0] is entry else inf
                look.clear()
                if not await look.wait(until):
                    now = until
        finally:
            self._waiting.remove(entry)
            self.look_again()

    def count(self, change: int, *, is_workflow: bool) -> None:
        """Count reverse calls that were sent, or (negative) that have ended."""
        self._in_flight += change
        self._workflows += change * is_workflow
        if change < 0:
            del self._unshown[: max(0, len(self._unshown) - self._workflows)]
            self.look_again()

    def workflow_starts(self, now: float) -> None:
        """A workflow call starts now."""
        self._workflow_started_at = now
        self._unshown = [*(at for at in self._unshown if at > now - SHOWING_S), now]

    def call_closed(self) -> None:
        """A tool call of ours is over."""
        self._tool_calls -= 1
        self.look_again()

    def look_again(self) -> None:
        """Wake the first that waits: something has changed."""
        if self._waiting:
            self._waiting[0][2].set()


class CallConnections:
    """The share of one tool call. The platform cuts what is still in flight when it closes."""

    def __init__(self, connections: Connections, number: int) -> None:
        self._all = connections
        self._number = number
        self._in_flight = {True: 0, False: 0}
        self._is_closed = False

    def hold(self, target: Target) -> Callable[[], None]:
        """Count a reverse call that was sent; the function returned takes it off at its end, given up or not."""
        is_workflow = target.provider_type == "workflow"
        self._count(+1, is_workflow=is_workflow)
        return partial(self._end, is_workflow=is_workflow)

    def _end(self, *, is_workflow: bool) -> None:
        if not self._is_closed:
            self._count(-1, is_workflow=is_workflow)

    def _count(self, change: int, *, is_workflow: bool) -> None:
        self._in_flight[is_workflow] += change
        self._all.count(change, is_workflow=is_workflow)

    def opens_at(self) -> float:
        """From when on a further workflow call may start; infinite where another call has to end first."""
        return self._all.opens_at()

    async def wait(self, now: float) -> None:
        """Wait until a workflow call may start."""
        await self._all.wait(self._number, now)

    def workflow_starts(self, now: float) -> None:
        """A workflow call starts now."""
        self._all.workflow_starts(now)

    def close(self) -> None:
        """End the call, and with it all that it has in flight."""
        self._is_closed = True
        for is_workflow, count in self._in_flight.items():
            self._all.count(-count, is_workflow=is_workflow)
        self._all.call_closed()
