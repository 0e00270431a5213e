"""What the API makes of a tool's messages before anybody reads them: blobs become files, files become links."""

from __future__ import annotations

import base64
import binascii
import mimetypes
import re
import uuid
from collections.abc import Iterator
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
        if kind == "image":
            yield self._image(message)
        elif kind == "blob":
            yield self._blob(message)
        elif kind == "file":
            return  # a plugin cannot send a file object, and everything else is dropped here
        elif kind in ("image_link", "binary_link"):
            yield {**message, "meta": _with_id(message["meta"], _id_in_url(message["message"].get("text")))}
        else:
            yield message

    def _merge(self, message: dict[str, Any]) -> dict[str, Any] | None:
        chunk = message["message"]
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

    def _image(self, message: dict[str, Any]) -> dict[str, Any]:
        url = message["message"]["text"]
        try:
            file_id, mime_type = self._store.download(url)
        except FileError as error:
            text = f"Failed to download image: {url}: {error}"
            return {"type": "text", "message": {"text": text}, "meta": message["meta"] or {}}
        address = f"/files/tools/{file_id}{mimetypes.guess_extension(mime_type) or '.png'}"
        return {"type": "image_link", "message": {"text": address}, "meta": _with_id(message["meta"], file_id)}

    def _blob(self, message: dict[str, Any]) -> dict[str, Any]:
        meta = message["meta"] or {}
        mime_type = meta.get("mime_type") or "application/octet-stream"
        file_id = self._store.add(_decoded(message["message"]["blob"]), mime_type)
        address = f"/files/tools/{file_id}{mimetypes.guess_extension(mime_type) or '.bin'}"
        kind = "image_link" if "image" in mime_type else "binary_link"
        return {"type": kind, "message": {"text": address}, "meta": _with_id(meta, file_id)}


def parsed(message: dict[str, Any]) -> dict[str, Any]:
    """The message as the API's own model has it. Raises FileError where it does not parse."""
    kind, content = message["type"], message.get("message")
    if kind == "json" and isinstance(content, dict):
        content = content if "json_object" in content else {"json_object": content}
        content = {"json_object": content["json_object"], "suppress_output": bool(content.get("suppress_output"))}
    elif kind == "file" and isinstance(content, dict):
        content = {"file_marker": "file_marker"}
    if content is not None and not any(fits(content) for fits in _SHAPES):
        raise FileError(f"1 validation error for ToolInvokeMessage: a message of type {kind} does not parse")
    return {"type": kind, "message": content, "meta": message.get("meta")}


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
    return {"id", "sequence", "total_length", "blob", "end"} <= content.keys()


def _is_log(content: dict[str, Any]) -> bool:
    known = isinstance(content.get("label"), str) and content.get("status") in LOG_STATUS
    return known and "id" in content and isinstance(content.get("data"), dict)


def _is_resources(content: dict[str, Any]) -> bool:
    return isinstance(content.get("retriever_resources"), list) and isinstance(content.get("context"), str)


_SHAPES = (
    lambda content: isinstance(content.get("json_object"), dict | list),
    lambda content: isinstance(content.get("text"), str),
    lambda content: isinstance(content.get("blob"), str),
    _is_variable,
    _is_chunk,
    _is_log,
    _is_resources,
    lambda content: isinstance(content.get("file_marker"), str),
)


def _decoded(blob: Any) -> bytes:
    try:
        return base64.b64decode(blob)
    except (binascii.Error, TypeError, ValueError):
        return str(blob).encode()


def _id_in_url(url: Any) -> str | None:
    found = TOOL_FILE_URL.search(url) if isinstance(url, str) else None
    return found["id"] if found else None


def _with_id(meta: dict[str, Any] | None, file_id: str | None) -> dict[str, Any]:
    meta = dict(meta or {})
    if file_id and "tool_file_id" not in meta:
        meta["tool_file_id"] = file_id
    return meta
