"""`asyncio.gather`: the floor. No limits, no errors, no order of places; what a fan-out costs at the least."""

from __future__ import annotations

import asyncio
from typing import Any

from ..fuse import Page
from . import Run, Task


def make(task: Task) -> Run:
    async def search(name: str) -> list[Page]:
        if task.delay_s:
            await asyncio.sleep(task.delay_s)
        return task.answers[name]

    async def run() -> Any:
        results = await asyncio.gather(*(search(name) for name in task.answers))
        return task.join(dict(zip(task.answers, results, strict=True)))

    return run
