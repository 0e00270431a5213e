"""What expressions see of a call: the state of contract 10, for `until`, `output` and `text`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..budget import Budget
from ..calls.judging import select_result
from ..calls.outcome import RowOutcome
from ..calls.records import Record, to_scope
from ..errors import ExpressionError, TooLargeError
from ..plans.plan import Plan
from .merge import Part, merge


def row_scope(inputs: Mapping[str, Any], row: RowOutcome) -> dict[str, Any]:
    """What `select` of a branch sees besides the output."""
    return {"inputs": inputs, "item": row.item, "index": row.index}


def salvage(record: Record, scope: Mapping[str, Any], budget: Budget) -> Record:
    """With what a failed branch had sent as its result, where the plan asks for it and `select` can make one of it."""
    wanted = record.branch.salvage and record.status in ("failed", "timed_out", "abandoned") and record.partial
    if not wanted or record.salvaged:
        return record
    try:
        result = select_result(record.branch, record.output, scope, budget)
    except (ExpressionError, TooLargeError):
        return record
    return replace(record, result=result, salvaged=True)


def merge_records(plan: Plan, records: Sequence[Record], budget: Budget) -> Any:
    """Merge what takes part, in plan order. Raises ExpressionError with the path."""
    parts = [
        Part(record.branch.name, record.result, record.branch.weight, record.branch.family)
        for record in records
        if record.takes_part
    ]
    return merge(plan.merge, parts, budget)


def until_state(plan: Plan, scope: Mapping[str, Any], ended: Sequence[Record], budget: Budget) -> dict[str, Any]:
    """The state that `until` sees: the branches of its row that have ended, in plan order."""
    records = [salvage(record, scope, budget) for record in ended]
    return {
        **scope,
        "merged": merge_records(plan, records, budget),
        "branches": {record.branch.name: to_scope(record) for record in records},
        "failures": failures(records),
        "rows": [],
        "complete": False,
        "settled_by": None,
    }


def final_state(
    plan: Plan, inputs: Mapping[str, Any], rows: Sequence[RowOutcome], merges: Sequence[Any]
) -> dict[str, Any]:
    """The state that `output` and `text` see. Without `for_each` there is one row, whose settling is the call's.

    `branches` and `failures` are left empty where nothing can read them.
    """
    is_read = plan.output is not None or plan.text is not None
    records = [record for row in rows for record in row.records if is_read]
    if plan.for_each is None:
        row = rows[0]
        return {
            "inputs": inputs,
            "merged": merges[0],
            "branches": {record.branch.name: to_scope(record) for record in records},
            "failures": failures(records),
            "rows": [],
            "complete": row.complete,
            "settled_by": row.settled_by,
        }
    merged = [merge if row.succeeded else None for row, merge in zip(rows, merges, strict=True)]
    return {
        "inputs": inputs,
        "merged": merged,
        "branches": [to_scope(record) for record in records],
        "failures": failures(records),
        "rows": [_row(row, value) for row, value in zip(rows, merged, strict=True)],
        "complete": all(row.complete for row in rows),
        "settled_by": "deadline" if any(row.settled_by == "deadline" for row in rows) else "all",
    }


def failures(records: Sequence[Record]) -> list[dict[str, Any]]:
    """The records that did not succeed, excused ones apart."""
    return [to_scope(record) for record in records if record.status != "succeeded" and not record.excused]


def _row(row: RowOutcome, merged: Any) -> dict[str, Any]:
    return {
        "index": row.index,
        "item": row.item,
        "merged": merged,
        "complete": row.complete,
        "settled_by": row.settled_by,
    }
