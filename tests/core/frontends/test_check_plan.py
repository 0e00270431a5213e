"""`check_plan`: the report."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanout.core import limits
from fanout.core.budget import Budget
from fanout.core.frontends.check_plan import STOCK_CONNECTIONS, check, report_text
from fanout.core.plans.catalog import Catalog, read_catalog

A: dict[str, Any] = {"name": "a", "provider": "a/a/a", "tool_name": "t"}
B: dict[str, Any] = {"name": "b", "provider": "b/b/b", "tool_name": "t"}

TARGET_A = {"name": "a", "provider_type": "builtin", "provider": "a/a/a", "tool_name": "t"}
TARGET_B = {"name": "b", "provider_type": "mcp", "provider": "b/b/b", "tool_name": "t"}


def report(plan: Any, catalog: Catalog | None = None, **inputs: Any) -> dict[str, Any]:
    checked = check(plan, catalog or Catalog(), inputs, Budget).report
    json.dumps(checked, allow_nan=False)
    assert checked["ok"] == (not checked["errors"])
    return checked


def paths(problems: list[dict[str, str]]) -> list[str]:
    return [problem["path"] for problem in problems]


def test_a_plan_that_can_run() -> None:
    plan = {
        "branches": [
            {**A, "timeout_s": 5, "retry": {"attempts": 2, "wait_s": 1}, "parameters": {"q": "${inputs.query}"}},
            {**B, "provider_type": "mcp", "parameters": {"q": "${branches.a.text}", "n": "${inputs.n}"}},
        ]
    }
    checked = report(plan, query="cats", n=3)
    assert checked.pop("diagram").startswith("flowchart")
    assert checked == {
        "ok": True,
        "errors": [],
        "warnings": [],
        "branches": [
            {**TARGET_A, "parameters": {"q": "cats"}, "depends_on": []},
            {**TARGET_B, "parameters": {"q": "${branches.a.text}", "n": 3}, "depends_on": ["a"]},
        ],
        "max_calls": 3,
        "worst_case_s": 71,
    }


@pytest.mark.parametrize("plan", [None, "", "a: [", {"branches": [{**A, "weight": 0}], "zzz": 1}, 3])
def test_a_plan_that_cannot_run(plan: Any) -> None:
    checked = report(plan)
    assert not checked["ok"]
    assert checked["errors"]
    assert (checked["branches"], checked["max_calls"], checked["worst_case_s"], checked["diagram"]) == ([], 0, 0, "")


def test_problems_of_the_catalog_are_errors() -> None:
    checked = report({"branches": ["x"]}, read_catalog("x: [", {}))
    assert paths(checked["errors"]) == ["catalog line 1, column 1"]


def test_rows_are_counted_and_the_first_one_is_shown() -> None:
    plan = {"for_each": "inputs.urls", "branches": [{**A, "parameters": {"url": "${item}", "i": "${index}"}}]}
    checked = report(plan, urls=["u1", "u2", "u3", "u4", "u5"])
    assert (checked["max_calls"], checked["worst_case_s"]) == (5, 120)
    assert checked["branches"][0]["parameters"] == {"url": "u1", "i": 0}
    empty = report(plan, urls=[])
    assert (empty["ok"], empty["max_calls"], empty["worst_case_s"]) == (True, 0, 0)
    assert empty["branches"][0]["parameters"] == {"url": None, "i": None}


@pytest.mark.parametrize("urls", [None, "u1", {"a": 1}, 3])
def test_no_list_counts_as_one_row_with_a_warning(urls: Any) -> None:
    checked = report({"for_each": "inputs.urls", "branches": [A]}, urls=urls)
    assert (checked["ok"], checked["max_calls"]) == (True, 1)
    assert paths(checked["warnings"]) == ["for_each"]
    assert "list" in checked["warnings"][0]["message"]


def test_a_for_each_that_raises_is_a_warning() -> None:
    checked = report({"for_each": "keys(inputs.urls)", "branches": [A]}, urls="x")
    assert (checked["ok"], checked["max_calls"], paths(checked["warnings"])) == (True, 1, ["for_each"])


def test_too_many_cells_are_an_error() -> None:
    plan = {"for_each": "inputs.l", "branches": [A, B]}
    assert report(plan, l=[1] * 500)["ok"]
    assert report(plan, l=[1] * 1_000_000)["max_calls"] == limits.CELLS
    checked = report(plan, l=[1] * 501)
    assert paths(checked["errors"]) == ["for_each"]
    assert "1,002 cells" in checked["errors"][0]["message"]


def test_a_template_that_raises_is_kept_with_a_warning() -> None:
    checked = report({"branches": [{**A, "parameters": {"x": {"y": "${keys(inputs.q)}"}, "z": 1}}]}, q="s3cr3t")
    assert checked["branches"][0]["parameters"] == {"x": {"y": "${keys(inputs.q)}"}, "z": 1}
    assert paths(checked["warnings"]) == ["branches[0].parameters.x"]
    assert "s3cr3t" not in checked["warnings"][0]["message"]


def test_warnings_of_reading_and_of_the_analysis_are_in_the_report() -> None:
    node = {"provider_id": "a/a/a", "tool_name": "t", "retry_config": {}}
    checked = report({"branches": [node], "output": 'merged.t[?a == "b"]'})
    assert sorted(paths(checked["warnings"])) == ["branches[0].retry_config", "output"]


def test_unknown_names_are_errors() -> None:
    checked = report({"branches": [A], "output": "mergd"})
    assert not checked["ok"]
    assert paths(checked["errors"]) == ["output"]


def test_inputs_are_compared_with_those_that_are_given() -> None:
    plan = {"branches": [{**A, "parameters": {"q": "${inputs.quey}"}}], "output": "inputs.query"}
    assert report(plan)["warnings"] == []
    [warning] = report(plan, query="cats")["warnings"]
    assert warning["path"] == "branches[0].parameters.q"
    assert warning["message"] == "the inputs given here have no quey; did you mean query?"


@pytest.mark.parametrize("text", ["${inputs.count || `10`}", "${item.x || inputs.x}", "${keys(inputs)}", "${inputs}"])
def test_inputs_with_a_default_may_be_missing(text: str) -> None:
    plan = {"branches": [{**A, "parameters": {"q": text}}], "for_each": "inputs.query"}
    assert report(plan, query=[])["warnings"] == []


@pytest.mark.parametrize(
    ("keys", "is_odd"),
    [
        ({"stream": "live"}, False),
        ({"stream": "live", "need": 2}, False),
        ({"stream": "live", "strategy": "race"}, False),
        ({"stream": "none", "strategy": "race", "need": 2}, False),
        ({"stream": "live", "strategy": "race", "need": 2}, True),
        ({"stream": "ordered", "strategy": "fallback", "need": "all"}, True),
        ({"stream": "arrival", "strategy": "hedge", "required": True}, True),
    ],
)
def test_streams_without_anything_to_stream(keys: dict[str, Any], is_odd: bool) -> None:
    assert ("stream" in paths(report({"branches": [A, B], **keys})["warnings"])) is is_odd


@pytest.mark.parametrize(
    ("keys", "items", "in_flight"),
    [
        ({"max_parallel": 500}, 0, 2),
        ({"max_parallel": 10, "for_each": "inputs.l"}, 50, 10),
        ({"max_parallel": 20, "for_each": "inputs.l"}, 5, 10),
        ({"max_parallel": 20, "for_each": "inputs.l"}, 50, 20),
        ({"max_parallel": 20, "for_each": "inputs.l", "strategy": "fallback"}, 12, 12),
    ],
)
def test_more_in_flight_than_a_stock_installation_serves(keys: dict[str, Any], items: int, in_flight: int) -> None:
    found = paths(report({"branches": [A, B], **keys}, l=[1] * items)["warnings"])
    assert ("max_parallel" in found) is (in_flight > STOCK_CONNECTIONS)


def test_the_report_for_people() -> None:
    text = report_text(report({"branches": [A], "output": 'merged.a[?x == "y"]'}))
    assert text.startswith(
        'The plan can run: 1 branch, at most 1 call, at most 60 s.\n\n- a: a/a/a/t `{}`\n\nWarnings:\n- output: "y"'
    )
    assert "```mermaid\nflowchart" in text
    assert report_text(report({"branches": [], "zzz": 1})).startswith("The plan cannot run.\n\nErrors:\n- branches: ")


_VALUES = st.none() | st.integers() | st.text(max_size=3) | st.lists(st.integers(), max_size=3) | st.just({"a": 1})
_OVER_INPUTS = ["inputs.x", "keys(inputs.x)", "inputs.x[0]", "not_null(inputs.x, length(inputs.x))"]
_OVER_ROWS = [
    *_OVER_INPUTS,
    "length(inputs.x)",
    "to_number(inputs.x)",
    "@",
    "item",
    "index",
    "to_number(item)",
    "keys(item)",
]


@given(st.sampled_from(_OVER_INPUTS), st.sampled_from(_OVER_ROWS), _VALUES)
def test_any_inputs_give_a_report(for_each: str, parameter: str, value: Any) -> None:
    plan = {
        "for_each": for_each,
        "branches": [{**A, "parameters": {"q": f"${{{parameter}}}", "t": f"a {parameter} ${{inputs.x}}"}}],
    }
    assert report(plan, x=value)["ok"]


def test_large_values_of_the_plan_are_looked_at_once() -> None:
    plan = {"parameters": {"l": ["x"] * 50_000}, "branches": ["time/now"] * 100}
    started = time.thread_time()
    assert report(plan)["ok"]
    assert time.thread_time() - started < 10
