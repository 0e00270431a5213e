"""The parameters of `reshape`: one expression, one door."""

from __future__ import annotations

from typing import Any

import pytest

from fanout.core.budget import Budget
from fanout.core.errors import ExpressionError, PlanError
from fanout.core.frontends.reshape import read_reshape


@pytest.mark.parametrize(
    ("door", "data"),
    [
        ({"data": '{"a": 1}'}, {"a": 1}),
        ({"data": "plain"}, {"value": "plain"}),
        ({"data": "[1]"}, [1]),
        ({"inputs_object": {"a": 1}}, {"a": 1}),
        ({"items": [1, 2]}, [1, 2]),
        ({"items": "a\nb"}, ["a", "b"]),
        ({"items": [], "data": " ", "inputs_object": None}, []),
    ],
)
def test_data_comes_through_one_of_three_doors(door: dict[str, Any], data: Any) -> None:
    given = read_reshape({"expression": "@", **door})
    assert (given.expression.text, given.data, given.warnings) == ("@", data, ())


@pytest.mark.parametrize(
    ("parameters", "paths"),
    [
        ({}, ["expression", "data"]),
        ({"expression": " ", "data": "{"}, ["expression", "data"]),
        ({"expression": "lenght(@)", "items": ["x"]}, ["expression"]),
        ({"expression": "@", "data": "{}", "items": [1]}, ["data"]),
        ({"expression": "@", "inputs_object": [1]}, ["inputs_object"]),
    ],
)
def test_every_mistake_is_reported(parameters: dict[str, Any], paths: list[str]) -> None:
    with pytest.raises(PlanError) as raised:
        read_reshape(parameters)
    assert [problem.path for problem in raised.value.problems] == paths


def test_what_is_certain_is_an_error_and_what_is_probable_a_warning() -> None:
    with pytest.raises(PlanError) as raised:
        read_reshape({"expression": "lower(length(@))", "items": ["x"]})
    assert [problem.path for problem in raised.value.problems] == ["expression"]
    given = read_reshape({"expression": '[?state == "open"]', "items": ["x"]})
    assert "'open'" in given.warnings[0]


@pytest.mark.parametrize("expression", ['contains(note, "EUR")', 'note == "EUR"', 'join(", ", orders[].id)'])
def test_a_text_in_double_quotes_is_probably_a_mistake_where_nothing_is_known_of_the_data(expression: str) -> None:
    [warning] = read_reshape({"expression": expression, "data": "{}"}).warnings
    assert "is the name of a field" in warning
    assert "if the text is meant, write '" in warning


@pytest.mark.parametrize("expression", ["\"first name\" == 'x'", '"first name"', 'length("first names")', "a == b"])
def test_a_name_in_double_quotes_by_itself_is_none(expression: str) -> None:
    assert read_reshape({"expression": expression, "data": "{}"}).warnings == ()


def test_an_expression_that_fails_says_what_was_probably_a_mistake_in_it() -> None:
    given = read_reshape({"expression": 'join(", ", orders[].id)', "inputs_object": {"orders": [{"id": "a"}]}})
    with pytest.raises(ExpressionError) as raised:
        given.value(Budget())
    error, warning = str(raised.value).splitlines()
    assert error.startswith("expression: join() takes a string as argument 1, got null (column 1)")
    assert warning == given.warnings[0]
