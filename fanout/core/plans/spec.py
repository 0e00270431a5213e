"""A plan as its author writes it: the keys, their types, ranges, defaults and meaning.

These models are the one source of the plan reference and of `plan.schema.json`. They check each key by itself and
compile expressions and templates; `reading` puts the layers together and checks what needs more than one key.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    SkipValidation,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from .. import limits
from ..errors import ExpressionError
from ..language.expressions import Expression, compile_expression
from ..language.templates import Template, compile_template
from .plan import MergeMode, MessageKind, ProviderType, RetryCause, Strategy, StreamMode

RULES = 100  # of one list; every message passes all of them
PARAMETERS = 1_000  # in one place; no tool has nearly as many
_FACTOR_MAX = 1000.0  # to the power of 19 retries it is still a number
_WEIGHT_MAX = 1e6  # sums of weights stay exact enough to rank by

NO_TEXT = "no_text"  # the type of errors of expressions and templates that are no text
REFUSED = "refused"  # the type of errors whose message is ours already


def _expression(value: object) -> Expression:
    return _compiled(compile_expression, value)


def _template(value: object) -> Template:
    return _compiled(compile_template, value)


def _compiled[T](compile_text: Callable[[str], T], value: object) -> T:
    if not isinstance(value, str):
        raise PydanticCustomError(NO_TEXT, "no text")
    try:
        return compile_text(value)
    except ExpressionError as error:
        raise PydanticCustomError(REFUSED, "{message}", {"message": str(error)}) from None


def _whole(value: object) -> object:
    """1.0 as 1: the platform does not keep them apart."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _mode_as_object(value: object) -> object:
    return {"mode": value} if isinstance(value, str) else value


ExpressionText = Annotated[
    Expression, PlainValidator(_expression), WithJsonSchema({"type": "string", "format": "expression"})
]
TemplateText = Annotated[Template, PlainValidator(_template), WithJsonSchema({"type": "string", "format": "template"})]
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


