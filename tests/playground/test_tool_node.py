"""What a workflow's Tool node makes of every type of message, and what it fails for."""

from __future__ import annotations

from typing import Any

import pytest

from playground.files import FileStore
from playground.tool_node import tool_node


def text(content: str) -> dict[str, Any]:
    return {"type": "text", "message": {"text": content}, "meta": None}


def json(content: Any) -> dict[str, Any]:
    return {"type": "json", "message": {"json_object": content}, "meta": None}


def variable(name: str, value: Any, stream: bool = False) -> dict[str, Any]:
    content = {"variable_name": name, "variable_value": value, "stream": stream}
    return {"type": "variable", "message": content, "meta": None}


def link(kind: str, url: str, meta: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"type": kind, "message": {"text": url}, "meta": meta}


def test_text_is_joined() -> None:
    assert tool_node([text("a"), text("b")]).outputs["text"] == "ab"


def test_json_is_a_list_of_everything_that_is_not_empty() -> None:
    assert tool_node([json({}), json({"a": 1}), json([]), json([2])]).outputs["json"] == [{"a": 1}, [2]]


def test_without_json_there_is_a_placeholder() -> None:
    assert tool_node([json({})]).outputs["json"] == [{"data": []}]


def test_a_link_becomes_text_whatever_its_meta_says() -> None:
    assert tool_node([link("link", "https://x.org", {"tool_file_id": "1"})]).outputs["text"] == "Link: https://x.org\n"


def test_of_a_variable_the_last_value_stays_and_pieces_are_joined() -> None:
    messages = [variable("a", 1), variable("a", 2), variable("b", "x", True), variable("b", "y", True)]
    outputs = tool_node(messages).outputs
    assert (outputs["a"], outputs["b"]) == (2, "xy")


def test_pieces_of_a_variable_that_is_no_text_fail_the_node() -> None:
    assert tool_node([variable("a", 1), variable("a", "x", True)]).error is not None


@pytest.mark.parametrize("kind", ["image_link", "binary_link"])
def test_a_file_link_needs_an_id(kind: str) -> None:
    assert tool_node([link(kind, "https://x.org/a")]).error == "tool message is missing tool_file_id metadata"
    assert tool_node([link(kind, "/files/tools/1.pdf")]).files[0]["tool_file_id"] == "1"
    assert tool_node([link(kind, "https://x.org/a", {"tool_file_id": "1"})]).files[0]["tool_file_id"] == "1"


def test_a_file_that_the_workspace_does_not_know_fails_the_node() -> None:
    assert tool_node([link("binary_link", "/files/tools/1.pdf")], FileStore()).error == "tool file 1 not found"


def test_a_blob_becomes_a_file() -> None:
    store = FileStore()
    message = {"type": "blob", "message": {"blob": "eA=="}, "meta": {"mime_type": "image/png"}}
    [file] = tool_node([message], store).files
    assert file["tool_file_id"] in store.files


@pytest.mark.parametrize("kind", ["log", "retriever_resources", "file"])
def test_some_messages_leave_nothing_behind(kind: str) -> None:
    content = {
        "log": {"id": "1", "label": "a", "status": "start", "data": {}},
        "retriever_resources": {"retriever_resources": [], "context": ""},
        "file": {"file_marker": "file_marker"},
    }[kind]
    outputs = tool_node([{"type": kind, "message": content, "meta": None}]).outputs
    assert outputs == {"text": "", "json": [{"data": []}], "files": []}


@pytest.mark.parametrize(
    ("message", "error"),
    [
        (variable("text", "x"), "reserved"),
        (variable("a", 1, stream=True), "must be a string"),
        ({"type": "text", "message": {"text": 1}, "meta": None}, "does not parse"),
        ({"type": "text", "message": {"json_object": {}}, "meta": None}, "Expected a payload"),
        ({"type": "telegram", "message": {}, "meta": None}, "is_valid_tool_response_chunk_type"),
        ({"type": "text", "message": "x", "meta": None}, "unmarshal json failed"),
    ],
)
def test_what_fails_the_node(message: dict[str, Any], error: str) -> None:
    result = tool_node([text("seen before"), message])
    assert result.error is not None
    assert error in result.error
    assert result.outputs == {}
    assert result.text == "seen before"  # what was streamed stays on the screen


def test_an_exception_fails_the_node_with_the_platforms_sentence() -> None:
    result = tool_node([text("a")], error=("ValueError", "boom"), provider="me/p/p")
    assert result.error == (
        "An error occurred in the me/p/p, please contact the author of me/p/p for help, "
        "error type: ValueError, error details: boom"
    )
    assert result.outputs == {}


@pytest.mark.parametrize("kind", ["InvokeBadRequestError", "InvokeServerUnavailableError"])
def test_errors_of_kinds_that_dify_takes_for_its_own_show_their_message_alone(kind: str) -> None:
    assert tool_node([], error=(kind, "quota used up")).error == "quota used up"
