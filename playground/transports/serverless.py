"""Serverless plugins: a request per call to the plugin, and a request per reverse call from it."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
from pathlib import Path
from typing import Any

import h11

from playground import wire
from playground.process import PluginProcess

from . import START_TIMEOUT_S, Listener, PluginStartError
from .http import HttpError, Request, Response, Server, request

REQUEST_BYTES = 5 * 1024 * 1024  # MAX_SERVERLESS_REQUEST_BYTES
TRANSACTION_BYTES = 6 * 1024 * 1024  # what the daemon reads of one reverse call
TRANSACTION_S = 300.0  # MAX_SERVERLESS_TRANSACTION_TIMEOUT
KEEP_ALIVE_S = 25.0
HEALTH_PAUSE_S = 0.05
HEALTH_S = 1.0  # for one answer
PORTS = range(20_000, 30_000)
PORT_TAKEN = "Address already in use"
TRANSACTION_PATH = "/backwards-invocation/transaction"
BROKEN = (OSError, HttpError, h11.RemoteProtocolError)


class Transaction:
    """The answers of one reverse call, on a connection of its own."""

    shared = False

    def __init__(self, response: Response) -> None:
        self.over = asyncio.Event()
        self._response = response
        self._outbox: list[bytes] = []

    def write(self, line: bytes) -> None:
        if self.over.is_set():
            return
        if not self._outbox:
            asyncio.get_running_loop().call_soon(self._flush)
        self._outbox.append(line)

    async def drain(self) -> None:
        self._flush()
        await self._response.drain()

    def done(self) -> None:
        self._flush()
        self.over.set()

    def _flush(self) -> None:
        if not self._outbox or self.over.is_set():
            return
        if not self._response.started:
            self._response.start(200)
        self._response.write(b"\n\n".join([*self._outbox, b""]))
        self._outbox = []


class ServerlessTransport:
    """A plugin behind HTTP. Its calls are independent of each other; it sends no heartbeat."""

    declared: dict[str, Any] | None = None

    def __init__(self, listener: Listener, keep_alive_s: float = KEEP_ALIVE_S) -> None:
        self.port = 0
        self._listener = listener
        self._keep_alive_s = keep_alive_s
        self._process: PluginProcess | None = None
        self._server: Server | None = None
        self.plugin_port = 0
        self._calls: dict[str, asyncio.Task[None]] = {}
        self._up = False

    async def start(self, folder: Path, entrypoint: str) -> None:
        await self.listen()
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                while not await self._started(folder, entrypoint):
                    pass
        except TimeoutError:
            await self.stop()
            raise PluginStartError(f"{folder.name}: not healthy after {START_TIMEOUT_S:g} s") from None
        self._up = True

    async def _started(self, folder: Path, entrypoint: str) -> bool:
        """Start the process on some port; false where somebody else took that in the meantime."""
        self.plugin_port = _free_port()
        self._process = PluginProcess(lambda data: None, self._exited)
        environment = {
            "INSTALL_METHOD": "serverless",
            "SERVERLESS_HOST": "127.0.0.1",
            "SERVERLESS_PORT": str(self.plugin_port),
            "DIFY_PLUGIN_DAEMON_URL": f"http://127.0.0.1:{self.port}",
        }
        await self._process.start(folder, environment, entrypoint)
        while self._process.returncode is None and PORT_TAKEN not in self.last_words:
            if await self._healthy() and PORT_TAKEN not in self.last_words:
                return True
            await asyncio.sleep(HEALTH_PAUSE_S)
        await self._process.stop()
        if PORT_TAKEN in self.last_words:
            return False
        raise PluginStartError(f"the plugin process exited with code {self._process.returncode}\n{self.last_words}")

    async def listen(self) -> None:
        """Serve reverse calls on a free port, without a process."""
        self._server = Server(self._transact)
        await self._server.start()
        self.port = self._server.port

    def request(self, session_id: str, line: bytes, action: str) -> None:
        task = asyncio.get_running_loop().create_task(self._call(session_id, line, action))
        self._calls[session_id] = task
        task.add_done_callback(lambda _: self._calls.pop(session_id, None))

    def hang_up(self, session_id: str) -> None:
        """Close the connection of the call."""
        task = self._calls.get(session_id)
        if task and task is not asyncio.current_task():
            task.cancel()

    async def stop(self) -> None:
        for task in list(self._calls.values()):
            task.cancel()
        await asyncio.gather(*self._calls.values(), return_exceptions=True)
        if self._server:
            await self._server.stop()
        if self._process:
            await self._process.stop()

    @property
    def last_words(self) -> str:
        return self._process.last_words if self._process else ""

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    # -- calls

    async def _call(self, session_id: str, line: bytes, action: str) -> None:
        try:
            error = await self._exchange(session_id, line, action)
        except BROKEN as failure:
            error = ("PluginDaemonInnerError", f"Error sending request to serverless: {failure}")
        self._listener.on_request_over(session_id, error)

    async def _exchange(self, session_id: str, line: bytes, action: str) -> tuple[str, str] | None:
        if len(line) > REQUEST_BYTES:
            sizes = f"payload_bytes={len(line)} max_request_bytes={REQUEST_BYTES}"
            return "PluginDaemonInnerError", f"ServerlessPayloadTooLarge: action={action} {sizes}"
        headers = {
            "Content-Type": "application/json",
            "Accept": "text/event-stream",
            "Dify-Plugin-Session-ID": session_id,
        }
        async with request(self.plugin_port, "POST", f"/invoke?action={action}", headers, line) as (status, pieces):
            if not 200 <= status < 300:
                return "PluginRuntimeError", f"Plugin runtime request failed: HTTP {status}"
            lines = wire.Lines()
            heard = False
            async for piece in pieces:
                for one in lines.feed(piece):
                    heard = True
                    if not self._listener.on_line(one, None):
                        return "PluginDaemonInnerError", "encountered an error: the plugin wrote a line that is no JSON"
                if lines.overrun:
                    return "PluginDaemonInnerError", "failed to read response body: bufio.Scanner: token too long"
        return None if heard else ("PluginRuntimeError", "Plugin runtime request failed: no valid session response")

    # -- reverse calls

    async def _transact(self, request: Request, response: Response) -> None:
        if request.method != "POST" or request.path != TRANSACTION_PATH:
            response.start(404, "text/plain")
            return
        transaction = Transaction(response)
        refused = self._listener.on_transaction(request.body[:TRANSACTION_BYTES].strip(), transaction)
        if refused:
            response.start(refused[0], "application/json")
            response.write(refused[1])
            return
        beats = asyncio.get_running_loop().create_task(self._keep_alive(transaction, response))
        try:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(transaction.over.wait(), TRANSACTION_S)
        finally:  # also where the connection is broken off
            transaction.over.set()
            beats.cancel()

    async def _keep_alive(self, transaction: Transaction, response: Response) -> None:
        while not transaction.over.is_set():
            await asyncio.sleep(self._keep_alive_s)
            if not response.started:
                response.start(200)
            response.write(b"\n\n")

    # -- the process

    async def _healthy(self) -> bool:
        with contextlib.suppress(*BROKEN, TimeoutError):
            async with asyncio.timeout(HEALTH_S), request(self.plugin_port, "GET", "/health") as (status, _):
                return status == 200
        return False

    def _exited(self) -> None:
        code = self._process.returncode if self._process else None
        if self._up:
            self._listener.on_closed("PluginDied", f"exited with code {code}")


def _free_port() -> int:
    """A port that is free now, outside of those that outgoing connections take."""
    while True:
        port = random.choice(PORTS)
        with socket.socket() as listening, contextlib.suppress(OSError):
            listening.bind(("127.0.0.1", port))
            return port
