"""Every plan that the documentation shows runs in the real process; what recipes give stands in `recipes.yaml`."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from playground import Outcome
from playground.cases import Case, read_cases
from playground.yaml_files import read_yaml
from tests.conformance import again_where_late, problems_of, run_case
from tests.harness.thread import PlaygroundThread
from tests.test_docs import CALLS, CATALOGS, PLANS, ROOT, Block, named
from tests.test_examples import FILES
from tests.test_examples import SCRIPTS as TOOLS_WITHOUT_KEY

PAGE = "docs/recipes.md"
CASES_FILE = Path(__file__).with_name("recipes.yaml")
# in the words in which they were asked for
ASKED_FOR = (
    *("Compare engines", 'Fallback with *contains "Access denied"*', "First valid JSON of two model workflows"),
    *("Majority of three classifiers", "Enrich a list by id from two tools", "Translate a list in order"),
    *("Web search, then read pages", "Stream two texts with titles", "Drop lines by pattern while streaming"),
    *("Say which tool failed", "Only rate limits are tried again", "One call a second", "A time limit per tool"),
    *("The engine by an input", "Group by domain and count", "A Markdown table", "Keep the cheapest"),
    *("Average of three runs", "The user's files", "The language of the query decides"),
)
SCRIPTS: dict[str, Any] = TOOLS_WITHOUT_KEY | {
    "langgenius/tavily/tavily:tavily_search": [
        {"json": {"results": [{"title": "Bees", "url": "https://bees.example/", "content": "A page."}]}}
    ],
    "langgenius/firecrawl/firecrawl:scrape": [{"error": "503 Service Unavailable"}],
    "langgenius/jina_tool/jina:jina_reader": [{"text": "A page of bees. " * 20}],
}
INPUTS: dict[str, Any] = {
    "query": "python and honey bees",
    "text": "https://example.com/\nhttps://example.org/",
    "files": FILES,
}

# -- the recipes


@cache
def headings() -> dict[str, range]:
    """Title of a recipe → the lines of the page that it has."""
    lines = (ROOT / PAGE).read_text(encoding="utf-8").splitlines()
    found = [(number, line) for number, line in enumerate(lines, start=1) if re.match(r"## \d+\. ", line)]
    ends = [number for number, _ in found[1:]] + [len(lines) + 1]
    return {line.split(". ", 1)[1]: range(number, end) for (number, line), end in zip(found, ends, strict=True)}


def blocks(title: str) -> list[Block]:
    """The plans and calls of a recipe, as they follow each other."""
    shown = [block for block in PLANS + CALLS if block.page == PAGE and block.line in headings()[title]]
    return sorted(shown, key=lambda block: block.line)


def catalog_of(page: str) -> str:
    own: dict[str, Any] = {}
    for entries in CATALOGS:
        own |= entries.value if entries.page == page else {}
    return yaml.safe_dump(own) if own else ""


def given(written: dict[str, Any], title: str, place: int) -> dict[str, Any]:
    """What is given, with the plan or the settings that the page shows."""
    if "tool" in written:
        return written
    block = blocks(title)[place]
    if block in PLANS:
        return {"plan": block.text, "catalog": catalog_of(PAGE), **written}
    return {"tool": "call_tools", **block.value, **written}


def recipes() -> list[tuple[str, int, Case]]:
    """(title, place, case) of every case."""
    found = []
    for written in read_yaml(CASES_FILE):
        title, place = written.pop("recipe"), written.pop("place", 0)
        case = {
            **written,
            "name": f"{title}: {written['name']}",
            "given": given(written["given"], title, place),
        }
        found.append((title, place, *read_cases(CASES_FILE, [case])))
    return found


RECIPES = recipes()


@pytest.mark.parametrize("case", [case for _, _, case in RECIPES], ids=lambda case: case.name)
def test_a_recipe_does_what_it_says(case: Case, plugin: PlaygroundThread) -> None:
    report = plugin.run(run_case(plugin.playground, case))
    assert problems_of(again_where_late(plugin, [report])) == []


def test_there_is_a_recipe_for_everything_that_was_asked_for() -> None:
    assert list(headings())[: len(ASKED_FOR)] == list(ASKED_FOR)


def test_every_plan_of_a_recipe_is_tried() -> None:
    tried = {(title, place) for title, place, _ in RECIPES}
    shown = {(title, place) for title in headings() for place in range(len(blocks(title)))}
    assert shown <= tried


# -- the plans of other pages


def run(plugin: PlaygroundThread, tool: str, parameters: dict[str, Any]) -> Outcome:
    outcome = plugin.run(plugin.playground.call(tool, parameters, scripts=SCRIPTS, timeout_s=30, casts=True))
    assert outcome.error is None, outcome.error[1]
    return outcome


@pytest.mark.parametrize("block", [block for block in PLANS if block.page != PAGE], ids=named)
def test_every_plan_of_another_page_runs(block: Block, plugin: PlaygroundThread) -> None:
    outcome = run(plugin, "fan_out", {"plan": block.text, "catalog": catalog_of(block.page), **INPUTS})
    failed = [record["error"]["message"] for record in outcome.variables["branches"] if record["status"] == "failed"]
    assert set(failed) <= {"503 Service Unavailable"}
    assert outcome.variables["items"]
