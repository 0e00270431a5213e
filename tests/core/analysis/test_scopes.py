"""Warnings about names that can only be null."""

from __future__ import annotations

from typing import Any

import pytest

from fanout.core.analysis.scopes import scope_warnings
from fanout.core.budget import Budget
from fanout.core.plans.catalog import Catalog
from fanout.core.plans.reading import read_plan

A: dict[str, Any] = {"name": "a", "provider": "a/a/a", "tool_name": "t"}
B: dict[str, Any] = {"name": "b", "provider": "b/b/b", "tool_name": "t"}


def warnings(plan: dict[str, Any], inputs: dict[str, Any] | None = None) -> dict[str, str]:
    return dict(scope_warnings(read_plan({"branches": [A, B], **plan}, Catalog()), inputs or {}, Budget()))


SILENT: list[dict[str, Any]] = [
    {},
    {"until": "complete && merged && branches.a.result && rows && settled_by && inputs.x"},
    {"until": "item && index", "for_each": "inputs.l"},
    {"output": "{a: merged, b: branches.*.text | [], c: branches.a.error.type, d: rows, e: complete, f: settled_by}"},
    {"output": "branches[?name == 'a'].result", "for_each": "inputs.l"},
    {"output": "null"},
    {"text": "${result} ${merged} ${inputs.q} ${length(@)}"},
    {"stream": "live", "heading": "${branch} ${item} ${index}", "for_each": "inputs.l"},
    {"select": "[text, json, variables.x, files[0].url, links, inputs.q, item, index]", "for_each": "inputs.l"},
    {"accept": "result && text"},
    {"parameters": {"url": "${item.url || item || inputs.url}"}},
    {
        "rules": [
            {"where": "branch && type && index && elapsed_s && text && json.x && variable.name && link", "emit": "file"}
        ]
    },
    {"merge": {"mode": "concat", "key": "anything.at.all", "sort_by": "anything"}},
    {
        "branches": [
            A,
            {**B, "when": "branches.a.status == 'failed'", "parameters": {"q": "${branches.a.text} ${inputs.q}"}},
        ]
    },
    {"select": "json[?score > `1`].{title: title}"},
]


@pytest.mark.parametrize("plan", SILENT, ids=range(len(SILENT)))
def test_what_is_there_is_no_warning(plan: dict[str, Any]) -> None:
    assert warnings(plan) == {}


ODD: list[tuple[dict[str, Any], dict[str, str]]] = [
    ({"until": "complte"}, {"until": "did you mean complete?"}),
    ({"until": "text"}, {"until": "text is not there"}),
    ({"output": "result"}, {"output": "result is not there"}),
    ({"output": "branch.a"}, {"output": "did you mean branches?"}),
    ({"output": "branches.aa.result"}, {"output": "no branch aa; did you mean a?"}),
    ({"output": "branches.a.resul"}, {"output": "no resul; did you mean result?"}),
    ({"until": "branches.zzz", "for_each": "inputs.l"}, {"until": "no branch zzz"}),
    ({"text": "${merge}"}, {"text": "did you mean merged?"}),
    ({"for_each": "input.l"}, {"for_each": "did you mean inputs?"}),
    ({"for_each": "items"}, {"for_each": "items is not there"}),
    ({"stream": "live", "heading": "${name}"}, {"heading": "name is not there"}),
    ({"branches": [{**A, "select": "body.x"}]}, {"branches[0].select": "body is not there"}),
    ({"branches": [{**A, "select": "result"}]}, {"branches[0].select": "result is not there"}),
    ({"branches": [{**A, "accept": "branches.a"}]}, {"branches[0].accept": "branches is not there"}),
    ({"branches": [{**A, "when": "text"}]}, {"branches[0].when": "text is not there"}),
    ({"branches": [{**A, "when": "item"}]}, {"branches[0].when": "null without for_each"}),
    (
        {"branches": [{**A, "parameters": {"x": {"y": ["${input.q}"]}}}]},
        {"branches[0].parameters.x.y[0]": "did you mean inputs?"},
    ),
    ({"rules": [{"where": "message", "drop": True}]}, {"rules[0].where": "message is not there"}),
    (
        {"branches": [{**A, "rules": [{"emit": "result"}]}]},
        {"branches[0].rules[0].emit": "result is not there"},
    ),
    ({"output": "merged.a[?id == branches.a.result.id]"}, {"output": "branches is null there"}),
    ({"output": "sort_by(merged.a, &inputs.n)"}, {"output": "inputs is null there"}),
]


@pytest.mark.parametrize(("plan", "expected"), ODD, ids=[f"{i}-{next(iter(each[1]))}" for i, each in enumerate(ODD)])
def test_what_is_not_there_is_a_warning(plan: dict[str, Any], expected: dict[str, str]) -> None:
    found = warnings(plan)
    assert list(found) == list(expected)
    for path, words in expected.items():
        assert words in found[path]


def test_inputs_are_compared_with_those_that_are_given() -> None:
    plan = {"branches": [{**A, "parameters": {"q": "${inputs.quey}"}}], "output": "inputs.query"}
    assert warnings(plan) == {}
    assert warnings(plan, {"query": "cats"}) == {
        "branches[0].parameters.q": "the inputs given here have no quey; did you mean query?"
    }


@pytest.mark.parametrize("text", ["${inputs.count || `10`}", "${item.x || inputs.x}", "${keys(inputs.x)}", "${inputs}"])
def test_inputs_with_a_default_may_be_missing(text: str) -> None:
    assert warnings({"branches": [{**A, "parameters": {"q": text}}], "for_each": "inputs.query"}, {"query": []}) == {}


def test_what_branches_share_is_said_once() -> None:
    plan = {"select": "body", "parameters": {"q": "${input.q}"}, "branches": [A, B, *["time/now"] * 4]}
    found = warnings(plan)
    assert list(found) == ["branches[0].parameters.q", "branches[0].select"]
    assert found["branches[0].select"].endswith(
        "(also at branches[1].select, branches[2].select, branches[3].select and 2 more)"
    )
