"""What a plugin's process costs before and between calls: start and memory, beside other plugins of the SDK."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from . import workload
from .end_to_end import FANOUT, NAIVE, NAIVE_FOLDER, Scale
from .figures import Check, Figure, Result, interleaved
from .host import ROOT, Host, Script, Step, one_by_one
from .machine import Pins, resident_mb

EMPTY = "SDK, empty"
EMPTY_FOLDER = ROOT / "benchmarks" / "empty_plugin"
START_LIMIT, IDLE_LIMIT_MB, BRANCH_LIMIT_MB = 1.2, 75.0, 0.05
ROWS = 250  # of a for_each: a plan has at most 100 branches


def starts(pinned: Pins, scale: Scale) -> Iterator[Result]:
    """From the start of the process to its first heartbeat, which makes it ready for the platform."""

    def start(folder: Path) -> list[float]:
        with Host(folder, pinned.subject) as host:
            return [host.start_s]

    folders = {FANOUT: ROOT, EMPTY: EMPTY_FOLDER}
    runs = {name: (lambda folder=folder: start(folder)) for name, folder in folders.items()}
    figures = interleaved(runs, scale.starts)
    checks = [Check("ratio", figures[FANOUT].median / figures[EMPTY].median, START_LIMIT)]
    yield Result("Process", "start to first heartbeat", "s", figures, checks)


def memory(pinned: Pins, scale: Scale) -> Iterator[Result]:
    """Resident memory: idle after its first calls, and what each branch in flight adds."""
    idle, each = {}, {}
    for name, folder in {FANOUT: ROOT, NAIVE: NAIVE_FOLDER}.items():
        with Host(folder, pinned.subject) as host:
            warm(host, name)
            before = resident_mb(host.pid)
            hold(host, name, scale.in_flight)
            during = resident_mb(host.pid)
        if before is None or during is None:
            return  # this system does not say
        idle[name] = once(before)
        each[name] = once((during - before) / scale.in_flight)
    checks = [Check(FANOUT, idle[FANOUT].median, IDLE_LIMIT_MB, "MB")]
    yield Result("Process", "memory, idle after its first calls", "MB", idle, checks)
    checks = [Check(FANOUT, each[FANOUT].median, BRANCH_LIMIT_MB, "MB")]
    yield Result("Process", f"memory per branch in flight, {scale.in_flight} at once", "MB", each, checks)


def once(value: float) -> Figure:
    """A figure that is measured once."""
    return Figure(value, value, value, 1, 1)


def warm(host: Host, name: str) -> None:
    """A few calls: what is loaded at the first of them belongs to the idle process."""
    scripts = {each: one_by_one(messages) for each, messages in workload.search_scripts(10).items()}
    for _ in range(3):
        if name == FANOUT:
            plan = json.dumps(workload.search_plan(10))
            host.call("fan_out", {"plan": plan, "query": "q"}, scripts)
        else:
            host.call("call_tools", {"tools": ",".join(scripts), "mode": "search", "query": "q"}, scripts)


def hold(host: Host, name: str, count: int) -> None:
    """Have that many calls in flight that never answer."""
    silent: Script = [Step([])]
    if name == FANOUT:
        rows = min(ROWS, count)
        plan = {
            "for_each": "inputs.items",
            "max_parallel": count,
            "branches": workload.branches(count // rows, parameters={"query": "${item}"}),
        }
        scripts = dict.fromkeys(workload.names(count // rows), silent)
        call = host.start(
            "fan_out", {"plan": json.dumps(plan), "items": [f"item {number}" for number in range(rows)]}, scripts
        )
    else:
        scripts = dict.fromkeys(workload.names(count), silent)
        call = host.start("call_tools", {"tools": ",".join(scripts), "mode": "search", "query": "q"}, scripts)
    host.wait(lambda: call.invoked == count)
    host.serve(0.2)
