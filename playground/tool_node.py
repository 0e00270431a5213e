"""What a workflow's Tool node makes of the messages that a tool emitted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .dify import PASSED_BARE
from .files import FileError, FileStore, Forwarder
from .plugin import chunk_problem

NO_FILE_ID = "tool message is missing tool_file_id metadata"


class NodeError(Exception):
    """The node fails; the text is what the user reads."""


@dataclass
class NodeResult:
    """The outputs of the node: `text`, `json`, `files` and the variables; or the error for which it failed.

    What was streamed before a failure stays on the screen, but no output of a failed node is kept.
    """

    text: str = ""
    json: list[Any] = field(default_factory=list)
    files: list[dict[str, Any]] = field(default_factory=list)
    variables: dict[str, Any] = field(default_factory=dict)
    error: str | None = None

    @property
    def outputs(self) -> dict[str, Any]:
        """What following nodes can select; empty where the node failed."""
        if self.error is not None:
            return {}
        return {"text": self.text, "json": self.json or [{"data": []}], "files": self.files, **self.variables}


def tool_node(
    messages: Iterable[Mapping[str, Any]],
    store: FileStore | None = None,
    error: tuple[str, str] | None = None,
    provider: str = "the provider",
) -> NodeResult:
    """Play the messages, and the error with which the call ended, through a Tool node.

    With a `store`, files must be known there; without one, every file id is taken for known.
    """
    result = NodeResult()
    forwarder = Forwarder(store or FileStore())
    try:
        for message in messages:
            _check_chunk(message)
            for arrived in forwarder.forward(dict(message)):
                _take(result, arrived, store)
        if error is not None:
            raise NodeError(_words(error, provider))
    except (NodeError, FileError) as failure:
        result.error = str(failure)
    return result


def _words(error: tuple[str, str], provider: str) -> str:
    """What a person reads: the message alone of the kinds that Dify takes for its own, else whom to ask."""
    if error[0] in PASSED_BARE:
        return error[1]
    return (
        f"An error occurred in the {provider}, please contact the author of {provider} for help, "
        f"error type: {error[0]}, error details: {error[1]}"
    )


def _check_chunk(message: Mapping[str, Any]) -> None:
    wrong = chunk_problem(dict(message))
    if wrong:
        raise NodeError(f"unmarshal json failed: {wrong}")


def _take(result: NodeResult, message: dict[str, Any], store: FileStore | None) -> None:
    handle = _HANDLERS.get(message["type"])
    if handle:
        handle(result, message["message"] or {}, message["meta"] or {}, store)


def _text(result: NodeResult, content: dict[str, Any], meta: dict[str, Any], store: FileStore | None) -> None:
    result.text += _field(content, "text")


def _link(result: NodeResult, content: dict[str, Any], meta: dict[str, Any], store: FileStore | None) -> None:
    result.text += f"Link: {_field(content, 'text')}\n"


def _json(result: NodeResult, content: dict[str, Any], meta: dict[str, Any], store: FileStore | None) -> None:
    found = _field(content, "json_object")
    if found:
        result.json.append(found)


def _variable(result: NodeResult, content: dict[str, Any], meta: dict[str, Any], store: FileStore | None) -> None:
    name, value = _field(content, "variable_name"), content.get("variable_value")
    if content.get("stream"):
        before = result.variables.get(name, "")
        if not isinstance(before, str):
            raise NodeError(f"the variable {name} is no text, and pieces are to follow")
        value = before + str(value)
    result.variables[name] = value


def _file(result: NodeResult, content: dict[str, Any], meta: dict[str, Any], store: FileStore | None) -> None:
    file_id = meta.get("tool_file_id")
    if not isinstance(file_id, str) or not file_id:
        raise NodeError(NO_FILE_ID)
    if store is not None and file_id not in store.files:
        raise NodeError(f"tool file {file_id} not found")
    result.files.append({"tool_file_id": file_id, "url": _field(content, "text"), **meta})


def _field(content: Mapping[str, Any], name: str) -> Any:
    if name not in content:
        raise NodeError(f"Expected a payload with {name} for the tool message, got {', '.join(content) or 'nothing'}.")
    return content[name]


Handler = Callable[[NodeResult, dict[str, Any], dict[str, Any], FileStore | None], None]
_HANDLERS: dict[str, Handler] = {  # logs and retriever resources leave nothing behind
    "text": _text,
    "link": _link,
    "json": _json,
    "variable": _variable,
    "image_link": _file,
    "binary_link": _file,
}
