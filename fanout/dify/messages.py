"""Wire dicts ⇄ core values. What cannot be read is ignored here, so that nothing behind needs to ask."""

from __future__ import annotations

from typing import Any

from ..core import limits
from ..core.answers.answer import LINE_ROOM, Answer
from ..core.answers.render import split_text
from ..core.calls.messages import Message
from ..core.calls.records import FileMessage
from ..core.cleaning import clean_parsed
from ..core.depth import is_deeper
from ..core.errors import TooLargeError
from ..core.values import clean, compact
from .lines import write_json

type Wire = dict[str, Any]

FILE_LINKS = ("image_link", "binary_link")


def from_wire(data: Any) -> Message | None:
    """The message of one chunk `{type, message, meta}`; None for malformed ones and kinds that have no use here."""
    if not isinstance(data, dict):
        return None
    body = data.get("message")
    if not isinstance(body, dict):
        return None
    match data.get("type"):
        case "text" if isinstance(text := body.get("text"), str):
            return Message("text", clean(text))
        case "json" if isinstance(value := body.get("json_object"), dict | list):
            value, size = clean_parsed(value)
            return Message("json", value, size=size)
        case "variable":
            return _variable(body)
        case "link" | "image_link" | "binary_link" as kind if isinstance(url := body.get("text"), str):
            return _link(kind, clean(url), data.get("meta"))
    return None


def _variable(body: Wire) -> Message | None:
    name, value, stream = body.get("variable_name"), body.get("variable_value"), body.get("stream") is True
    if not isinstance(name, str) or not name or (stream and not isinstance(value, str)):
        return None
    value, size = clean_parsed(value)
    return Message("variable", value, name=clean(name), stream=stream, size=size)


def _link(kind: str, url: str, meta: Any) -> Message:
    meta, size = clean_parsed(meta if isinstance(meta, dict) else {})
    file_id = _text(meta, "tool_file_id")
    if kind not in FILE_LINKS and not file_id:
        return Message("link", url, meta=meta)
    _check_file(url, meta, size.bytes)
    file = {
        "type": _file_type(kind, has_id=bool(file_id)),
        "url": url,
        "mime_type": _text(meta, "mime_type"),
        "filename": _text(meta, "filename"),
        "tool_file_id": file_id,
    }
    return Message("file", file, meta=meta)


def _text(meta: Wire, name: str) -> str | None:
    value = meta.get(name)
    return value if isinstance(value, str) else None


def _check_file(url: str, meta: Wire, meta_bytes: int) -> None:
    """Refuse a file that could not be passed on: it goes out in one line, as it came in."""
    if meta_bytes + len(compact(url).encode()) > LINE_ROOM:
        raise TooLargeError("a file whose address and meta are more than one message carries")
    if is_deeper(meta, limits.LINE_DEPTH):
        raise TooLargeError(f"a file whose meta is nested more than {limits.LINE_DEPTH} levels deep")


def _file_type(kind: str, *, has_id: bool) -> str:
    """As what a file can be passed on: the platform fails a node over a file link that has no id."""
    if has_id:
        return kind if kind in FILE_LINKS else "binary_link"
    return "image" if kind == "image_link" else "link"


# -- what a tool emits


def text_messages(text: str) -> list[Wire]:
    """Text as messages whose lines the platform can carry."""
    return [_message("text", {"text": piece}) for piece in split_text(text, LINE_ROOM)]


def answer_messages(answer: Answer, extra: dict[str, Any] | None = None) -> list[Wire]:
    """Everything behind the streamed text, in the order of contract 10; `extra` holds further variables of a tool."""
    variables = {
        "result": answer.result,
        "items": answer.items,
        "branches": answer.branches,
        "complete": answer.complete,
        "settled_by": answer.settled_by,
        **(extra or {}),
    }
    return [
        *(text_messages(answer.text) if answer.text else []),
        *(_message("variable", _variable_body(name, value)) for name, value in variables.items()),
        # an agent reads the text; `suppress_output` keeps it from reading everything twice
        _message("json", {"json_object": answer.result, "suppress_output": True}),
        *(_file(file) for file in answer.files),
    ]


def _variable_body(name: str, value: Any) -> Wire:
    return {"variable_name": name, "variable_value": value, "stream": False}


def _file(file: FileMessage) -> Wire:
    return _message(file.type, {"text": file.url}, file.meta)


def stream_line(session_id: str, message: Wire) -> str:
    """The line of the protocol that carries a message."""
    line = {"event": "session", "session_id": session_id, "data": {"type": "stream", "data": message}}
    return write_json(line) + "\n\n"


def _message(kind: str, body: Wire, meta: Wire | None = None) -> Wire:
    return {"type": kind, "message": body, "meta": meta}
