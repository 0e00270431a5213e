"""`docs/expressions.md`: every row of its tables does what it says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from fanout.core.analysis.examine import examine_plan
from fanout.core.analysis.scopes import scope_of
from fanout.core.budget import Budget
from fanout.core.language.expressions import compile_expression
from fanout.core.plans.catalog import Catalog
from fanout.core.plans.outline import Outline

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "expressions.md").read_text(encoding="utf-8")
CELL = re.compile(r"(?<!\\)\|")
CODE = re.compile(r"`` (.*?) ``|`([^`]*)`")


def table(heading: str) -> list[list[str]]:
    """The rows of the table under a header that begins so, its code without ticks."""
    lines = PAGE.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith(f"| {heading} |"))
    rows = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([_plain(cell) for cell in CELL.split(line)[1:-1]])
    return rows


def _plain(cell: str) -> str:
    text = cell.strip().replace("\\|", "|")
    code = CODE.fullmatch(text)
    return code[1] or code[2] if code else text


EXAMPLES = table("expression")
MISTAKES = table("you write | it means")
PARAMETERS = table("you write | what is sent")
DATA = json.loads(re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)[1])  # type: ignore[index]
SCOPE = {**DATA, "files": [{"filename": "a.txt"}], "links": [], "item": None, "index": None, "result": None}


def said(expression: str, key: str = "accept") -> list[str]:
    """Errors and warnings about an expression of a branch."""
    branch = {"name": "a", "provider": "a/a/a", "tool_name": "t", key: expression}
    reading = examine_plan({"branches": [branch]}, Catalog())
    return [str(problem) for problem in (*reading.problems, *reading.warnings)]


def value_key(expression: str) -> str:
    """Where a branch has an expression of any value; only `accept`, which asks for a truth, sees `result`."""
    return "accept" if "result" in expression else "select"


@pytest.mark.parametrize(("expression", "gives"), EXAMPLES, ids=[row[0] for row in EXAMPLES])
def test_an_example_gives_what_it_says(expression: str, gives: str) -> None:
    assert said(expression, value_key(expression)) == []
    assert compile_expression(expression).evaluate(SCOPE, Budget()) == json.loads(gives)


@pytest.mark.parametrize(("written", "meant"), [row[::2] for row in MISTAKES], ids=[row[0] for row in MISTAKES])
def test_a_mistake_is_found_and_what_was_meant_works(written: str, meant: str) -> None:
    assert said(written)
    assert said(meant, value_key(meant)) == []
    compile_expression(meant).evaluate(SCOPE, Budget())


@pytest.mark.parametrize(("written", "meant"), [row[::2] for row in PARAMETERS], ids=[row[0] for row in PARAMETERS])
def test_a_parameter_without_its_mark_is_found(written: str, meant: str) -> None:
    branch: dict[str, Any] = {"name": "a", "provider": "a/a/a", "tool_name": "t", "parameters": {"q": written}}
    reading = examine_plan({"branches": [branch]}, Catalog())
    [problem] = (*reading.problems, *reading.warnings)
    assert problem.message.split("; ")[-1].find("inputs.") >= 0
    branch["parameters"]["q"] = meant
    right = examine_plan({"branches": [branch]}, Catalog())
    assert (right.problems, right.warnings) == ((), ())


def test_names_are_those_of_the_scopes() -> None:
    outline = Outline(places=(), parameters=(), names=(), merge_mode="group", has_rows=False, plan=None)
    before: list[str] = []
    for where, names in table("where"):
        keys = re.findall(r"`(\w+)`", where) or [where]
        listed = [
            *(before if "the same" in names else ()),
            *re.findall(r"`(\w+)`", names),
            *([names] if " " not in names else []),
        ]
        for key in keys:
            known = scope_of(key, outline).kind.fields
            assert known is not None
            extra = {"item", "index"} if key == "until" else set()
            assert set(known) - extra == set(listed), key
        before = listed
