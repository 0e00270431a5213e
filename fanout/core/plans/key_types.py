"""What the keys of a plan can hold beside plain values: expressions, templates, rates, names, times."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import Field, GetCoreSchemaHandler, PlainValidator, ValidationInfo, WithJsonSchema
from pydantic_core import PydanticCustomError, core_schema

from .. import limits
from ..budget import Budget
from ..errors import ExpressionError
from ..language.expressions import Expression, compile_expression
from ..language.templates import Template, compile_template

_RATE = re.compile(r"\s*([0-9]{1,6}(?:\.[0-9]{1,6})?)\s*/\s*([smh])\s*")
_SECONDS = {"s": 1, "m": 60, "h": 3600}

NO_TEXT = "no_text"  # the type of errors of expressions and templates that are no text
REFUSED = "refused"  # the type of errors whose message is ours already


class _Read:
    """How pydantic reads what is compiled. With a `PlainValidator` it looks into the type each time, at every start."""

    def __init__(self, read: Callable[[object, ValidationInfo], object]) -> None:
        self._read = read

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.with_info_plain_validator_function(self._read)


def _expression(value: object, info: ValidationInfo) -> Expression:
    return _compiled(compile_expression, value, info.context)


def _template(value: object, info: ValidationInfo) -> Template:
    return _compiled(compile_template, value, info.context)


def _compiled[T](compile_text: Callable[[str], T], value: object, budget: Budget | None) -> T:
    if not isinstance(value, str):
        raise PydanticCustomError(NO_TEXT, "no text")
    if budget is not None:
        budget.spend(len(value))
    try:
        return compile_text(value)
    except ExpressionError as error:
        raise PydanticCustomError(REFUSED, "{message}", {"message": str(error)}) from None


def _rate(value: object) -> float:
    """`30/m` → 0.5 a second."""
    written = _RATE.fullmatch(value) if isinstance(value, str) else None
    if written is None or float(written[1]) == 0:
        raise PydanticCustomError("no_rate", "no rate")
    return float(written[1]) / _SECONDS[written[2]]


def _name(value: object) -> str:
    """The name of a branch: an identifier of any script, normalised, and not too long."""
    name = unicodedata.normalize("NFC", value) if isinstance(value, str) else ""
    if not name.isidentifier() or len(name) > limits.NAME_CHARS:
        raise PydanticCustomError("no_name", "no name")
    return name


def read_whole(value: object) -> object:
    """1.0 as 1: the platform does not keep them apart."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


ExpressionText = Annotated[Expression, _Read(_expression), WithJsonSchema({"type": "string", "format": "expression"})]
TemplateText = Annotated[Template, _Read(_template), WithJsonSchema({"type": "string", "format": "template"})]
RateText = Annotated[
    float, PlainValidator(_rate), WithJsonSchema({"type": "string", "examples": ["1/s", "30/m", "1000/h"]})
]
NameText = Annotated[
    str,
    PlainValidator(_name),
    WithJsonSchema({"type": "string", "format": "identifier", "maxLength": limits.NAME_CHARS}),
]
Text = Annotated[str, Field(min_length=1)]
Seconds = Annotated[float, Field(ge=0)]
AttemptSeconds = Annotated[float, Field(gt=0, le=limits.BRANCH_TIMEOUT_MAX_S)]


ToolNode = Annotated[
    dict[str, Any],
    WithJsonSchema(
        {
            "type": "object",
            "description": "A Tool node copied from an exported workflow.",
            "anyOf": [{"required": [key]} for key in ("provider_id", "tool_parameters", "tool_configurations", "data")],
        }
    ),
]
