"""The lines of the plugin protocol: how they are cut, what is written to a plugin, and the limit that kills it."""

from __future__ import annotations

from typing import Any

from . import gojson

LINE_LIMIT = 5 * 1024 * 1024  # the daemon's scanner: a line and its newline must fit in this many bytes
FILE_TYPES = frozenset({"file", "blob", "blob_chunk", "image", "image_link", "binary_link"})
MESSAGE_TYPES = FILE_TYPES | {"text", "json", "link", "variable", "log", "retriever_resources"}


class Lines:
    """Cuts a stream of bytes into lines. With a limit, `overrun` becomes true at the first line that is too long."""

    def __init__(self, limit: int | None = LINE_LIMIT) -> None:
        self.limit = limit
        self.overrun = False
        self._rest: list[bytes] = []
        self._size = 0

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that are complete now, without newlines and blank lines; none after an overrun."""
        if self.overrun:
            return []
        if b"\n" not in data:
            self._keep(data)
            return []
        *lines, rest = b"".join([*self._rest, data]).split(b"\n")
        self._rest, self._size = [], 0
        self._keep(rest)
        return self._within_limit(lines)

    def _keep(self, data: bytes) -> None:
        if data:
            self._rest.append(data)
            self._size += len(data)
            self.overrun = self.limit is not None and self._size >= self.limit

    def _within_limit(self, lines: list[bytes]) -> list[bytes]:
        for index, line in enumerate(lines):
            if self.limit is not None and len(line) >= self.limit:
                self.overrun = True
                return [line for line in lines[:index] if line]
        return [line for line in lines if line]


def request(session_id: str, data: dict[str, Any], about: dict[str, Any] | None = None) -> bytes:
    """The line that starts a tool call. `about`: conversation_id, message_id, app_id, where there are any."""
    about = about or {}
    return gojson.encode(
        {
            "session_id": session_id,
            "conversation_id": about.get("conversation_id"),
            "message_id": about.get("message_id"),
            "app_id": about.get("app_id"),
            "endpoint_id": None,
            "context": None,
            "event": "request",
            "data": data,
        }
    )


class Answer:
    """Builds the lines that answer one reverse call: the envelope is written once, the messages go between."""

    def __init__(self, session_id: str, request_id: str) -> None:
        head = gojson.encode(
            {
                "session_id": session_id,
                "conversation_id": None,
                "message_id": None,
                "app_id": None,
                "endpoint_id": None,
                "context": None,
                "event": "backwards_response",
                "data": {"backwards_request_id": request_id},
            }
        )
        self._head = head[:-2] + b',"event":'

    def message(self, payload: bytes) -> bytes:
        return self._head + b'"response","message":"stream","data":' + payload + b"}}"

    def error(self, text: str) -> bytes:
        return self._head + b'"error","message":' + gojson.encode(text) + b',"data":null}}'

    def end(self) -> bytes:
        return self._head + b'"end","message":"","data":null}}'
