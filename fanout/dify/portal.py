"""The one event loop of the process, and work that pauses.

Importing the SDK patches the standard library with gevent, so that its "threads" share one OS thread and a second
event loop cannot run beside the first. Every tool call therefore runs its coroutine in one portal, started once and
kept for the life of the process.
"""

from __future__ import annotations

import asyncio
import atexit
import threading
import time
from asyncio import AbstractEventLoop
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from typing import Any

import anyio
import anyio.to_thread
import gevent  # type: ignore[import-untyped]
from anyio.from_thread import BlockingPortal, start_blocking_portal

from ..core import limits
from ..core.budget import Budget, BudgetExceeded

FIRST_SLICE_S = 0.02  # how long evaluations run before others get their first turn
REGAIN = 0.25  # of the time that passes counts as rest
SLICE_S = 0.002  # how long each runs before the others' next turn, once they have to pause
NODE_NS = 500  # what a visited node takes
PAUSE_S = 0.001  # a real pause: with `sleep(0)` every other greenlet would wait a slice per step
LONG_EVALUATIONS = 64  # at once, over all calls; each is a greenlet

_lock = threading.Lock()
_loop: Loop | None = None
_limiter: anyio.CapacityLimiter | None = None
_slice_ended = 0.0  # the last one, by the monotonic clock
_next_slice = 0.0  # when the next evaluation may run on, by the monotonic clock


class Loop:
    """The event loop of the process, and the door into it."""

    def __init__(self) -> None:
        context = start_blocking_portal("asyncio", name="fanout")
        self._portal: BlockingPortal = context.__enter__()
        atexit.register(context.__exit__, None, None, None)  # also keeps the context: forgotten, it would end the loop
        self.events: AbstractEventLoop = self._portal.call(asyncio.get_running_loop)

    def start(self, main: Callable[[], Coroutine[Any, Any, None]]) -> Future[None]:
        """Run a coroutine function in the loop; returns at once. Cancelling the future cancels it.

        Not by the portal, which would wait for the loop to start it. It begins in the turn in which the loop hears of
        it; `run_coroutine_threadsafe` would take another turn.
        """
        future: Future[None] = Future()

        def begin() -> None:
            task = asyncio.Task(main(), loop=self.events, eager_start=True)
            task.add_done_callback(partial(_tell_end, future))
            future.add_done_callback(partial(self._cancel, task))

        self.events.call_soon_threadsafe(begin)
        return future

    def _cancel(self, task: asyncio.Task[None], future: Future[None]) -> None:
        if future.cancelled():
            self.events.call_soon_threadsafe(task.cancel)


def _tell_end(future: Future[None], task: asyncio.Task[None]) -> None:
    if task.cancelled():
        future.cancel()
    elif not future.cancelled():
        error = task.exception()
        future.set_result(None) if error is None else future.set_exception(error)


def loop() -> Loop:
    """The loop of the process; starts it at the first call."""
    global _loop
    with _lock:
        if _loop is None:
            _loop = Loop()
        return _loop


class EvaluationAbandoned(Exception):
    """Ends an evaluation whose result nobody waits for any more."""


class Allowance:
    """How long evaluations may still go on without a pause, over all calls of the process.

    `FIRST_SLICE_S` at first, so that nearly everything is done without a pause; forty evaluations that begin at once
    have no more of it together than one has. It comes back at `REGAIN` of the time that passes.
    """

    def __init__(self, now: float) -> None:
        self._left_s = FIRST_SLICE_S
        self._asked_at = now

    def spend(self, seconds: float, now: float) -> bool:
        """Count seconds of work; whether there is time left."""
        self._left_s = min(self._left_s + REGAIN * (now - self._asked_at), FIRST_SLICE_S)
        self._left_s = max(self._left_s - seconds, -FIRST_SLICE_S)
        self._asked_at = now
        return self._left_s > 0


_allowance = Allowance(time.monotonic())


def pausing_budget(is_abandoned: Callable[[], bool] | None = None) -> Budget:
    """A full budget for work in a greenlet of its own.

    While there is an `Allowance`, it is not held up; then it lets the others run for `PAUSE_S` every `SLICE_S`.
    """
    began = seen = time.monotonic()

    def pause() -> None:
        nonlocal began, seen
        now = time.monotonic()
        spent_s, seen = now - seen, now
        if not _allowance.spend(spent_s, now) and now - began >= SLICE_S:
            _rest()
            began = seen = time.monotonic()
            if is_abandoned is not None and is_abandoned():
                raise EvaluationAbandoned

    return Budget(pause=pause, measure=_measure)


def _measure(work: Callable[[], Any], is_long: bool) -> tuple[Any, int]:
    """Do what cannot pause; if it may be long (a search) in a thread of the system, where it needs no interpreter."""
    if not is_long:
        return _timed(work)
    result: tuple[Any, int] = gevent.get_hub().threadpool.apply(_timed, (work,))
    return result


def _timed(work: Callable[[], Any]) -> tuple[Any, int]:
    started = time.thread_time_ns()
    result = work()
    return result, (time.thread_time_ns() - started) // NODE_NS


def inline_budget() -> Budget:
    """A budget for small work in the loop itself, where nothing can pause: without an `Allowance`, it ends."""
    seen = time.monotonic()

    def pause() -> None:
        nonlocal seen
        now = time.monotonic()
        spent_s, seen = now - seen, now
        if not _allowance.spend(spent_s, now):
            raise BudgetExceeded("this is for a thread that pauses")

    return Budget(limits.INLINE_NODES, pause=pause)


def _rest() -> None:
    """Let the others run until the next slice, and again where the time of several slices has come meanwhile.

    That happens on a busy machine: without it, all that were due would follow each other at once.
    """
    global _slice_ended
    _slice_ended = time.monotonic()
    time.sleep(_until_next_slice())
    while time.monotonic() < _slice_ended + PAUSE_S:
        time.sleep(_until_next_slice())


def _until_next_slice() -> float:
    """How long to pause. Slices never follow each other at once, however many evaluations there are.

    Without that, two would leave the process no moment of rest: each step of the others would wait for a slice of each.
    """
    global _next_slice
    now = time.monotonic()
    start = max(now + PAUSE_S, _next_slice)
    _next_slice = start + SLICE_S + PAUSE_S
    return start - now


@contextmanager
def turn_for_others() -> Iterator[None]:
    """After something that took long, such as writing a large message, let others have their turn."""
    started = time.monotonic()
    yield
    if time.monotonic() - started > SLICE_S:
        time.sleep(PAUSE_S)


async def offload[T](work: Callable[[Budget], T]) -> T:
    """Run long work in a (patched) thread, with a budget that pauses. Cancelled, it stops at its next pause."""
    abandoned = False
    try:
        return await anyio.to_thread.run_sync(
            partial(_run, work, lambda: abandoned), abandon_on_cancel=True, limiter=_evaluations()
        )
    finally:
        abandoned = True


def _run[T](work: Callable[[Budget], T], is_abandoned: Callable[[], bool]) -> T:
    return work(pausing_budget(is_abandoned))


def _evaluations() -> anyio.CapacityLimiter:
    """A limiter of our own: anyio's default is one of 40 threads for everything in the loop."""
    global _limiter
    if _limiter is None:
        _limiter = anyio.CapacityLimiter(LONG_EVALUATIONS)
    return _limiter
