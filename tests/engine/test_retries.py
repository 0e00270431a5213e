"""Trying again (contract 4): which errors, which waits, never beyond the deadline, and no error is hidden."""

from __future__ import annotations

from typing import Any

import pytest

from fanout.core.errors import BranchError
from fanout.engine import attempt
from tests.fakes import BACKENDS, plan_of, run_plan

pytestmark = pytest.mark.parametrize("backend", BACKENDS)

EXACT = {"wait_s": 1, "factor": 1, "jitter": "none"}
HANG: list[dict[str, Any]] = [{"hang": True}]
OK: list[dict[str, Any]] = [{"text": "ok"}]


@pytest.mark.parametrize(
    ("causes", "error", "attempts"),
    [
        (["rate_limited"], "429 Too Many Requests", 3),
        (["rate_limited"], "503 Service Unavailable", 1),
        (["rate_limited", "connection"], "connection reset by peer", 3),
        (["unauthorized"], "no default provider for x", 3),
        (["error"], "no default provider for x", 1),
        (["not_found"], "tool x not found", 3),
        (["error", "not_found"], "503", 3),
    ],
)
def test_causes_may_be_types_of_errors(backend: str, causes: list[str], error: str, attempts: int) -> None:
    plan = plan_of([{"name": "a", "retry": {"attempts": 3, **EXACT, "if": causes}}], on_failure="report")
    run = run_plan(plan, {"a": [{"error": error}]}, backend=backend)
    assert run.tools.calls["a"] == attempts


@pytest.mark.parametrize(
    ("named_s", "attempts", "settled_s"),
    [(0.5, 2, 1), (4, 2, 4), (30, 2, 30), (31, 1, 0), (None, 2, 1)],
)
def test_the_wait_that_a_tool_names_is_the_least_unless_it_is_too_long(
    backend: str, monkeypatch: pytest.MonkeyPatch, named_s: float | None, attempts: int, settled_s: float
) -> None:
    monkeypatch.setattr(attempt, "classify", lambda *_, **__: BranchError("rate_limited", "429", named_s))
    plan = plan_of([{"name": "a", "retry": {"attempts": 2, **EXACT}}], on_failure="report")
    run = run_plan(plan, {"a": {"calls": [[{"error": "429"}], OK]}}, backend=backend)
    assert (run.tools.calls["a"], run.settled_s) == (attempts, settled_s)


def test_a_wait_that_cannot_end_before_the_deadline_is_not_begun(backend: str) -> None:
    retry = {"attempts": 3, "wait_s": 30, "jitter": "none"}
    plan = plan_of([{"name": "a", "retry": retry}, "b"], strategy="fallback", deadline_s=3)
    run = run_plan(plan, {"a": [{"error": "503 upstream down"}], "b": OK}, backend=backend)
    assert run.answer is not None
    assert (run.statuses, run.settled_s) == (["failed", "succeeded"], 0)
    assert "503 upstream down" in run.answer.branches[0]["error"]["message"]


def test_an_attempt_that_the_deadline_cut_says_what_went_wrong_before(backend: str) -> None:
    plan = plan_of([{"name": "a", "retry": {"attempts": 2, **EXACT}}], deadline_s=5, on_failure="report")
    run = run_plan(plan, {"a": {"calls": [[{"error": "429 quota"}], HANG]}}, backend=backend)
    assert run.answer is not None
    error = run.answer.branches[0]["error"]
    assert (run.statuses, error["type"]) == (["timed_out"], "timeout")
    assert error["message"].startswith("cut off: ")
    assert error["message"].endswith("; before that: 429 quota")


def test_an_attempt_that_its_own_limit_cut_says_what_went_wrong_before(backend: str) -> None:
    plan = plan_of([{"name": "a", "timeout_s": 1, "retry": {"attempts": 3, **EXACT}}], on_failure="report")
    run = run_plan(plan, {"a": {"calls": [HANG, [{"error": "429 quota"}], HANG]}}, backend=backend)
    assert run.answer is not None
    assert run.answer.branches[0]["error"]["message"].endswith("(1 s); before that: 429 quota")


def test_the_same_is_not_said_twice(backend: str) -> None:
    plan = plan_of([{"name": "a", "timeout_s": 1, "retry": {"attempts": 3, **EXACT}}], on_failure="report")
    run = run_plan(plan, {"a": HANG}, backend=backend)
    assert run.answer is not None
    assert "before" not in run.answer.branches[0]["error"]["message"]


def test_an_abandoned_branch_says_what_went_wrong_before(backend: str) -> None:
    plan = plan_of([{"name": "a", "retry": {"attempts": 2, **EXACT}}, "b"], strategy="race")
    scripts = {"a": {"calls": [[{"error": "429 quota"}], HANG]}, "b": [{"text": "b", "after_s": 3}]}
    run = run_plan(plan, scripts, backend=backend)
    assert run.answer is not None
    assert run.statuses == ["abandoned", "succeeded"]
    assert run.answer.branches[0]["error"]["message"].endswith("; before that: 429 quota")


def test_a_hedge_goes_on_while_a_branch_waits_to_be_tried_again(backend: str) -> None:
    retry = {"attempts": 2, "wait_s": 3, "jitter": "none"}
    plan = plan_of([{"name": "a", "retry": retry}, "b", "c"], strategy="hedge", stagger_s=5)
    run = run_plan(plan, {"a": [{"error": "503"}], "b": [{"text": "b", "after_s": 1}], "c": OK}, backend=backend)
    assert (run.statuses[1:], run.settled_s) == (["succeeded", "skipped"], 1)


def test_a_fallback_waits_for_its_retries(backend: str) -> None:
    plan = plan_of([{"name": "a", "retry": {"attempts": 2, **EXACT}}, "b"], strategy="fallback")
    run = run_plan(plan, {"a": {"calls": [[{"error": "503"}], OK]}, "b": OK}, backend=backend)
    assert run.statuses == ["succeeded", "skipped"]


def test_rows_that_follow_a_call_hear_that_it_waits(backend: str) -> None:
    retry = {"attempts": 2, "wait_s": 9, "jitter": "none"}
    branches = [{"name": "a", "retry": retry}, {"name": "b", "parameters": {"n": "${item}"}}]
    plan = plan_of(branches, for_each="inputs.l", strategy="hedge", stagger_s=50, merge="first")
    run = run_plan(plan, {"a": [{"error": "503"}], "b": OK}, {"l": [1, 2]}, backend=backend)
    assert run.answer is not None
    assert (run.answer.value, run.settled_s) == (["ok", "ok"], 0)


def test_spans_tell_attempts_and_waits(backend: str) -> None:
    plan = plan_of([{"name": "a", "retry": {"attempts": 3, **EXACT}, "timeout_s": 2}], on_failure="report")
    run = run_plan(plan, {"a": {"calls": [[{"error": "503", "after_s": 0.5}], HANG, OK]}}, backend=backend)
    assert run.records[0].spans == (
        ("attempt", "failed", 0, 0.5),
        ("wait", "retry", 0.5, 1.5),
        ("attempt", "timed_out", 1.5, 3.5),
        ("wait", "retry", 3.5, 4.5),
        ("attempt", "succeeded", 4.5, 4.5),
    )


def test_the_span_of_a_cut_attempt_bears_the_status_of_the_branch(backend: str) -> None:
    plan = plan_of(["a", "b"], strategy="race")
    run = run_plan(plan, {"a": HANG, "b": [{"text": "b", "after_s": 2}]}, backend=backend)
    assert [record.spans for record in run.records] == [
        (("attempt", "abandoned", 0, 2),),
        (("attempt", "succeeded", 0, 2),),
    ]
