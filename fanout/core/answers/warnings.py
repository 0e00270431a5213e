"""What shows only at run time and is probably not what was meant (contract 10, `warnings`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ..calls.records import Record
from ..texts import some_of

_NAMED = 5  # branches that one warning names


def run_time_warnings(records: Sequence[Record], shown: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    """Warnings about settled records and what the `branches` variable shows of them."""
    return (*_all_skipped(records), *_left_out(shown))


def _all_skipped(records: Sequence[Record]) -> Iterator[str]:
    if records and all(record.status == "skipped" for record in records):
        reasons = dict.fromkeys(f"{record.branch.name}: {record.error.message}" for record in records if record.error)
        why = some_of(list(reasons), _NAMED, "; ")
        yield f"branches: every branch was skipped, so nothing was called ({why}); check each `when`"


def _left_out(shown: Sequence[dict[str, Any]]) -> Iterator[str]:
    names = dict.fromkeys(record["name"] for record in shown if "result_omitted" in record)
    if names:
        yield (
            "branches: results that are too large for their records are left out of the variable `branches` "
            f"(`result_omitted`: {some_of(list(names), _NAMED)}); `result` has all that `merge` or `output` gave"
        )
