"""What a plan makes of the answers of an earlier run."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fanout.core.budget import Budget
from fanout.core.frontends.check_plan import Check, check
from fanout.core.plans.catalog import Catalog

A: dict[str, Any] = {"name": "a", "provider": "a/a/a", "tool_name": "t"}
B: dict[str, Any] = {"name": "b", "provider": "b/b/b", "tool_name": "t"}


def answer(name: str, result: Any = None, status: str = "succeeded", **keys: Any) -> dict[str, Any]:
    """A record as the variable `branches` shows it."""
    return {
        "name": name,
        "status": status,
        "provider": "a/a/a",
        "tool_name": "t",
        "elapsed_s": 0.5,
        "attempts": 1,
        "error": {} if status == "succeeded" else {"type": "provider", "message": "down"},
        "partial": False,
        "result": result,
        **keys,
    }


def tried(answers: Any, inputs: dict[str, Any] | None = None, **plan: Any) -> Check:
    return check({"branches": [A, B], **plan}, Catalog(), inputs or {}, Budget, answers=answers)


BOTH = [answer("a", {"x": 1}), answer("b", {"y": 2})]


@pytest.mark.parametrize("answers", [BOTH, json.dumps(BOTH), {"branches": BOTH}, list(reversed(BOTH))])
def test_answers_are_merged_as_in_a_run(answers: Any) -> None:
    report = tried(answers, output="merged.a.x", text="x is ${result}, ${inputs.q}", inputs={"q": "?"}).report
    assert report["ok"]
    assert report["outcome"] == {"merged": {"a": {"x": 1}, "b": {"y": 2}}, "result": 1, "text": "x is 1, ?"}
    assert report["warnings"] == []


@pytest.mark.parametrize(
    ("b", "plan", "settled_by"),
    [
        (answer("b", {"y": 2}), {}, "all"),
        (answer("b", status="failed"), {}, "all"),
        (answer("b", status="failed"), {"branches": [A, {**B, "required": True}]}, "required"),
        (answer("b", status="abandoned"), {"strategy": "race"}, "need"),
        (answer("b", status="failed"), {"strategy": "race", "need": 2}, "exhausted"),
    ],
)
def test_it_is_settled_as_in_a_run(b: dict[str, Any], plan: dict[str, Any], settled_by: str) -> None:
    assert tried([BOTH[0], b], output="settled_by", **plan).report["outcome"]["result"] == settled_by


def test_without_answers_there_is_no_outcome() -> None:
    assert "outcome" not in tried(None).report
    assert "outcome" not in tried(" ").report


def test_the_outcome_is_in_the_text() -> None:
    assert '"result":1' in tried(BOTH, output="merged.a.x").text.replace(" ", "")


def test_rows_are_put_together() -> None:
    answers = [answer("a", 1, row=0), answer("b", 2, row=0), answer("a", None, "failed", row=1), answer("b", 4, row=1)]
    keys = {"for_each": "inputs.l", "need": "all", "need_rows": 1}
    report = tried(answers, {"l": ["u", "v"]}, output="rows[].{item: item, merged: merged}", **keys).report
    assert report["outcome"]["merged"] == [{"a": 1, "b": 2}, None]
    assert report["outcome"]["result"] == [{"item": "u", "merged": {"a": 1, "b": 2}}, {"item": "v", "merged": None}]


def test_failures_are_known() -> None:
    report = tried([answer("a", 1), answer("b", None, "failed")], output="branches.b.error.message").report
    assert report["outcome"]["result"] == "down"


def test_what_fails_is_said_and_nothing_is_raised() -> None:
    checked = tried([answer("a", 1), answer("b", None)], output="join(', ', [merged.a])")
    assert checked.report["outcome"]["result"] is None
    assert checked.report["outcome"]["merged"] == {"a": 1}
    assert "join" in " ".join(checked.warnings)
    assert "join" in " ".join(tried(BOTH, merge={"mode": "concat", "key": "join('', @)"}).warnings)


@pytest.mark.parametrize(
    ("answers", "plan", "words"),
    [
        ([answer("a", 1)], {}, "no answer of b: counted as skipped"),
        ([*BOTH, answer("c", 1)], {}, "no branch c"),
        ([answer("a", 1), {**answer("b"), "result_omitted": True}], {}, "result of b was too large"),
        (BOTH, {"select": "json[0].x", "accept": "result"}, "select, accept were applied in that run"),
        (BOTH, {"output": "branches.a.text"}, "text, json, variables, files, links of branches are empty here"),
    ],
)
def test_what_answers_do_not_hold_is_said(answers: Any, plan: dict[str, Any], words: str) -> None:
    checked = tried(answers, **plan)
    assert checked.report["ok"]
    assert words in " ".join(checked.warnings)


@pytest.mark.parametrize(
    "answers", ["{", "text", 3, [1], [{"name": "a"}], [{**answer("a"), "status": "fine"}], {"a": 1}]
)
def test_what_is_no_answer_is_a_mistake(answers: Any) -> None:
    checked = tried(answers)
    assert [error["path"] for error in checked.report["errors"]] == ["answers"]
