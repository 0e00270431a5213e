"""A listener that remembers what a transport tells it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from playground.transports import Answers


class Ears:
    """A listener that remembers, and treats a transaction as it is told to."""

    def __init__(self, transact: Callable[[bytes, Answers], tuple[int, bytes] | None] | None = None) -> None:
        self.lines: list[bytes] = []
        self.events: list[Any] = []
        self._transact = transact

    def on_line(self, line: bytes, answers: Answers | None) -> bool:
        self.lines.append(line)
        return line.startswith(b"{")

    def on_transaction(self, line: bytes, answers: Answers) -> tuple[int, bytes] | None:
        return self._transact(line, answers) if self._transact else (400, b"no")

    def on_request_over(self, session_id: str, error: tuple[str, str] | None) -> None:
        self.events.append((session_id, error))

    def on_open(self) -> None:
        self.events.append("open")

    def on_closed(self, kind: str, reason: str) -> None:
        self.events.append((kind, reason))


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.005)
