"""The compliance cases of JMESPath (tests/compliance), with and without our correction of wildcards."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from fanout.core.budget import Budget
from fanout.core.errors import ExpressionError
from fanout.core.language.expressions import compile_with
from fanout.core.language.parser import Parser

FOLDER = Path(__file__).parent.parent / "compliance"


class Case(NamedTuple):
    name: str
    file: str
    given: Any
    expression: str
    result: Any
    error: str | None


class Uncorrected(Parser):
    """Wildcards as jmespath binds them."""

    STAR_POWER = 40


# what the parser that the plugin has reads otherwise than the suite, and why
REFUSED = {
    "to_array(false)": "a bare false is the name of a field, and meant as a value: an error that says so (contract, 2)",
    '[?"\\\\">`"foo"`]': "an order with a text can only be null: an error that says so (contract, 2)",
    '[?"\\\\" > `"foo"`]': "an order with a text can only be null: an error that says so (contract, 2)",
}
# what JMESPath Community has and we have not
LEFT_OUT = {
    "find_first(": "contains(), split() and regex_find() find; a position is of no use without arithmetic",
    "find_last(": "as find_first",
    "pad_left(": "nobody pads what goes into JSON or Markdown; table() makes columns",
    "pad_right(": "as pad_left",
    "trim_left(": "trim() and regex_replace() do",
    "trim_right(": "trim() and regex_replace() do",
}
COMMUNITY = {
    r"'\\'": "as in JMESPath, two backslashes in single quotes are two: patterns are full of them",
    "`null`|[@]": "as in JMESPath, [ ] and { } of null are null",
    "`null`|{foo: @}": "as in JMESPath, [ ] and { } of null are null",
}
# the same for the parser that binds wildcards as jmespath does
UNCORRECTED = {
    "object.*[0].v": "what follows the index is outside the projection: this is what is corrected",
}
EXCEPTIONS: dict[type[Parser], dict[str, str]] = {
    Parser: REFUSED,
    Uncorrected: REFUSED | UNCORRECTED,
}


def read_cases() -> list[Case]:
    cases = []
    for file in sorted(FOLDER.rglob("*.json")):
        groups = json.loads(file.read_text(encoding="utf-8"))
        for group_index, group in enumerate(groups):
            for index, case in enumerate(group["cases"]):
                if "bench" in case:
                    continue
                stem = str(file.relative_to(FOLDER).with_suffix(""))
                name = f"{stem}-{group_index}-{index}"
                cases.append(
                    Case(name, stem, group["given"], case["expression"], case.get("result"), case.get("error"))
                )
    return cases


CASES = read_cases()


@pytest.mark.parametrize("parser", [Parser, Uncorrected])
@pytest.mark.parametrize("file", sorted({case.file for case in CASES}))
def test_the_cases_of_a_file(file: str, parser: type[Parser]) -> None:
    """All in one test: as four thousand, they took longer to be counted than to be run."""
    cases = [case for case in CASES if case.file == file]
    assert [(case.name, case.expression) for case in cases if not is_as_said(parser, case)] == []


def is_as_said(parser: type[Parser], case: Case) -> bool:
    return comes_out_right(parser, case) is not (case.expression in EXCEPTIONS[parser] or is_left_out(case))


def is_left_out(case: Case) -> bool:
    if not case.name.startswith("community/") or case.error is not None:
        return False
    return case.expression in COMMUNITY or any(name in case.expression for name in LEFT_OUT)


def test_every_exception_is_a_case() -> None:
    expressions = {case.expression for case in CASES}
    assert EXCEPTIONS[Uncorrected].keys() | COMMUNITY.keys() <= expressions
    assert all(any(name in expression for expression in expressions) for name in LEFT_OUT)


def test_the_correction_of_wildcards_makes_the_difference() -> None:
    data = {"a": {"x": {"b": {"c": 1}}, "y": {"b": {"c": 2}}}}
    assert compile_with(Parser(), "a.*.b.c").evaluate(data, Budget()) == [1, 2]
    assert compile_with(Uncorrected(), "a.*.b.c").evaluate(data, Budget()) is None


def comes_out_right(parser: type[Parser], case: Case) -> bool:
    try:
        result = compile_with(parser(), case.expression).evaluate(case.given, Budget())
    except ExpressionError:
        return case.error is not None
    return case.error is None and written(result) == written(case.result)


def written(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
