"""`python -m tests.harness.soak`: load on one plugin process, then the worst that one call can hold.

Prints two tables; exits with 1 where a promise was broken. `--only load` or `--only stalls` prints one of them, and
`--row TEXT` measures the rows of the second whose name contains it.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from . import load, stalls

CHECKOUT = Path(__file__).resolve().parents[2]


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    kept = []
    if options.only != "stalls":
        kept.append(_load(options))
    if options.only != "load":
        kept.append(_stalls(options.row))
    return 0 if all(kept) else 1


def _load(options: argparse.Namespace) -> bool:
    much = load.Load(one_by_one=options.calls, seconds=options.seconds)
    table = asyncio.run(load.soak(much, CHECKOUT, options.transport))
    print(table)
    return not table.broken


def _stalls(row: str) -> bool:
    print(f"a small call waits {stalls.WAIT_S:g} s at most, memory peaks at {stalls.PEAK_MIB:g} MiB at most;", end=" ")
    print(f"{os.cpu_count()} cores, load of the machine before: {os.getloadavg()[0]:.1f}")
    figures = asyncio.run(stalls.table(CHECKOUT, row))
    return bool(figures) and all(one.within() for one in figures)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.harness.soak", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", choices=("load", "stalls"), help="one of the two tables")
    parser.add_argument(
        "--row", default="", metavar="TEXT", help="rows of the table of stalls whose name contains this"
    )
    parser.add_argument("--seconds", type=float, default=load.Load.seconds, help="end the load after about so long")
    parser.add_argument("--calls", type=int, default=load.Load.one_by_one, help="calls one after the other")
    parser.add_argument("--transport", choices=("stdio", "tcp", "serverless"), default="stdio", help="of the load")
    return parser


if __name__ == "__main__":
    sys.exit(main())
