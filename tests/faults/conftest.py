"""One plugin process per transport for all tests of this folder: it has to live through everything."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack
from types import TracebackType
from typing import Any

import pytest

from tests.conformance import CHECKOUT
from tests.harness.faults import Faults

type Play = Callable[[Faults], Coroutine[Any, Any, None]]
type Run = Callable[[Play], None]

SHARED = ("stdio", "tcp")  # one channel for all calls
EVERY = (*SHARED, "serverless")


class FaultsThread:
    """A plugin process and the loop that plays with it, in a thread of its own."""

    def __init__(self, transport: str) -> None:
        self._transport = transport
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=f"faults {transport}", daemon=True)

    def __enter__(self) -> FaultsThread:
        self._thread.start()
        self._faults = self._run(self._start())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._run(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def play(self, play: Play) -> None:
        """Run a test's coroutine function, then see whether the process is still the same and still serves."""
        pid = self._faults.pid
        self._run(play(self._faults))
        self._run(self._faults.witness())
        assert self._faults.pid == pid

    async def _start(self) -> Faults:
        return await Faults(CHECKOUT, self._transport).__aenter__()

    async def _stop(self) -> None:
        rest = asyncio.all_tasks() - {asyncio.current_task()}  # answers that a test left open
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
        await self._faults.__aexit__(None, None, None)

    def _run[T](self, coroutine: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()


@pytest.fixture(scope="session")
def threads() -> Iterator[Callable[[str], FaultsThread]]:
    with ExitStack() as stack:
        started: dict[str, FaultsThread] = {}

        def get(transport: str) -> FaultsThread:
            if transport not in started:
                started[transport] = stack.enter_context(FaultsThread(transport))
            return started[transport]

        yield get


@pytest.fixture(params=EVERY)
def anywhere(request: pytest.FixtureRequest, threads: Callable[[str], FaultsThread]) -> Run:
    """Run a coroutine function against a process, once per transport."""
    return threads(request.param).play


@pytest.fixture(params=SHARED)
def on_shared(request: pytest.FixtureRequest, threads: Callable[[str], FaultsThread]) -> Run:
    """The same where all calls share one channel."""
    return threads(request.param).play


@pytest.fixture
def on_stdio(threads: Callable[[str], FaultsThread]) -> Run:
    """The same on standard input and output alone, for what does not depend on the transport."""
    return threads("stdio").play


@pytest.fixture
def on_serverless(threads: Callable[[str], FaultsThread]) -> Run:
    """The same where every reverse call has a connection of its own."""
    return threads("serverless").play
