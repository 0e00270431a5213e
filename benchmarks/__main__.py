"""`make bench`: everything in one go, into `benchmarks/results/`.

    python -m benchmarks [--quick] [--only PART …]

PART is one of: searches texts first_text delayed cells beside modes returns plans starts memory peers.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from . import end_to_end, in_process, parts, process
from .end_to_end import Pair, Scale, open_pair
from .environment import ready
from .figures import Result
from .machine import Pins, describe, pins
from .plot import svg
from .report import as_json, markdown, target_text, verdict

RESULTS = Path(__file__).resolve().parent / "results"
QUICK = Scale(rounds=3, runs=2, few=2, starts=2)

type InPair = Callable[[Pair, Scale], Iterator[Result]]
type Alone = Callable[[Pins, Scale], Iterator[Result]]

IN_PAIR: dict[str, InPair] = {
    "searches": end_to_end.searches,
    "texts": end_to_end.texts,
    "first_text": end_to_end.first_text,
    "delayed": end_to_end.delayed,
    "cells": end_to_end.cells,
    "beside": end_to_end.beside_a_large_call,
    "modes": parts.modes,
}
ALONE: dict[str, Alone] = {
    "returns": end_to_end.returns,
    "plans": parts.plans,
    "starts": process.starts,
    "memory": process.memory,
}
PEERS = "peers"


def main(arguments: Sequence[str]) -> int:
    """Run what is asked for; returns the exit code. A missed target is a result, not a failure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Fanout side by side with its peers.")
    parser.add_argument("--quick", action="store_true", help="few rounds, to try it out; writes nothing")
    parser.add_argument("--only", nargs="+", choices=[*IN_PAIR, *ALONE, PEERS], help="these parts; writes nothing")
    options = parser.parse_args(arguments)
    wanted = set(options.only or [*IN_PAIR, *ALONE, PEERS])
    began = time.monotonic()
    python = ready() if PEERS in wanted else None
    pinned = pins()
    about = describe(pinned, python)
    pinned.hold()
    scale = QUICK if options.quick else Scale()
    results = []
    for result in measure(wanted, scale, pinned, python):
        show(result)
        results.append(result)
    about.append(
        f"{scale.rounds} rounds of {scale.runs} runs ({scale.few} rounds where a run takes long), in each all subjects "
        "in turn; the median of the rounds' medians, and in brackets their middle half"
    )
    about.append(f"the whole run took {(time.monotonic() - began) / 60:.1f} minutes")
    if options.quick or options.only:
        print("\n".join(about))
    else:
        write(results, about)
    return 0


def measure(wanted: set[str], scale: Scale, pinned: Pins, python: Path | None) -> Iterator[Result]:
    """Every measure that is wanted."""
    in_pair = [part for name, part in IN_PAIR.items() if name in wanted]
    if in_pair:
        with open_pair(pinned) as pair:
            for part in in_pair:
                yield from part(pair, scale)
    for name, alone in ALONE.items():
        if name in wanted:
            yield from alone(pinned, scale)
    if PEERS in wanted:
        names = list(in_process.TITLES) if python else ["fanout", "gather"]
        with in_process.open_workers(names, python or sys.executable, pinned) as workers:
            yield from in_process.compare(workers, scale)


def show(result: Result) -> None:
    """One result on the terminal, as it comes."""
    values = ", ".join(f"{name} {each.median:.3g}" for name, each in result.figures.items())
    checks = "; ".join(f"{target_text(check)}: {verdict(check)}" for check in result.checks)
    print(f"{result.measure} [{result.unit}]: {values}" + (f"   {checks}" if checks else ""), flush=True)


def write(results: Sequence[Result], about: Sequence[str]) -> None:
    """The files of a whole run."""
    RESULTS.mkdir(exist_ok=True)
    for name, content in {
        "results.md": markdown(results, about),
        "results.svg": svg(results),
        "results.json": as_json(results, about),
    }.items():
        (RESULTS / name).write_text(content, encoding="utf-8")
        print(f"wrote benchmarks/results/{name}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
