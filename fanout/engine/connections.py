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

A workflow tool that has ended without a tool call of ours in the meantime nests nothing, and needs none of this from
then on, until a call comes while it runs that may be its own: those of the app that called it are other people's.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import inf

from ..core.calls.messages import Ended
from ..core.plans.plan import Target
from .scheduler import Event

# Of the ten of a stock Dify. The plugin daemon keeps two that have answered open for its next requests, which are lost
# to those that wait already.
CONNECTIONS = 8
RUNS = 4  # Dify works on so many people's runs at a time,
UNSEEN = 2  # and while it does, the requests of so many more may hold connections without a tool call that is seen
SETTLING_S = 0.5  # after its start a workflow tool has begun its own calls, if the platform has nothing else to do
SHOWING_S = 4.0  # and on a busy one within this time
PROOFS = 10  # calls in a row without a nested one, until a workflow tool that has nested is taken for one that does not
TOOLS = 1_000  # of which this is known; more are not remembered


class KnownTools:
    """Which workflow tools nest nothing, by what was seen of them. To forget it costs time only."""

    def __init__(self) -> None:
        self._proofs: dict[int, int] = {}  # by the hash of a tool, as its names may be long: calls that nested nothing

    def nests_nothing(self, tool: Target) -> bool:
        """Whether calls of it need no room."""
        return self._proofs.get(hash(tool), 0) >= PROOFS

    def has_nested(self, tool: Target) -> None:
        """A tool call of ours came while it ran that may be one of its own."""
        self._set(hash(tool), 0)

    def has_nested_nothing(self, tool: Target) -> None:
        """No tool call of ours came while it ran."""
        self._set(hash(tool), self._proofs.get(hash(tool), PROOFS - 1) + 1)

    def _set(self, key: int, proofs: int) -> None:
        if key not in self._proofs and len(self._proofs) == TOOLS:
            self._proofs.clear()
        self._proofs[key] = proofs


@dataclass(slots=True, eq=False)
class WorkflowCall:
    """A workflow call in flight, of a tool call of the app `app_id`."""

    tool: Target
    app_id: str | None
    may_nest: bool
    is_alone: bool = True  # no tool call of ours has come since


def _may_be_nested(app_id: str | None, caller: str | None) -> bool:
    """Whether a tool call of the one app may come from a workflow tool that the other called."""
    return caller is None or caller != app_id


