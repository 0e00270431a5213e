"""`table`: records as a Markdown table."""

from __future__ import annotations

from typing import Any

from .. import limits
from ..budget import Budget
from ..errors import TooLargeError
from ..values import measure, paced, spend_text, to_text, to_words
from .signatures import OBJECT_ARRAY, STRING, STRING_ARRAY, Function, registrar

TABLE_FUNCTIONS: dict[str, Function] = {}

_function = registrar(TABLE_FUNCTIONS)


@_function("table", OBJECT_ARRAY, STRING_ARRAY, returns=STRING, optional=1)
def _table(budget: Budget, rows: list[dict[str, Any]], columns: list[str] | None = None) -> str:
    """A Markdown table; without argument 2 its columns are all keys, as they first occur."""
    names = _keys(rows, budget) if columns is None else columns
    if not names:
        return ""
    lines = [_line(list(map(_cell, names))), _line(["---"] * len(names))]
    chars = sum(map(len, lines))
    for row in rows:
        chars += 3 * len(names) + sum(_chars(row.get(name), budget) for name in paced(names, budget))
        if chars > limits.EVAL_BYTES:
            words = to_words(limits.EVAL_BYTES)
            raise TooLargeError(f"the result of table() is larger than {words}; select less of it")
        lines.append(_line([_cell(row.get(name)) for name in names]))
    return "\n".join(lines)


def _keys(rows: list[dict[str, Any]], budget: Budget) -> list[str]:
    keys: dict[str, None] = {}
    for row in rows:
        budget.spend(1 + len(row))
        keys.update(dict.fromkeys(row))
    return list(keys)


def _chars(value: Any, budget: Budget) -> int:
    """At least as many as the value has when it is written out, which comes after."""
    if isinstance(value, str):
        spend_text(len(value), budget)
        return len(value)
    return measure(value, budget).bytes


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(value: Any) -> str:
    """A value inside a line of a table, where `|` would end the cell and a line break the line."""
    text = to_text(value).strip()
    if "\\|" in text:
        text = text.replace("\\", "\\\\")
    text = text.replace("|", "\\|")
    return "<br>".join(text.splitlines()) if "\n" in text or "\r" in text else text
