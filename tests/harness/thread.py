"""A playground in a thread of its own, for callers that run no event loop (tests, for example)."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any

from playground.host import Playground


class PlaygroundThread:
    """`with PlaygroundThread(lambda: Playground(…)) as thread: thread.run(thread.playground.call(…))`"""

    playground: Playground

    def __init__(self, make: Callable[[], Playground]) -> None:
        self._make = make
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="playground", daemon=True)

    def __enter__(self) -> PlaygroundThread:
        self._thread.start()
        try:
            self.playground = self.run(self._open())
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.run(self.playground.stop())
        finally:
            self._close()

    def _close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def run[T](self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in the playground's loop and wait for its result."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    async def _open(self) -> Playground:
        playground = self._make()
        await playground.__aenter__()
        return playground
