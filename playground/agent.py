"""What the model of a workflow's Agent node reads of the messages that a tool emitted."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from .dify import stream_failure
from .files import FileError, FileStore, Forwarder

IMAGE_NOTE = (
    "image has been created and sent to user already, you do not need to create it, just tell the user to check it now."
)

UNREADABLE = "validation error for ToolInvokeMessage: binary_link is no type of message"


def agent_node_text(messages: Iterable[Mapping[str, Any]], failure: tuple[str, str, str] | None = None) -> str:
    """The text that the model of an Agent node is given, by the official strategies (SDK 0.9).

    Their SDK knows no `suppress_output`, so that JSON is read beside the text that says the same, and it cannot read
    `binary_link`: then nothing of the answer is left. `failure`: type, text and error line of a call that raised.
    """
    forwarder = Forwarder(FileStore())
    try:
        arrived = [one for message in messages for one in forwarder.forward(dict(message))]
    except FileError as wrong:
        return f"tool invoke error: {wrong}"
    if failure is not None:
        return f"tool invoke error: {stream_failure(*failure)}"
    if any(message["type"] == "binary_link" for message in arrived):
        return f"tool invoke error: {UNREADABLE}"
    return "".join(map(_node_part, arrived))


def _node_part(message: dict[str, Any]) -> str:
    if message["type"] == "json":
        return f"tool response: {json.dumps((message['message'] or {}).get('json_object'), ensure_ascii=False)}."
    return _part(message) or ""


def _part(message: dict[str, Any]) -> str | None:
    """The text of one message; None for those that add none at this place."""
    kind, content = message["type"], message["message"] or {}
    if kind == "text":
        return str(content.get("text", ""))
    if kind == "link":
        return f"result link: {content.get('text')}. please tell user to check it."
    if kind in ("image_link", "image"):
        return IMAGE_NOTE
    if kind in ("json", "variable"):
        return None
    return " ".join(f"{name}={value!r}" for name, value in content.items())
