"""Many small coroutines in one task: what the rows and branches of a call run on.

A task, a cancel scope and two events for every branch cost more than all that the branch does in them. A strand is a
coroutine that waits for signals and times only, so one task can run them all: it steps whoever was woken, in the order
of waking, then sleeps until the next signal or time. That order is the same on every backend. Whatever else has to be
awaited is awaited in a task of its own (`Strands.outside`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Generator
from heapq import heappop, heappush
from math import inf
from types import coroutine
from typing import Any

import anyio
from anyio.abc import TaskGroup
from anyio.lowlevel import checkpoint

TURN_S = 0.001  # how long strands step before everything else in the loop has a turn

type Wait = tuple[Signal, float]  # what a strand tells whoever runs it: what it waits for, and until when
type Steps = Coroutine[Wait, bool | None, None]


class Signal:
    """Something that has happened or not. Only strands can wait for it; anybody in the loop may set it."""

    __slots__ = ("_waiting", "is_set")

    def __init__(self) -> None:
        self.is_set = False
        self._waiting: list[Strand] = []

    def set(self) -> None:
        """It has happened; whoever waits is woken, in the order of waiting."""
        self.is_set = True
        if self._waiting:
            waiting, self._waiting = self._waiting, []
            for strand in waiting:
                strand.wake(has_happened=True)

    def clear(self) -> None:
        """It is to happen again."""
        self.is_set = False

    @coroutine
    def wait(self, until: float = inf) -> Generator[Wait, bool, bool]:
        """Wait for it, until some time at most; whether it has happened."""
        if self.is_set:
            return True
        return (yield self, until)

    def join(self, strand: Strand) -> None:
        """One more waits."""
        self._waiting.append(strand)

    def leave(self, strand: Strand) -> None:
        """One waits no more."""
        self._waiting.remove(strand)


class Strand:
    """One coroutine, and what it waits for."""

    __slots__ = ("_armed", "_is_cut", "_is_stepping", "_signal", "_steps", "_strands", "_until")

    def __init__(self, strands: Strands, steps: Steps) -> None:
        self._strands = strands
        self._steps: Steps | None = steps  # None once it has ended
        self._signal: Signal | None = None
        self._until = inf
        self._armed = inf  # the earliest of its timers that is still to come
        self._is_stepping = False
        self._is_cut = False

    def step(self, value: bool | None) -> None:
        """Run to the next wait, or to the end. What it raises, it raises here."""
        steps = self._steps
        if steps is None:
            return
        self._is_stepping = True
        try:
            signal, self._until = steps.send(value)
        except BaseException as error:
            self._end()
            if not isinstance(error, StopIteration):
                raise
            return
        finally:
            self._is_stepping = False
        self._signal = signal
        signal.join(self)
        if self._is_cut:
            self.cut()
        elif self._until < self._armed:
            self._arm()

    def wake(self, *, has_happened: bool) -> None:
        """Its wait is over, by the signal or by the time; it takes its turn."""
        if not has_happened and self._signal is not None:
            self._signal.leave(self)
        self._signal = None
        self._until = inf
        self._strands.take_turn(self, has_happened)

    def cut(self) -> None:
        """End it where it waits, and clean up. A strand that cuts itself ends at its next wait."""
        self._is_cut = True
        if self._steps is None or self._is_stepping:
            return
        if self._signal is not None:
            self._signal.leave(self)
        steps = self._steps
        self._end()
        steps.close()

    def expire(self, now: float) -> None:
        """One of its timers is due. By now it may wait for longer, or for something else."""
        self._armed = inf
        if self._until <= now:
            self.wake(has_happened=False)
        elif self._until < inf:
            self._arm()

    def _arm(self) -> None:
        self._armed = self._until
        self._strands.add_timer(self._until, self)

    def _end(self) -> None:
        self._steps = None
        self._until = inf
        self._strands.ended(self)


class Strands:
    """Runs strands until the last one has ended. `now`: the time at which the present step began."""

    def __init__(self) -> None:
        self.now = anyio.current_time()
        self._alive: dict[Strand, None] = {}  # in the order of their start
        self._turns: deque[tuple[Strand, bool | None]] = deque()
        self._timers: list[tuple[float, int, Strand]] = []
        self._timers_added = 0  # keeps equal times in order, and strands out of comparisons
        self._woken: anyio.Event | None = None
        self._group: TaskGroup

    def start(self, steps: Coroutine[Any, Any, None]) -> Strand:
        """Make a strand of a coroutine that awaits nothing but signals; it begins after those that wait for a turn."""
        strand = Strand(self, steps)
        self._alive[strand] = None
        self.take_turn(strand, None)
        return strand

    async def run(self) -> None:
        """Run until no strand is left. Whatever ends it before, an error or a cancellation, cuts them all."""
        defect: Exception | None = None
        async with anyio.create_task_group() as self._group:
            try:
                while self._alive:
                    await self._turn()
            except Exception as error:  # raised below, as it is: a task group would wrap it
                defect = error
            finally:
                self.now = anyio.current_time()
                for strand in list(self._alive):
                    strand.cut()
                self._timers.clear()
        if defect is not None:
            raise defect

    async def sleep(self, seconds: float) -> None:
        """From within a strand: let time pass."""
        await Signal().wait(self.now + seconds)

    async def outside[T](self, work: Callable[[], Awaitable[T]]) -> T:
        """From within a strand: the value of something that strands cannot await; cancelled where the strand is cut."""
        done = Signal()
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

    # -- told by strands

    def take_turn(self, strand: Strand, value: bool | None) -> None:
        """A strand wants to go on."""
        self._turns.append((strand, value))
        if self._woken is not None:
            self._woken.set()

    def add_timer(self, until: float, strand: Strand) -> None:
        """A strand is to be told when it is that late."""
        self._timers_added += 1
        heappush(self._timers, (until, self._timers_added, strand))

    def ended(self, strand: Strand) -> None:
        """A strand is over."""
        self._alive.pop(strand, None)

    # -- running

    async def _turn(self) -> None:
        """Everybody's turn who has one; then sleep until somebody is woken, or a timer is due."""
        self.now = anyio.current_time()
        end_at = self.now + TURN_S
        self._expire()
        while self._turns and self.now < end_at:
            strand, value = self._turns.popleft()
            strand.step(value)
            self.now = anyio.current_time()
        if self._turns:
            await checkpoint()
        elif self._alive:
            await self._sleep()

    def _expire(self) -> None:
        while self._timers and self._timers[0][0] <= self.now:
            heappop(self._timers)[2].expire(self.now)

    async def _sleep(self) -> None:
        self._woken = anyio.Event()
        if self._timers:
            with anyio.CancelScope(deadline=self._timers[0][0]):
                await self._woken.wait()
        else:
            await self._woken.wait()
        self._woken = None
