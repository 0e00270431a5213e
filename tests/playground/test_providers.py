"""The provider plugins of the playground: real hits, at once, offline."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from playground import Playground
from playground.__main__ import demo_providers
from tests.harness.thread import PlaygroundThread

from .conftest import PROBE
from .test_host import play

SEARCHES = ("python_packages", "python_docs", "documents")
ANSWER_S = 10.0  # a search takes a tenth of a second; machines are shared


@pytest.fixture(scope="module")
def thread() -> Iterator[PlaygroundThread]:
    with PlaygroundThread(lambda: Playground(PROBE, demo_providers())) as thread:
        yield thread


def answer(thread: PlaygroundThread, provider: str, tool: str, **parameters: Any) -> dict[str, Any]:
    request = {"provider": f"playground/{provider}/{provider}", "tool": tool, "tool_parameters": parameters}
    heard: dict[str, Any] = thread.run(play(thread.playground, {"invoke_tool": request})).json[0]
    return heard


def hits(received: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The results, whichever of the three shapes a provider gives them in."""
    if received and received[0]["type"] == "text":
        found: list[dict[str, Any]] = json.loads(received[0]["message"]["text"])["results"]
        return found
    objects = [message["message"]["json_object"] for message in received]
    return objects[0]["results"] if objects and "results" in objects[0] else objects


@pytest.mark.parametrize("query", ["json parsing", "http"])
@pytest.mark.parametrize("provider", SEARCHES)
def test_a_search_has_hits_soon(thread: PlaygroundThread, provider: str, query: str) -> None:
    started = time.perf_counter()
    found = hits(answer(thread, provider, "search", query=query, count=3)["received"])
    assert time.perf_counter() - started < ANSWER_S
    assert len(found) == 3
    for hit in found:
        assert hit["title"]
        assert hit["url"].startswith("https://")
        assert isinstance(hit["snippet"], str)


@pytest.mark.parametrize("provider", SEARCHES)
def test_a_search_without_hits_is_empty(thread: PlaygroundThread, provider: str) -> None:
    assert hits(answer(thread, provider, "search", query="qqzzxx")["received"]) == []


def test_the_searches_answer_in_three_shapes(thread: PlaygroundThread) -> None:
    received = [answer(thread, provider, "search", query="http", count=2)["received"] for provider in SEARCHES]
    assert [[message["type"] for message in messages] for messages in received] == [["json"], ["text"], ["json"] * 2]


def test_documents_of_a_folder_are_found_and_read(thread: PlaygroundThread, tmp_path: Path) -> None:
    (tmp_path / "kettle.md").write_text("# Kettle\n\nBoils water.\n\nWhistles then.\n")
    (tmp_path / "pan.txt").write_text("Fries eggs.\n")
    [hit] = hits(answer(thread, "documents", "search", query="boiling water", folder=str(tmp_path))["received"])
    assert hit["title"] == "kettle"
    paragraphs = answer(thread, "documents", "read", url=hit["url"], folder=str(tmp_path))["received"]
    texts = [message["message"]["text"] for message in paragraphs]
    assert texts == ["# kettle\n\n", "# Kettle\n\n", "Boils water.\n\n", "Whistles then.\n"]


def test_a_document_that_is_not_there_is_an_error(thread: PlaygroundThread) -> None:
    assert "404: no document has the address nowhere" in answer(thread, "documents", "read", url="nowhere")["error"]


def test_the_unreliable_one_does_as_it_is_told(thread: PlaygroundThread) -> None:
    heard = answer(thread, "unreliable", "answer", text="one two", words=True, seconds=0.05, fail="503 broken")
    assert [message["message"]["text"] for message in heard["received"]] == ["one ", "two"]
    assert '"message":"503 broken"' in heard["error"]
