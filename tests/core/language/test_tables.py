"""`table`: Markdown that nothing in a cell can break."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanout.core.budget import Budget, BudgetExceeded
from fanout.core.errors import ExpressionError, TooLargeError
from fanout.core.language.expressions import compile_expression


def evaluate(expression: str, data: Any, nodes: int = 2_000_000) -> Any:
    return compile_expression(expression).evaluate(data, Budget(nodes))


@pytest.mark.parametrize(
    ("expression", "rows", "lines"),
    [
        ("table(@)", [{"a": 1, "b": "x"}], ["| a | b |", "| --- | --- |", "| 1 | x |"]),
        ("table(@)", [{"b": 1}, {"a": 2, "b": 3}], ["| b | a |", "| --- | --- |", "| 1 |  |", "| 3 | 2 |"]),
        ("table(@, ['b', 'c'])", [{"a": 1, "b": None}], ["| b | c |", "| --- | --- |", "|  |  |"]),
        ("table(@)", [{"a": True}, {"a": [1, "|"]}], ["| a |", "| --- |", "| true |", '| [1,"\\|"] |']),
        ("table(@)", [{"a|b": "x\ny"}, {"a|b": " z\r\n"}], ["| a\\|b |", "| --- |", "| x<br>y |", "| z |"]),
        ("table(@)", [{"a": "\\|"}], ["| a |", "| --- |", "| \\\\\\| |"]),
        ("table(@, ['a'])", [], ["| a |", "| --- |"]),
        ("table(@)", [], [""]),
        ("table(@)", [{}], [""]),
    ],
)
def test_a_table(expression: str, rows: list[Any], lines: list[str]) -> None:
    assert evaluate(expression, rows).split("\n") == lines


CELLS = st.none() | st.integers() | st.text("ab|\\ \n\r\u2028")


@given(st.lists(st.fixed_dictionaries({"a": CELLS, "b": CELLS, "|": CELLS}), min_size=1))
def test_every_line_has_as_many_cells_as_there_are_columns(rows: list[dict[str, Any]]) -> None:
    lines = evaluate("table(@)", rows).split("\n")
    assert len(lines) == 2 + len(rows)
    for line in lines:
        bare = re.sub(r"\\.", "", line)
        assert bare.count("|") == 4


@pytest.mark.parametrize("data", [None, "x", {"a": 1}, [1], [None], [{"a": 1}, None]])
def test_what_is_no_array_of_objects_is_refused(data: Any) -> None:
    with pytest.raises(ExpressionError, match="takes an array of objects as argument 1"):
        evaluate("table(@)", data)


def test_a_table_is_bounded_before_it_is_written() -> None:
    with pytest.raises(TooLargeError, match=r"the result of table\(\) is larger than 32 MiB"):
        evaluate("table(@, cols)".replace("@", "rows"), {"rows": [{"a": "x" * 1_000_000}], "cols": ["a"] * 100})
    with pytest.raises(BudgetExceeded):
        evaluate("table(@)", [{str(index): 1 for index in range(1_000)}] * 100, nodes=20_000)
