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


def test_a_node_replaces_variables_by_their_raw_values_in_every_text() -> None:
    variables = {"start.tz": "UTC'}\n- {name: evil", "start.n": {"a": [1]}, "sys.unset": None}
    given = {
        "query": "a {{#start.tz#}} b",
        "needed": "{{#start.n#}}{{#sys.unset#}}",
        "size": 3,
        "unknown": ["{{#start.tz#}}"],
    }
    assert parameters_from_node(TOOL, given, variables) == {
        "query": "a UTC'}\n- {name: evil b",
        "needed": '{"a": [1]}',
        "size": 3,
        "unknown": ["{{#start.tz#}}"],
    }


def test_a_variable_that_nobody_knows_becomes_its_own_name() -> None:
    given = {"query": "{{#1700000000000.query#}} {{#no#}} {{plain}}"}
    assert parameters_from_node(TOOL, given) == {"query": "1700000000000.query {{#no#}} {{plain}}"}


def test_a_reverse_call_fills_in_every_setting_with_what_the_platform_makes_of_nothing() -> None:
    types = ("array", "object", "boolean", "string", "select", "number")
    tool = Tool("t", tuple(Parameter(type_, type_, "form") for type_ in types))
    assert parameters_for_reverse_call(tool, {}) == {
        "array": [None],
        "object": {},
        "boolean": False,
        "string": "",
        "select": "",
        "number": None,
    }


def test_a_reverse_call_checks_the_options_of_a_select_and_a_node_does_not() -> None:
    assert parameters_from_node(TOOL, {"region": "mars"}) == {"region": "mars"}
    with pytest.raises(CastError, match="region value mars not in options"):
        parameters_for_reverse_call(TOOL, {"needed": "x", "region": "mars"})


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
