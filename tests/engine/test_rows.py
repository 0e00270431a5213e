"""Items × branches (contract 7), in virtual time."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanout.core.errors import ExpressionError, TooLargeError
from tests.fakes import BACKENDS, IN_ORDER, plan_of, run_plan

both_backends = pytest.mark.parametrize("backend", BACKENDS)

ECHO: list[dict[str, Any]] = [{"echo": True, "after_s": 1}]
ITEM = {"name": "t", "parameters": {"x": "${item}"}, "select": "json[0].x"}


@both_backends
def test_results_are_aligned_with_the_items(backend: str) -> None:
    plan = plan_of([ITEM], for_each="inputs.l", merge="first")
    run = run_plan(plan, {"t": ECHO}, {"l": ["a", "b", "c"]}, backend=backend)
    assert run.answer is not None
    assert run.answer.value == ["a", "b", "c"]
    assert [record["row"] for record in run.answer.branches] == [0, 1, 2]
    assert (run.answer.settled_by, run.answer.complete) == ("all", True)


@both_backends
def test_one_bound_holds_for_all_rows(backend: str) -> None:
    plan = plan_of([ITEM, {**ITEM, "name": "u"}], for_each="inputs.l", max_parallel=3)
    run = run_plan(plan, {"t": ECHO, "u": ECHO}, {"l": [1, 2, 3]}, backend=backend)
    assert (run.tools.max_in_flight, run.settled_s) == (3, 2)
    if backend == IN_ORDER:
        assert [name for name, _ in run.tools.sent_at] == ["t", "u", "t", "u", "t", "u"]


@both_backends
def test_equal_cells_are_called_once(backend: str) -> None:
    plan = plan_of([ITEM], for_each="inputs.l", merge="first", max_parallel=1)
    run = run_plan(plan, {"t": ECHO}, {"l": ["a", "b", "a"]}, backend=backend)
    assert run.answer is not None
    assert run.answer.value == ["a", "b", "a"]
    assert run.tools.calls["t"] == 2
    assert sorted(record.get("shared", False) for record in run.answer.branches) == [False, False, True]


@both_backends
@pytest.mark.parametrize("extra", [{"accept": "item == `1`"}, {"prefer": "item == `1`"}, {"select": "index"}])
def test_equal_cells_are_not_shared_where_the_item_is_named(backend: str, extra: dict[str, str]) -> None:
    plan = plan_of([{"name": "t", **extra}], for_each="inputs.l", strategy="race")
    run = run_plan(plan, {"t": ECHO}, {"l": [1, 2]}, backend=backend)
    assert run.tools.calls["t"] == 2


def test_a_row_that_waits_for_a_shared_call_makes_its_own_when_that_is_given_up() -> None:
    # row 0 is decided by b while row 1, which follows its call of a, has no b
    branches = [{"name": "a"}, {"name": "b", "when": "index == `0`"}]
    plan = plan_of(branches, for_each="inputs.l", strategy="race", merge="first", max_parallel=4)
    scripts = {"a": [{"text": "a", "after_s": 5}], "b": [{"text": "b", "after_s": 1}]}
    run = run_plan(plan, scripts, {"l": [1, 2]}, backend=IN_ORDER)
    assert run.answer is not None
    assert run.answer.value == ["b", "a"]
    assert run.tools.calls["a"] == 2


@both_backends
def test_a_row_that_fails_gives_null_and_spoils_no_other(backend: str) -> None:
    plan = plan_of([{**ITEM, "select": "length(json[0].x)"}], for_each="inputs.l", merge="first")
    run = run_plan(plan, {"t": ECHO}, {"l": ["abc", 5, "de"]}, backend=backend)
    assert run.answer is not None
    assert (run.answer.value, run.answer.complete) == ([3, None, 2], False)


@both_backends
@pytest.mark.parametrize(("need_rows", "succeeds"), [(1, True), (2, False), ("all", False)])
def test_need_rows(backend: str, need_rows: int | str, succeeds: bool) -> None:
    plan = plan_of([{**ITEM, "accept": "result == 'a'"}], for_each="inputs.l", need_rows=need_rows)
    run = run_plan(plan, {"t": ECHO}, {"l": ["a", "b"]}, backend=backend)
    assert (run.error is None) is succeeds


@both_backends
def test_an_empty_list_is_a_success(backend: str) -> None:
    run = run_plan(plan_of([ITEM], for_each="inputs.l", need_rows="all"), {}, {"l": []}, backend=backend)
    assert run.answer is not None
    assert (run.answer.value, run.answer.complete, run.answer.settled_by) == ([], True, "all")


@both_backends
def test_a_deadline_that_cuts_a_row_settles_the_call(backend: str) -> None:
    plan = plan_of([ITEM], for_each="inputs.l", merge="first", deadline_s=2, max_parallel=1)
    run = run_plan(plan, {"t": [{"echo": True, "after_s": 1.5}]}, {"l": ["a", "b", "c"]}, backend=backend)
    assert run.answer is not None
    assert run.answer.settled_by == "deadline"
    assert sorted(run.statuses) == ["skipped", "succeeded", "timed_out"]
    if backend == IN_ORDER:
        assert run.answer.value == ["a", None, None]


@both_backends
def test_rows_of_a_hedge_leave_slots_for_backups(backend: str) -> None:
    branches = [{"name": "a", "parameters": {"n": "${item}"}}, {"name": "b", "parameters": {"n": "${item}"}}]
    plan = plan_of(branches, for_each="inputs.l", strategy="hedge", stagger_s=1, max_parallel=4, deadline_s=60)
    run = run_plan(plan, {"a": [{"hang": True}], "b": ECHO}, {"l": list(range(12))}, backend=backend)
    assert run.answer is not None
    assert run.answer.complete


@pytest.mark.parametrize(
    ("items", "error", "words"),
    [
        ({"a": 1}, ExpressionError, ["for_each", "an object", "list"]),
        ("text", ExpressionError, ["for_each", "text"]),
        (None, ExpressionError, ["for_each", "null"]),
        (list(range(1001)), TooLargeError, ["for_each", "1,001", "1,000"]),
    ],
)
def test_what_is_no_list_of_a_fit_size_is_refused(items: Any, error: type[Exception], words: list[str]) -> None:
    run = run_plan(plan_of([ITEM], for_each="inputs.l"), {"t": ECHO}, {"l": items})
    assert isinstance(run.error, error)
    assert all(word in str(run.error) for word in words)


@settings(max_examples=40, deadline=None)
@given(items=st.lists(st.integers(0, 3), min_size=1, max_size=6), strategy=st.sampled_from(["all", "fallback", "race"]))
def test_for_each_over_n_items_equals_n_single_calls(items: list[int], strategy: str) -> None:
    def branches(item: str) -> list[dict[str, Any]]:
        accept = "json[0].x != `2`"
        return [
            {"name": "a", "parameters": {"x": item}, "accept": accept, "select": "json[0].x"},
            {"name": "b", "parameters": {"x": item}, "select": "[json[0].x]"},
        ]

    scripts = {"a": ECHO, "b": [{"echo": True, "after_s": 2}]}
    together = run_plan(
        plan_of(branches("${item}"), for_each="inputs.l", strategy=strategy, max_parallel=12), scripts, {"l": items}
    )
    alone = [
        run_plan(plan_of(branches("${inputs.x}"), strategy=strategy, max_parallel=12), scripts, {"x": item})
        for item in items
    ]
    assert together.answer is not None
    assert together.answer.value == [run.answer.value for run in alone if run.answer is not None]
