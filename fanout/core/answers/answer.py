"""From a settled call to what the tool returns (contract 9, 10): merge, `output`, `text`, variables, files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import Any

from .. import limits
from ..budget import Budget, BudgetExceeded
from ..calls.fences import closed
from ..calls.judging import evaluate_at
from ..calls.outcome import Outcome, RowOutcome
from ..calls.records import FileMessage, Record, seconds, to_json
from ..calls.streaming import gap
from ..depth import is_deeper
from ..errors import CallError, ExpressionError, TooLargeError
from ..plans.plan import Plan
from ..values import Size, clean_size, json_bytes, measure
from .render import default_text
from .state import final_state, merge_records, row_scope, salvage
from .timeline import timeline
from .warnings import run_time_warnings

type NewBudget = Callable[[], Budget]

LINE_ROOM = limits.LINE_BYTES - limits.LINE_ENVELOPE_BYTES
_MARK_BYTES = 32  # what says that a result was left out
_UNMEASURED = Size.at_most(limits.CALL_BYTES)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a tool emits, in this order: `text`, the variables, one JSON message equal to `result`, `files`.

    `warnings`: what is probably a mistake, each with its remedy; empty where nothing is.
    """

    text: str
    value: Any
    branches: list[dict[str, Any]]
    complete: bool
    settled_by: str
    files: tuple[FileMessage, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def result(self) -> dict[str, Any]:
        """The value as an object: as it is, a list as `{items}`, another value as `{value}`."""
        if isinstance(self.value, dict):
            return self.value
        return {"items": self.value} if isinstance(self.value, list) else {"value": self.value}

    @property
    def items(self) -> list[Any]:
        """The value as a list: as it is, null as `[]`, else the one value (wrapped where it is no object)."""
        if isinstance(self.value, list):
            return self.value
        if self.value is None:
            return []
        return [self.value if isinstance(self.value, dict) else {"value": self.value}]


def conclude(plan: Plan, inputs: Mapping[str, Any], outcome: Outcome, new_budget: NewBudget) -> Answer:
    """Merge what the branches gave and form the answer. Each expression gets a budget of its own.

    Raises CallError where the call did not succeed and the plan does not ask for a report; ExpressionError with the
    path; TooLargeError naming the largest branch where the result fits in no line.
    """
    rows = [_with_salvage(inputs, row, new_budget) for row in outcome.rows]
    succeeded = has_succeeded(plan, rows)
    if not succeeded and plan.on_failure == "fail":
        raise CallError(failure_text(plan, rows))
    merges = [merge_records(plan, row.records, new_budget()) for row in rows]
    state = final_state(plan, inputs, rows, merges)
    value = _output(plan, state, new_budget(), lenient=not succeeded)
    records = [record for row in rows for record in row.records]
    check_line(value, records, new_budget())
    text = _text(plan, state | {"result": value}, outcome, new_budget(), lenient=not succeeded)
    if not succeeded and plan.text is None and not _has_something(plan, rows):
        text = outcome.text_end + failure_text(plan, rows)
    if plan.trace and (trace := timeline(records)):
        text = _before_more(text, outcome.text_end) + trace
    shown = record_list(records, new_budget)
    return Answer(
        text=text,
        value=value,
        branches=shown,
        complete=state["complete"],
        settled_by=state["settled_by"],
        # a call that several rows share has sent its files once
        files=tuple(file for record in records if record.takes_part and not record.shared for file in record.files),
        warnings=(*map(str, plan.warnings), *run_time_warnings(records, shown)),
    )


# -- success


def has_succeeded(plan: Plan, rows: Sequence[RowOutcome]) -> bool:
    """Whether enough rows have succeeded; without `for_each`, the one."""
    successes = sum(row.succeeded for row in rows)
    if plan.for_each is None:
        return successes == len(rows)
    return successes >= (len(rows) if plan.need_rows is None else min(plan.need_rows, len(rows)))


def failure_text(plan: Plan, rows: Sequence[RowOutcome]) -> str:
    """One line per branch: name, status, attempts, seconds, error. Then the warnings of the plan, which may say why."""
    lines = [failure_line(record) for row in rows for record in row.records]
    if plan.warnings:
        lines += ["Warnings:", *(f"- {warning}" for warning in plan.warnings)]
    if plan.for_each is None:
        reason = f"settled by {rows[0].settled_by}" if rows else ""
        return "\n".join([f"The call did not succeed ({reason}):", *lines])
    successes = sum(row.succeeded for row in rows)
    return "\n".join([f"The call did not succeed ({successes} of {len(rows)} rows did):", *lines])


def failure_line(record: Record) -> str:
    """`- news: failed, 2 attempts, 1.3 s: rate_limited: 429 quota`"""
    row = "" if record.row is None else f"row {record.row}, "
    attempts = f"{record.attempts} attempt{'' if record.attempts == 1 else 's'}"
    error = f": {record.error.type}: {record.error.message}" if record.error else ""
    return f"- {row}{_named(record)}: {record.status}, {attempts}, {seconds(record.elapsed_s):g} s{error}"


def _named(record: Record) -> str:
    """The branch as people know it, and its name in the plan where that is another."""
    name, title = record.branch.name, record.branch.title
    return name if name == title else f"{title} ({name})"


def _has_something(plan: Plan, rows: Sequence[RowOutcome]) -> bool:
    """Whether anything succeeded: with `for_each` a row, else a branch."""
    if plan.for_each is None:
        return any(record.takes_part for row in rows for record in row.records)
    return any(row.succeeded for row in rows)


# -- the value


def _with_salvage(inputs: Mapping[str, Any], row: RowOutcome, new_budget: NewBudget) -> RowOutcome:
    if not any(record.branch.salvage for record in row.records):
        return row
    scope = row_scope(inputs, row)
    return replace(row, records=tuple(salvage(record, scope, new_budget()) for record in row.records))


def _output(plan: Plan, state: Mapping[str, Any], budget: Budget, *, lenient: bool) -> Any:
    """`output`, or what was merged. `lenient`: in a report after a failure, an `output` that raises gives null."""
    if plan.output is None:
        return state["merged"]
    try:
        return evaluate_at("output", plan.output, state, budget)
    except (ExpressionError, TooLargeError):
        if lenient:
            return None
        raise


def check_line(value: Any, records: Sequence[Record], budget: Budget) -> None:
    """Refuse a result that no line can carry. Raises TooLargeError that names the largest branch and the remedy."""
    size = _measured(value, budget)
    if size.bytes <= LINE_ROOM:
        if size.nodes > limits.LINE_DEPTH:
            _check_depth(value, budget)
        return
    sizes = [(_result_bytes(record), record.branch.name) for record in records if record.takes_part]
    largest = f" (the largest branch is {max(sizes)[1]})" if sizes else ""
    megabytes = "has more parts than are counted" if size is _UNMEASURED else f"is {size.bytes / limits.MIB:.1f} MiB"
    raise TooLargeError(
        f"the result {megabytes}, and one message of the platform carries at most "
        f"{LINE_ROOM / limits.MIB:.1f} MiB{largest}; a `select` that takes less, or a `limit`, helps"
    )


def _measured(value: Any, budget: Budget) -> Size:
    """The size of a value; of one with too many parts to count, more than any line."""
    try:
        return measure(value, budget)
    except BudgetExceeded:
        return _UNMEASURED


def _result_bytes(record: Record) -> int:
    return json_bytes(record.result) if record.result_size is None else record.result_size.bytes


def _check_depth(value: Any, budget: Budget) -> None:
    if is_deeper(value, limits.LINE_DEPTH, budget):
        raise TooLargeError(
            f"the result is nested more than {limits.LINE_DEPTH} levels deep, and no message of the platform carries "
            "that; a `select` or an `output` that takes less of it helps"
        )


# -- the text


def _text(plan: Plan, state: Mapping[str, Any], outcome: Outcome, budget: Budget, *, lenient: bool) -> str:
    """The final text: the template after what was streamed; without one, nothing then, else the result readably."""
    if plan.text is None:
        return "" if outcome.text_tail else default_text(_readable(plan, state), budget)
    try:
        text = plan.text.render_text(state, budget)
    except (ExpressionError, TooLargeError) as error:
        if lenient:
            return ""
        raise error.at(plan.place_of("text")) from None
    return outcome.text_end + text if text else ""


def _readable(plan: Plan, state: Mapping[str, Any]) -> Any:
    """What the text shows: the result. In a group of the only branch there is, its name says nothing."""
    result = state["result"]
    is_alone = plan.for_each is None and len(plan.branches) == 1
    if is_alone and plan.output is None and plan.merge.mode == "group" and result:
        return result[plan.branches[0].name]
    return result


def _before_more(text: str, text_end: str) -> str:
    """The final text, ready for more: its code fence is closed, and an empty line follows."""
    if not text:
        return text_end
    text = closed(text)
    return text + gap(text[-2:])


# -- the records


def record_list(records: Sequence[Record], new_budget: NewBudget) -> list[dict[str, Any]]:
    """The `branches` variable: results that are large, deep, or together too large, are left out and marked.

    Raises TooLargeError where the records without results are more than one line carries.
    """
    shown = [to_json(record) for record in records]
    sizes = [_shown_bytes(record, new_budget()) for record in records]
    everything = sum(size for size in sizes if size <= limits.RECORD_RESULT_BYTES)
    frames = measure([record | {"result": None} for record in shown], new_budget()).bytes
    if frames > LINE_ROOM:
        raise TooLargeError(
            f"the records of {len(records):,} branches are {frames / limits.MIB:.1f} MiB, and one message of the "
            f"platform carries at most {LINE_ROOM / limits.MIB:.1f} MiB; fewer rows, or shorter names of tools, help"
        )
    room = min(limits.RECORDS_BYTES, LINE_ROOM - frames - len(shown) * _MARK_BYTES)
    for record, size in zip(shown, sizes, strict=True):
        if size > limits.RECORD_RESULT_BYTES or everything > room:
            del record["result"]
            record["result_omitted"] = True
    return shown


def _shown_bytes(record: Record, budget: Budget) -> float:
    """The size of a result in its record; infinite where it is too large, or nested too deeply, to be shown."""
    size = record.result_size
    if size is None or size.bytes > limits.RECORD_RESULT_BYTES or size.nodes > limits.LINE_DEPTH:
        size = clean_size(record.result)
        if size is None:
            return inf  # of so many parts, or so much text, that a glance does not take it in
        budget.spend(size.nodes)
    may_be_deep = size.nodes > limits.LINE_DEPTH and size.bytes <= limits.RECORD_RESULT_BYTES  # larger is not shown
    return inf if may_be_deep and is_deeper(record.result, limits.LINE_DEPTH) else size.bytes


def plain_answer(
    value: Any, budget: Budget, *, text: str | None = None, complete: bool = True, warnings: tuple[str, ...] = ()
) -> Answer:
    """The answer of a tool that calls nothing. `text` None: the value, readably."""
    check_line(value, (), budget)
    if text is None:
        text = default_text(value, budget)
    return Answer(text=text, value=value, branches=[], complete=complete, settled_by="all", warnings=warnings)
