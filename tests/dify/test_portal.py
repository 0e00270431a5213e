"""One loop for the process, and long work that lets others run."""

from __future__ import annotations

import threading
import time
from itertools import pairwise
from typing import Any

import anyio
import pytest

from fanout.core.budget import Budget, BudgetExceeded
from fanout.dify import portal
from fanout.dify.portal import (
    FIRST_SLICE_S,
    PAUSE_S,
    SLICE_S,
    Allowance,
    EvaluationAbandoned,
    _until_next_slice,
    inline_budget,
    loop,
    offload,
    pausing_budget,
)


def test_there_is_one_loop() -> None:
    assert loop() is loop()
    assert loop().events.is_running()


async def nothing() -> None:
    """Ends at once."""


async def fail() -> None:
    await anyio.sleep(0)
    raise KeyError("here")


def test_what_runs_in_the_loop_tells_its_end() -> None:
    assert loop().start(nothing).result(10) is None
    with pytest.raises(KeyError, match="here"):
        loop().start(fail).result(10)


def test_a_cancelled_future_cancels_what_runs() -> None:
    began, ended = threading.Event(), threading.Event()

    async def hang() -> None:
        began.set()
        try:
            await anyio.sleep_forever()
        finally:
            ended.set()

    future = loop().start(hang)
    assert began.wait(10)
    future.cancel()
    assert ended.wait(10)


def test_long_work_is_done_elsewhere_and_its_errors_come_back() -> None:
    done: list[Any] = []

    async def main() -> None:
        done.append(await offload(lambda budget: 6 * 7))
        try:
            await offload(lambda budget: [][0])
        except IndexError as error:
            done.append(type(error))

    loop().start(main).result(timeout=10)
    assert done == [42, IndexError]


def test_a_budget_that_pauses_lets_others_run() -> None:
    turns: list[int] = []
    stop = threading.Event()

    def other() -> None:
        while not stop.is_set():
            turns.append(1)
            time.sleep(0)

    thread = threading.Thread(target=other)
    thread.start()
    try:
        budget, begin = pausing_budget(), time.monotonic()
        while time.monotonic() - begin < 0.05:
            budget.spend(Budget.PAUSE_NODES)
            budget._left += Budget.PAUSE_NODES  # an endless budget: only the pauses matter here
            budget._pause_at += Budget.PAUSE_NODES
    finally:
        stop.set()
        thread.join()
    assert len(turns) > 3


def test_however_many_evaluations_there_are_the_process_has_rest_between_their_slices() -> None:
    turns = [_until_next_slice() for _ in range(6)]
    gaps = [later - earlier for earlier, later in pairwise(turns)]
    assert turns[0] >= PAUSE_S - 0.0005  # a difference of two times of a clock that runs for weeks is not exact
    assert all(gap == pytest.approx(SLICE_S + PAUSE_S, abs=0.0005) for gap in gaps)


def test_what_begins_at_once_has_together_what_one_has() -> None:
    allowance = Allowance(now=100.0)
    spent = [allowance.spend(0.004, now=100.0) for _ in range(8)]
    assert spent == [True] * 4 + [False] * 4  # 20 ms in all
    assert not allowance.spend(0.0, now=100.0 + 0.04)
    assert allowance.spend(0.0, now=100.0 + 0.2)  # after a rest


def test_however_long_the_rest_there_is_no_more_than_at_first() -> None:
    allowance = Allowance(now=0.0)
    assert not allowance.spend(FIRST_SLICE_S, now=1_000.0)


def test_small_work_in_the_loop_ends_when_long_work_has_taken_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portal, "_allowance", Allowance(now=time.monotonic()))
    portal._allowance.spend(FIRST_SLICE_S, time.monotonic())
    small = inline_budget()
    small.spend(Budget.PAUSE_NODES - 1)  # nearly all that is evaluated asks no more
    with pytest.raises(BudgetExceeded):
        small.spend(Budget.PAUSE_NODES)
    monkeypatch.setattr(portal, "_allowance", Allowance(now=time.monotonic()))  # as after a rest
    inline_budget().spend(2 * Budget.PAUSE_NODES)


def test_work_that_nobody_waits_for_ends_at_its_next_pause() -> None:
    budget = pausing_budget(lambda: True)

    def work() -> None:
        while True:
            time.sleep(0.001)
            budget.spend(Budget.PAUSE_NODES)

    with pytest.raises(EvaluationAbandoned):
        work()
