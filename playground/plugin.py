"""A running plugin as the daemon sees it: sessions, and what each line of the process means to them."""

from __future__ import annotations

import uuid
from collections import deque
from pathlib import Path
from typing import Any, Protocol

from . import gojson, wire
from .declarations import Declaration, from_wire, read_folder
from .transports import Answers, Transport, make_transport

USER_ID = "00000000-0000-4000-8000-000000000001"
MAX_ERROR_ARGS = 10  # the daemon's validator: an error with more is discarded, and the call ends as a success
GARBAGE_KEPT = 20


class Receiver(Protocol):
    """What one session tells whoever opened it."""

    def on_message(self, message: dict[str, Any]) -> None:
        """A streamed message, `{type, message, meta}`."""

    def on_error(self, kind: str, text: str, description: str) -> None:
        """The session failed and is over; `description` is the JSON text that the daemon hands on."""

    def on_end(self) -> None:
        """The session is over."""

    def on_invoke(self, data: Any, answers: Answers) -> str | None:
        """A reverse call; returns what is wrong with it where it is malformed."""

    def on_line_size(self, size: int) -> None:
        """A line of this session had this many bytes."""


class Plugin:
    """One plugin and its process. Lines of unknown or ended sessions are dropped, as the daemon drops them."""

    def __init__(self, folder: Path, transport: str = "stdio") -> None:
        self.folder = folder.resolve()
        self.declaration: Declaration = read_folder(self.folder)
        self.garbage: deque[str] = deque(maxlen=GARBAGE_KEPT)
        self.dropped = 0
        self.heartbeats = 0
        self.died: str | None = None
        self._kind = transport
        self._transport: Transport | None = None
        self._sessions: dict[str, Receiver] = {}

    @property
    def running(self) -> bool:
        return self._transport is not None and self.died is None

    @property
    def pid(self) -> int | None:
        return self._transport.pid if self._transport else None

    @property
    def declared(self) -> dict[str, Any] | None:
        """What the plugin said of itself on the wire: `manifest`, `tools`, `assets` (remote debugging only)."""
        return self._transport.declared if self._transport else None

    @property
    def last_words(self) -> str:
        return self._transport.last_words if self._transport else ""

    async def start(self) -> None:
        """Start the process; returns when it is ready. Raises PluginStartError."""
        self.died = None
        self._transport = make_transport(self._kind, self)
        await self._transport.start(self.folder, self.declaration.entrypoint)
        if self.declared:
            self.declaration = from_wire(self.declared["manifest"], self.declared["tools"][0])

    async def stop(self) -> None:
        if self._transport:
            await self._transport.stop()

    def open(
        self,
        receiver: Receiver,
        tool: str,
        parameters: dict[str, Any],
        credentials: dict[str, Any] | None = None,
        about: dict[str, Any] | None = None,
    ) -> str:
        """Send a tool call to the process; returns its session id."""
        if not self._transport:
            raise RuntimeError(f"{self.declaration.id} has not been started")
        session_id = str(uuid.uuid4())
        self._sessions[session_id] = receiver
        data = {
            "action": "invoke_tool",
            "credential_type": "api-key" if credentials else "unauthorized",
            "credentials": credentials or {},
            "provider": self.declaration.provider,
            "tool": tool,
            "tool_parameters": gojson.round_trip(parameters),
            "type": "tool",
            "user_id": USER_ID,
        }
        self._transport.request(session_id, wire.request(session_id, data, about), "invoke_tool")
        return session_id

    def close(self, session_id: str) -> None:
        """The session is over: what the process still sends for it is dropped."""
        if self._sessions.pop(session_id, None) and self._transport:
            self._transport.hang_up(session_id)

    # -- called by the transport

    def on_line(self, line: bytes, answers: Answers | None) -> bool:
        event = self._event(line)
        if event is None:
            return False
        if event.get("event") == "session":
            self._on_session(event, len(line), answers)
        elif event.get("event") == "heartbeat":
            self.heartbeats += 1
        return True

    def on_transaction(self, line: bytes, answers: Answers) -> tuple[int, bytes] | None:
        event = self._event(line) or {}
        message = event.get("data")
        if event.get("event") != "session" or not isinstance(message, dict) or "data" not in message:
            return 400, b"invalid session message"
        receiver = self._session(event)
        if receiver is None:
            return 400, gojson.encode(_unknown_session(event.get("session_id"), message["data"]))
        receiver.on_line_size(len(line))
        return (500, b"failed to parse request") if receiver.on_invoke(message["data"], answers) else None

    def on_request_over(self, session_id: str, error: tuple[str, str] | None) -> None:
        receiver = self._sessions.get(session_id)
        if receiver and error is None:
            receiver.on_end()
        elif receiver and error:
            self._fail(receiver, *error)

    def on_open(self) -> None:
        self.died = None

    def on_closed(self, kind: str, reason: str) -> None:
        """The process is gone. On stdio the daemon tells nobody, and calls hang until they time out; here they fail."""
        self.died = reason
        words = self.last_words
        text = f"the plugin process of {self.declaration.id} is gone: {reason}" + (f"\n{words}" if words else "")
        for receiver in list(self._sessions.values()):
            self._fail(receiver, kind, text)
        self._sessions.clear()

    def _event(self, line: bytes) -> dict[str, Any] | None:
        try:
            event = gojson.decode(line)
        except ValueError:
            event = None
        if isinstance(event, dict):
            return event
        self.garbage.append(line[:200].decode("utf-8", "replace"))
        return None

    # -- sessions

    def _session(self, event: dict[str, Any]) -> Receiver | None:
        session_id = event.get("session_id")
        return self._sessions.get(session_id) if isinstance(session_id, str) else None

    def _on_session(self, event: dict[str, Any], size: int, answers: Answers | None) -> None:
        receiver = self._session(event)
        message = event.get("data")
        if receiver is None:
            self.dropped += 1
            return
        receiver.on_line_size(size)
        if isinstance(message, dict) and isinstance(message.get("type"), str) and "data" in message:
            self._on_session_message(receiver, message["type"], message["data"], answers)

    def _on_session_message(self, receiver: Receiver, kind: str, data: Any, answers: Answers | None) -> None:
        if kind == "stream":
            self._on_stream(receiver, data)
        elif kind == "invoke":
            self._on_invoke(receiver, data, answers)
        elif kind == "end":
            receiver.on_end()
        elif kind == "error":
            self._on_error(receiver, data)
        else:
            self._fail(receiver, "unknown_stream_message_type", f"unknown stream message type: {kind}")

    def _on_stream(self, receiver: Receiver, data: Any) -> None:
        wrong = chunk_problem(data)
        if wrong:
            self._fail(receiver, "unmarshal_error", f"unmarshal json failed: {wrong}")
        else:
            receiver.on_message({"type": data["type"], "message": data.get("message"), "meta": data.get("meta")})

    def _on_invoke(self, receiver: Receiver, data: Any, answers: Answers | None) -> None:
        if answers is None:
            text = "serverless event is not supported by full duplex"
            self._fail(receiver, "serverless_event_not_supported", text)
            return
        wrong = receiver.on_invoke(data, answers)
        if wrong:
            self._fail(receiver, "invoke_dify_error", f"invoke dify failed: {wrong}")

    def _on_error(self, receiver: Receiver, data: Any) -> None:
        args = data.get("args") if isinstance(data, dict) else None
        if isinstance(data, dict) and (args is None or (isinstance(args, dict) and len(args) <= MAX_ERROR_ARGS)):
            kind, text = str(data.get("error_type") or ""), str(data.get("message") or "")
            receiver.on_error(kind, text, gojson.marshal({"message": text, "error_type": kind, "args": args}))

    def _fail(self, receiver: Receiver, kind: str, text: str) -> None:
        receiver.on_error(kind, text, gojson.marshal({"error_type": kind, "message": text}))


def _unknown_session(session_id: Any, invoke: Any) -> dict[str, Any]:
    """The body of the 400: it has no `session_id` at its top, for which the SDK looks."""
    request_id = invoke.get("backwards_request_id") if isinstance(invoke, dict) else None
    detail = {"error_type": "SessionNotFound", "detail": "key not found", "session_id": session_id}
    return {
        "backwards_request_id": request_id or "",
        "event": "error",
        "message": "failed to get session info from cache",
        "data": detail,
    }


def chunk_problem(data: Any) -> str | None:
    """What the daemon's struct refuses in a streamed message, None if it takes it."""
    if not isinstance(data, dict):
        return "json: cannot unmarshal into Go value of type tool_entities.ToolResponseChunk"
    for name in ("message", "meta"):
        if not (data.get(name) is None or isinstance(data[name], dict)):
            return f"json: cannot unmarshal into Go struct field ToolResponseChunk.{name}: it is no object"
    if not isinstance(data.get("type"), str) or data["type"] not in wire.MESSAGE_TYPES:
        tag = "is_valid_tool_response_chunk_type" if data.get("type") else "required"
        return f"Key: 'ToolResponseChunk.Type' Error:Field validation for 'Type' failed on the '{tag}' tag"
    return None
