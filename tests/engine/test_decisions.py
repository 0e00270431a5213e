"""What is decided when: before a slot is given away, at the deadline, in the grace (contract 5)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes import BACKENDS, IN_ORDER, plan_of, run_plan

both_backends = pytest.mark.parametrize("backend", BACKENDS)

OK: list[dict[str, Any]] = [{"text": "ok", "after_s": 1}]
DOWN: list[dict[str, Any]] = [{"error": "down", "after_s": 1}]
HANG: list[dict[str, Any]] = [{"hang": True}]


@both_backends
def test_until_is_tested_before_a_free_slot_is_given_away(backend: str) -> None:
    plan = plan_of(["a", "b"], max_parallel=1, until="branches.a.status == 'succeeded' || branches.b")
    run = run_plan(plan, {"a": OK, "b": OK}, backend=backend)
    assert run.answer is not None
    assert (sum(run.tools.calls.values()), run.answer.settled_by) == (1, "until")


@both_backends
@pytest.mark.parametrize("keys", [{"strategy": "race"}, {"strategy": "all", "need": "all"}])
def test_who_is_no_longer_needed_is_not_called_in_the_slot_that_decided(backend: str, keys: dict[str, Any]) -> None:
    plan = plan_of(["a", "b", "c"], max_parallel=1, on_failure="report", **keys)
    answer = OK if keys["strategy"] == "race" else DOWN
    run = run_plan(plan, dict.fromkeys("abc", answer), backend=backend)
    assert sum(run.tools.calls.values()) == 1


@both_backends
@pytest.mark.parametrize("until", [None, "branches.a.status == 'succeeded'"])
def test_rows_that_follow_a_call_decide_before_its_slot_is_given_away(backend: str, until: str | None) -> None:
    branches = ["a", {"name": "b", "parameters": {"n": "${item}"}}]
    strategy = {"strategy": "race"} if until is None else {"until": until}
    plan = plan_of(branches, for_each="inputs.l", max_parallel=2, **strategy)
    run = run_plan(plan, {"a": OK, "b": HANG}, {"l": [1, 2, 3]}, backend=IN_ORDER)
    assert run.answer is not None
    assert run.tools.calls["b"] <= 1  # in the second slot, before a was there


@both_backends
def test_the_deadline_in_the_grace_leaves_the_reason(backend: str) -> None:
    plan = plan_of(["a", "b"], strategy="race", grace_s=50, deadline_s=5)
    run = run_plan(plan, {"a": OK, "b": HANG}, backend=backend)
    assert run.answer is not None
    assert (run.answer.settled_by, run.answer.complete, run.settled_s) == ("need", True, 5)
    assert run.statuses == ["succeeded", "abandoned"]


@both_backends
def test_in_the_grace_nothing_waits_to_be_tried_again(backend: str) -> None:
    retry = {"attempts": 2, "wait_s": 20, "jitter": "none"}
    plan = plan_of(["a", {"name": "b", "retry": retry}], strategy="race", grace_s=30)
    run = run_plan(plan, {"a": [{"text": "a", "after_s": 3}], "b": [{"error": "503"}]}, backend=backend)
    assert run.answer is not None
    assert (run.statuses, run.settled_s) == (["succeeded", "failed"], 3)
    assert run.answer.branches[1]["error"]["message"] == "503"
