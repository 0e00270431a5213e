"""No false alarm: whatever the project shows as right is silent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from fanout.catalog import shipped_catalog
from fanout.core.analysis.expressions import judge_expressions
from fanout.core.analysis.unmarked import unmarked_warnings
from fanout.core.errors import Problem
from fanout.core.frontends.call_tools import examine_call
from fanout.core.plans.catalog import Catalog, read_catalog
from fanout.core.plans.outline import Outline
from fanout.core.plans.reading import examine_plan
from playground.yaml_files import read_yaml
from tests.test_docs import BLOCKS, CALLS, PLANS, Block, catalog_of, named

ROOT = Path(__file__).resolve().parents[3]
MISTAKEN = ("error_has", "warnings_has", "problems_has")  # what a case expects that shows a mistake on purpose
CASES = [
    (f"{file.stem}: {case['name']}", case["given"])
    for file in sorted((ROOT / "tests" / "cases").glob("*.yaml"))
    for case in read_yaml(file)
    if not any(key in case["expect"] for key in MISTAKEN) and case["expect"].get("ok", True)
    if isinstance(case["given"].get("plan"), dict)
]
EXAMPLES = sorted((ROOT / "examples" / "plans").glob("*.yaml"))
MEANT = {"strategies: until that can never be evaluated is not true"}


def findings(plan: Any, catalog: Catalog) -> list[Problem]:
    """What is said of expressions, parameters and what reaches no branch; settings of cases are odd on purpose."""
    found: list[Problem] = []

    def analyse(outline: Outline, problems: list[Problem], warnings: list[Problem]) -> None:
        judge_expressions(outline, found, found)
        found.extend(unmarked_warnings(outline))

    reading = examine_plan(plan, catalog, analyse=analyse)
    return [*found, *(warning for warning in reading.warnings if "does not reach" in warning.message)]


@pytest.mark.parametrize("block", PLANS, ids=named)
def test_plans_in_the_documentation(block: Block) -> None:
    assert findings(block.text, catalog_of(block.page)) == []


@pytest.mark.parametrize("block", CALLS, ids=named)
def test_calls_in_the_documentation(block: Block) -> None:
    settings = {key: yaml.safe_dump(value) if isinstance(value, dict) else value for key, value in block.value.items()}
    bound = {"items": ["x"]} if "item" in block.text else {}  # as the page says: from another node
    assert examine_call({**settings, **bound}, catalog_of(block.page)).warnings == ()


@pytest.mark.parametrize("name", shipped_catalog())
def test_entries_of_the_catalog(name: str) -> None:
    for has_rows in ({}, {"for_each": "inputs.items"}):
        assert findings({"branches": [name], **has_rows}, read_catalog(None, shipped_catalog())) == []


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: str(file.name))
def test_examples(file: Path) -> None:
    if not file.name.endswith(".catalog.yaml"):
        own = file.with_suffix(".catalog.yaml")
        catalog = read_catalog(own.read_text(encoding="utf-8") if own.exists() else None, shipped_catalog())
        assert findings(file.read_text(encoding="utf-8"), catalog) == []


@pytest.mark.parametrize(("name", "given"), CASES, ids=[name for name, _ in CASES])
def test_cases_that_are_right(name: str, given: dict[str, Any]) -> None:
    catalog = read_catalog(given.get("catalog"), shipped_catalog())
    assert (findings(given["plan"], catalog) == []) is (name not in MEANT)


def test_there_is_enough_to_be_silent_about() -> None:
    assert len(BLOCKS) > 20
    assert len(CASES) > 25
