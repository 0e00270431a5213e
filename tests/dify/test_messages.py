"""Wire dicts ⇄ values: what is understood, what is ignored, and what is emitted in which order."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanout.core import limits
from fanout.core.answers.answer import Answer
from fanout.core.calls.messages import Message
from fanout.core.calls.records import FileMessage
from fanout.core.errors import TooLargeError
from fanout.dify.lines import read_line
from fanout.dify.messages import NOTHING_FOUND, answer_messages, from_wire, text_messages


def wire(kind: Any, message: Any, meta: Any = None) -> dict[str, Any]:
    return {"type": kind, "message": message, "meta": meta}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (wire("text", {"text": "x"}), Message("text", "x")),
        (wire("json", {"json_object": {"a": 1}, "suppress_output": True}), Message("json", {"a": 1})),
        (wire("json", {"json_object": [1]}), Message("json", [1])),
        (wire("variable", {"variable_name": "n", "variable_value": None}), Message("variable", None, name="n")),
        (
            wire("variable", {"variable_name": "n", "variable_value": "x", "stream": True}),
            Message("variable", "x", name="n", stream=True),
        ),
        (wire("link", {"text": "https://x.org"}), Message("link", "https://x.org", meta={})),
        (wire("link", {"text": "https://x.org"}, ["?"]), Message("link", "https://x.org", meta={})),
    ],
)
def test_what_is_understood(data: dict[str, Any], message: Message) -> None:
    assert from_wire(data) == message


@pytest.mark.parametrize(
    ("kind", "meta", "passed_on_as"),
    [
        ("image_link", {"tool_file_id": "1"}, "image_link"),
        ("binary_link", {"tool_file_id": "1"}, "binary_link"),
        ("link", {"tool_file_id": "1"}, "binary_link"),
        ("image_link", None, "image"),
        ("binary_link", {}, "link"),
    ],
)
def test_files_and_as_what_they_are_passed_on(kind: str, meta: Any, passed_on_as: str) -> None:
    message = from_wire(wire(kind, {"text": "/files/1.png"}, meta))
    assert message is not None
    assert (message.kind, message.value["type"], message.meta) == ("file", passed_on_as, meta or {})


@pytest.mark.parametrize(
    ("file", "passed_on_as"),
    [
        ({"type": "image", "remote_url": "https://x.org/1"}, "image"),
        ({"type": "document", "mime_type": "image/png", "url": "http://x.org/1"}, "image"),
        ({"type": "document", "remote_url": "https://x.org/1"}, "link"),
        ({"remote_url": "https://x.org/1", "mime_type": ["image/"], "filename": 7}, "link"),
    ],
)
def test_file_objects_with_an_outside_address_are_files(file: dict[str, Any], passed_on_as: str) -> None:
    message = from_wire(wire("file", {"file_marker": "file_marker"}, {"file": file}))
    assert message is not None
    assert (message.kind, message.value["type"]) == ("file", passed_on_as)
    assert message.value["url"].endswith("x.org/1")


@pytest.mark.parametrize("file", [None, [], {}, {"remote_url": "/files/1"}, {"url": 7}, {"url": "file:///etc/passwd"}])
def test_file_objects_without_one_are_ignored(file: Any) -> None:
    assert from_wire(wire("file", {"file_marker": "file_marker"}, {"file": file})) is None


def test_what_a_file_says_of_itself_is_text_or_nothing() -> None:
    message = from_wire(wire("link", {"text": "u"}, {"tool_file_id": "1", "mime_type": ["x"], "filename": 7}))
    assert message is not None
    unknown = {"mime_type": None, "filename": None}
    assert message.value == {"type": "binary_link", "url": "u", "tool_file_id": "1", **unknown}
    assert from_wire(wire("link", {"text": "u"}, {"tool_file_id": ["1"]})) == Message(
        "link", "u", meta={"tool_file_id": ["1"]}
    )


@pytest.mark.parametrize(
    ("url", "meta"),
    [("u" * limits.LINE_BYTES, {}), ("u", {"m": "\x01" * 1_000_000}), ("u", {"m": json.loads("[" * 300 + "]" * 300)})],
    ids=["url", "meta", "depth"],
)
def test_a_file_that_no_line_can_carry_is_refused(url: str, meta: dict[str, Any]) -> None:
    with pytest.raises(TooLargeError, match="a file whose"):
        from_wire(wire("image_link", {"text": url}, {"tool_file_id": "1", **meta}))


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        "text",
        {},
        wire("text", None),
        wire("text", {}),
        wire("text", {"text": 5}),
        wire("json", {"json_object": 5}),
        wire("json", {}),
        wire("variable", {"variable_name": "", "variable_value": 1}),
        wire("variable", {"variable_name": 7, "variable_value": 1}),
        wire("variable", {"variable_name": "n", "variable_value": 7, "stream": True}),
        wire("link", {"text": None}),
        wire("log", {"label": "x"}),
        wire("file", {"file_marker": "file_marker"}),
        wire("of tomorrow", {"text": "x"}),
        wire(["text"], {"text": "x"}),
    ],
)
def test_what_cannot_be_read_is_ignored(data: Any) -> None:
    assert from_wire(data) is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=())),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(st.text(max_size=8), values, max_size=3),
    max_leaves=8,
)
kinds = st.sampled_from(["text", "json", "variable", "link", "image_link", "binary_link", "log"]) | json_values


@given(kind=kinds, message=json_values, meta=json_values)
def test_whatever_arrives_is_a_clean_message_or_nothing(kind: Any, message: Any, meta: Any) -> None:
    read = from_wire(read_line(json.dumps(wire(kind, message, meta)).encode()))
    if read is not None:
        json.dumps([read.value, read.name, read.meta], allow_nan=False, ensure_ascii=False).encode()


def test_an_answer_is_emitted_in_order() -> None:
    file = FileMessage("binary_link", "/files/1", {"tool_file_id": "1"})
    answer = Answer("words", [{"a": 1}], [], complete=True, settled_by="all", files=(file,))
    messages = answer_messages(answer, {"ok": True}, streamed="earlier words")
    names = [message["message"].get("variable_name") for message in messages if message["type"] == "variable"]
    assert [message["type"] for message in messages] == ["text", *["variable"] * 7, "json", "image_link"]
    assert names == ["result", "items", "branches", "complete", "settled_by", "warnings", "ok"]
    assert messages[0]["message"] == {"text": "words\n"}
    assert messages[-2]["message"] == {"json_object": {"items": [{"a": 1}]}, "suppress_output": True}
    assert messages[-1] == {"type": "image_link", "message": {"text": "/files/1"}, "meta": {"tool_file_id": "1"}}


@pytest.mark.parametrize(
    ("streamed", "text", "emitted"),
    [("", "", ""), ("", "x", "x\n"), ("", "x\n", "x\n"), ("x", "", "\n"), ("x\n", "", ""), ("x", "\n\ny", "\n\ny\n")],
)
def test_text_before_files_ends_with_a_line_break(streamed: str, text: str, emitted: str) -> None:
    files = (FileMessage("link", "https://x.org/1", {}),)
    answer = Answer(text, None, [], complete=True, settled_by="all", files=files)
    messages = answer_messages(answer, {}, streamed=streamed)
    assert "".join(message["message"]["text"] for message in messages if message["type"] == "text") == emitted
    unaccompanied = answer_messages(replace(answer, files=()), {}, streamed=streamed)
    assert [message["message"]["text"] for message in unaccompanied if message["type"] == "text"] == [text] * bool(text)


def test_a_model_does_not_read_an_answer_twice() -> None:
    answer = Answer("words", {"a": 1}, [], complete=True, settled_by="all")
    messages = answer_messages(answer, {}, in_reverse=True)
    assert [message["type"] for message in messages] == ["text", *["variable"] * 6]


@pytest.mark.parametrize(
    ("streamed", "text", "has_file", "reads"),
    [("", "", False, [NOTHING_FOUND]), ("", "x", False, ["x"]), ("x", "", False, []), ("", "", True, [])],
)
def test_a_model_hears_that_there_is_nothing(streamed: str, text: str, has_file: bool, reads: list[str]) -> None:
    files = (FileMessage("link", "https://x.org/1", {}),) if has_file else ()
    answer = Answer(text, None, [], complete=True, settled_by="all", files=files)
    messages = answer_messages(answer, {}, streamed=streamed, to_model=True)
    assert [message["message"]["text"] for message in messages if message["type"] == "text"] == reads


@pytest.mark.parametrize("value", [None, 5, "x", [], [1], {}, {"a": 1}])
def test_variables_are_never_null(value: Any) -> None:
    answer = Answer("", value, [], complete=True, settled_by="all")
    assert all(
        message["message"]["variable_value"] is not None
        for message in answer_messages(answer, {})
        if message["type"] == "variable"
    )


@pytest.mark.parametrize("character", ["a", "é", '"', "\x01", "😀"])
def test_long_text_is_split_into_lines_that_fit(character: str) -> None:
    text = character * 5_000_000
    messages = text_messages(text)
    assert "".join(message["message"]["text"] for message in messages) == text
    assert all(len(json.dumps(message, ensure_ascii=False).encode()) <= limits.LINE_BYTES for message in messages)
