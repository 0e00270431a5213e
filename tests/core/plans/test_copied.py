"""Copied nodes and exported apps are no plan, no catalog and no branch: one problem that says where to go."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fanout.core.errors import Problem
from fanout.core.plans.catalog import Catalog, read_catalog
from fanout.core.plans.reading import examine_plan

NODE = {"id": "1", "data": {"type": "tool", "title": "T", "provider_id": "a/a/a", "tool_name": "t"}}
CLIPBOARD = {"kind": "dify-workflow-clipboard", "version": "1", "nodes": [NODE], "edges": []}
APP = {
    "app": {"mode": "workflow", "name": "Mine"},
    "kind": "app",
    "version": "0.4.0",
    "workflow": {"graph": {"nodes": [NODE], "edges": []}, "features": {"q": "{{#1.q#}}"}},
}
COPIED = [CLIPBOARD, APP, APP["workflow"], {"graph": {"nodes": []}}, {"kind": "app", "app": {"mode": "chat"}}]


def problems(plan: Any, catalog: Catalog) -> list[Problem]:
    return list(examine_plan(plan, catalog).problems)


@pytest.mark.parametrize("value", COPIED, ids=["nodes", "app", "workflow", "graph", "chat"])
@pytest.mark.parametrize(
    "write",
    [json.dumps, lambda value: value, lambda value: f"```json\n{json.dumps(value)}\n```"],
    ids=["text", "object", "fenced"],
)
def test_as_a_plan(value: Any, write: Any) -> None:
    [problem] = problems(write(value), Catalog())
    assert problem.path == "plan"
    assert "check_plan" in problem.message


@pytest.mark.parametrize("value", COPIED, ids=["nodes", "app", "workflow", "graph", "chat"])
def test_as_a_catalog(value: Any) -> None:
    [problem] = problems({"branches": ["mine"]}, read_catalog(json.dumps(value), {}))
    assert problem.path == "catalog"
    assert "check_plan" in problem.message


def test_as_a_branch() -> None:
    [problem] = problems({"branches": [CLIPBOARD]}, Catalog())
    assert problem.path == "branches[0]"
    assert "check_plan" in problem.message


def test_one_node_is_a_branch() -> None:
    assert problems({"branches": [NODE]}, Catalog()) == []
