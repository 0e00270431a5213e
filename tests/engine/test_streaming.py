"""Which text is shown when, and the commit rule (contract 9), in virtual time."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes import BACKENDS, plan_of, run_plan

both_backends = pytest.mark.parametrize("backend", BACKENDS)

A: list[dict[str, Any]] = [{"text": "a1 ", "after_s": 1}, {"text": "a2", "after_s": 4}]
B: list[dict[str, Any]] = [{"text": "b1 "}, {"text": "b2", "after_s": 2}]


@both_backends
def test_ordered_holds_the_others_until_their_turn(backend: str) -> None:
    run = run_plan(plan_of(["a", "b"], stream="ordered"), {"a": A, "b": B}, backend=backend)
    assert run.text == "### a\n\na1 a2\n\n### b\n\nb1 b2"
    assert run.first_text_s == 1


@both_backends
def test_arrival_shows_each_branch_as_one_block(backend: str) -> None:
    run = run_plan(plan_of(["a", "b"], stream="arrival", heading="[${branch}] "), {"a": A, "b": B}, backend=backend)
    assert run.text == "[b] b1 b2\n\n[a] a1 a2"


@both_backends
def test_live_shows_each_message_with_a_heading_at_every_change(backend: str) -> None:
    run = run_plan(plan_of(["a", "b"], stream="live", heading="${branch}: "), {"a": A, "b": B}, backend=backend)
    assert run.text == "b: b1 \n\na: a1 \n\nb: b2\n\na: a2"


@both_backends
@pytest.mark.parametrize(
    ("keys", "head"), [({}, "### First opinion\n\n"), ({"heading": "${branch}, ${title}: "}, "a, First opinion: ")]
)
def test_headings_give_the_title(backend: str, keys: dict[str, str], head: str) -> None:
    plan = plan_of([{"name": "a", "title": "First opinion"}, "b"], stream="ordered", **keys)
    assert run_plan(plan, {"a": A, "b": B}, backend=backend).text.startswith(head)


@both_backends
def test_a_single_branch_has_no_heading(backend: str) -> None:
    run = run_plan(plan_of(["a"], stream="live"), {"a": A}, backend=backend)
    assert run.text == "a1 a2"


@both_backends
def test_a_branch_with_accept_shows_its_text_at_its_success(backend: str) -> None:
    plan = plan_of([{"name": "a", "accept": "ends_with(text, 'a2')"}], stream="live")
    run = run_plan(plan, {"a": A}, backend=backend)
    assert (run.text, run.first_text_s) == ("a1 a2", 5)


@both_backends
def test_a_rejected_branch_shows_nothing(backend: str) -> None:
    plan = plan_of([{"name": "a", "accept": "`false`"}, "b"], stream="ordered")
    run = run_plan(plan, {"a": A, "b": B}, backend=backend)
    assert run.text == "### b\n\nb1 b2"


@both_backends
@pytest.mark.parametrize("a_fails_at_s", [1, 9])
def test_in_ordered_the_text_of_a_failed_branch_stays_whenever_it_failed(backend: str, a_fails_at_s: float) -> None:
    scripts = {"a": [{"text": "half"}, {"error": "boom", "after_s": a_fails_at_s}], "b": B}
    run = run_plan(plan_of(["b", "a"], stream="ordered"), scripts, backend=backend)
    assert run.text == "### b\n\nb1 b2\n\n### a\n\nhalf"


@both_backends
def test_in_a_race_the_first_text_commits(backend: str) -> None:
    scripts = {"a": [{"text": "one ", "after_s": 1}, {"text": "two", "after_s": 5}], "b": [{"text": "b", "after_s": 3}]}
    run = run_plan(plan_of(["a", "b"], strategy="race", stream="live"), scripts, backend=backend)
    assert run.text == "one two"
    assert run.statuses == ["succeeded", "abandoned"]
    assert (run.first_text_s, run.settled_s) == (1, 6)


@both_backends
def test_a_failure_after_the_commit_is_the_failure_of_the_call(backend: str) -> None:
    scripts = {"a": [{"text": "one"}, {"error": "boom", "after_s": 1}], "b": [{"text": "b", "after_s": 3}]}
    run = run_plan(plan_of(["a", "b"], strategy="race", stream="live"), scripts, backend=backend)
    assert run.error is not None
    assert "boom" in str(run.error)
    assert run.settled_s == 1


@both_backends
def test_empty_text_does_not_commit(backend: str) -> None:
    scripts = {"a": [{"text": ""}, {"error": "boom", "after_s": 1}], "b": [{"text": "b", "after_s": 3}]}
    run = run_plan(plan_of(["a", "b"], strategy="race", stream="live"), scripts, backend=backend)
    assert run.text == "b"


@both_backends
def test_a_fallback_commits_too(backend: str) -> None:
    scripts = {"a": [{"error": "down"}], "b": [{"text": "b1"}, {"text": "b2", "after_s": 1}], "c": B}
    run = run_plan(plan_of(["a", "b", "c"], strategy="fallback", stream="ordered"), scripts, backend=backend)
    assert run.text == "b1b2"
    assert run.statuses == ["failed", "succeeded", "skipped"]


@both_backends
def test_a_quorum_streams_nothing(backend: str) -> None:
    scripts = {"a": [{"text": "a"}], "b": [{"text": "b"}]}
    run = run_plan(plan_of(["a", "b"], strategy="race", need=2, stream="live"), scripts, backend=backend)
    assert run.first_text_s is None
    assert run.text == '{"a":"a","b":"b"}'


@both_backends
def test_the_final_text_follows_after_an_empty_line(backend: str) -> None:
    run = run_plan(plan_of(["a"], stream="live", text="(${length(branches)})"), {"a": A}, backend=backend)
    assert run.text == "a1 a2\n\n(1)"


@both_backends
def test_a_heading_that_raises_fails_the_call_and_names_itself(backend: str) -> None:
    run = run_plan(plan_of(["a", "b"], stream="live", heading="${length(item)}"), {"a": A, "b": B}, backend=backend)
    assert run.error is not None
    assert str(run.error).startswith("heading: ")


@both_backends
def test_with_for_each_the_order_is_row_by_row(backend: str) -> None:
    branch = {"name": "t", "parameters": {"item": "${item}"}, "rules": [{"types": ["json"], "emit": "json.item"}]}
    plan = plan_of([branch], for_each="inputs.l", stream="ordered", heading="${index}/${item}: ", max_parallel=1)
    run = run_plan(plan, {"t": [{"echo": True, "after_s": 1}]}, {"l": ["x", "y"]}, backend=backend)
    assert run.text == "0/x: x\n\n1/y: y"


@settings(max_examples=60, deadline=None)
@given(waits=st.lists(st.lists(st.integers(0, 5), min_size=1, max_size=3), min_size=2, max_size=4))
def test_ordered_text_and_merges_are_the_same_for_every_order_of_arrival(waits: list[list[int]]) -> None:
    names = [f"b{index}" for index in range(len(waits))]
    scripts = {
        name: [{"text": f"{name}.{step} ", "after_s": wait} for step, wait in enumerate(steps)]
        for name, steps in zip(names, waits, strict=True)
    }
    at_once = {name: [{**step, "after_s": 0} for step in steps] for name, steps in scripts.items()}
    plan = plan_of(names, stream="ordered", max_parallel=10)
    assert run_plan(plan, scripts).text == run_plan(plan, at_once).text
