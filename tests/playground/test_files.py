"""What the API makes of messages on their way: the table of what arrives for what was emitted."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from playground.files import MAX_CHUNK_BYTES, FileError, FileStore, Forwarder


def arrived(*messages: dict[str, Any], store: FileStore | None = None) -> list[dict[str, Any]]:
    forwarder = Forwarder(store or FileStore())
    return [one for message in messages for one in forwarder.forward({"meta": None, **message})]


def chunk(content: bytes, end: bool = False, meta: dict[str, Any] | None = None) -> dict[str, Any]:
    blob = base64.b64encode(content).decode()
    message = {"id": "b", "sequence": 0, "total_length": 99, "blob": blob, "end": end}
    return {"type": "blob_chunk", "message": message, "meta": meta}


@pytest.mark.parametrize(
    "message",
    [
        {"type": "text", "message": {"text": "a"}},
        {"type": "link", "message": {"text": "https://x.org"}, "meta": {"a": 1}},
        {"type": "variable", "message": {"variable_name": "a", "variable_value": 1}},
        {"type": "log", "message": {"id": "1", "label": "a", "status": "start", "data": {}}},
        {"type": "retriever_resources", "message": {"retriever_resources": [], "context": ""}},
    ],
)
def test_some_messages_arrive_unchanged(message: dict[str, Any]) -> None:
    assert arrived(message) == [{"meta": None, **message}]


def test_json_arrives_under_json_object_with_suppress_output() -> None:
    [message] = arrived({"type": "json", "message": {"json_object": [1], "suppress_output": True}})
    assert message["message"] == {"json_object": [1], "suppress_output": True}
    [bare] = arrived({"type": "json", "message": {"a": 1}})
    assert bare["message"] == {"json_object": {"a": 1}, "suppress_output": False}


def test_chunks_are_merged_into_one_file_and_arrive_as_a_binary_link() -> None:
    store = FileStore()
    meta = {"mime_type": "application/pdf", "filename": "a.pdf"}
    [message] = arrived(chunk(b"ab"), chunk(b"cd"), chunk(b"", end=True, meta=meta), store=store)
    file_id = message["meta"]["tool_file_id"]
    assert store.files[file_id] == (b"abcd", "application/pdf")
    assert message["type"] == "binary_link"
    assert message["message"] == {"text": f"/files/tools/{file_id}.pdf"}
    assert message["meta"] == {**meta, "tool_file_id": file_id}


def test_a_blob_of_an_image_type_arrives_as_an_image_link() -> None:
    message = {"type": "blob", "message": {"blob": "eA=="}, "meta": {"mime_type": "image/png"}}
    assert arrived(message)[0]["type"] == "image_link"


def test_a_blob_without_a_type_is_octets() -> None:
    [message] = arrived({"type": "blob", "message": {"blob": "eA=="}})
    assert message["type"] == "binary_link"
    assert message["message"]["text"].endswith(".bin")


def test_a_chunk_over_8_kib_is_refused() -> None:
    with pytest.raises(FileError, match="File chunk is too large"):
        arrived(chunk(b"x" * (MAX_CHUNK_BYTES + 1)))


def test_an_image_is_downloaded_and_arrives_as_an_image_link() -> None:
    store = FileStore(downloads={"https://x.org/a": (b"png", "image/png")})
    [message] = arrived({"type": "image", "message": {"text": "https://x.org/a"}}, store=store)
    file_id = message["meta"]["tool_file_id"]
    assert message["type"] == "image_link"
    assert message["message"]["text"] == f"/files/tools/{file_id}.png"


def test_an_image_that_cannot_be_had_arrives_as_text() -> None:
    [message] = arrived({"type": "image", "message": {"text": "https://x.org/a"}})
    assert message["type"] == "text"
    assert message["message"]["text"].startswith("Failed to download image: https://x.org/a")


@pytest.mark.parametrize("meta", [None, {}, {"file": {"transfer_method": "tool_file"}}])
def test_a_file_message_of_a_plugin_is_dropped(meta: Any) -> None:
    assert arrived({"type": "file", "message": {"file_marker": "file_marker"}, "meta": meta}) == []


@pytest.mark.parametrize("kind", ["image_link", "binary_link"])
def test_a_link_to_a_tool_file_gets_its_id_from_the_address(kind: str) -> None:
    [known] = arrived({"type": kind, "message": {"text": "/files/tools/abc.png"}, "meta": {"mime_type": "image/png"}})
    assert known["meta"] == {"mime_type": "image/png", "tool_file_id": "abc"}
    [given] = arrived({"type": kind, "message": {"text": "/files/tools/abc.png"}, "meta": {"tool_file_id": "mine"}})
    assert given["meta"] == {"tool_file_id": "mine"}
    [foreign] = arrived({"type": kind, "message": {"text": "https://x.org/a.png"}})
    assert foreign["meta"] == {}


@pytest.mark.parametrize("name", ["text", "json", "files"])
def test_reserved_names_of_variables_do_not_parse(name: str) -> None:
    with pytest.raises(FileError, match="reserved"):
        arrived({"type": "variable", "message": {"variable_name": name, "variable_value": 1}})


@pytest.mark.parametrize(
    "message",
    [
        {"type": "variable", "message": {"variable_name": "a", "variable_value": 1, "stream": True}},
        {"type": "text", "message": {"text": 5}},
        {"type": "text", "message": {}},
        {"type": "json", "message": {"json_object": "text"}},
        {"type": "log", "message": {"label": "a"}},
    ],
)
def test_messages_of_a_wrong_shape_do_not_parse(message: dict[str, Any]) -> None:
    with pytest.raises(FileError):
        arrived(message)
