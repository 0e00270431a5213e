"""A plan as its author writes it: the keys, their types, ranges, defaults and meaning.

These models are the one source of the plan reference and of `plan.schema.json`. They check each key by itself and
compile expressions and templates; `reading` puts the layers together and checks what needs more than one key.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SkipValidation,
    model_validator,
)

from .. import limits
from .key_types import (
    AttemptSeconds,
    ExpressionText,
    NameText,
    RateText,
    Seconds,
    TemplateText,
    Text,
    ToolNode,
    read_whole,
)
from .plan import (
    MERGE_MODES,
    Branch,
    Merge,
    MergeMode,
    MessageKind,
    Plan,
    ProviderType,
    Retry,
    RetryCause,
    Strategy,
    StreamMode,
)

RULES = 100  # of one list; every message passes all of them
PARAMETERS = 1_000  # in one place; no tool has nearly as many
_FACTOR_MAX = 1000.0  # to the power of 19 retries it is still a number
_WEIGHT_MAX = 1e6  # sums of weights stay exact enough to rank by
_REQUIRES = 20  # names in a list; no tool has more

type Topic = Literal["web", "news", "academic", "images", "videos", "code"]  # what `web_search` can be asked about


def default_of(model: type[Any], name: str) -> Any:
    """The default of a field of the plan."""
    return next(field.default for field in dataclasses.fields(model) if field.name == name)


def _mode_as_object(value: object) -> object:
    return {"mode": value} if isinstance(value, str) else value


class Spec(BaseModel):
    """A part of a plan. A key whose value is null counts as not given; unknown keys are errors."""

    model_config = ConfigDict(strict=True, extra="forbid", populate_by_name=False, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, data: Any) -> Any:
        if not isinstance(data, dict) or None not in data.values():
            return data
        return {key: value for key, value in data.items() if value is not None or key not in _keys_of(cls)}

    def given(self, key: str) -> bool:
        """Whether the author wrote this key (by its name here)."""
        return key in self.model_fields_set


class RetrySpec(Spec):
    """When and how often a branch tries again."""

    attempts: Annotated[int, Field(ge=1, le=limits.RETRY_ATTEMPTS), BeforeValidator(read_whole)] = Field(
        default=default_of(Retry, "attempts"), description="How often to try at most; the first try counts."
    )
    wait_s: Seconds = Field(
        default=default_of(Retry, "wait_s"), description="Seconds to wait before the second attempt."
    )
    factor: Annotated[float, Field(ge=0, le=_FACTOR_MAX)] = Field(
        default=default_of(Retry, "factor"), description="Each further wait is this many times as long."
    )
    max_wait_s: Seconds = Field(
        default=default_of(Retry, "max_wait_s"),
        description="No wait is longer than this many seconds; where the tool asks for more, there is no further try.",
    )
    jitter: Literal["full", "none"] = Field(
        default=default_of(Retry, "jitter"),
        description="`full` waits a random time between 0 and the wait; `none` waits exactly.",
    )
    causes: list[RetryCause] = Field(
        default=("error", "timeout", "rejected"),  # type: ignore[arg-type]  # what is immutable is not copied
        alias="if",
        description="What is tried again: a failed attempt, one that timed out, one whose answer `accept` refused; or "
        "only failures of certain types.",
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
        description="What the results become. Modes: "
        + "; ".join(f"`{mode}` gives {what}" for mode, what in MERGE_MODES.items())
        + "."
    )
    key: ExpressionText | None = Field(
        default=None,
        description="Expression over an element; elements with equal keys are one record. In `vote` over a result; "
        "equal keys agree. Default: none, `url_key(url)` for `rank`.",
    )
    limit: Annotated[int, Field(ge=1), BeforeValidator(read_whole)] | None = Field(
        default=None, description="Keep at most this many elements."
    )
    sources: bool | None = Field(
        default=None, description="Add `sources` (branch and rank) to each record. Default: only for `rank`."
    )
    fill: bool = Field(
        default=default_of(Merge, "fill"),
        description="Of elements with equal keys the first is kept: fill its empty fields from the others.",
    )
    sort_by: ExpressionText | None = Field(
        default=None,
        description="Expression over an element to sort by, ascending; before `limit`, and in `concat` before elements "
        "with equal keys are joined, so that the first in this order is kept.",
    )
    descending: bool = Field(default=default_of(Merge, "descending"), description="Sort the other way round.")
    k: Annotated[float, Field(ge=0, le=1e6)] = Field(
        default=default_of(Merge, "k"), description="The constant of `rank`: larger values make high ranks count less."
    )


class BranchDefaults(Spec):
    """Keys of a branch that a plan can also give as defaults for all of its branches."""

    title: Annotated[str, Field(min_length=1, max_length=limits.TITLE_CHARS)] | None = Field(
        default=None, description="What people read in headings, diagrams and failures. Default: the name."
    )
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
    prefer: ExpressionText | None = Field(
        default=None,
        description="Expression over what `accept` sees; a success for which it is false counts only when nothing "
        "better can come. No effect with strategy `all`.",
    )
    required: bool = Field(
        default=default_of(Branch, "required"), description="If this branch does not succeed, the call has failed."
    )
    weight: Annotated[float, Field(gt=0, le=_WEIGHT_MAX)] = Field(
        default=default_of(Branch, "weight"), description="Weight in merge modes `rank` and `vote`."
    )
    family: Text | None = Field(
        default=None, description="In merge mode `rank`, branches of one family count once, with the best."
    )
    timeout_s: AttemptSeconds = Field(
        default=default_of(Branch, "timeout_s"),
        description=f"Seconds that one attempt may take as a whole. A stock Dify ends it after 240, so over "
        f"{limits.BRANCH_TIMEOUT_STOCK_S:g} gives a warning.",
    )
    first_message_s: AttemptSeconds | None = Field(
        default=None, description="Seconds until the first message of an attempt."
    )
    idle_s: AttemptSeconds | None = Field(default=None, description="Seconds between two messages of an attempt.")
    retry: RetrySpec | None = Field(default=None, description="When and how often to try again. Default: not at all.")
    salvage: bool = Field(
        default=default_of(Branch, "salvage"),
        description="What a failed or unfinished branch had already sent takes part in the merge.",
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

    name: NameText | None = Field(
        default=None,
        description="Name of the branch in results and expressions. Default: from the catalog or the tool's name.",
    )
    use: Text | None = Field(default=None, description="Name of the catalog entry to start from.")


class CatalogEntrySpec(BranchBody):
    """A named, reusable branch."""

    requires: Annotated[list[Text], Field(max_length=_REQUIRES)] | None = Field(
        default=None,
        description="Names of inputs without which the tool is not called: where one is null or blank, the branch "
        "fails as `invalid_parameters`, unless the plan replaces the parameter that reads it.",
    )
    empty: ExpressionText | None = Field(
        default=None,
        description="Expression over `error` (`type`, `message`): true for a failure by which the tool only says that "
        "it has found nothing. The branch then succeeds with `[]`, about which the entry's `accept` is not asked. "
        "Errors of the types `unauthorized`, `rate_limited`, `timeout`, `connection` and `too_large` stay failures.",
    )
    topics: Annotated[list[Topic], Field(max_length=_REQUIRES)] | None = Field(
        default=None, description="Topics of `web_search` that the tool can search; it reads `inputs.topic`."
    )

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
        default=default_of(Plan, "strategy"),
        description="`all` waits for every branch; `race` starts all and takes the first; `fallback` starts the next "
        "when one fails; `hedge` also when one is slow.",
    )
    need: Annotated[int, Field(ge=1), BeforeValidator(read_whole)] | Literal["all"] = Field(
        default=default_of(Plan, "need"),
        description="Successes that make the call a success, and that end `race`, `fallback` and `hedge`.",
    )
    need_rows: Annotated[int, Field(ge=1), BeforeValidator(read_whole)] | Literal["all"] = Field(
        default=default_of(Plan, "need_rows"), description="With `for_each`: rows that must succeed."
    )
    stagger_s: Seconds = Field(
        default=default_of(Plan, "stagger_s"), description="`hedge`: seconds before the next branch starts."
    )
    until: ExpressionText | None = Field(
        default=None, description="Expression over the running state; the call is over as soon as it is true."
    )
    grace_s: Seconds = Field(
        default=default_of(Plan, "grace_s"),
        description="Seconds to wait for more successes after `need` or `until` is met.",
    )
    deadline_s: Annotated[float, Field(ge=limits.DEADLINE_MIN_S, le=limits.DEADLINE_MAX_S)] = Field(
        default=default_of(Plan, "deadline_s"),
        description="Seconds for the whole call; then it ends with what there is.",
    )
    rate: RateText | None = Field(
        default=None,
        description="Calls of one tool that may start per second, minute or hour, evenly spaced, retries included.",
    )
    max_parallel: Annotated[int, Field(ge=1, le=limits.PARALLEL_MAX), BeforeValidator(read_whole)] = Field(
        default=default_of(Plan, "max_parallel"), description="Calls in flight at once, over all rows and branches."
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
        default=default_of(Plan, "stream"),
        description="What text is shown while branches run: `none`, in plan order (`ordered`), each branch as a "
        "block when it succeeds (`arrival`), or each message at once (`live`).",
    )
    heading: TemplateText | None = Field(
        default=None,
        description="Template put before a branch's streamed text. Default: `### ${title}` and an empty line.",
    )
    on_failure: Literal["fail", "report"] = Field(
        default=default_of(Plan, "on_failure"),
        description="`fail` raises when the call did not succeed; `report` returns normally.",
    )
    trace: bool = Field(
        default=default_of(Plan, "trace"), description="Add a timeline of what ran when to the end of the text."
    )


def _keys_of(model: type[BaseModel]) -> Mapping[str, object]:
    keys = _KEYS.get(model)
    if keys is None:
        keys = _KEYS[model] = {field.alias or name: None for name, field in model.model_fields.items()}
    return keys


_KEYS: dict[type[BaseModel], Mapping[str, object]] = {}
