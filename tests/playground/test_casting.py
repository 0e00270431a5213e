from __future__ import annotations

from typing import Any

import pytest

from playground.casting import CastError, cast, parameters_for_reverse_call, parameters_from_node
from playground.declarations import Parameter, Tool


@pytest.mark.parametrize(
    ("type_", "value", "expected"),
    [
        ("string", None, ""),
        ("string", {"a": 1}, "{'a': 1}"),
        ("select", 3, "3"),
        ("checkbox", True, "True"),
        ("boolean", "Yes", True),
        ("boolean", "0", False),
        ("boolean", "whatever", True),
        ("boolean", "", False),
        ("boolean", None, False),
        ("number", "1.5", 1.5),
        ("number", "2", 2),
        ("number", "", None),
        ("number", None, None),
        ("array", '["a"]', ["a"]),
        ("array", '["a"', ['["a"']),
        ("array", '{"a": 1}', ['{"a": 1}']),
        ("array", 5, [5]),
        ("object", '{"a": 1}', {"a": 1}),
        ("object", '{"a": 1', {}),
        ("object", "[1]", {}),
        ("object", [1], {}),
        ("files", "f", ["f"]),
        ("file", ["f"], "f"),
        ("any", {"a": 1}, {"a": 1}),
        ("unheard-of", 5, "5"),
    ],
)
def test_a_value_is_cast_to_its_declared_type(type_: str, value: Any, expected: Any) -> None:
    result = cast(type_, value)
    assert (result, type(result)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("type_", "value"), [("number", "1e3"), ("number", "abc"), ("app-selector", "x"), ("file", [1, 2])]
)
def test_some_values_are_refused(type_: str, value: Any) -> None:
    with pytest.raises(CastError):
        cast(type_, value)


TOOL = Tool(
    "t",
    (
        Parameter("query", "string", "llm", required=True, default="never filled in"),
        Parameter("size", "number", "form", default=5),
        Parameter("region", "select", "form", default="eu", options=("eu", "us")),
        Parameter("needed", "string", "form", required=True),
    ),
)


def test_a_node_fills_in_no_default_at_all() -> None:
    assert parameters_from_node(TOOL, {"size": "7", "unknown": 1}) == {"size": 7, "unknown": 1}


def test_a_reverse_call_fills_in_the_defaults_of_settings_alone() -> None:
    assert parameters_for_reverse_call(TOOL, {"needed": "x"}) == {"needed": "x", "size": 5, "region": "eu"}


@pytest.mark.parametrize(("given", "size"), [("", 5), (None, 5), ([], 5), (0, 0), (False, False), ("3", 3)])
def test_empty_settings_take_their_default_and_zero_and_false_survive(given: Any, size: Any) -> None:
    assert parameters_for_reverse_call(TOOL, {"needed": "x", "size": given})["size"] == size


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({}, "tool parameter needed not found in tool config"),
        ({"needed": "x", "region": "mars"}, "tool parameter region value mars not in options ['eu', 'us']"),
    ],
)
def test_settings_are_checked(given: dict[str, Any], text: str) -> None:
    with pytest.raises(CastError) as caught:
        parameters_for_reverse_call(TOOL, given)
    assert str(caught.value) == text
