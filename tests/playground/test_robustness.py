"""Whatever a plugin writes, the playground answers with an error at most, and never falls over."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground import gojson
from playground.agent import agent_node_text
from playground.files import FileError, FileStore, Forwarder
from playground.plugin import Plugin
from playground.tool_node import tool_node
from playground.transports import Answers
from playground.wire import MESSAGE_TYPES

from .conftest import PROBE

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
FIELDS = ("text", "json_object", "blob", "id", "sequence", "total_length", "end", "variable_name", "variable_value")
MORE_FIELDS = ("stream", "label", "status", "data", "file_marker", "retriever_resources", "context", "suppress_output")
CONTENT = st.dictionaries(st.sampled_from(FIELDS + MORE_FIELDS), JSON, max_size=6)
META = st.none() | st.dictionaries(st.sampled_from(("mime_type", "tool_file_id", "file", "filename")), JSON)
MESSAGE = st.fixed_dictionaries(
    {"type": st.sampled_from(sorted(MESSAGE_TYPES)), "message": st.none() | CONTENT, "meta": META}
)
SESSION_DATA = JSON | st.fixed_dictionaries(
    {"type": st.sampled_from(("stream", "invoke", "end", "error", "shout")), "data": JSON | MESSAGE}
)
LINE = JSON | st.fixed_dictionaries(
    {"event": st.sampled_from(("session", "log", "error")), "session_id": st.just("s") | JSON, "data": SESSION_DATA}
)


class Receiver:
    def on_message(self, message: dict[str, Any]) -> None:
        assert set(message) == {"type", "message", "meta"}

    def on_error(self, kind: str, text: str, description: str) -> None:
        assert isinstance(kind, str)

    def on_end(self) -> None:
        """Nothing to do."""

    def on_invoke(self, data: Any, answers: Answers) -> str | None:
        return None

    def on_line_size(self, size: int) -> None:
        assert size > 0


@given(MESSAGE)
def test_a_message_is_forwarded_or_refused(message: dict[str, Any]) -> None:
    with contextlib.suppress(FileError):
        for arrived in Forwarder(FileStore()).forward(message):
            assert arrived["type"] in MESSAGE_TYPES - {"blob", "blob_chunk", "file"}


@given(st.lists(MESSAGE, max_size=4))
def test_every_message_can_be_read_by_a_node_and_by_an_agent(messages: list[dict[str, Any]]) -> None:
    assert isinstance(tool_node(messages).outputs, dict)
    assert isinstance(agent_node_text(messages), str)


@given(LINE)
def test_every_line_is_taken(line: Any) -> None:
    plugin = Plugin(PROBE)
    plugin._sessions["s"] = Receiver()
    plugin.on_line(gojson.encode(line), None)


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, r'["\ud800",' + "[" * 900 + "]" * 901])
def test_what_is_nested_too_deeply_is_no_json(text: str) -> None:
    with contextlib.suppress(ValueError):
        gojson.decode(text)
