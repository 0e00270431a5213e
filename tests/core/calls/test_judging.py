"""`select`, `accept` and truth."""

from __future__ import annotations

from typing import Any

import pytest

from fanout.core.budget import Budget
from fanout.core.calls.judging import Judgement, is_true, judge
from fanout.core.errors import ExpressionError, TooLargeError
from tests.fakes import plan_of

OUTPUT: dict[str, Any] = {"text": "words", "json": [{"n": 5}], "variables": {}, "files": [], "links": []}
SCOPE: dict[str, Any] = {"inputs": {"min": 3}, "item": None, "index": None}


def judged(**keys: Any) -> Any:
    branch = plan_of([{"name": "a", **keys}]).branches[0]
    return judge(branch, OUTPUT, SCOPE, Budget())


def test_without_expressions_the_default_result_is_accepted() -> None:
    assert judged() == Judgement({"n": 5}, is_json=True, accepted=True)


def test_accept_sees_the_output_the_result_and_the_inputs() -> None:
    taken, refused = "result > inputs.min && text == 'words'", "result > `9`"
    assert judged(select="json[0].n", accept=taken) == Judgement(5, is_json=True, accepted=True)
    assert judged(select="json[0].n", accept=refused) == Judgement(5, is_json=True, accepted=False)


@pytest.mark.parametrize(
    ("select", "is_json"),
    [
        ("json", True),
        ("json[0].n", True),
        ("json[?n].n", False),
        ("[json, json]", False),
        ("json[0].n || text", False),
        ("text", False),
        ("inputs.min", False),
        ("`1`", False),
    ],
)
def test_what_is_a_part_of_the_json_is_no_larger(select: str, is_json: bool) -> None:
    assert judged(select=select).is_json is is_json


@pytest.mark.parametrize("key", ["select", "accept"])
def test_what_raises_names_its_path(key: str) -> None:
    with pytest.raises(ExpressionError, match=rf"^branches\[0\].{key}: "):
        judged(**{key: "length(json[0].n)"})


@pytest.mark.parametrize("select", ["inputs.large", "item", "@"])
def test_a_result_that_is_no_part_of_the_output_is_measured_too(select: str) -> None:
    branch = plan_of([{"name": "a", "select": select}]).branches[0]
    large = "x" * 2**23
    scope = {**SCOPE, "inputs": {"large": large}, "item": large}
    with pytest.raises(TooLargeError, match="8 MiB"):
        judge(branch, OUTPUT, scope, Budget())


def test_a_result_over_the_limit_is_refused() -> None:
    branch = plan_of([{"name": "a", "select": "[text, text]"}]).branches[0]
    with pytest.raises(TooLargeError, match="8 MiB"):
        judge(branch, {**OUTPUT, "text": "x" * (5 << 20)}, SCOPE, Budget())


@pytest.mark.parametrize("value", [None, False, "", [], {}])
def test_what_is_empty_is_false(value: Any) -> None:
    assert is_true(value) is False


@pytest.mark.parametrize("value", [True, 0, 0.0, 1, " ", [None], {"a": None}])
def test_everything_else_is_true(value: Any) -> None:
    assert is_true(value) is True
