"""Wire dicts ⇄ core values. What cannot be read is ignored here, so that nothing behind needs to ask."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from ..core import limits
from ..core.answers.answer import LINE_ROOM, Answer
from ..core.answers.render import split_text
from ..core.calls.messages import Message
from ..core.calls.records import FileMessage
from ..core.depth import is_deeper
from ..core.errors import TooLargeError
from .lines import size_of, write_json

type Wire = dict[str, Any]

# of these two Dify shows our text alone; of others it asks people to contact the author, and models get escaped JSON
type ErrorName = Literal["InvokeBadRequestError", "InvokeServerUnavailableError"]

# ReAct leaves out an observation without text, so that the model sees no sign that its tool has run, and calls it again
NOTHING_FOUND = "No result."


def from_wire(data: Any) -> Message | None:
    """The message of one chunk `{type, message, meta}`; None for malformed ones and kinds that have no use here.

    The chunk comes from `lines.read_line`, and is clean. Raises TooLargeError.
    """
    if not isinstance(data, dict):
        return None
    body = data.get("message")
    if not isinstance(body, dict):
        return None
    match data.get("type"):
        case "text" if isinstance(text := body.get("text"), str):
            return Message("text", text)
        case "json" if isinstance(value := body.get("json_object"), dict | list):
            return Message("json", value, size=size_of(value))
        case "variable":
            return _variable(body)
        case "link" | "image_link" | "binary_link" as kind if isinstance(url := body.get("text"), str):
            return _link(kind, url, _meta(data))
        case "file":
            return _file_object(_meta(data).get("file"))
    return None


def _meta(data: Wire) -> Wire:
    meta = data.get("meta")
    return meta if isinstance(meta, dict) else {}


def _variable(body: Wire) -> Message | None:
    name, value, stream = body.get("variable_name"), body.get("variable_value"), body.get("stream") is True
    if not isinstance(name, str) or not name or (stream and not isinstance(value, str)):
        return None
    return Message("variable", value, name=name, stream=stream, size=size_of(value))


def _link(kind: str, url: str, meta: Wire) -> Message:
    file_id = _text(meta, "tool_file_id")
    if kind == "link" and not file_id:
        return Message("link", url, meta=meta)
    _check_file(url, meta)
    return _file_message(_file_type(kind, has_id=bool(file_id)), url, meta)


def _file_object(file: Any) -> Message | None:
    """A file that the platform does not keep itself, by its outside address; None where it has none."""
    file = file if isinstance(file, dict) else {}
    url = _text(file, "remote_url") or _text(file, "url") or ""
    if not url.startswith(("http://", "https://")):
        return None
    meta = {name: file[name] for name in ("mime_type", "filename") if _text(file, name)}
    _check_file(url, meta)
    is_image = file.get("type") == "image" or str(file.get("mime_type")).startswith("image/")
    return _file_message("image" if is_image else "link", url, meta)


def _file_message(kind: str, url: str, meta: Wire) -> Message:
    file = {name: _text(meta, name) for name in ("mime_type", "filename", "tool_file_id")}
    return Message("file", {"type": kind, "url": url, **file}, meta=meta)


def _text(meta: Wire, name: str) -> str | None:
    value = meta.get(name)
    return value if isinstance(value, str) else None


def _check_file(url: str, meta: Wire) -> None:
    """Refuse a file that could not be passed on: it goes out in one line, as it came in."""
    if size_of([url, meta]).bytes > LINE_ROOM:
        raise TooLargeError("a file whose address and meta are more than one message carries")
    if is_deeper(meta, limits.LINE_DEPTH):
        raise TooLargeError(f"a file whose meta is nested more than {limits.LINE_DEPTH} levels deep")


def _file_type(kind: str, *, has_id: bool) -> str:
    """What a file is; without an id, as what it can be passed on: the platform fails a node over such a file link."""
    if has_id:
        return "binary_link" if kind == "link" else kind
    return "image" if kind == "image_link" else "link"


# -- what a tool emits


def text_messages(text: str) -> list[Wire]:
    """Text as messages whose lines the platform can carry."""
    return [_message("text", {"text": piece}) for piece in split_text(text, LINE_ROOM)]


def answer_messages(
    answer: Answer, extra: Mapping[str, Any], *, streamed: str = "", in_reverse: bool = False, to_model: bool = False
) -> list[Wire]:
    """Everything behind the streamed text, in the order of contract 10.

    `extra` holds further variables of a tool, `streamed` the end of what was streamed before. `in_reverse`: an agent
    or another plugin called, where `suppress_output` is lost and a model would read the JSON message beside the text.
    `to_model`: a model reads what is said, and must hear that there is nothing.
    """
    files = [file for file in answer.files if _can_follow(file)]
    is_silent = not (streamed or answer.text or files)
    text = NOTHING_FOUND if to_model and is_silent else answer.text
    variables = {
        "result": answer.result,
        "items": answer.items,
        "branches": answer.branches,
        "complete": answer.complete,
        "settled_by": answer.settled_by,
        "warnings": list(answer.warnings),
        **extra,
    }
    return [
        *text_messages(_before_files(text, streamed) if files else text),
        *(_message("variable", _variable_body(name, value)) for name, value in variables.items()),
        *([] if in_reverse else [_message("json", {"json_object": answer.result, "suppress_output": True})]),
        *(_file(file) for file in files),
    ]


def _before_files(text: str, streamed: str) -> str:
    """The text with a line break at its end, since what follows would be glued to it; no text stays none."""
    said = streamed + text
    return text + "\n" if said and not said.endswith("\n") else text


def _variable_body(name: str, value: Any) -> Wire:
    return {"variable_name": name, "variable_value": value, "stream": False}


def _can_follow(file: FileMessage) -> bool:
    """Whether the platform can take a file: it keeps it, or can fetch it from an address of the web."""
    return bool(_text(file.meta, "tool_file_id")) or file.url.startswith(("http://", "https://"))


def _file(file: FileMessage) -> Wire:
    """A file as it is passed on.

    One that the platform keeps goes as `image_link`, whatever it is: Tool nodes, agent apps and Agent nodes all take
    that form alone.
    """
    kind = "image_link" if _text(file.meta, "tool_file_id") else file.type
    return _message(kind, {"text": file.url}, file.meta)


def stream_line(session_id: str, message: Wire) -> str:
    """The line of the protocol that carries a message."""
    line = {"event": "session", "session_id": session_id, "data": {"type": "stream", "data": message}}
    return write_json(line) + "\n\n"


def error_line(session_id: str, error_type: ErrorName, text: str) -> str:
    """The line of the protocol that says why a call failed."""
    error = {"error_type": error_type, "message": text, "args": {}}
    line = {"event": "session", "session_id": session_id, "data": {"type": "error", "data": error}}
    return write_json(line) + "\n\n"


def failure_lines(session_id: str, text: str) -> str:
    """The lines that end a call which no tool will hear of."""
    end = {"event": "session", "session_id": session_id, "data": {"type": "end", "data": {}}}
    return error_line(session_id, "InvokeBadRequestError", text) + write_json(end) + "\n\n"


def _message(kind: str, body: Wire, meta: Wire | None = None) -> Wire:
    return {"type": kind, "message": body, "meta": meta}
