"""The engine alone beside peers that run in process: the same searches, the same merge, no wire."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from . import workload
from .end_to_end import DELAYED_LIMIT_MS, FANOUT, Scale
from .figures import Check, Figure, Result, figure
from .host import ROOT
from .machine import Pins

TITLES = {
    "fanout": FANOUT,
    "gather": "asyncio.gather",
    "aiostream": "aiostream",
    "runnable": "RunnableParallel",
    "langgraph": "langgraph",
    "graphon": "graphon",
}
COUNT = 50
BRANCH_LIMIT_US = 100.0
SHARES = {"runnable": 1 / 3, "langgraph": 1 / 3, "graphon": 1 / 5}  # of the peer's processor time, at most


class Worker:
    """One peer in its process."""

    def __init__(self, name: str, python: Path | str, pinned: Pins) -> None:
        before = os.sched_getaffinity(0) if pinned.subject is not None else set()
        if pinned.subject is not None:
            os.sched_setaffinity(0, {pinned.subject})  # inherited
        try:
            self._process = subprocess.Popen(
                [python, "-m", "benchmarks.worker", name],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        finally:
            if pinned.subject is not None:
                os.sched_setaffinity(0, before)

    def ask(self, count: int, *, runs: int, delay_s: float = 0.0, merges: bool = False, output: bool = False) -> Any:
        """Some runs: `{wall, cpu, output}`, times in seconds."""
        assert self._process.stdin
        assert self._process.stdout
        task = {"count": count, "delay_s": delay_s, "merges": merges, "runs": runs, "output": output}
        self._process.stdin.write(json.dumps(task) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


@contextmanager
def open_workers(names: Sequence[str], python: Path | str, pinned: Pins) -> Iterator[dict[str, Worker]]:
    """Peers by name."""
    with ExitStack() as stack:
        workers = {name: Worker(name, python, pinned) for name in names}
        for worker in workers.values():
            stack.callback(worker.close)
        yield workers


def assert_same(workers: Mapping[str, Worker], count: int) -> None:
    """Correctness first: every peer gives the same ten pages. Raises AssertionError."""
    expected = workload.expected(count)
    for name, worker in workers.items():
        given = worker.ask(count, runs=1, merges=True, output=True)["output"]
        assert given == expected, f"{name} gives {str(given)[:300]} instead of {str(expected)[:300]}"


def compare(workers: Mapping[str, Worker], scale: Scale) -> Iterator[Result]:
    """Processor time per branch, with and without the merge; wall time of slow branches."""
    assert_same(workers, COUNT)
    for merges in (False, True):
        each_us = _rounds(workers, "cpu", scale.rounds, scale.runs, COUNT, merges=merges)
        figures = {TITLES[name]: each.scaled(1e6 / COUNT) for name, each in each_us.items()}
        words = "and the merge" if merges else "alone"
        checks = [] if merges else list(_checks(figures))
        yield Result("In process", f"{COUNT} branches at once {words}, processor per branch", "µs", figures, checks)
    walls = _rounds(workers, "wall", scale.few, scale.runs, 10, delay_s=0.05)
    figures = {TITLES[name]: each.scaled(1e3) for name, each in walls.items()}
    checks = [Check(FANOUT, figures[FANOUT].median, DELAYED_LIMIT_MS, "ms")]
    yield Result("In process", "10 branches of 50 ms, wall", "ms", figures, checks)


def _rounds(
    workers: Mapping[str, Worker], key: str, rounds: int, runs: int, count: int, **task: Any
) -> dict[str, Figure]:
    values: dict[str, list[Sequence[float]]] = {name: [] for name in workers}
    for worker in workers.values():
        worker.ask(count, runs=2, **task)
    for _ in range(rounds):
        for name, worker in workers.items():
            values[name].append(worker.ask(count, runs=runs, **task)[key])
    return {name: figure(each) for name, each in values.items()}


def _checks(figures: Mapping[str, Figure]) -> Iterator[Check]:
    own = figures[FANOUT].median
    yield Check(FANOUT, own, BRANCH_LIMIT_US, "µs")
    for name, share in SHARES.items():
        if TITLES[name] in figures:
            yield Check(f"of {TITLES[name]}", own / figures[TITLES[name]].median, share)
