"""What the API makes of a tool's messages before anybody reads them: blobs become files, files become links."""

from __future__ import annotations

import base64
import binascii
import mimetypes
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

MAX_FILE_BYTES = 50 * 1024 * 1024
MAX_CHUNK_BYTES = 8192
RESERVED_VARIABLES = frozenset({"json", "text", "files"})
TOOL_FILE_URL = re.compile(r"(?:^|/+)files/tools/(?P<id>[^/?#.]+)")
LOG_STATUS = frozenset({"start", "error", "success"})


class FileError(ValueError):
    """A message that the API refuses: the call fails with this text."""


@dataclass
class FileStore:
    """The tool files of a workspace, by id, and the addresses from which images can be had."""

    files: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    downloads: dict[str, tuple[bytes, str]] = field(default_factory=dict)

    def add(self, content: bytes, mime_type: str) -> str:
        """Keep a file; returns its id."""
        file_id = str(uuid.uuid4())
        self.files[file_id] = (content, mime_type)
        return file_id

    def download(self, url: str) -> tuple[str, str]:
        """Fetch an image (from `downloads` only: the playground touches no network); returns its id and type."""
        if url not in self.downloads:
            raise FileError("the playground downloads nothing; it knows this address not")
        content, mime_type = self.downloads[url]
        return self.add(content, mime_type), mime_type


