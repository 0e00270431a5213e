"""What became of a branch: the record that the `branches` variable shows and expressions read (contract 10)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from ..errors import BranchError
from ..plans.plan import Branch
from ..values import Size

type Status = Literal["succeeded", "failed", "timed_out", "rejected", "skipped", "abandoned"]

EMPTY_OUTPUT: dict[str, Any] = {"text": "", "json": [], "variables": {}, "files": [], "links": []}


@dataclass(frozen=True, slots=True)
class FileMessage:
    """A file message as it came, to be passed on: its wire type, address and meta."""

    type: str
    url: str
    meta: dict[str, Any]


class Span(NamedTuple):
    """A part of a branch's time, in seconds from the start of the call.

    `label` is the status of an attempt, or what a wait was for (`retry`, `rate`, `connection`).
    """

    kind: Literal["attempt", "wait"]
    label: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Record:
    """The end of one branch in one row. Times are in seconds, `started_s` from the start of the call.

    `output` is the folded output (contract 4.1), `result` what `select` made of it; a salvaged record has a result
    though it did not succeed.
    """

    branch: Branch
    status: Status
    error: BranchError | None = None
    started_s: float = 0.0
    elapsed_s: float = 0.0
    attempts: int = 0
    partial: bool = False
    excused: bool = False
    shared: bool = False
    row: int | None = None
    result: Any = None
    output: dict[str, Any] = field(default_factory=lambda: EMPTY_OUTPUT)
    files: tuple[FileMessage, ...] = ()
    salvaged: bool = False
    counts: bool = True  # false: a success that was only a last resort, and was not needed
    result_size: Size | None = None  # at the most, where it is known
    spans: tuple[Span, ...] = ()  # its attempts and waits, in the order of their starts

    @property
    def takes_part(self) -> bool:
        """Whether its result is merged and its files are passed on."""
        return (self.status == "succeeded" and self.counts) or self.salvaged


def to_json(record: Record) -> dict[str, Any]:
    """The record as the `branches` variable shows it; `result` last, so that it can be left out."""
    target = record.branch.target
    shown: dict[str, Any] = {
        "name": record.branch.name,
        "status": record.status,
        "provider": target.provider,
        "tool_name": target.tool_name,
        "elapsed_s": seconds(record.elapsed_s),
        "attempts": record.attempts,
        "error": {"type": record.error.type, "message": record.error.message} if record.error else {},
        "partial": record.partial,
    }
    if record.shared:
        shown["shared"] = True
    if record.row is not None:
        shown["row"] = record.row
    shown["result"] = record.result
    return shown


def to_scope(record: Record) -> dict[str, Any]:
    """The record as expressions see it: with the fields of the output."""
    return to_json(record) | record.output


def seconds(value: float) -> float:
    """Seconds as they are shown: at most 3 decimals."""
    return round(value, 3)
