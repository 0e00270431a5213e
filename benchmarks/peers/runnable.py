"""langchain-core: a RunnableParallel of the searches, then the merge."""

from __future__ import annotations

import asyncio
from typing import Any

from langchain_core.runnables import RunnableLambda, RunnableParallel

from ..fuse import Page
from . import Run, Task


def make(task: Task) -> Run:
    async def search(name: str) -> list[Page]:
        if task.delay_s:
            await asyncio.sleep(task.delay_s)
        return task.answers[name]

    def searcher(name: str) -> Any:
        async def ask(_: dict[str, str]) -> list[Page]:
            return await search(name)

        return RunnableLambda(ask)

    fan_out = RunnableParallel({name: searcher(name) for name in task.answers})

    async def run() -> Any:
        return task.join(await fan_out.ainvoke({"query": "q"}))

    return run
