"""Reverse invocation: one gateway per tool call, over the full-duplex channel or by HTTP. All use of SDK internals.

Full duplex (local, remote debugging): the SDK opens a reader per reverse invocation, offers every inbound line to
every open reader, writes the request before it registers the reader, and cannot parse every message type. Here one
tap per channel takes the answers of all calls as plain dicts and hands them on by `backwards_request_id`; what
arrives together reaches the loop as one batch, and unknown ids are dropped. Requests are lines for the tool's own
greenlet to write, since nothing in the loop may wait.

Serverless: there is no shared channel; each reverse invocation is a request of its own, read by a greenlet.
"""

from __future__ import annotations

import functools
import json
import threading
import uuid
import weakref
from asyncio import AbstractEventLoop
from collections import deque
from collections.abc import Callable
from importlib.metadata import version
from typing import Any, NamedTuple, Protocol

from dify_plugin.core.entities.invocation import InvokeType
from dify_plugin.core.entities.plugin.io import PluginInStream, PluginInStreamEvent
from dify_plugin.core.runtime import FULL_DUPLEX_INSTALL_METHODS
from dify_plugin.core.runtime import Session as Session  # for `serve`, which knows the SDK through here alone
from dify_plugin.core.server.__base.request_reader import RequestReader
from dify_plugin.core.server.stdio import request_reader as stdio_reader
from dify_plugin.core.server.tcp import request_reader as tcp_reader

from ..core import limits
from ..core.errors import TooLargeError
from ..core.messages import Ended, Event
from ..core.plan import Target
from ..core.values import clean
from .messages import from_wire

TESTED_SDKS = ("0.9.", "0.10.")

type Receive = Callable[[Event], None]


class Gateway(Protocol):
    """The gateway of one tool call."""

    def send(self, target: Target, parameters: dict[str, Any], receive: Receive) -> None:
        """Call a tool; its events go to `receive`, in the loop. Raises TooLargeError for a request over the limit."""

    def close(self) -> None:
        """Forget every call: what still arrives is dropped."""


def open_gateway(session: Session, loop: AbstractEventLoop, write: Callable[[str], None]) -> Gateway:
    """The gateway of one tool call. `write` takes request lines, in the loop, and must not wait."""
    if session.install_method in FULL_DUPLEX_INSTALL_METHODS:
        return DuplexGateway(session, switchboard(session.reader, loop), write)
    return HttpGateway(session, Batches(loop))


