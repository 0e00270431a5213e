"""From settled rows to what is emitted: success, state, value, text, records (contract 5, 9, 10)."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from fanout.core import limits
from fanout.core.answers.answer import Answer, conclude, has_succeeded, plain_answer, record_list
from fanout.core.budget import Budget
from fanout.core.calls.outcome import Outcome, RowOutcome
from fanout.core.calls.records import FileMessage, Record
from fanout.core.errors import BranchError, CallError, ExpressionError, TooLargeError
from fanout.core.plans.plan import Plan
from fanout.core.values import Size
from tests.fakes import plan_of


def records_of(plan: Plan, *results: Any, row: int | None = None) -> tuple[Record, ...]:
    """One record per branch: a result for a success, a BranchError for a failure."""
    return tuple(
        Record(branch, "failed", error=result, attempts=1, row=row)
        if isinstance(result, BranchError)
        else Record(branch, "succeeded", attempts=1, result=result, row=row)
        for branch, result in zip(plan.branches, results, strict=True)
    )


def settled(plan: Plan, *results: Any, succeeded: bool = True, end: str = "") -> Outcome:
    row = RowOutcome(records_of(plan, *results), "all", succeeded, succeeded)
    return Outcome((row,), "x" if end else "", end)


def rows_of(plan: Plan, *rows: Any) -> Outcome:
    """Rows of one branch each: a result, or a BranchError for a row that failed."""
    return Outcome(
        tuple(
            RowOutcome(
                records_of(plan, result, row=index),
                "all",
                succeeded=not isinstance(result, BranchError),
                complete=not isinstance(result, BranchError),
                index=index,
                item=f"item {index}",
            )
            for index, result in enumerate(rows)
        )
    )


DOWN = BranchError("connection", "connection refused")


# -- the shapes of a result


@pytest.mark.parametrize(
    ("value", "result", "items"),
    [
        ({"a": 1}, {"a": 1}, [{"a": 1}]),
        ([1, {"a": 1}], {"items": [1, {"a": 1}]}, [1, {"a": 1}]),
        ("x", {"value": "x"}, [{"value": "x"}]),
        (0, {"value": 0}, [{"value": 0}]),
        (None, {"value": None}, []),
        ([], {"items": []}, []),
        ({}, {}, [{}]),
    ],
)
def test_result_is_an_object_and_items_a_list(value: Any, result: Any, items: Any) -> None:
    answer = Answer("", value, [], complete=True, settled_by="all")
    assert (answer.result, answer.items) == (result, items)


# -- success


def test_a_call_that_did_not_succeed_raises_with_a_line_per_branch() -> None:
    plan = plan_of(["a", "b"])
    with pytest.raises(CallError) as raised:
        conclude(plan, {}, settled(plan, DOWN, DOWN, succeeded=False), Budget)
    assert str(raised.value).splitlines() == [
        "The call did not succeed (settled by all):",
        "- a: failed, 1 attempt, 0 s: connection: connection refused",
        "- b: failed, 1 attempt, 0 s: connection: connection refused",
    ]


def test_a_report_returns_what_there_is() -> None:
    plan = plan_of(["a", "b"], on_failure="report", need="all")
    answer = conclude(plan, {}, settled(plan, "x", DOWN, succeeded=False), Budget)
    assert (answer.value, answer.complete) == ({"a": "x"}, False)


@pytest.mark.parametrize(("need_rows", "succeeds"), [(1, True), (2, True), (3, False), ("all", False)])
def test_enough_rows_must_succeed(need_rows: int | str, succeeds: bool) -> None:
    plan = plan_of(["a"], for_each="inputs.l", need_rows=need_rows)
    assert has_succeeded(plan, rows_of(plan, "x", DOWN, "z").rows) is succeeds


def test_need_rows_is_never_more_than_there_are_rows() -> None:
    plan = plan_of(["a"], for_each="inputs.l", need_rows=5)
    assert has_succeeded(plan, rows_of(plan, "x").rows)
    assert has_succeeded(plan, ())


# -- the state


def test_output_sees_the_whole_state() -> None:
    output = "[inputs.q, merged, branches.a.status, branches.b.error.type, rows, complete, settled_by]"
    plan = plan_of(["a", "b"], output=output)
    answer = conclude(plan, {"q": "cats"}, settled(plan, "x", DOWN, succeeded=True), Budget)
    assert answer.value == ["cats", {"a": "x"}, "succeeded", "connection", [], True, "all"]


def test_rows_are_aligned_and_null_where_they_failed() -> None:
    plan = plan_of(["a"], for_each="inputs.l", merge="first", output="[merged, rows[1], branches[].row, complete]")
    answer = conclude(plan, {}, rows_of(plan, "x", DOWN), Budget)
    row = {"index": 1, "item": "item 1", "merged": None, "complete": False, "settled_by": "all"}
    assert answer.value == [["x", None], row, [0, 1], False]


@pytest.mark.parametrize("keys", [{"output": "length(inputs.missing)"}, {"text": "${length(inputs.missing)}"}])
def test_an_expression_that_raises_fails_the_call_and_names_its_path(keys: dict[str, str]) -> None:
    plan = plan_of(["a"], **keys)
    with pytest.raises(ExpressionError, match=f"^{next(iter(keys))}: "):
        conclude(plan, {}, settled(plan, "x"), Budget)


def test_in_a_report_after_a_failure_they_give_null_and_nothing() -> None:
    plan = plan_of(["a"], output="length(inputs.missing)", text="${length(inputs.missing)}", on_failure="report")
    answer = conclude(plan, {}, settled(plan, DOWN, succeeded=False), Budget)
    assert (answer.value, answer.text) == (None, "")


# -- salvage


@pytest.mark.parametrize(("status", "salvaged"), [("failed", True), ("timed_out", True), ("rejected", False)])
def test_what_a_failed_branch_had_sent_takes_part(status: Any, salvaged: bool) -> None:
    plan = plan_of([{"name": "a", "salvage": True, "select": "text"}])
    file = FileMessage("image_link", "/f", {"tool_file_id": "1"})
    output = {"text": "half", "json": [], "variables": {}, "files": [], "links": []}
    record = Record(plan.branches[0], status, error=DOWN, partial=True, output=output, files=(file,))
    answer = conclude(plan, {}, Outcome((RowOutcome((record,), "deadline", True, False),)), Budget)
    assert answer.value == ({"a": "half"} if salvaged else {})
    assert answer.files == ((file,) if salvaged else ())
    assert answer.branches[0]["result"] == ("half" if salvaged else None)


def test_files_of_a_shared_call_are_passed_on_once() -> None:
    plan = plan_of(["a"], for_each="inputs.l")
    file = FileMessage("image_link", "/f", {"tool_file_id": "1"})
    records = [
        Record(plan.branches[0], "succeeded", files=(file,), shared=shared, row=int(shared)) for shared in (False, True)
    ]
    rows = tuple(RowOutcome((record,), "all", True, True, index=record.row) for record in records)
    assert conclude(plan, {}, Outcome(rows), Budget).files == (file,)


# -- the text


@pytest.mark.parametrize(
    ("keys", "value", "end", "text"),
    [
        ({}, "x", "", "x"),
        ({}, None, "", ""),
        ({}, "x", "\n\n", ""),
        ({"text": "=${result}"}, "x", "", "=x"),
        ({"text": "=${result}"}, "x", "\n\n", "\n\n=x"),
        ({"text": "=${result}"}, "x", "\n```\n\n", "\n```\n\n=x"),
        ({"text": ""}, "x", "\n\n", ""),
    ],
)
def test_the_final_text(keys: dict[str, Any], value: Any, end: str, text: str) -> None:
    plan = plan_of(["a"], merge="first", **keys)
    assert conclude(plan, {}, settled(plan, value, end=end), Budget).text == text


def test_a_trace_follows_after_an_empty_line() -> None:
    plan = plan_of(["a"], merge="first", trace=True)
    text = conclude(plan, {}, settled(plan, "x"), Budget).text
    assert text.startswith("x\n\n```text\n")
    assert text.endswith("```")


def test_a_trace_of_nothing_is_nothing() -> None:
    plan = plan_of(["a"], for_each="inputs.l", trace=True, text="done")
    assert conclude(plan, {}, Outcome(()), Budget).text == "done"


# -- limits


def test_a_result_that_no_line_can_carry_names_the_largest_branch_and_the_remedy() -> None:
    plan = plan_of(["small", "big"])
    with pytest.raises(TooLargeError, match=r"largest branch is big.*`select`.*`limit`"):
        conclude(plan, {}, settled(plan, "x", "x" * limits.LINE_BYTES), Budget)


def test_a_value_that_stands_for_an_endless_one_is_not_written_out() -> None:
    value: Any = ["x" * 1000]
    for _ in range(40):
        value = [value, value]
    with pytest.raises(TooLargeError):
        plain_answer(value, Budget())


def test_large_results_are_left_out_of_the_records() -> None:
    plan = plan_of(["small", "large"])
    shown = record_list(records_of(plan, "x", "x" * limits.RECORD_RESULT_BYTES), Budget)
    assert shown[0]["result"] == "x"
    assert "result" not in shown[1]
    assert shown[1]["result_omitted"] is True


def test_a_result_that_may_be_too_large_or_too_deep_is_measured() -> None:
    plan = plan_of(["a"])
    [record] = records_of(plan, ["x"])
    sizes = [None, Size(1, 5), Size(1_000, 5), Size(1_000, 1 << 30)]
    shown = record_list([replace(record, result_size=size) for size in sizes], Budget)
    assert [each["result"] for each in shown] == [["x"]] * len(sizes)


def test_all_results_are_left_out_where_they_are_too_large_together() -> None:
    plan = plan_of(["a"])
    shown = record_list(records_of(plan, "x" * 4_000) * 600, Budget)
    assert all(record["result_omitted"] for record in shown)


def nested(depth: int) -> Any:
    value: Any = "x"
    for _ in range(depth):
        value = [value]
    return value


def test_a_result_that_is_nested_more_deeply_than_a_line_may_be_says_so() -> None:
    plan = plan_of(["a"])
    conclude(plan, {}, settled(plan, nested(limits.LINE_DEPTH - 1)), Budget)
    with pytest.raises(TooLargeError, match=r"nested more than 200 levels deep.*`select`"):
        conclude(plan, {}, settled(plan, nested(limits.LINE_DEPTH)), Budget)


def test_deep_results_are_left_out_of_the_records() -> None:
    plan = plan_of(["a", "b"])
    shown = record_list(records_of(plan, nested(limits.LINE_DEPTH + 1), nested(3)), Budget)
    assert [record.get("result_omitted", False) for record in shown] == [True, False]


def test_records_that_no_line_can_carry_are_refused() -> None:
    plan = plan_of([{"name": "a", "tool_name": "t" * 50_000}])
    with pytest.raises(TooLargeError, match=r"the records of 100 branches are 4\.8 MiB"):
        record_list(records_of(plan, "x") * 100, Budget)


def test_results_leave_room_for_the_records_around_them() -> None:
    plan = plan_of([{"name": "a", "tool_name": "t" * 30_000}])
    shown = record_list(records_of(plan, "x" * 4_000) * 130, Budget)
    assert len(json.dumps(shown)) < limits.LINE_BYTES
    assert all(record["result_omitted"] for record in shown)


# -- tools that call nothing


@pytest.mark.parametrize(("value", "text"), [(3, "3"), (None, ""), ("x", "x"), ({"a": 1}, '{"a":1}')])
def test_a_plain_answer_shows_its_value(value: Any, text: str) -> None:
    answer = plain_answer(value, Budget())
    assert (answer.text, answer.branches, answer.settled_by, answer.complete) == (text, [], "all", True)


# -- failures


def test_a_code_fence_of_the_text_is_closed_before_the_trace() -> None:
    plan = plan_of(["a"], merge="first", trace=True)
    text = conclude(plan, {}, settled(plan, "```\ncode"), Budget).text
    assert text.startswith("```\ncode\n```\n\n```text\n")


@pytest.mark.parametrize("end", ["", "\n\n"])
def test_a_report_without_a_success_says_why_in_its_text(end: str) -> None:
    plan = plan_of([{"name": "a", "title": "Weather"}, "b"], on_failure="report")
    answer = conclude(plan, {}, settled(plan, DOWN, DOWN, succeeded=False, end=end), Budget)
    assert answer.text == end + (
        "The call did not succeed (settled by all):\n"
        "- Weather (a): failed, 1 attempt, 0 s: connection: connection refused\n"
        "- b: failed, 1 attempt, 0 s: connection: connection refused"
    )


@pytest.mark.parametrize("on_failure", ["fail", "report"])
def test_what_is_probably_a_mistake_stands_below_the_lines_of_a_failure(on_failure: str) -> None:
    plan = plan_of(["a"], on_failure=on_failure, parameters={"url": "inputs.query"})
    outcome = settled(plan, DOWN, succeeded=False)
    if on_failure == "fail":
        with pytest.raises(CallError) as raised:
            conclude(plan, {}, outcome, Budget)
        text = str(raised.value)
    else:
        text = conclude(plan, {}, outcome, Budget).text
    assert text.endswith(
        "connection refused\n"
        "Warnings:\n"
        "- parameters.url: inputs.query is sent as it stands, and is no value; write ${inputs.query}"
    )


def test_a_report_with_something_shows_what_there_is() -> None:
    plan = plan_of(["a", "b"], on_failure="report", need=2)
    assert conclude(plan, {}, settled(plan, "x", DOWN, succeeded=False), Budget).text == '{"a":"x"}'


def test_the_text_of_a_group_of_the_only_branch_is_its_result() -> None:
    plan = plan_of(["a"])
    answer = conclude(plan, {}, settled(plan, "x"), Budget)
    assert (answer.value, answer.text) == ({"a": "x"}, "x")


def test_a_report_on_rows_says_why_only_where_no_row_succeeded() -> None:
    plan = plan_of(["a"], for_each="inputs.l", on_failure="report", merge="first", need_rows=2)
    assert conclude(plan, {}, rows_of(plan, DOWN, "x"), Budget).text == '[null,"x"]'
    assert "row 1, a: failed" in conclude(plan, {}, rows_of(plan, DOWN, DOWN), Budget).text


def test_what_did_not_succeed_stands_in_the_state_excused_ones_apart() -> None:
    plan = plan_of(["a", "b", "c"], need=1, output="failures[].[name, error.type]")
    first, second, _ = records_of(plan, "x", DOWN, None)
    excused = Record(plan.branches[2], "skipped", excused=True)
    outcome = Outcome((RowOutcome((first, second, excused), "all", True, True),))
    assert conclude(plan, {}, outcome, Budget).value == [["b", "connection"]]


# -- large results


def test_three_results_of_six_mebibytes_of_ordinary_rows_work() -> None:
    rows = [{"id": number, "name": f"row {number}", "note": "x" * 20} for number in range(90_000)]
    plan = plan_of(["a", "b", "c"], merge="concat", output="length(merged)")
    answer = conclude(plan, {}, settled(plan, rows, rows, rows), Budget)
    assert answer.value == 270_000
    assert all(record["result_omitted"] for record in answer.branches)


def test_a_result_of_more_parts_than_are_counted_is_too_large_and_says_so() -> None:
    plan = plan_of(["a"], merge="first")
    with pytest.raises(TooLargeError, match=r"more parts than are counted.*largest branch is a"):
        conclude(plan, {}, settled(plan, [0] * 2_000_100), Budget)
