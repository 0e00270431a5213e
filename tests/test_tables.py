"""The contract's tables, row by row, through the real plugin process: addresses (`url_key`) and kinds of errors.

`FANOUT_CASES=DIR` takes the tables that stand beside that folder of cases instead of this checkout's.
"""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest

from playground import Outcome, Playground
from playground.yaml_files import read_yaml
from tests.conformance import CASES, FURTHER_CASES
from tests.harness.thread import PlaygroundThread

FOLDER = Path(os.environ.get(FURTHER_CASES, CASES / "contract")) / "tables"
TABLES = FOLDER if FOLDER.is_dir() else FOLDER.parent.parent / "tables"
TARGET = "a/a/a:t"


def table(name: str) -> Any:
    return read_yaml(TABLES / f"{name}.yaml")


URLS = [(pair, kind == "equal") for kind, pairs in table("urls").items() for pair in pairs]
ERRORS = table("errors")


@pytest.fixture(scope="module")
def same_pages(plugin: PlaygroundThread) -> list[bool]:
    """For each pair of addresses whether they have the same key."""
    expression = "[*].{same: url_key([0]) == url_key([1])}"
    data = json.dumps([pair for pair, _ in URLS])
    outcome = plugin.run(plugin.playground.call("reshape", {"expression": expression, "data": data}))
    return [row["same"] for row in outcome.variables["items"]]


@pytest.fixture(scope="module")
def error_types(plugin: PlaygroundThread) -> list[str]:
    """For each text of an error the type that its record has."""

    async def everybody() -> list[Outcome]:
        return await asyncio.gather(*(fail(plugin.playground, *row[1:]) for row in ERRORS))

    return [outcome.variables["branches"][0]["error"]["type"] for outcome in plugin.run(everybody())]


async def fail(playground: Playground, text: str, asked: str = "something") -> Outcome:
    branch = {"provider": "a/a/a", "tool_name": "t", "parameters": {"q": "${inputs.query}"}}
    plan = json.dumps({"on_failure": "report", "branches": [branch]})
    return await playground.call("fan_out", {"plan": plan, "query": asked}, scripts={TARGET: [{"error": text}]})


@pytest.mark.parametrize("row", range(len(URLS)), ids=lambda row: " ".join(URLS[row][0]))
def test_one_page_has_one_key_and_two_pages_have_two(row: int, same_pages: list[bool]) -> None:
    assert same_pages[row] is URLS[row][1]


@pytest.mark.parametrize("row", range(len(ERRORS)), ids=lambda row: ERRORS[row][1][:60])
def test_an_error_is_of_the_kind_that_its_words_say(row: int, error_types: list[str]) -> None:
    wanted = ERRORS[row][0]
    assert error_types[row] in (wanted if isinstance(wanted, list) else [wanted])
