"""What models read of a tool's messages."""

from __future__ import annotations

from typing import Any

from playground.agent import IMAGE_NOTE, UNREADABLE, agent_node_text


def message(kind: str, content: dict[str, Any], meta: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"type": kind, "message": content, "meta": meta}


def test_links_and_images_become_sentences() -> None:
    assert agent_node_text([message("link", {"text": "u"})]) == "result link: u. please tell user to check it."
    image = message("image_link", {"text": "/files/tools/1.png"}, {"tool_file_id": "1"})
    assert agent_node_text([image]) == IMAGE_NOTE


def test_variables_are_not_read_and_everything_else_is_pasted_in() -> None:
    assert agent_node_text([message("variable", {"variable_name": "a", "variable_value": 1})]) == ""
    assert "label='a'" in agent_node_text([message("log", {"id": "1", "label": "a", "status": "start", "data": {}})])


def test_an_agent_node_reads_json_beside_the_text_even_where_it_is_suppressed() -> None:
    suppressed = message("json", {"json_object": {"a": 1}, "suppress_output": True})
    assert agent_node_text([message("text", {"text": "b"}), suppressed]) == 'btool response: {"a": 1}.'


def test_a_file_that_its_sdk_cannot_read_costs_an_agent_node_the_whole_answer() -> None:
    file = message("binary_link", {"text": "/files/tools/1.pdf"}, {"tool_file_id": "1"})
    assert agent_node_text([message("text", {"text": "b"}), file]) == f"tool invoke error: {UNREADABLE}"
    assert agent_node_text([message("image_link", {"text": "/files/tools/1.pdf"}, {"tool_file_id": "1"})]) == IMAGE_NOTE


def test_an_agent_node_reads_an_error_with_all_that_its_line_holds_unless_dify_knows_its_type() -> None:
    line = '{"args":{"traceback":"in /x"},"error_type":"ValueError","message":"boom"}'
    assert "in /x" in agent_node_text([], ("ValueError", "boom", line))
    assert agent_node_text([], ("InvokeBadRequestError", "boom", line)) == "tool invoke error: boom"
