"""A trampoline: a scheduler that runs many coroutines in one task of anyio.

The rows and branches of a call are coroutines that wait for events and times only, so one task can run them all: it
steps each coroutine that was woken, in the order of waking, then sleeps until the next event or time. That order is
the same on every backend.

Prefer plain anyio (task groups, cancel scopes, `anyio.Event`) wherever there is no measured reason against it: it is
known to everybody and awaits anything. Here the reason is that one process serves everybody: 55–61 µs of processor
time per branch with task groups, 27–33 µs with this scheduler, about 30 % of the whole process. `make bench` measures
it again (*In process*: 50 branches at once, processor per branch).

The price is a fence. A coroutine of the scheduler awaits nothing but `Event.wait`, `Scheduler.sleep`, what is made of
those, and `Scheduler.outside`, which runs anything else in a task of its own. Another await raises `ForeignAwait` at
that place; a cancel scope that a coroutine left open while it waits ends the run with the same error.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Generator
from collections.abc import Coroutine as Steps
from contextlib import suppress
from heapq import heappop, heappush
from math import inf
from types import TracebackType, coroutine
from typing import Any

import anyio
from anyio.abc import TaskGroup
from anyio.lowlevel import checkpoint

TURN_S = 0.001  # how long coroutines are stepped before everything else in the loop has a turn

WAY_OUT = (
    "a coroutine of the scheduler may await events of the scheduler only (anyio's scopes and tasks belong to the one "
    "task that runs all coroutines): await everything else by `scheduler.outside(…)`"
)

type Wait = tuple[Event, float]  # what a coroutine yields to the scheduler: what it waits for, and until when


class ForeignAwait(RuntimeError):
    """A coroutine awaited what the scheduler cannot wait for, or left a cancel scope open while it waited."""

    def __init__(self) -> None:
        super().__init__(WAY_OUT)


class Event:
    """Something that has happened or not: set by anybody in the loop, awaited by coroutines of a scheduler only."""

    __slots__ = ("_waiting", "is_set")

    def __init__(self) -> None:
        self.is_set = False
        self._waiting: list[Coroutine] = []

    def set(self) -> None:
        """Set the event, and wake all that wait for it, in the order of waiting."""
        self.is_set = True
        if self._waiting:
            waiting, self._waiting = self._waiting, []
            for each in waiting:
                each.wake(has_happened=True)

    def clear(self) -> None:
        """Reset the event, so that the next wait lasts until it is set again."""
        self.is_set = False

    @coroutine
    def wait(self, until: float = inf) -> Generator[Wait, bool, bool]:
        """Wait until the event is set, or until that time; whether it is set."""
        if self.is_set:
            return True
        return (yield self, until)

    def join(self, waiter: Coroutine) -> None:
        """Add a coroutine to those that wait."""
        self._waiting.append(waiter)

    def leave(self, waiter: Coroutine) -> None:
        """Remove a coroutine from those that wait."""
        self._waiting.remove(waiter)


class Coroutine:
    """A coroutine in the hands of a scheduler, and what it waits for."""

    __slots__ = ("_armed", "_event", "_is_cut", "_is_stepping", "_scheduler", "_steps", "_until")

    def __init__(self, scheduler: Scheduler, steps: Steps[Wait, bool | None, None]) -> None:
        self._scheduler = scheduler
        self._steps: Steps[Wait, bool | None, None] | None = steps  # None once it has ended
        self._event: Event | None = None
        self._until = inf
        self._armed = inf  # the earliest of its timers that is still to come
        self._is_stepping = False
        self._is_cut = False

    def step(self, value: bool | None) -> None:
        """Run to the next wait, or to the end. What the coroutine raises, this raises.

        1. It was cut between its wake-up and its turn: nothing is left to run.
        2. It ends, by returning or by an error: it is taken off the scheduler.
        3. It waits: it joins the event, and a timer is set unless an earlier one is still to come (`expire`).
        4. It cut itself (or was cut by what it called) while it ran: it ends now, at its first wait.
        """
        steps = self._steps
        if steps is None:
            return
        self._is_stepping = True
        try:
            wait = steps.send(value)
            while type(wait) is not tuple:  # the fence
                wait = steps.throw(ForeignAwait())
        except BaseException as error:
            self._end()
            if not isinstance(error, StopIteration):
                raise
            return
        finally:
            self._is_stepping = False
        self._event, self._until = wait
        self._event.join(self)
        if self._is_cut:
            self.cut()
        elif self._until < self._armed:
            self._arm()

    def wake(self, *, has_happened: bool) -> None:
        """End the wait, because of the event or because of the time, and queue for a turn."""
        if not has_happened and self._event is not None:
            self._event.leave(self)
        self._event = None
        self._until = inf
        self._scheduler.take_turn(self, has_happened)

    def cut(self) -> None:
        """End the coroutine where it waits, and clean up. One that cuts itself ends at its next wait."""
        self._is_cut = True
        if self._steps is None or self._is_stepping:
            return
        if self._event is not None:
            self._event.leave(self)
        steps = self._steps
        self._end()
        steps.close()

    def expire(self, now: float) -> None:
        """Handle a timer that is due. By now the coroutine may wait for longer, or for something else."""
        self._armed = inf
        if self._until <= now:
            self.wake(has_happened=False)
        elif self._until < inf:
            self._arm()

    def _arm(self) -> None:
        self._armed = self._until
        self._scheduler.add_timer(self._until, self)

    def _end(self) -> None:
        self._steps = None
        self._until = inf
        self._scheduler.ended(self)


class Scheduler:
    """Runs coroutines until the last one has ended. `now`: the time at which the present step began.

    `clock` gives the time of the loop; it is asked at every step, and the loop's own method is eight times as quick as
    anyio's, which looks for the loop first.
    """

    def __init__(self, clock: Callable[[], float] = anyio.current_time) -> None:
        self._clock = clock
        self.now = clock()
        self._alive: dict[Coroutine, None] = {}  # in the order of their start
        self._turns: deque[tuple[Coroutine, bool | None]] = deque()
        self._timers: list[tuple[float, int, Coroutine]] = []
        self._timers_added = 0  # keeps equal times in order, and coroutines out of comparisons
        self._woken: anyio.Event | None = None
        self._group: TaskGroup

    def start(self, steps: Steps[Any, Any, None]) -> Coroutine:
        """Schedule a coroutine; it begins after those that wait for a turn already."""
        started = Coroutine(self, steps)
        self._alive[started] = None
        self.take_turn(started, None)
        return started

    async def run(self) -> None:
        """Run until no coroutine is left. Whatever ends the run before, an error or a cancellation, cuts them all."""
        defect: Exception | None = None
        async with anyio.create_task_group() as self._group:
            try:
                while self._alive:
                    await self._turn()
            except Exception as error:  # raised below, as it is: a task group would wrap it
                defect = error
            finally:
                self.now = self._clock()
                self.cut_all()
        if defect is not None:
            raise defect

    def cut_all(self) -> None:
        """Cut every coroutine, in the order of their start."""
        for each in list(self._alive):
            each.cut()
        self._timers.clear()

    async def sleep(self, seconds: float) -> None:
        """From within a coroutine: let time pass."""
        await Event().wait(self.now + seconds)

    async def sleep_until(self, time: float) -> None:
        """From within a coroutine: let time pass until then; returns at once where that has passed."""
        if time > self.now:
            await Event().wait(time)

    async def outside[T](self, work: Callable[[], Awaitable[T]]) -> T:
        """From within a coroutine: the value of anything awaitable, run in a task of its own.

        The task is cancelled where the coroutine is cut.
        """
        done = Event()
        values: list[T] = []
        errors: list[Exception] = []
        scope = anyio.CancelScope()

        async def run() -> None:
            with scope:
                try:
                    values.append(await work())
                except Exception as error:  # raised where it is waited for
                    errors.append(error)
                done.set()

        self._group.start_soon(run)
        try:
            await done.wait()
        finally:
            scope.cancel()
        if errors:
            raise errors[0]
        return values[0]

    # -- told by coroutines

    def take_turn(self, waiter: Coroutine, value: bool | None) -> None:
        """Queue a coroutine for its next step."""
        self._turns.append((waiter, value))
        if self._woken is not None:
            self._woken.set()

    def add_timer(self, until: float, waiter: Coroutine) -> None:
        """Tell a coroutine (`expire`) when it is that late."""
        self._timers_added += 1
        heappush(self._timers, (until, self._timers_added, waiter))

    def ended(self, coroutine: Coroutine) -> None:
        """Take a coroutine that has ended off the list."""
        self._alive.pop(coroutine, None)

    # -- running

    async def _turn(self) -> None:
        """Step the coroutines that have a turn; then sleep until one is woken, or a timer is due."""
        with _FencedScope(self) as scope:
            self.now = self._clock()
            end_at = self.now + TURN_S
            self._expire()
            while self._turns and self.now < end_at:
                waiter, value = self._turns.popleft()
                waiter.step(value)
                self.now = self._clock()
            if self._turns:
                await checkpoint()
            elif self._alive:
                await self._sleep(scope)

    def _expire(self) -> None:
        while self._timers and self._timers[0][0] <= self.now:
            heappop(self._timers)[2].expire(self.now)

    async def _sleep(self, scope: anyio.CancelScope) -> None:
        self._woken = anyio.Event()
        if self._timers:
            scope.deadline = self._timers[0][0]
        try:
            await self._woken.wait()
        finally:
            self._woken = None


class _FencedScope:
    """The cancel scope of one turn. It can only be left where no coroutine has left a scope of its own open in it."""

    __slots__ = ("_scheduler", "_scope")

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._scope = anyio.CancelScope()

    def __enter__(self) -> anyio.CancelScope:
        return self._scope.__enter__()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> bool:
        try:
            return bool(self._scope.__exit__(kind, error, at))
        except RuntimeError:
            self._leave_strays()
            raise ForeignAwait from None

    def _leave_strays(self) -> None:
        """Cut the coroutines, which leaves their scopes; then this scope can be left (under trio it has been)."""
        with suppress(RuntimeError):
            self._scheduler.cut_all()
        with suppress(RuntimeError):
            self._scope.__exit__(None, None, None)
