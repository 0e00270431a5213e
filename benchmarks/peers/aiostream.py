"""aiostream: a stream of names, mapped to searches with a bound on what runs at once."""

from __future__ import annotations

import asyncio
from typing import Any

from aiostream import stream

from ..fuse import Page
from . import Run, Task


def make(task: Task) -> Run:
    async def search(name: str, *_: str) -> list[Page]:
        if task.delay_s:
            await asyncio.sleep(task.delay_s)
        return task.answers[name]

    async def run() -> Any:
        found = stream.map(stream.iterate(task.answers), search, ordered=True, task_limit=task.count)
        results = await stream.list(found)
        return task.join(dict(zip(task.answers, results, strict=True)))

    return run
