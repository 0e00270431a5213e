"""As much of HTTP as a serverless plugin needs: a small server, and a client that reads a response as it comes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import h11

READ_BYTES = 256 * 1024


class HttpError(Exception):
    """The other side did not speak HTTP to the end."""


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Response:
    """An answer in progress. Everything written reaches the client at once."""

    def __init__(self, connection: h11.Connection, writer: asyncio.StreamWriter) -> None:
        self.started = False
        self._connection = connection
        self._writer = writer

    def start(self, status: int, content_type: str = "text/event-stream") -> None:
        self.started = True
        headers = [("Content-Type", content_type), ("Connection", "close")]
        self._send(h11.Response(status_code=status, headers=headers))

    def write(self, data: bytes) -> None:
        if data:
            self._send(h11.Data(data=data))

    async def drain(self) -> None:
        with contextlib.suppress(ConnectionError):
            await self._writer.drain()

    def _send(self, event: h11.Event) -> None:
        data = self._connection.send(event)
        if data and not self._writer.is_closing():
            self._writer.write(data)

    async def finish(self) -> None:
        with contextlib.suppress(h11.LocalProtocolError, ConnectionError):
            self._send(h11.EndOfMessage())
            await self._writer.drain()


Handler = Callable[[Request, Response], Awaitable[None]]


class Server:
    """Serves on a free port of this machine, one request per connection."""

    def __init__(self, handler: Handler) -> None:
        self.port = 0
        self._handler = handler
        self._server: asyncio.Server
        self._connections: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Close the port, and the connections, which the port's own closing leaves open."""
        self._server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)
        connection = h11.Connection(h11.SERVER, max_incomplete_event_size=READ_BYTES)
        try:
            request = await _read_request(connection, reader)
            response = Response(connection, writer)
            await self._handler(request, response)
            await response.finish()
        except (h11.RemoteProtocolError, HttpError, ConnectionError, asyncio.CancelledError):
            pass  # there is nobody to tell
        finally:
            writer.close()


async def _read_request(connection: h11.Connection, reader: asyncio.StreamReader) -> Request:
    head: h11.Request | None = None
    body: list[bytes] = []
    while True:
        event = await _next_event(connection, reader)
        if isinstance(event, h11.Request):
            head = event
        elif isinstance(event, h11.Data):
            body.append(bytes(event.data))
        elif isinstance(event, h11.EndOfMessage) and head:
            headers = {name.decode().lower(): value.decode() for name, value in head.headers}
            return Request(head.method.decode(), head.target.decode(), headers, b"".join(body))
        elif isinstance(event, h11.ConnectionClosed):
            raise HttpError("closed before the request was complete")


@contextlib.asynccontextmanager
async def request(
    port: int, method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b""
) -> AsyncIterator[tuple[int, AsyncIterator[bytes]]]:
    """Send a request to this machine; gives the status and the pieces of the body as they arrive."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        connection = h11.Connection(h11.CLIENT)
        fields = {
            "Host": f"127.0.0.1:{port}",
            "Content-Length": str(len(body)),
            "Connection": "close",
            **(headers or {}),
        }
        for event in (h11.Request(method=method, target=path, headers=list(fields.items())), h11.Data(data=body)):
            writer.write(connection.send(event) or b"")
        writer.write(connection.send(h11.EndOfMessage()) or b"")
        head = await _next_event(connection, reader)
        if not isinstance(head, h11.Response):
            raise HttpError("no response")
        yield head.status_code, _pieces(connection, reader)
    finally:
        writer.close()


async def _pieces(connection: h11.Connection, reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while True:
        event = await _next_event(connection, reader)
        if isinstance(event, h11.Data):
            yield bytes(event.data)
        elif isinstance(event, h11.EndOfMessage | h11.ConnectionClosed):
            return


async def _next_event(connection: h11.Connection, reader: asyncio.StreamReader) -> object:
    while True:
        event = connection.next_event()
        if event is not h11.NEED_DATA:
            return event
        data = await reader.read(READ_BYTES)
        connection.receive_data(data)
        if not data and connection.their_state is not h11.IDLE:
            return connection.next_event()
