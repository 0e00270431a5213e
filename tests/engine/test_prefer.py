"""`prefer`: successes that are good only as a last resort (contract 4, 5)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes import BACKENDS, plan_of, run_plan

both_backends = pytest.mark.parametrize("backend", BACKENDS)

LONG = "length(text) > `2`"


def says(text: str, after_s: float = 0) -> list[dict[str, Any]]:
    return [{"text": text, "after_s": after_s}]


@both_backends
def test_a_fallback_goes_on_past_a_last_resort(backend: str) -> None:
    plan = plan_of(["a", "b", "c"], strategy="fallback", prefer=LONG, merge="group")
    run = run_plan(plan, {"a": says("no"), "b": says("better"), "c": says("unused")}, backend=backend)
    assert run.answer is not None
    assert run.statuses == ["succeeded", "succeeded", "skipped"]
    assert (run.answer.value, run.answer.settled_by, run.answer.complete) == ({"b": "better"}, "need", True)


@both_backends
@pytest.mark.parametrize("strategy", ["race", "fallback", "hedge"])
def test_where_nothing_better_comes_the_first_in_plan_order_counts(backend: str, strategy: str) -> None:
    plan = plan_of(["a", "b", "c"], strategy=strategy, prefer=LONG, merge="group", stagger_s=1)
    scripts = {"a": [{"error": "down"}], "b": says("b", 3), "c": says("c", 1)}
    run = run_plan(plan, scripts, backend=backend)
    assert run.answer is not None
    assert run.statuses == ["failed", "succeeded", "succeeded"]
    assert (run.answer.value, run.answer.settled_by, run.answer.complete) == ({"b": "b"}, "exhausted", True)


@both_backends
def test_at_the_deadline_a_last_resort_counts(backend: str) -> None:
    plan = plan_of(["a", "b"], strategy="race", prefer=LONG, deadline_s=5)
    run = run_plan(plan, {"a": says("no"), "b": [{"hang": True}]}, backend=backend)
    assert run.answer is not None
    assert (run.answer.value, run.answer.settled_by, run.answer.complete) == ("no", "deadline", True)
    assert run.statuses == ["succeeded", "timed_out"]


@both_backends
def test_as_many_count_as_need_lacks(backend: str) -> None:
    plan = plan_of(["a", "b", "c", "d"], strategy="race", need=2, prefer=LONG, merge="group")
    scripts = {"a": says("a", 3), "b": says("b", 1), "c": says("fine", 2), "d": [{"error": "down"}]}
    run = run_plan(plan, scripts, backend=backend)
    assert run.answer is not None
    assert (run.answer.value, run.answer.settled_by) == ({"a": "a", "c": "fine"}, "exhausted")


@both_backends
def test_in_the_grace_a_last_resort_does_not_count(backend: str) -> None:
    plan = plan_of(["a", "b", "c"], strategy="race", grace_s=5, prefer=LONG, merge="group")
    run = run_plan(plan, {"a": says("fine", 1), "b": says("b", 2), "c": says("more", 3)}, backend=backend)
    assert run.answer is not None
    assert (run.answer.value, run.answer.settled_by) == ({"a": "fine", "c": "more"}, "need")


@both_backends
def test_a_required_branch_may_be_a_last_resort(backend: str) -> None:
    plan = plan_of([{"name": "a", "required": True}, "b"], strategy="race", prefer=LONG, merge="group")
    run = run_plan(plan, {"a": says("a", 2), "b": says("fine", 1)}, backend=backend)
    assert run.answer is not None
    assert (run.answer.value, run.answer.settled_by, run.settled_s) == ({"b": "fine"}, "need", 2)


@both_backends
def test_under_all_it_has_no_effect(backend: str) -> None:
    plan = plan_of(["a", "b"], prefer="length(inputs.n)", stream="ordered")  # is not even evaluated
    run = run_plan(plan, {"a": says("a"), "b": says("b")}, {"n": 1}, backend=backend)
    assert run.answer is not None
    assert (run.answer.value, run.statuses) == ({"a": "a", "b": "b"}, ["succeeded", "succeeded"])


@both_backends
def test_one_that_raises_fails_its_branch(backend: str) -> None:
    branches = ["a", {"name": "b", "prefer": "length(inputs.n)"}]
    plan = plan_of(branches, strategy="fallback", on_failure="report", need="all")
    run = run_plan(plan, {"a": says("a"), "b": says("b")}, {"n": 1}, backend=backend)
    assert run.answer is not None
    assert run.statuses == ["succeeded", "failed"]
    assert "branches[1].prefer" in run.answer.branches[1]["error"]["message"]


@both_backends
@pytest.mark.parametrize("stream", ["ordered", "arrival", "live"])
def test_text_is_shown_once_it_counts(backend: str, stream: str) -> None:
    plan = plan_of(["a", "b"], strategy="fallback", prefer=LONG, stream=stream)
    better = run_plan(plan, {"a": says("no"), "b": says("better", 2)}, backend=backend)
    assert (better.text, better.first_text_s) == ("better", 2)
    nothing_better = run_plan(plan, {"a": says("no"), "b": [{"error": "down", "after_s": 3}]}, backend=backend)
    assert (nothing_better.text, nothing_better.first_text_s) == ("no", 3)


@both_backends
def test_text_of_another_branch_makes_a_last_resort_count_no_more(backend: str) -> None:
    plan = plan_of([{"name": "a", "prefer": LONG}, "b"], strategy="race", stream="live", on_failure="report")
    scripts = {"a": says("no"), "b": [{"text": "half", "after_s": 1}, {"error": "broke off"}]}
    run = run_plan(plan, scripts, backend=backend)
    assert run.answer is not None
    assert (run.text.splitlines()[0], run.answer.complete) == ("half", False)


@both_backends
def test_rows_that_share_a_call_decide_for_themselves(backend: str) -> None:
    branches = ["a", {"name": "b", "parameters": {"n": "${item}"}, "accept": "json[0].n == `1`", "prefer": "`true`"}]
    plan = plan_of(branches, for_each="inputs.l", strategy="fallback", prefer=LONG, merge="group")
    run = run_plan(plan, {"a": says("no"), "b": [{"echo": True}]}, {"l": [1, 2]}, backend=backend)
    assert run.answer is not None
    assert run.answer.value == [{"b": {"n": 1}}, {"a": "no"}]
    assert run.tools.calls["a"] == 1