class Batches:
    """Brings events into the loop: what was put before the loop gets its turn is handed on together."""

    def __init__(self, loop: AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: deque[tuple[Receive, dict[str, Any]]] = deque()
        self._is_scheduled = False

    def put(self, receive: Receive, answer: dict[str, Any]) -> None:
        """Queue the answer of one call, `{event, message, data}`; from any greenlet."""
        self._waiting.append((receive, answer))
        if not self._is_scheduled:
            self._is_scheduled = True
            self._loop.call_soon_threadsafe(self._hand_on)

    def _hand_on(self) -> None:
        self._is_scheduled = False
        while self._waiting:
            receive, answer = self._waiting.popleft()
            receive(to_event(answer))


def to_event(answer: dict[str, Any]) -> Event:
    """The event of one answer of the platform; what is neither an error nor an end only shows life."""
    match answer.get("event"):
        case "response":
            return from_wire(answer.get("data"))
        case "error":
            message = answer.get("message")
            return Ended(message if isinstance(message, str) and message else "the platform gave no reason")
        case "end":
            return Ended()
    return None


# -- full duplex


class Route(NamedTuple):
    """Where the answers of one reverse invocation go, and to whom they belong."""

    session_id: str
    receive: Receive


class Switchboard:
    """The one tap of a channel: hands each answer to its call and drops those that nobody waits for."""

    def __init__(self, reader: RequestReader, loop: AbstractEventLoop) -> None:
        self.routes: dict[str, Route] = {}
        self._batches = Batches(loop)
        # The filter is the tap: it takes what is ours and matches nothing, so that no line is queued twice.
        reader.read(self._tap)

    def _tap(self, line: PluginInStream) -> bool:
        if line.event is not PluginInStreamEvent.BackwardInvocationResponse or not isinstance(line.data, dict):
            return False
        request_id = line.data.get("backwards_request_id")
        route = self.routes.get(request_id) if isinstance(request_id, str) else None
        if route is not None and route.session_id == line.session_id:
            self._batches.put(route.receive, line.data)
        return False


_switchboards: weakref.WeakKeyDictionary[RequestReader, Switchboard] = weakref.WeakKeyDictionary()


def switchboard(reader: RequestReader, loop: AbstractEventLoop) -> Switchboard:
    """The switchboard of a channel; one channel serves all calls of the process."""
    found = _switchboards.get(reader)
    if found is None:
        found = _switchboards[reader] = Switchboard(reader, loop)
    return found


class DuplexGateway:
    """Sends requests as lines of the shared channel."""

    def __init__(self, session: Session, board: Switchboard, write: Callable[[str], None]) -> None:
        self._session = session
        self._board = board
        self._write = write
        self._ids: list[str] = []
        self._prefix = uuid.uuid4().hex
        head = {"event": "session", "session_id": session.session_id}
        self._head = json.dumps(head)[:-1]

    def send(self, target: Target, parameters: dict[str, Any], receive: Receive) -> None:
        """Call a tool; see `Gateway`."""
        request_id = f"{self._prefix}{len(self._ids):04x}"
        invoke = {"type": "tool", "backwards_request_id": request_id, "request": payload(self._session, target, parameters)}
        line = f'{self._head}, "data": {{"type": "invoke", "data": {to_line(invoke)}}}}}\n\n'
        self._ids.append(request_id)
        self._board.routes[request_id] = Route(self._session.session_id, receive)
        self._write(line)

    def close(self) -> None:
        """Forget every call."""
        for request_id in self._ids:
            self._board.routes.pop(request_id, None)


# -- serverless


class HttpGateway:
    """Sends each request by HTTP, with the SDK's own client in a greenlet of its own."""

    def __init__(self, session: Session, batches: Batches) -> None:
        self._session = session
        self._batches = batches
        self._is_closed = False

    def send(self, target: Target, parameters: dict[str, Any], receive: Receive) -> None:
        """Call a tool; see `Gateway`."""
        request = payload(self._session, target, parameters)
        to_line(request)  # refuses what is too large
        threading.Thread(target=self._call, args=(request, receive), daemon=True).start()

    def close(self) -> None:
        """Drop whatever still arrives."""
        self._is_closed = True

    def _call(self, request: dict[str, Any], receive: Receive) -> None:
        try:
            # `dict` as data type passes every message on as it is
            for chunk in self._session.tool._backwards_invoke(InvokeType.Tool, dict, request):
                if self._is_closed:
                    return
                self._batches.put(receive, {"event": "response", "data": chunk})
            self._batches.put(receive, {"event": "end"})
        except KeyError:
            # an answer without session id: the platform has ended the session
            self._batches.put(receive, {"event": "error", "message": "connection: the platform no longer knows this call"})
        except Exception as error:  # the SDK raises bare exceptions; every one is the end of this call alone
            message = str(error) if type(error) is Exception else f"connection failed: {type(error).__name__}"
            self._batches.put(receive, {"event": "error", "message": message})


# -- what both send


def payload(session: Session, target: Target, parameters: dict[str, Any]) -> dict[str, Any]:
    """The request as the SDK's `session.tool.invoke` builds it."""
    request: dict[str, Any] = {
        "tool_type": target.provider_type,
        "provider": target.provider,
        "tool": target.tool_name,
        "tool_parameters": clean(parameters),
    }
    if session.app_id:
        request["app_id"] = session.app_id
    credential_id = target.credential_id or session.context.credentials.get_credential_id(target.provider)
    if credential_id:
        request["credential_id"] = credential_id
    return request


def to_line(value: dict[str, Any]) -> str:
    """JSON in one line. Raises TooLargeError over what the platform takes."""
    line = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    size = len(line) if line.isascii() else len(line.encode())
    if size > limits.LINE_BYTES - limits.LINE_ENVELOPE_BYTES:
        raise TooLargeError(
            f"the request is {size / limits.MIB:.1f} MiB, at most {limits.LINE_BYTES // limits.MIB} MiB are sent; "
            "give the tool less"
        )
    return line


def remember_adapters() -> None:
    """Spare the SDK a `TypeAdapter` rebuilt for every inbound line: 27 of about 32 µs a line.

    Only for SDKs that this was tested with; anything else is left as it is.
    """
    if not version("dify_plugin").startswith(TESTED_SDKS):
        return
    for module in (stdio_reader, tcp_reader):
        adapter = getattr(module, "TypeAdapter", None)
        if isinstance(adapter, type):
            module.TypeAdapter = functools.cache(adapter)  # type: ignore[attr-defined]


remember_adapters()