class Forwarder:
    """Merges the blob chunks of one call and transforms its messages."""

    def __init__(self, store: FileStore) -> None:
        self._store = store
        self._blobs: dict[str, bytearray] = {}

    def forward(self, message: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """What arrives for one message that a tool emitted: none, one, or an error."""
        message = parsed(message)
        kind = message["type"]
        if kind == "blob_chunk":
            merged = self._merge(message)
            if merged is None:
                return
            message, kind = merged, "blob"
        address = (message["message"] or {}).get("text")
        if kind == "image" and address is not None:
            yield self._image(message, address)
        elif kind == "blob":
            yield self._blob(message)
        elif kind == "file":
            return  # a plugin cannot send a file object, and everything else is dropped here
        elif kind in ("image_link", "binary_link") and address is not None:
            yield {**message, "meta": _with_id(message["meta"], _id_in_url(address))}
        else:
            yield message

    def _merge(self, message: dict[str, Any]) -> dict[str, Any] | None:
        chunk = message["message"]
        if not chunk or not _is_chunk(chunk):
            raise FileError("unexpected message type")
        content = _decoded(chunk["blob"])
        blob = self._blobs.setdefault(chunk["id"], bytearray())
        if len(blob) + len(content) > MAX_FILE_BYTES:
            raise FileError(f"File is too large which reached the limit of {MAX_FILE_BYTES / 1024 / 1024}MB")
        if len(content) > MAX_CHUNK_BYTES:
            raise FileError(f"File chunk is too large which reached the limit of {MAX_CHUNK_BYTES / 1024}KB")
        blob += content
        if not chunk["end"]:
            return None
        whole = base64.b64encode(self._blobs.pop(chunk["id"])).decode()
        return {"type": "blob", "message": {"blob": whole}, "meta": message["meta"]}

    def _image(self, message: dict[str, Any], url: str) -> dict[str, Any]:
        try:
            file_id, mime_type = self._store.download(url)
        except FileError as error:
            text = f"Failed to download image: {url}: {error}"
            return {"type": "text", "message": {"text": text}, "meta": message["meta"] or {}}
        address = f"/files/tools/{file_id}{mimetypes.guess_extension(mime_type) or '.png'}"
        return {"type": "image_link", "message": {"text": address}, "meta": _with_id(message["meta"], file_id)}

    def _blob(self, message: dict[str, Any]) -> dict[str, Any]:
        blob = (message["message"] or {}).get("blob")
        if blob is None:
            raise FileError("unexpected message type")
        meta = message["meta"] or {}
        mime_type = str(meta.get("mime_type") or "application/octet-stream")
        file_id = self._store.add(_decoded(blob), mime_type)
        address = f"/files/tools/{file_id}{mimetypes.guess_extension(mime_type) or '.bin'}"
        kind = "image_link" if "image" in mime_type else "binary_link"
        return {"type": kind, "message": {"text": address}, "meta": _with_id(meta, file_id)}


def parsed(message: dict[str, Any]) -> dict[str, Any]:
    """The message as the API's own model has it: with the fields of one shape. Raises FileError if it fits none."""
    kind, content = message["type"], message.get("message")
    if kind == "json" and isinstance(content, dict):
        content = content if "json_object" in content else {"json_object": content}
        content = {**content, "suppress_output": bool(content.get("suppress_output"))}
    elif kind == "file" and isinstance(content, dict):
        content = {"file_marker": "file_marker"}
    return {"type": kind, "message": None if content is None else _in_shape(kind, content), "meta": message.get("meta")}


def _in_shape(kind: str, content: dict[str, Any]) -> dict[str, Any]:
    for fields, fits in _SHAPES:
        if fits(content):
            return {name: value for name, value in content.items() if name in fields}
    raise FileError(f"1 validation error for ToolInvokeMessage: a message of type {kind} does not parse")


def _is_variable(content: dict[str, Any]) -> bool:
    name = content.get("variable_name")
    if not isinstance(name, str) or "variable_value" not in content:
        return False
    if name in RESERVED_VARIABLES:
        raise FileError(f"1 validation error: Value error, The variable name '{name}' is reserved.")
    if content.get("stream") and not isinstance(content["variable_value"], str):
        raise FileError("1 validation error: Value error, When 'stream' is True, 'variable_value' must be a string.")
    return True


def _is_chunk(content: dict[str, Any]) -> bool:
    numbers = isinstance(content.get("sequence"), int) and isinstance(content.get("total_length"), int)
    texts = isinstance(content.get("id"), str) and isinstance(content.get("blob"), str)
    return numbers and texts and isinstance(content.get("end"), bool)


def _is_log(content: dict[str, Any]) -> bool:
    known = isinstance(content.get("label"), str) and str(content.get("status")) in LOG_STATUS
    return known and "id" in content and isinstance(content.get("data"), dict)


def _is_resources(content: dict[str, Any]) -> bool:
    return isinstance(content.get("retriever_resources"), list) and isinstance(content.get("context"), str)


# the fields of each shape of a message, and what a content must have to be of that shape; the first that fits is taken
_SHAPES: tuple[tuple[frozenset[str], Callable[[dict[str, Any]], bool]], ...] = (
    (
        frozenset({"json_object", "suppress_output"}),
        lambda content: isinstance(content.get("json_object"), dict | list),
    ),
    (frozenset({"text"}), lambda content: isinstance(content.get("text"), str)),
    (frozenset({"id", "sequence", "total_length", "blob", "end"}), _is_chunk),
    (frozenset({"blob"}), lambda content: isinstance(content.get("blob"), str)),
    (frozenset({"id", "label", "parent_id", "error", "status", "data", "metadata"}), _is_log),
    (frozenset({"file_marker"}), lambda content: isinstance(content.get("file_marker"), str)),
    (frozenset({"variable_name", "variable_value", "stream"}), _is_variable),
    (frozenset({"retriever_resources", "context"}), _is_resources),
)


def _decoded(blob: str) -> bytes:
    try:
        return base64.b64decode(blob)
    except (binascii.Error, ValueError):
        return blob.encode()


def _id_in_url(url: str) -> str | None:
    found = TOOL_FILE_URL.search(url)
    return found["id"] if found else None


def _with_id(meta: dict[str, Any] | None, file_id: str | None) -> dict[str, Any]:
    meta = dict(meta or {})
    if file_id and "tool_file_id" not in meta:
        meta["tool_file_id"] = file_id
    return meta
