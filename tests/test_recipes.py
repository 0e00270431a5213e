"""Every plan that the documentation shows is run, against tools that answer in their own shapes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from playground import Outcome, Playground
from tests.harness.thread import PlaygroundThread
from tests.test_docs import CALLS, CATALOGS, PLANS, ROOT, Block, named
from tests.test_examples import SCRIPTS as TOOLS_WITHOUT_KEY

ONE, TWO, THREE = (f"0b1c2d3e-0000-4000-8000-00000000000{number}" for number in (1, 2, 3))


def document(name: str) -> list[dict[str, Any]]:
    meta = {"tool_file_id": name, "filename": name, "mime_type": "application/octet-stream"}
    return [{"binary_link": f"/files/tools/{name}", "meta": meta}]


SCRIPTS: dict[str, Any] = TOOLS_WITHOUT_KEY | {
    "langgenius/tavily/tavily:tavily_search": [
        {"json": {"results": [{"title": "Bees", "url": "https://bees.example/", "content": "A page."}]}}
    ],
    "langgenius/firecrawl/firecrawl:scrape": [{"error": "503 Service Unavailable"}],
    "langgenius/jina_tool/jina:jina_reader": [{"text": "A page of bees. " * 20}],
    "acme/monitor/monitor:follow": [{"text": "noise"}],
    "acme/monitor/monitor:hits": [
        {"json": {"score": 0.9, "title": "A swarm"}},
        {"json": {"score": 0.1, "title": "A fly"}},
    ],
    "bowenliang123/md_exporter/md_exporter:md_to_pdf": document("bees.pdf"),
    "bowenliang123/md_exporter/md_exporter:md_to_docx": document("bees.docx"),
    f"{ONE}:estimate": [{"text": "12"}],
    f"{TWO}:estimate": [{"text": " 12 "}],
    f"{THREE}:estimate": [{"hang": True}],
    f"{ONE}:facts": [{"text": "a "}, {"text": "fact"}],
    f"{TWO}:opinions": [{"text": "an opinion"}],
    f"{ONE}:summarise": [{"text": "in short"}],
    f"{TWO}:listOrders": [{"json": {"orders": [1]}}],
    "my-server:lookup": [{"text": "found"}],
    "0b1c2d3e-0000-4000-8000-00000000000a:searchProducts": [
        {"json": {"hits": [{"name": "Hive", "link": "https://hives.example/", "summary": "Wood."}]}}
    ],
}
INPUTS = {"query": "python and honey bees", "text": "https://example.com/\nhttps://example.org/"}
ITEMS = ["https://example.com/", "https://example.org/"]


@pytest.fixture(scope="module")
def playground() -> Iterator[PlaygroundThread]:
    with PlaygroundThread(lambda: Playground(ROOT, scripts=SCRIPTS)) as thread:
        yield thread


def run(playground: PlaygroundThread, tool: str, parameters: dict[str, Any]) -> Outcome:
    outcome = playground.run(playground.playground.call(tool, parameters, timeout_s=30, casts=True))
    assert outcome.error is None, outcome.error[1]
    return outcome


def run_plan(playground: PlaygroundThread, block: Block) -> Outcome:
    own: dict[str, Any] = {}
    for entries in CATALOGS:
        own |= entries.value if entries.page == block.page else {}
    return run(playground, "fan_out", {"plan": block.text, "catalog": yaml.safe_dump(own) if own else "", **INPUTS})


def recipe(number: int, place: int = 0) -> Block:
    """A plan of a recipe, by the heading that it stands under."""
    lines = (ROOT / "docs" / "recipes.md").read_text(encoding="utf-8").splitlines()
    start = next(index for index, line in enumerate(lines) if line.startswith(f"## {number}. "))
    return [block for block in PLANS if block.page == "docs/recipes.md" and block.line > start][place]


@pytest.mark.parametrize("block", PLANS, ids=named)
def test_every_plan_runs(block: Block, playground: PlaygroundThread) -> None:
    outcome = run_plan(playground, block)
    failed = [record["error"]["message"] for record in outcome.variables["branches"] if record["status"] == "failed"]
    assert set(failed) <= {"503 Service Unavailable"}
    assert outcome.variables["items"]


@pytest.mark.parametrize("block", CALLS, ids=named)
def test_every_call_runs(block: Block, playground: PlaygroundThread) -> None:
    assert len(run(playground, "call_tools", {**block.value, "items": ITEMS}).variables["items"]) == len(ITEMS)


def test_a_fallback_goes_on_past_a_failure(playground: PlaygroundThread) -> None:
    outcome = run_plan(playground, recipe(2))
    statuses = [record["status"] for record in outcome.variables["branches"]]
    assert statuses == ["failed", "succeeded", "skipped"]


def test_agreement_settles_a_call(playground: PlaygroundThread) -> None:
    outcome = run_plan(playground, recipe(3, 1))
    assert outcome.variables["settled_by"] == "until"
    assert outcome.variables["result"] == {"estimate": {"value": 12}, "estimate_2": {"value": 12}}


def test_text_is_streamed_in_order_and_reshaped(playground: PlaygroundThread) -> None:
    ordered = run_plan(playground, recipe(7))
    assert ordered.text == "**facts**\n\na fact\n\n**opinions**\n\nan opinion\n\n*2 sources, all*"
    assert run_plan(playground, recipe(7, 1)).text == "### hits\n\n- A swarm\n"


def test_an_agent_reads_one_short_text(playground: PlaygroundThread) -> None:
    assert run_plan(playground, recipe(8)).text == (
        "Honey bee – https://en.wikipedia.org/wiki/Honey_bee\nHives compared – https://hives.example/"
    )


def test_files_are_passed_on_and_named(playground: PlaygroundThread) -> None:
    outcome = run_plan(playground, recipe(9))
    assert outcome.variables["result"] == {"names": ["bees.pdf", "bees.docx"]}
    assert [message["type"] for message in outcome.messages].count("binary_link") == 2