class Spec(BaseModel):
    """A part of a plan. A key whose value is null counts as not given; unknown keys are errors."""

    model_config = ConfigDict(strict=True, extra="forbid", populate_by_name=False, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        return {key: value for key, value in data.items() if value is not None or key not in _keys_of(cls)}

    def given(self, key: str) -> bool:
        """Whether the author wrote this key (by its name here)."""
        return key in self.model_fields_set


class RetrySpec(Spec):
    """When and how often a branch tries again."""

    attempts: Annotated[int, Field(ge=1, le=limits.RETRY_ATTEMPTS), BeforeValidator(_whole)] = Field(
        default=1, description="How often to try at most; the first try counts."
    )
    wait_s: Seconds = Field(default=0.5, description="Seconds to wait before the second attempt.")
    factor: Annotated[float, Field(ge=0, le=_FACTOR_MAX)] = Field(
        default=2.0, description="Each further wait is this many times as long."
    )
    max_wait_s: Seconds = Field(default=30.0, description="No wait is longer than this many seconds.")
    jitter: Literal["full", "none"] = Field(
        default="full", description="`full` waits a random time between 0 and the wait; `none` waits exactly."
    )
    causes: list[RetryCause] = Field(
        default=["error", "timeout", "rejected"],
        alias="if",
        description="What is tried again: a failed attempt, one that timed out, one whose answer `accept` refused.",
    )


class RuleSpec(Spec):
    """Reshapes or drops messages as they stream. Has exactly one of `drop` and `emit`."""

    types: list[MessageKind] | None = Field(default=None, description="Kinds of messages that match; all by default.")
    branches: list[str] | None = Field(
        default=None, alias="from", description="Names of branches whose messages match; all by default."
    )
    where: ExpressionText | None = Field(
        default=None, description="Expression over the message; only messages for which it is true match."
    )
    drop: bool = Field(default=False, description="Remove the message.")
    emit: ExpressionText | None = Field(
        default=None,
        description="Replace the message: null removes it, a string becomes text, an object or list becomes JSON.",
    )


class MergeSpec(Spec):
    """How the results of the branches become one value."""

    mode: MergeMode = Field(
        description="`group` object by branch name; `first` the first result; `concat` one list; `deep` one object; "
        "`zip` objects by position; `rank` one list by weighted reciprocal rank fusion.",
    )
    key: ExpressionText | None = Field(
        default=None,
        description="Expression over an element; elements with equal keys are one record. "
        "Default: none for `concat`, `url_key(url)` for `rank`.",
    )
    limit: Annotated[int, Field(ge=1), BeforeValidator(_whole)] | None = Field(
        default=None, description="Keep at most this many elements."
    )
    sources: bool | None = Field(
        default=None, description="Add `sources` (branch and rank) to each record. Default: only for `rank`."
    )
    sort_by: ExpressionText | None = Field(
        default=None, description="Expression over an element to sort by, ascending; before `limit`."
    )
    descending: bool = Field(default=False, description="Sort the other way round.")
    k: Annotated[float, Field(ge=0, le=1e6)] = Field(
        default=60.0, description="The constant of `rank`: larger values make high ranks count less."
    )


class BranchDefaults(Spec):
    """Keys of a branch that a plan can also give as defaults for all of its branches."""

    when: ExpressionText | None = Field(
        default=None, description="Expression over inputs, item, index and branches; if false the branch is skipped."
    )
    select: ExpressionText | None = Field(
        default=None,
        description="Expression over text, json, variables, files, links that gives the branch's result. Default: "
        "the JSON if there is any, else the variables, else the text.",
    )
    accept: ExpressionText | None = Field(
        default=None, description="Expression that is true for a good answer; otherwise the branch counts as failed."
    )
    required: bool = Field(default=False, description="If this branch does not succeed, the call has failed.")
    weight: Annotated[float, Field(gt=0, le=_WEIGHT_MAX)] = Field(
        default=1.0, description="Weight in merge mode `rank`."
    )
    family: Text | None = Field(
        default=None, description="In merge mode `rank`, branches of one family count once, with the best."
    )
    timeout_s: AttemptSeconds = Field(
        default=limits.BRANCH_TIMEOUT_S, description="Seconds that one attempt may take as a whole."
    )
    first_message_s: AttemptSeconds | None = Field(
        default=None, description="Seconds until the first message of an attempt."
    )
    idle_s: AttemptSeconds | None = Field(default=None, description="Seconds between two messages of an attempt.")
    retry: RetrySpec | None = Field(default=None, description="When and how often to try again. Default: not at all.")
    salvage: bool = Field(
        default=False, description="What a failed or unfinished branch had already sent takes part in the merge."
    )


class BranchBody(BranchDefaults):
    """What a branch and an entry of the catalog have in common."""

    provider_type: ProviderType = Field(
        default="builtin", description="Kind of the tool: `builtin` (also plugins), `workflow`, `api` or `mcp`."
    )
    provider: Text | None = Field(
        default=None,
        description="Provider of the tool, such as `langgenius/google/google`; the id of a workflow or API tool; the "
        "identifier of an MCP server.",
    )
    tool_name: Text | None = Field(default=None, description="Name of the tool, such as `google_search`.")
    credential_id: Text | None = Field(
        default=None, description="Which of the provider's credentials to use. Default: the default credential."
    )
    parameters: Annotated[dict[str, Any], Field(max_length=PARAMETERS)] | None = Field(
        default=None, description="Parameters of the tool. In strings, `${ expression }` is replaced."
    )
    rules: Annotated[list[RuleSpec], Field(max_length=RULES)] | None = Field(
        default=None, description="Rules on this branch's messages, before the plan's own."
    )


class BranchSpec(BranchBody):
    """One call of one tool."""

    name: Text | None = Field(
        default=None,
        pattern=r"^[A-Za-z_][A-Za-z0-9_]*$",
        max_length=limits.NAME_CHARS,
        description="Name of the branch in results and expressions. Default: from the catalog or the tool's name.",
    )
    use: Text | None = Field(default=None, description="Name of the catalog entry to start from.")


class CatalogEntrySpec(BranchBody):
    """A named, reusable branch."""

    kind: Literal["search", "reader", "other"] = Field(default="other", description="What the tool is good for.")
    homepage: str | None = Field(default=None, description="Where to read about the tool.")
    authorization: bool = Field(default=False, description="Whether the tool needs to be authorised in Dify.")
    checked: str | None = Field(default=None, description="Version of the tool that the entry was checked with.")


class PlanSpec(BranchDefaults):
    """What to call, when the call is over, how results are merged and what is emitted."""

    branches: list[SkipValidation[str | BranchSpec | ToolNode]] = Field(
        default=[],
        min_length=1,
        max_length=limits.BRANCHES,
        description="What to call: objects, names from the catalog, or `[name =] [kind:]provider/tool`.",
    )
    strategy: Strategy = Field(
        default="all",
        description="`all` waits for every branch; `race` starts all and takes the first; `fallback` starts the next "
        "when one fails; `hedge` also when one is slow.",
    )
    need: Annotated[int, Field(ge=1), BeforeValidator(_whole)] | Literal["all"] = Field(
        default=1, description="Successes that make the call a success, and that end `race`, `fallback` and `hedge`."
    )
    need_rows: Annotated[int, Field(ge=1), BeforeValidator(_whole)] | Literal["all"] = Field(
        default=1, description="With `for_each`: rows that must succeed."
    )
    stagger_s: Seconds = Field(default=2.0, description="`hedge`: seconds before the next branch starts.")
    until: ExpressionText | None = Field(
        default=None, description="Expression over the running state; the call is over as soon as it is true."
    )
    grace_s: Seconds = Field(
        default=0.0, description="Seconds to wait for more successes after `need` or `until` is met."
    )
    deadline_s: Annotated[float, Field(ge=limits.DEADLINE_MIN_S, le=limits.DEADLINE_MAX_S)] = Field(
        default=limits.DEADLINE_S, description="Seconds for the whole call; then it ends with what there is."
    )
    max_parallel: Annotated[int, Field(ge=1, le=limits.PARALLEL_MAX), BeforeValidator(_whole)] = Field(
        default=limits.PARALLEL, description="Calls in flight at once, over all rows and branches."
    )
    for_each: ExpressionText | None = Field(
        default=None, description="Expression over inputs that gives a list; the branches run once for each element."
    )
    parameters: Annotated[dict[str, Any], Field(max_length=PARAMETERS)] | None = Field(
        default=None, description="Parameters for every branch."
    )
    merge: (
        Annotated[MergeSpec, BeforeValidator(_mode_as_object, json_schema_input_type=MergeMode | MergeSpec)] | None
    ) = Field(
        default=None,
        description="How results are joined: a mode or an object. Default: `first` where one success is enough and "
        "the strategy is not `all`, else `group`.",
    )
    rules: Annotated[list[RuleSpec], Field(max_length=RULES)] | None = Field(
        default=None, description="Rules that reshape or drop messages of all branches as they stream."
    )
    output: ExpressionText | None = Field(
        default=None, description="Expression over the final state that gives the result. Default: `merged`."
    )
    text: TemplateText | None = Field(
        default=None, description="Template of the final text. Default: the result as text, unless text was streamed."
    )
    stream: StreamMode = Field(
        default="none",
        description="What text is shown while branches run: `none`, in plan order (`ordered`), each branch as a "
        "block when it succeeds (`arrival`), or each message at once (`live`).",
    )
    heading: TemplateText | None = Field(
        default=None,
        description="Template put before a branch's streamed text. Default: `### ${branch}` and an empty line.",
    )
    on_failure: Literal["fail", "report"] = Field(
        default="fail", description="`fail` raises when the call did not succeed; `report` returns normally."
    )
    trace: bool = Field(default=False, description="Add a chart of what ran when to the end of the text.")


def _keys_of(model: type[BaseModel]) -> Mapping[str, object]:
    keys = _KEYS.get(model)
    if keys is None:
        keys = _KEYS[model] = {field.alias or name: None for name, field in model.model_fields.items()}
    return keys


_KEYS: dict[type[BaseModel], Mapping[str, object]] = {}
