"""What `merge`, `output` and `text` make of the answers of an earlier run (contract 13): nothing is called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, get_args

from .. import limits
from ..answers.answer import NewBudget, conclude
from ..answers.state import merge_records
from ..calls.outcome import Outcome, RowOutcome
from ..calls.records import EMPTY_OUTPUT, Record, Status
from ..calls.strategy import Board, end_of
from ..errors import BranchError, FanoutError, PlanError, Problem
from ..language.expressions import Expression
from ..language.templates import Template
from ..plans.document import parse_json
from ..plans.plan import Branch, Plan
from ..plans.schema import describe
from ..texts import some_of

_STATUSES: tuple[str, ...] = get_args(Status.__value__)
_NOT_APPLIED = ("when", "select", "accept", "prefer", "rules")
_NAMED = 20  # names in one message
_ABSENT = BranchError("skipped", "the answers hold no record of it")


@dataclass(frozen=True, slots=True)
class Replay:
    """`outcome` as the report shows it, and what the answers do not hold."""

    outcome: dict[str, Any]
    notes: list[Problem]


def read_answers(value: Any) -> list[dict[str, Any]]:
    """The records of an earlier run, from the variable `branches` or its JSON. Raises PlanError at `answers`."""
    records = parse_json(value, "answers") if isinstance(value, str) else value
    if isinstance(records, dict):
        records = records.get("branches")
    if isinstance(records, list) and len(records) <= limits.CELLS and all(map(_is_record, records)):
        return records
    found = f"got {describe(records, show=False)}"
    raise PlanError([Problem("answers", f"{found}; give the variable branches of an earlier run: a list of records")])


def replay(
    plan: Plan,
    answers: Sequence[dict[str, Any]],
    items: Sequence[Any],
    inputs: Mapping[str, Any],
    new_budget: NewBudget,
) -> Replay:
    """The outcome of a plan with these answers. `items`: of the rows, as far as they are known."""
    rows = _rows(plan, answers, items)
    notes = list(_notes(plan, answers))
    merged = _merged(plan, rows, new_budget, notes)
    quiet = replace(plan, on_failure="report", trace=False)
    try:
        answer = conclude(quiet, inputs, Outcome(tuple(rows)), new_budget)
    except FanoutError as error:
        notes.append(Problem("answers", f"with these answers it fails: {error}"))
        return Replay({"merged": merged, "result": None, "text": ""}, notes)
    return Replay({"merged": merged, "result": answer.value, "text": answer.text}, notes)


def _is_record(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("name"), str) and value.get("status") in _STATUSES


def _rows(plan: Plan, answers: Sequence[dict[str, Any]], items: Sequence[Any]) -> list[RowOutcome]:
    if plan.for_each is None:
        return [_row(plan, answers, None, None)]
    by_row: dict[int, list[dict[str, Any]]] = {}
    for answer in answers:
        row = answer.get("row")
        if isinstance(row, int) and 0 <= row < limits.CELLS:
            by_row.setdefault(row, []).append(answer)
    rows = range(max(by_row) + 1 if by_row else 0)
    return [_row(plan, by_row.get(row, ()), row, items[row] if row < len(items) else None) for row in rows]


def _row(plan: Plan, answers: Sequence[dict[str, Any]], row: int | None, item: Any) -> RowOutcome:
    by_name = {answer["name"]: answer for answer in reversed(answers)}  # the first of each name
    records = tuple(_record(branch, by_name.get(branch.name), row) for branch in plan.branches)
    board = Board(plan)
    for branch, record in zip(plan.branches, records, strict=True):
        board.ended(branch.index, end_of(record))
    return RowOutcome(
        records=records,
        settled_by=board.reason_at_deadline(),  # every branch has ended, so there is one
        succeeded=board.has_succeeded,
        complete=board.is_complete,
        index=row,
        item=item,
    )


def _record(branch: Branch, answer: dict[str, Any] | None, row: int | None) -> Record:
    if answer is None:
        return Record(branch, "skipped", _ABSENT, excused=branch.when is not None, row=row)
    status: Status = answer["status"]
    result = answer.get("result")
    return Record(
        branch,
        status,
        _error(answer.get("error")),
        elapsed_s=_number(answer.get("elapsed_s")),
        attempts=int(_number(answer.get("attempts"))),
        partial=answer.get("partial") is True,
        excused=status == "skipped" and branch.when is not None,
        row=row,
        result=result,
        salvaged=branch.salvage and status != "succeeded" and result is not None,
    )


def _error(error: Any) -> BranchError | None:
    if not isinstance(error, dict) or not isinstance(error.get("type"), str):
        return None
    return BranchError(error["type"], str(error.get("message") or ""))


def _number(value: Any) -> float:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else 0


def _merged(plan: Plan, rows: Sequence[RowOutcome], new_budget: NewBudget, notes: list[Problem]) -> Any:
    try:
        merges = [merge_records(plan, row.records, new_budget()) if row.succeeded else None for row in rows]
    except FanoutError as error:
        notes.append(Problem("answers", f"with these answers merging fails: {error}"))
        return None
    return merges if plan.for_each is not None else merges[0]


# -- what the answers do not hold


def _notes(plan: Plan, answers: Sequence[dict[str, Any]]) -> Iterator[Problem]:
    names = [branch.name for branch in plan.branches]
    given = list(dict.fromkeys(answer["name"] for answer in answers))
    omitted = dict.fromkeys(answer["name"] for answer in answers if answer.get("result_omitted"))
    for found, message in (
        ([name for name in names if name not in given], "there is no answer of {}: counted as skipped"),
        ([name for name in given if name not in names], "the plan has no branch {}: its answer is left out"),
        (omitted, "the result of {} was too large for its record: counted as null"),
    ):
        if found:
            yield Problem("answers", message.format(some_of(list(found), _NAMED)))
    applied = [key for key in _NOT_APPLIED if any(getattr(branch, key) for branch in plan.branches)]
    if applied:
        message = f"{', '.join(applied)} were applied in that run already, and are not tried again"
        yield Problem("answers", message)
    if _reads_output(plan):
        fields = ", ".join(EMPTY_OUTPUT)
        yield Problem("answers", f"records hold only results: {fields} of branches are empty here")


def _reads_output(plan: Plan) -> bool:
    """Whether `output` or `text` name a part of what a branch sent."""
    places: list[Expression | Template | None] = [plan.output, plan.text]
    reads = [read for place in places if place is not None for read in place.reads]
    return any(read[:1] == ("branches",) and read[2:3] and read[2] in EMPTY_OUTPUT for read in reads)
