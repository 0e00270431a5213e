"""Remote debugging: the plugin connects, shows a key, declares itself, and then speaks the same lines as on stdio."""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
from pathlib import Path
from typing import Any

from playground.process import PluginProcess

from . import START_TIMEOUT_S, Listener, PluginStartError

HANDSHAKE_S = 10.0
SILENCE_S = 60.0
ASSET_BYTES = 50 * 1024 * 1024
READ_BYTES = 256 * 1024
DECLARATIONS = {
    "tool_declaration": "tools",
    "model_declaration": "models",
    "endpoint_declaration": "endpoints",
    "agent_strategy_declaration": "agents",
    "datasource_declaration": "datasources",
    "trigger_declaration": "triggers",
}


class HandshakeError(Exception):
    """The text that the plugin is sent before its connection is closed."""


class Registration:
    """What a plugin says before its first event: key, declarations, assets, end."""

    def __init__(self, key: str) -> None:
        self.over = False
        self.shaken = False
        self.declared: dict[str, Any] = {"assets": {}}
        self._key = key
        self._assets: dict[str, bytearray] = {}

    def take(self, line: bytes) -> bool:
        """Read one line; true when that was the last. Raises HandshakeError."""
        try:
            message = json.loads(line)
            kind, data = message["type"], message["data"]
        except (ValueError, KeyError, TypeError):
            raise HandshakeError("handshake failed, invalid handshake message") from None
        if kind == "handshake":
            self._shake(data)
        elif not self.shaken:
            raise HandshakeError("handshake failed, invalid handshake message")
        elif kind == "manifest_declaration":
            self._declare("manifest", data)
        elif kind in DECLARATIONS:
            self._declare(DECLARATIONS[kind], data)
        elif kind == "asset_chunk":
            self._asset(data)
        elif kind == "end":
            self._end()
        return self.over

    def _shake(self, data: Any) -> None:
        if self.shaken:
            raise HandshakeError("handshake already completed")
        if not isinstance(data, dict) or data.get("key") != self._key:
            raise HandshakeError("handshake failed, invalid key")
        self.shaken = True

    def _declare(self, name: str, data: Any) -> None:
        if name in self.declared:
            raise HandshakeError(f"{name} declaration already registered")
        self.declared[name] = data

    def _asset(self, data: Any) -> None:
        try:
            self._assets.setdefault(data["filename"], bytearray()).extend(base64.b64decode(data["data"]))
        except (KeyError, TypeError, ValueError) as error:
            raise HandshakeError(f"transfer assets failed, error: {error!r}") from None
        if sum(map(len, self._assets.values())) > ASSET_BYTES:
            raise HandshakeError("assets too large, at most 50MB")

    def _end(self) -> None:
        if not set(self.declared) & set(DECLARATIONS.values()):
            raise HandshakeError("no registration transferred, cannot initialize")
        self.declared["assets"] = {name: bytes(content) for name, content in self._assets.items()}
        self.over = True


class TcpTransport:
    """A plugin in remote debugging. No line is too long here, and open calls are told when the connection is lost."""

    shared = True

    def __init__(self, listener: Listener, handshake_s: float = HANDSHAKE_S, silence_s: float = SILENCE_S) -> None:
        self.declared: dict[str, Any] | None = None
        self.key = secrets.token_hex(16)
        self.port = 0
        self.connections = 0
        self._listener = listener
        self._handshake_s, self._silence_s = handshake_s, silence_s
        self._process: PluginProcess | None = None
        self._server: asyncio.Server | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._tasks: set[asyncio.Task[Any]] = set()

    async def start(self, folder: Path, entrypoint: str) -> None:
        await self.listen()
        self._process = PluginProcess(lambda data: None, self._exited)
        environment = {
            "INSTALL_METHOD": "remote",
            "REMOTE_INSTALL_URL": f"127.0.0.1:{self.port}",
            "REMOTE_INSTALL_KEY": self.key,
        }
        await self._process.start(folder, environment, entrypoint)
        try:
            await asyncio.wait_for(self._ready, START_TIMEOUT_S)
        except TimeoutError:
            await self.stop()
            raise PluginStartError(f"{folder.name}: not registered after {START_TIMEOUT_S:g} s") from None

    async def listen(self) -> None:
        """Wait for plugins on a free port, without starting one."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    def request(self, session_id: str, line: bytes, action: str) -> None:
        self.write(line)

    def hang_up(self, session_id: str) -> None:
        """Nothing to do: the channel is shared, and the protocol has no message for it."""

    async def stop(self) -> None:
        if self._server:
            self._server.close()
        self.disconnect()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._process:
            await self._process.stop()

    def disconnect(self) -> None:
        """Close the connection; the plugin connects again after a while."""
        if self._writer:
            self._writer.close()

    @property
    def last_words(self) -> str:
        return self._process.last_words if self._process else ""

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    # -- answers: one shared channel for all calls

    def write(self, line: bytes) -> None:
        if self._writer and not self._writer.is_closing():
            self._writer.write(line + b"\n")

    async def drain(self) -> None:
        if self._writer and not self._writer.is_closing():
            await self._writer.drain()

    def done(self) -> None:
        pass

    # -- what comes

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        registration = Registration(self.key)
        try:
            await self._converse(registration, reader, writer)
        except HandshakeError as error:
            writer.write(f"{error}\n".encode())
        except (TimeoutError, ConnectionError, asyncio.CancelledError):
            pass  # closed below, whatever the reason
        finally:
            self._closed(writer)

    async def _converse(
        self, registration: Registration, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        rest = b""
        deadline = asyncio.get_running_loop().time() + self._handshake_s
        while True:
            left = max(deadline - asyncio.get_running_loop().time(), 0)
            data = await asyncio.wait_for(reader.read(READ_BYTES), self._silence_s if registration.shaken else left)
            if not data:
                return
            *lines, rest = (rest + data).split(b"\n")
            for line in filter(None, lines):
                self._take(registration, line, writer)

    def _take(self, registration: Registration, line: bytes, writer: asyncio.StreamWriter) -> None:
        if registration.over:
            self._listener.on_line(line, self)
            return
        if registration.take(line):
            self._registered(registration, writer)

    def _registered(self, registration: Registration, writer: asyncio.StreamWriter) -> None:
        self.declared = registration.declared
        self._writer = writer
        self.connections += 1
        self._listener.on_open()
        if not self._ready.done():
            self._ready.set_result(None)

    def _closed(self, writer: asyncio.StreamWriter) -> None:
        writer.close()
        if writer is self._writer:
            self._writer = None
            self._listener.on_closed("ConnectionClosedError", "Connection closed unexpectedly")

    def _exited(self) -> None:
        if not self._ready.done():
            code = self._process.returncode if self._process else None
            self._ready.set_exception(
                PluginStartError(f"the plugin process exited with code {code}\n{self.last_words}")
            )
