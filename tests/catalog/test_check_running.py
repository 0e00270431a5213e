"""Tools run from a copy of their plugin, against scripted services."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fanout.catalog import shipped_catalog
from fanout.core.plans.document import parse_document

from .check import running
from .check.copies import Declaration
from .check.running import SERVICES, SITUATIONS, Answer, misbehaviour, run_entry

KEYS = {"credentials", "parameters", "untold", "nothing_found", *SITUATIONS}

# a tool that takes any answer for hits, and says so with a request of either library
TOOL = """
import httpx
import requests
from dify_plugin import Tool


class Find(Tool):
    def _invoke(self, tool_parameters):
        answer = requests.get("https://find.example/", params={"q": tool_parameters["query"]}, timeout=9)
        answer.raise_for_status()
        httpx.get("https://find.example/again").raise_for_status()
        print("to standard output")
        yield self.create_json_message(answer.json())
"""
SERVICE = """
credentials: {}
ok: {json: {hits: [{title: Bees, url: "https://bees.example/"}]}}
empty: {json: {hits: []}}
"""
ENTRY: dict[str, Any] = {
    "kind": "search",
    "provider": "ada/bees/hive",
    "tool_name": "find",
    "parameters": {"query": "${inputs.query}"},
    "select": "json[0].hits",
}


def test_a_tool_s_own_code_meets_every_kind_of_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "find.py").write_text(TOOL, encoding="utf-8")
    (tmp_path / "mine.yaml").write_text(SERVICE, encoding="utf-8")
    monkeypatch.setattr(running, "SERVICES", tmp_path)
    declared = Declaration("1.0.0", False, {"query": {"form": "llm"}}, tmp_path, "tools/find.py")
    answers = run_entry("mine", {"mine": ENTRY}, declared)
    assert isinstance(answers, dict), answers
    assert [answers[each].text for each in SITUATIONS[:2]] == ["1 hit", "no hits"]
    assert {answers[each].hits for each in SITUATIONS[2:]} == {None}
    assert [answers[each].kind for each in ("rate", "refused")] == ["rate_limited", "connection"]
    assert list(misbehaviour("mine", answers)) == []


def test_a_bad_day_that_is_taken_for_a_good_one_is_named() -> None:
    answers = {**dict.fromkeys(SITUATIONS, Answer(kind="provider")), "ok": Answer(hits=0), "html": Answer(hits=2)}
    assert list(misbehaviour("serper", answers)) == [
        *("ok: no hits: ", "html: 2 hits, and no error", "empty: provider: "),
    ]


@pytest.mark.parametrize("file", sorted(SERVICES.glob("*.yaml")), ids=lambda file: file.stem)
def test_a_service_is_one_of_an_entry(file: Path) -> None:
    service = parse_document(file.read_text(encoding="utf-8"), file.name)
    assert file.stem in shipped_catalog()
    assert {"credentials", "ok", "empty"} <= service.keys() <= KEYS
