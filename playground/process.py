"""Plugin processes: started in a process group of their own, and never left behind."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable
from pathlib import Path
from subprocess import DEVNULL

STDERR_LINES = 60  # kept to say why a plugin died
STDOUT, STDERR = 1, 2
# waits for the end of its input, which is the end of the playground, however that came; then kills the process group
GUARD = ("sh", "-c", 'cat >/dev/null; kill -s KILL -- "-$1"', "guard")
_alive: set[int] = set()


class PluginProcess(asyncio.SubprocessProtocol):
    """One plugin process. Bytes of its standard output go to `on_output`; its end calls `on_exit` once."""

    def __init__(self, on_output: Callable[[bytes], None], on_exit: Callable[[], None]) -> None:
        self._on_output = on_output
        self._on_exit = on_exit
        self._stderr: deque[str] = deque(maxlen=STDERR_LINES)
        self._partial = ""
        self._writable = asyncio.Event()
        self._writable.set()
        self._exited: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.transport: asyncio.SubprocessTransport | None = None
        self.returncode: int | None = None
        self._guard: subprocess.Popen[bytes] | None = None

    async def start(self, folder: Path, environment: dict[str, str], entrypoint: str) -> None:
        spawning = asyncio.ensure_future(self._spawn(folder, environment, entrypoint))
        try:
            await asyncio.shield(spawning)
        except asyncio.CancelledError:
            await asyncio.wait([spawning])  # cancelled half-way, asyncio would wait for ever for pipes that never come
            raise

    async def _spawn(self, folder: Path, environment: dict[str, str], entrypoint: str) -> None:
        transport, _ = await asyncio.get_running_loop().subprocess_exec(
            lambda: self,
            sys.executable,
            "-m",
            entrypoint,
            cwd=folder,
            env={**os.environ, **environment},
            start_new_session=True,
        )
        self._guard = subprocess.Popen(
            [*GUARD, str(transport.get_pid())],
            stdin=subprocess.PIPE,
            stdout=DEVNULL,
            stderr=DEVNULL,
            start_new_session=True,
        )

    @property
    def pid(self) -> int | None:
        return self.transport.get_pid() if self.transport else None

    @property
    def last_words(self) -> str:
        """The end of what the process wrote to its standard error."""
        return "\n".join([*self._stderr, self._partial]).strip()

    def write(self, data: bytes) -> None:
        pipe = self.transport.get_pipe_transport(0) if self.transport else None
        if isinstance(pipe, asyncio.WriteTransport) and not pipe.is_closing():
            pipe.write(data)

    async def drain(self) -> None:
        """Wait until the process has read most of what was written to it."""
        await self._writable.wait()

    def kill(self) -> None:
        """Kill the process and whatever it started."""
        if self.pid is not None and self.returncode is None:
            _kill_group(self.pid)

    async def stop(self) -> None:
        """Kill the process and wait until it is gone."""
        self.kill()
        if self.transport:
            await self._exited
            self.transport.close()
        if self._guard:
            _dismiss(self._guard)
            self._guard = None

    # -- called by asyncio

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The process runs. It may have ended before whoever starts it hears of it."""
        assert isinstance(transport, asyncio.SubprocessTransport)
        self.transport = transport
        _alive.add(transport.get_pid())

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        if fd == STDOUT:
            self._on_output(data)
        else:
            *lines, self._partial = (self._partial + data.decode("utf-8", "replace")).split("\n")
            self._stderr.extend(lines)

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def process_exited(self) -> None:
        self._writable.set()
        if self.transport:
            self.returncode = self.transport.get_returncode()
            _alive.discard(self.transport.get_pid())
            _kill_group(self.transport.get_pid())  # what it started would keep the pipes open

    def connection_lost(self, error: Exception | None) -> None:
        """The process is gone, and everything that it wrote has been read."""
        self._on_exit()
        if not self._exited.done():
            self._exited.set_result(None)


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _dismiss(guard: subprocess.Popen[bytes]) -> None:
    """End a guard, and what it started, when there is nothing left to guard."""
    _kill_group(guard.pid)
    if guard.stdin:
        guard.stdin.close()
    guard.wait()


@atexit.register
def _kill_what_is_left() -> None:
    for pid in list(_alive):
        _kill_group(pid)
