"""Warnings that only settled records show."""

from __future__ import annotations

from dataclasses import replace

from fanout.core.answers.answer import conclude
from fanout.core.budget import Budget
from fanout.core.calls.outcome import Outcome, RowOutcome
from fanout.core.calls.records import Record
from fanout.core.errors import BranchError, Problem
from fanout.core.plans.plan import Plan
from tests.fakes import plan_of


def warnings(plan: Plan, *records: Record) -> tuple[str, ...]:
    row = RowOutcome(records, "all", succeeded=True, complete=True)
    return conclude(plan, {}, Outcome((row,)), Budget).warnings


def test_that_nothing_was_called_is_a_warning() -> None:
    plan = plan_of(["a", "b"], need=1)
    skipped = [
        Record(branch, "skipped", BranchError("skipped", "its `when` was not true"), excused=True)
        for branch in plan.branches
    ]

    [warning] = warnings(plan, *skipped)

    assert "every branch was skipped" in warning
    assert "a: its `when` was not true" in warning
    assert warnings(plan, Record(plan.branches[0], "succeeded", attempts=1), skipped[1]) == ()


def test_a_result_that_its_record_does_not_show_is_a_warning() -> None:
    plan = plan_of(["a", "b"])
    small = Record(plan.branches[0], "succeeded", attempts=1, result="x")
    large = Record(plan.branches[1], "succeeded", attempts=1, result="x" * 5000)

    [warning] = warnings(plan, small, large)

    assert "left out" in warning
    assert "result_omitted`: b)" in warning
    assert warnings(plan, small) == ()


def test_warnings_of_the_plan_come_first() -> None:
    plan = replace(plan_of(["a"]), warnings=(Problem("branches[0].parameters.q", "write ${inputs.q}"),))

    assert warnings(plan, Record(plan.branches[0], "succeeded", attempts=1)) == (
        "branches[0].parameters.q: write ${inputs.q}",
    )
