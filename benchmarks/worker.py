"""One in-process peer, in a process of its own: a line of JSON asks for some runs, a line answers with their times.

    python -m benchmarks.worker PEER

A process per peer keeps one peer's modules and heap out of the others' times; all stay alive, so that rounds can be
interleaved.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from typing import Any

from .peers import Run, make


def main(name: str) -> None:
    """Serve until the input ends."""
    made: dict[tuple[Any, ...], Run] = {}
    with asyncio.Runner() as runner:
        for line in sys.stdin:
            task = json.loads(line)
            key = (task["count"], task["delay_s"], task["merges"])
            if key not in made:
                made[key] = make(name, *key)
                gc.freeze()  # a large heap of modules is no cost of a fan-out; for all peers alike
            print(json.dumps(runner.run(measure(made[key], task["runs"], task["output"]))), flush=True)


async def measure(run: Run, runs: int, output: bool) -> dict[str, Any]:
    """The wall time and the CPU time of every run in seconds; the output of the last one, if asked for."""
    walls, cpus, value = [], [], None
    prepare = getattr(run, "prepare", lambda: None)
    for _ in range(runs):
        cpu, wall = time.process_time(), time.perf_counter()
        value = await run()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
        prepare()
    return {"wall": walls, "cpu": cpus, "output": value if output else None}


if __name__ == "__main__":
    main(sys.argv[1])
