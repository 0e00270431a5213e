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
        "rows": [],
        "complete": False,
        "settled_by": None,
    }
