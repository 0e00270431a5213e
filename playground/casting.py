"""What the platform makes of parameter values before a tool sees them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from .declarations import Parameter, Tool

TEXT_TYPES = frozenset({"string", "secret-input", "select", "checkbox", "dynamic-select"})
VARIABLE = re.compile(r"\{\{#([\w-]+(?:\.[\w-]+)+)#\}\}")
TRUE, FALSE = frozenset({"true", "yes", "y", "1"}), frozenset({"false", "no", "n", "0"})


class CastError(ValueError):
    """A value that the platform refuses; the text is the platform's."""


def parameters_from_node(
    tool: Tool, given: Mapping[str, Any], variables: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Parameters as a workflow's Tool node passes them: cast, and nothing filled in for those that are missing.

    `{{#node.name#}}` is replaced by the raw value first, in a plan too, whatever the value holds.
    """
    return _cast_all(tool, {name: expanded(value, variables or {}) for name, value in given.items()})


def expanded(value: Any, variables: Mapping[str, Any]) -> Any:
    """A text with its variables replaced; those that nobody knows become their own name."""
    if not isinstance(value, str):
        return value
    return VARIABLE.sub(lambda found: _raw(variables.get(found[1], found[1])), value)


def _raw(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)


def parameters_for_reverse_call(tool: Tool, given: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters of a reverse call: those of `form: form` get defaults and checks and win, then all are cast."""
    settings = {
        parameter.name: _setting(parameter, given.get(parameter.name))
        for parameter in tool.parameters
        if parameter.form == "form"
    }
    return _cast_all(tool, {**given, **settings})


def cast(type_: str, value: Any) -> Any:
    """One value as its declared type. Raises CastError."""
    if type_ in TEXT_TYPES:
        return "" if value is None else value if isinstance(value, str) else str(value)
    convert = _CASTS.get(type_)
    return convert(value) if convert else str(value)


def _cast_all(tool: Tool, values: dict[str, Any]) -> dict[str, Any]:
    for parameter in tool.parameters:
        if parameter.name in values:
            values[parameter.name] = cast(parameter.type, values[parameter.name])
    return values


def _setting(parameter: Parameter, value: Any) -> Any:
    if not value and value != 0:
        value = parameter.default
        if not value and parameter.required:
            raise CastError(f"tool parameter {parameter.name} not found in tool config")
    if parameter.type == "select" and value is not None and value not in parameter.options:
        raise CastError(f"tool parameter {parameter.name} value {value} not in options {list(parameter.options)}")
    return cast(parameter.type, value)


def _boolean(value: Any) -> bool:
    if isinstance(value, str):
        word = value.lower()
        return word in TRUE or (word not in FALSE and bool(value))
    return bool(value)


def _number(value: Any) -> Any:
    if isinstance(value, int | float):
        return value
    if isinstance(value, str) and value:
        try:
            return float(value) if "." in value else int(value)
        except ValueError as error:
            raise CastError(str(error)) from None
    return None


def _array(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    parsed = _parsed(value)
    return parsed if isinstance(parsed, list) else [value]


def _object(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    parsed = _parsed(value)
    return parsed if isinstance(parsed, dict) else {}


def _parsed(value: Any) -> Any:
    if not isinstance(value, str):
        return None
    try:
        return json.loads(value)
    except ValueError:
        return None


def _selector(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise CastError("The selector must be a dictionary.")
    return value


def _any(value: Any) -> Any:
    if value and not isinstance(value, str | dict | list | int | float):
        raise CastError("The var selector must be a string, dictionary, list or number.")
    return value


def _file(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    if len(value) != 1:
        raise CastError("This parameter only accepts one file but got multiple files while invoking.")
    return value[0]


_CASTS = {
    "boolean": _boolean,
    "number": _number,
    "array": _array,
    "object": _object,
    "files": lambda value: value if isinstance(value, list) else [value],
    "file": _file,
    "model-selector": _selector,
    "app-selector": _selector,
    "any": _any,
}