class Connections:
    """What holds a connection, over all calls of the process."""

    def __init__(self) -> None:
        self._tool_calls = 0
        self._in_flight = 0  # reverse calls of any kind
        self._workflows: set[WorkflowCall] = set()  # those of them that call a workflow tool
        self._nesting = 0  # those of them that may nest
        self._nesting_started_at = -inf
        self._opened_at = -inf
        self._unshown: list[tuple[float, str | None]] = []  # when, and for which app: none of ours has followed yet
        self._opened = 0
        self._asked = 0
        self._waiting: list[tuple[int, int, Target, Event]] = []  # newest call first, each in the order of asking
        self._tools = KnownTools()

    def open_call(self, app_id: str | None, now: float) -> CallConnections:
        """Count one more tool call of ours, made by that app (None: by an agent or a plugin), until it is closed."""
        self._tool_calls += 1
        self._opened_at = now
        self._opened += 1
        for index, (_, caller) in enumerate(self._unshown):
            if _may_be_nested(app_id, caller):
                del self._unshown[index]
                break
        for workflow in self._workflows:
            workflow.is_alone = False
            if _may_be_nested(app_id, workflow.app_id):
                self._tools.has_nested(workflow.tool)
        return CallConnections(self, self._opened, app_id)

    def opens_at(self, tool: Target) -> float:
        """From when on a further call of that workflow tool may start; infinite where another has to end first."""
        if self._nesting == 0 or self._tools.nests_nothing(tool):
            return -inf
        unseen = UNSEEN if self._tool_calls >= RUNS else 0
        room = CONNECTIONS - unseen - self._tool_calls - self._in_flight - 1
        if room < 0:
            return inf
        too_many = self._unshown[: max(0, len(self._unshown) - room)]
        return max([self._settles_at(), *(at + SHOWING_S for at, _ in too_many)])

    def _settles_at(self) -> float:
        """When all that has begun should be seen; calls that never stop coming hold nobody up for long."""
        began_at = self._nesting_started_at
        return max(began_at + SETTLING_S, min(self._opened_at + SETTLING_S, began_at + SHOWING_S))

    async def wait(self, call: int, tool: Target, now: float) -> None:
        """Wait until that tool call may call that workflow tool; `now` is when it asks.

        Whoever comes back starts it in the same step, or does not: the next one looks after that.
        """
        self._asked += 1
        look = Event()
        entry = (-call, self._asked, tool, look)
        insort(self._waiting, entry)
        try:
            while not self._tools.nests_nothing(tool) and (self._waiting[0] is not entry or self.opens_at(tool) > now):
                until = self.opens_at(tool) if self._waiting[0] is entry else inf
                look.clear()
                if not await look.wait(until):
                    now = until
        finally:
            self._waiting.remove(entry)
            self._look_again()

    def workflow_starts(self, tool: Target, app_id: str | None, now: float) -> None:
        """A call of that workflow tool starts now."""
        if not self._tools.nests_nothing(tool):
            self._nesting_started_at = now
            self._unshown = [*(call for call in self._unshown if call[0] > now - SHOWING_S), (now, app_id)]

    def sent(self, target: Target, app_id: str | None) -> WorkflowCall | None:
        """Count a reverse call that was sent by a tool call of that app; it is returned where it calls a workflow."""
        self._in_flight += 1
        if target.provider_type != "workflow":
            return None
        workflow = WorkflowCall(target, app_id, may_nest=not self._tools.nests_nothing(target))
        self._workflows.add(workflow)
        self._nesting += workflow.may_nest
        return workflow

    def ended(self, workflow: WorkflowCall | None, *, by_itself: bool) -> None:
        """Take a reverse call off; `by_itself`: it was not cut, and has not failed."""
        self._in_flight -= 1
        if workflow is not None:
            self._workflows.remove(workflow)
            self._nesting -= workflow.may_nest
            if by_itself and workflow.is_alone:
                self._tools.has_nested_nothing(workflow.tool)
                for *_, tool, look in self._waiting:
                    if tool == workflow.tool:
                        look.set()
        del self._unshown[: max(0, len(self._unshown) - self._nesting)]
        self._look_again()

    def closed(self) -> None:
        """A tool call of ours is over."""
        self._tool_calls -= 1
        self._look_again()

    def _look_again(self) -> None:
        """Wake the first that waits: something has changed."""
        if self._waiting:
            self._waiting[0][-1].set()


class CallConnections:
    """The share of one tool call. The platform cuts what is still in flight when it closes."""

    def __init__(self, connections: Connections, number: int, app_id: str | None) -> None:
        self._all = connections
        self._number = number
        self._app_id = app_id
        self._in_flight: dict[int, WorkflowCall | None] = {}
        self._sent = 0

    def hold(self, target: Target) -> Callable[[Ended], None]:
        """Count a reverse call that was sent; the function returned takes it off at its end, given up or not."""
        self._sent += 1
        self._in_flight[self._sent] = self._all.sent(target, self._app_id)
        return partial(self._end, self._sent)

    def _end(self, number: int, end: Ended) -> None:
        if number in self._in_flight:
            self._all.ended(self._in_flight.pop(number), by_itself=end.error is None)

    def opens_at(self, tool: Target) -> float:
        """From when on a further call of that workflow tool may start; infinite where another has to end first."""
        return self._all.opens_at(tool)

    async def wait(self, tool: Target, now: float) -> None:
        """Wait until that workflow tool may be called."""
        await self._all.wait(self._number, tool, now)

    def workflow_starts(self, tool: Target, now: float) -> None:
        """A call of that workflow tool starts now."""
        self._all.workflow_starts(tool, self._app_id, now)

    def close(self) -> None:
        """End the call, and with it all that it has in flight."""
        while self._in_flight:
            _, workflow = self._in_flight.popitem()
            self._all.ended(workflow, by_itself=False)
        self._all.closed()
