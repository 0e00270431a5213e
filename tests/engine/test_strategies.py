"""Who is called, when it is over, and what becomes of the rest (contract 5), in virtual time."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes import BACKENDS, IN_ORDER, plan_of, run_plan

pytestmark = pytest.mark.parametrize("backend", BACKENDS)

QUICK: list[dict[str, Any]] = [{"text": "quick", "after_s": 1}]
SLOW: list[dict[str, Any]] = [{"text": "slow", "after_s": 10}]
HANG: list[dict[str, Any]] = [{"hang": True}]
DOWN: list[dict[str, Any]] = [{"error": "down", "after_s": 0.5}]


def test_all_waits_for_every_branch(backend: str) -> None:
    run = run_plan(plan_of(["a", "b"]), {"a": SLOW, "b": QUICK}, backend=backend)
    assert run.answer is not None
    assert run.answer.value == {"a": "slow", "b": "quick"}
    assert (run.answer.settled_by, run.answer.complete) == ("all", True)
    assert run.settled_s == 10


def test_all_goes_on_after_a_failure_and_says_that_it_is_not_complete(backend: str) -> None:
    run = run_plan(plan_of(["a", "b"]), {"a": DOWN, "b": QUICK}, backend=backend)
    assert run.answer is not None
    assert run.statuses == ["failed", "succeeded"]
    assert (run.answer.settled_by, run.answer.complete) == ("all", False)


def test_all_gives_up_when_need_is_out_of_reach(backend: str) -> None:
    run = run_plan(plan_of(["a", "b"], need="all", on_failure="report"), {"a": DOWN, "b": SLOW}, backend=backend)
    assert run.answer is not None
    assert run.statuses == ["failed", "abandoned"]
    assert (run.answer.settled_by, run.settled_s) == ("exhausted", 0.5)


def test_a_race_is_over_at_the_first_success(backend: str) -> None:
    run = run_plan(plan_of(["a", "b", "c"], strategy="race"), {"a": HANG, "b": QUICK, "c": DOWN}, backend=backend)
    assert run.answer is not None
    assert run.statuses == ["abandoned", "succeeded", "failed"]
    assert (run.answer.value, run.answer.settled_by, run.settled_s) == ("quick", "need", 1)


def test_a_quorum_waits_for_as_many_as_it_needs(backend: str) -> None:
    run = run_plan(
        plan_of(["a", "b", "c"], strategy="race", need=2), {"a": HANG, "b": QUICK, "c": SLOW}, backend=backend
    )
    assert run.answer is not None
    assert run.answer.value == {"b": "quick", "c": "slow"}
    assert run.settled_s == 10


def test_a_fallback_calls_the_next_after_a_failure_only(backend: str) -> None:
    run = run_plan(plan_of(["a", "b", "c"], strategy="fallback"), {"a": DOWN, "b": SLOW, "c": QUICK}, backend=backend)
    assert run.statuses == ["failed", "succeeded", "skipped"]
    assert [name for name, _ in run.tools.sent_at] == ["a", "b"]
    assert run.settled_s == 10.5


def test_a_fallback_with_need_goes_on_after_a_success(backend: str) -> None:
    plan = plan_of(["a", "b", "c"], strategy="fallback", need=2)
    run = run_plan(plan, {"a": QUICK, "b": DOWN, "c": QUICK}, backend=backend)
    assert run.statuses == ["succeeded", "failed", "succeeded"]
    assert run.settled_s == 2.5


def test_a_fallback_that_runs_out_fails(backend: str) -> None:
    run = run_plan(plan_of(["a", "b"], strategy="fallback"), {"a": DOWN, "b": DOWN}, backend=backend)
    assert run.error is not None
    assert "- a: failed" in str(run.error)
    assert "exhausted" in str(run.error)


def test_a_hedge_starts_the_next_when_the_last_is_slow(backend: str) -> None:
    plan = plan_of(["a", "b", "c"], strategy="hedge", stagger_s=2)
    run = run_plan(plan, {"a": HANG, "b": QUICK, "c": QUICK}, backend=backend)
    assert run.statuses == ["abandoned", "succeeded", "skipped"]
    assert run.settled_s == 3


def test_a_hedge_starts_the_next_at_once_after_a_failure(backend: str) -> None:
    plan = plan_of(["a", "b"], strategy="hedge", stagger_s=2)
    run = run_plan(plan, {"a": DOWN, "b": QUICK}, backend=backend)
    assert run.settled_s == 1.5


def test_a_hedge_waits_from_the_request_not_from_the_wish_for_a_slot(backend: str) -> None:
    plan = plan_of(["a", "b", "c"], strategy="hedge", stagger_s=1, max_parallel=2)
    run = run_plan(plan, {"a": [{"error": "down", "after_s": 5}], "b": HANG, "c": QUICK}, backend=backend)
    # b starts at 1; c is due at 2 but gets the slot of a at 5
    assert run.settled_s == 6


def test_a_hedge_without_a_wait_is_a_race(backend: str) -> None:
    plan = plan_of(["a", "b", "c"], strategy="hedge", stagger_s=0)
    run = run_plan(plan, {"a": HANG, "b": HANG, "c": QUICK}, backend=backend)
    assert run.settled_s == 1


def test_grace_takes_more_successes_and_starts_nothing(backend: str) -> None:
    plan = plan_of(["a", "b", "c"], strategy="race", grace_s=3, merge="group")
    run = run_plan(plan, {"a": QUICK, "b": [{"text": "b", "after_s": 2}], "c": HANG}, backend=backend)
    assert run.answer is not None
    assert run.answer.value == {"a": "quick", "b": "b"}
    assert (run.answer.settled_by, run.settled_s) == ("need", 4)


def test_in_grace_what_waits_for_a_slot_is_not_sent(backend: str) -> None:
    plan = plan_of(["a", "b", "c"], strategy="race", grace_s=30, max_parallel=2, merge="group")
    scripts = {"a": QUICK, "b": SLOW, "c": QUICK}
    run = run_plan(plan, scripts, backend=IN_ORDER)
    assert run.answer is not None
    assert run.answer.value == {"a": "quick", "b": "slow"}
    assert (run.statuses[2], run.tools.calls["c"], run.settled_s) == ("skipped", 0, 10)


def test_in_grace_nothing_is_tried_again(backend: str) -> None:
    retry = {"attempts": 3, "wait_s": 2, "jitter": "none"}
    plan = plan_of(["a", {"name": "b", "retry": retry}], strategy="race", grace_s=30)
    run = run_plan(plan, {"a": QUICK, "b": DOWN}, backend=backend)
    assert run.statuses == ["succeeded", "failed"]
    assert (run.tools.calls["b"], run.settled_s) == (1, 1)


def test_grace_ends_when_nothing_runs(backend: str) -> None:
    plan = plan_of(["a", "b"], strategy="race", grace_s=30)
    run = run_plan(plan, {"a": QUICK, "b": SLOW}, backend=backend)
    assert run.settled_s == 10


def test_until_settles_on_content(backend: str) -> None:
    plan = plan_of(["a", "b", "c"], merge="concat", until="length(merged) >= `3`")
    run = run_plan(plan, {"a": [{"json": [1, 2]}], "b": [{"json": [3], "after_s": 1}], "c": HANG}, backend=backend)
    assert run.answer is not None
    assert run.answer.value == [1, 2, 3]
    assert (run.answer.settled_by, run.answer.complete, run.settled_s) == ("until", False, 1)


def test_until_that_raises_is_not_true(backend: str) -> None:
    plan = plan_of(["a", "b"], until="length(inputs.missing) > `0`")
    run = run_plan(plan, {"a": QUICK, "b": SLOW}, backend=backend)
    assert run.answer is not None
    assert run.answer.settled_by == "all"


def test_a_required_branch_that_fails_ends_the_call(backend: str) -> None:
    plan = plan_of([{"name": "a", "required": True}, "b"], on_failure="report")
    run = run_plan(plan, {"a": DOWN, "b": SLOW}, backend=backend)
    assert run.answer is not None
    assert run.statuses == ["failed", "abandoned"]
    assert (run.answer.settled_by, run.settled_s) == ("required", 0.5)


@pytest.mark.parametrize("strategy", ["race", "fallback", "hedge"])
def test_need_waits_for_required_branches(backend: str, strategy: str) -> None:
    plan = plan_of(["a", {"name": "b", "required": True}], strategy=strategy, merge="group")
    run = run_plan(plan, {"a": QUICK, "b": [{"text": "b", "after_s": 2}]}, backend=backend)
    assert run.answer is not None
    assert run.answer.value == {"a": "quick", "b": "b"}
    assert run.answer.settled_by == "need"


def test_excused_branches_are_not_missed(backend: str) -> None:
    plan = plan_of(["a", {"name": "b", "required": True, "when": "inputs.deep"}], need="all")
    run = run_plan(plan, {"a": QUICK}, {"deep": False}, backend=backend)
    assert run.answer is not None
    assert (run.statuses, run.answer.complete) == (["succeeded", "skipped"], True)


def test_when_every_branch_is_excused_the_call_succeeds_with_nothing(backend: str) -> None:
    run = run_plan(plan_of([{"name": "a", "when": "`false`"}]), {}, backend=backend)
    assert run.answer is not None
    assert (run.answer.value, run.answer.complete) == ({}, True)


def test_a_fallback_goes_on_past_an_excused_branch(backend: str) -> None:
    plan = plan_of([{"name": "a", "when": "`false`"}, "b"], strategy="fallback")
    run = run_plan(plan, {"b": QUICK}, backend=backend)
    assert run.statuses == ["skipped", "succeeded"]


def test_the_deadline_settles_with_what_there_is(backend: str) -> None:
    plan = plan_of(["a", "b", "c"], deadline_s=3)
    run = run_plan(plan, {"a": QUICK, "b": HANG, "c": HANG}, backend=backend)
    assert run.answer is not None
    assert run.statuses == ["succeeded", "timed_out", "timed_out"]
    assert (run.answer.settled_by, run.settled_s) == ("deadline", 3)


def test_what_had_not_started_at_the_deadline_is_skipped(backend: str) -> None:
    plan = plan_of(["a", "b"], strategy="fallback", deadline_s=3, on_failure="report")
    run = run_plan(plan, {"a": HANG, "b": QUICK}, backend=backend)
    assert run.statuses == ["timed_out", "skipped"]


def test_what_was_sent_before_the_deadline_is_salvaged(backend: str) -> None:
    plan = plan_of(["a", {"name": "b", "salvage": True}], deadline_s=3)
    run = run_plan(plan, {"a": QUICK, "b": [{"text": "so far"}, {"hang": True}]}, backend=backend)
    assert run.answer is not None
    assert run.answer.value == {"a": "quick", "b": "so far"}
    assert run.answer.branches[1]["partial"] is True


def test_never_more_in_flight_than_max_parallel_and_in_plan_order(backend: str) -> None:
    plan = plan_of(["a", "b", "c", "d", "e"], max_parallel=2)
    run = run_plan(plan, dict.fromkeys("abcde", QUICK), backend=backend)
    assert run.tools.max_in_flight == 2
    if backend == IN_ORDER:
        assert [name for name, _ in run.tools.sent_at] == ["a", "b", "c", "d", "e"]
    assert run.settled_s == 3
