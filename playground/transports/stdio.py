"""Local plugins: one process, a JSON document per line on its standard input and output."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from playground import wire
from playground.process import PluginProcess

from . import START_TIMEOUT_S, Listener, PluginStartError

HEARTBEAT = b'"event":"heartbeat"'
SILENCE_S = 120.0  # after which the daemon takes a process for dead; any line counts as life
FLUSH_BYTES = 256 * 1024  # what one turn of the loop collects before it is written


class StdioTransport:
    """A plugin installed locally. Ready at its first heartbeat; killed for a line over 5 MiB, and for long silence."""

    declared: dict[str, Any] | None = None
    shared = True

    def __init__(self, listener: Listener, silence_s: float = SILENCE_S) -> None:
        self._listener = listener
        self._silence_s = silence_s
        self._heard_at = 0.0
        self._process: PluginProcess | None = None
        self._lines = wire.Lines()
        self._ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._outbox: list[bytes] = []
        self._outbox_bytes = 0
        self._reason = ""
        self._watch: asyncio.TimerHandle | None = None

    async def start(self, folder: Path, entrypoint: str) -> None:
        self._process = PluginProcess(self._read, self._exited)
        await self._process.start(folder, {"INSTALL_METHOD": "local"}, entrypoint)
        try:
            await asyncio.wait_for(self._ready, START_TIMEOUT_S)
        except TimeoutError:
            await self._process.stop()
            raise PluginStartError(f"{folder.name}: no heartbeat after {START_TIMEOUT_S:g} s") from None
        self._check_life()

    def request(self, session_id: str, line: bytes, action: str) -> None:
        self.write(line)

    def hang_up(self, session_id: str) -> None:
        """Nothing to do: the channel is shared, and the protocol has no message for it."""

    async def stop(self) -> None:
        if self._process:
            await self._process.stop()

    @property
    def last_words(self) -> str:
        return self._process.last_words if self._process else ""

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    # -- answers: one shared channel for all calls

    def write(self, line: bytes) -> None:
        if not self._outbox:
            asyncio.get_running_loop().call_soon(self._flush)
        self._outbox.append(line)
        self._outbox_bytes += len(line)
        if self._outbox_bytes > FLUSH_BYTES:
            self._flush()

    async def drain(self) -> None:
        self._flush()
        if self._process:
            await self._process.drain()

    def done(self) -> None:
        pass

    def _flush(self) -> None:
        if self._outbox and self._process:
            self._outbox.append(b"")
            self._process.write(b"\n".join(self._outbox))
            self._outbox = []
            self._outbox_bytes = 0

    # -- what comes back

    def _read(self, data: bytes) -> None:
        self._heard_at = asyncio.get_running_loop().time()
        for line in self._lines.feed(data):
            if not self._ready.done() and HEARTBEAT in line:
                self._ready.set_result(None)
            self._listener.on_line(line, self)
        if self._lines.overrun and not self._reason:
            self._kill("it wrote a line over 5 MiB (bufio.Scanner: token too long)")

    def _check_life(self) -> None:
        """Kill a process that has been silent for too long; look again when it could have been."""
        if self._process is None or self._process.returncode is not None:
            return
        left = self._heard_at + self._silence_s - asyncio.get_running_loop().time()
        if left > 0:
            self._watch = asyncio.get_running_loop().call_later(left, self._check_life)
        else:
            self._kill(f"it is not active for {self._silence_s:g} seconds, it may be dead")

    def _kill(self, reason: str) -> None:
        self._reason = f"killed: {reason}"
        if self._process:
            self._process.kill()

    def _exited(self) -> None:
        if self._watch:
            self._watch.cancel()
        code = self._process.returncode if self._process else None
        reason = self._reason or f"exited with code {code}"
        if not self._ready.done():
            self._ready.set_exception(PluginStartError(f"the plugin process {reason}\n{self.last_words}".strip()))
        else:
            self._listener.on_closed("PluginDied", reason)
