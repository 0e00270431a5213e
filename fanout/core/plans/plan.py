"""A plan: checked, compiled and frozen. `examine_plan` (in `reading`) makes it from what the author wrote.

Paths in it (`branches[2]`, `catalog.mine`) are the author's, for messages at run time. The defaults of all keys stand
here, and only here: `spec` takes them over for its tables and for what an author leaves out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from .. import limits
from ..errors import Problem
from ..language.expressions import Expression
from ..language.templates import Template, ValueTemplate

type Strategy = Literal["all", "race", "fallback", "hedge"]
type StreamMode = Literal["none", "ordered", "arrival", "live"]
type MergeMode = Literal["group", "first", "concat", "deep", "zip", "rank", "vote"]
MERGE_MODES: Mapping[MergeMode, str] = {  # what each gives
    "group": "an object: the results by the names of their branches",
    "first": "the first result",
    "concat": "one list; a result that is no list is one element",
    "deep": "one object: objects key by key, lists joined, otherwise the first that is not null",
    "zip": "a list of `{branch: its i-th element}`, null where one is shorter",
    "rank": "one list by weighted reciprocal rank fusion: the score of a record is the sum over branches of "
    "`weight / (k + rank)`; branches of one `family` count once. Adds `score` and `sources`",
    "vote": "what most branches agree on, by `weight`: `{value, votes, of, branches}`; of whole results, or of `key` "
    "of each",
}
type ProviderType = Literal["builtin", "workflow", "api", "mcp"]
type RetryCause = Literal[
    "error",  # any failure, of whatever type
    "timeout",
    "rejected",
    # the types of errors, for those who want only some tried again
    "rate_limited",
    "connection",
    "provider",
    "bad_response",
    "unauthorized",
    "not_found",
    "invalid_parameters",
    "expression",
    "too_large",
]
type MessageKind = Literal["text", "json", "variable", "link", "file"]


@dataclass(frozen=True, slots=True)
class Target:
    """The tool that a branch calls, in the words of the SDK's `session.tool.invoke`."""

    provider_type: ProviderType
    provider: str
    tool_name: str
    credential_id: str | None = None


@dataclass(frozen=True, slots=True)
class Retry:
    """When and how often a branch tries again. `attempts` counts the first try; waits are in seconds."""

    attempts: int = 1
    wait_s: float = 0.5
    factor: float = 2.0
    max_wait_s: float = 30.0
    jitter: Literal["full", "none"] = "full"
    causes: frozenset[RetryCause] = frozenset(("error", "timeout", "rejected"))


NO_RETRY = Retry()


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule on streamed messages: what it matches, and what becomes of a match (`emit` None: dropped)."""

    path: str
    types: frozenset[MessageKind] | None
    branches: frozenset[str] | None
    where: Expression | None
    emit: Expression | None


@dataclass(frozen=True, slots=True)
class Branch:
    """One reverse invocation of one tool, with its retries. `title`, for people, is the name where none is given."""

    index: int
    path: str
    name: str
    target: Target
    parameters: ValueTemplate
    title: str = ""
    when: Expression | None = None
    select: Expression | None = None
    accept: Expression | None = None
    fits: Callable[[Any], bool] | None = None  # beside `accept`, in code: what a tool without a plan takes for a result
    prefer: Expression | None = None
    required: bool = False
    weight: float = 1.0
    family: str | None = None
    timeout_s: float = limits.BRANCH_TIMEOUT_S
    first_message_s: float | None = None
    idle_s: float | None = None
    retry: Retry = NO_RETRY
    salvage: bool = False
    empty: Expression | None = None  # of its entry: whether an error of the tool says that nothing was found
    empty_accept: Expression | None = None  # `accept` for that; None where it is that of the same entry
    rules: tuple[Rule, ...] = ()  # its own, then the plan's
    depends_on: tuple[str, ...] = ()  # names of the branches that `when` and `parameters` name, in plan order
    requires: tuple[str, ...] = ()  # names of inputs that its parameters read and without which it is not called

    def __post_init__(self) -> None:
        if not self.title:
            object.__setattr__(self, "title", self.name)


@dataclass(frozen=True, slots=True)
class Merge:
    """How results are joined. `sources` is already decided (its default depends on the mode)."""

    mode: MergeMode
    key: Expression | None = None
    limit: int | None = None
    sources: bool = False
    fill: bool = True
    sort_by: Expression | None = None
    descending: bool = False
    k: float = 60.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What to call, when the call is over, how results are merged, and what is emitted.

    `rate`: calls of one tool that may start per second. `warnings`: what is probably a mistake; it runs all the same.
    `fields`: what the author calls those keys that can fail while it runs, where the plan was made of other fields.
    """

    branches: tuple[Branch, ...]
    strategy: Strategy = "all"
    need: int | None = 1  # None: all
    need_rows: int | None = 1  # None: all
    stagger_s: float = 2.0
    until: Expression | None = None
    grace_s: float = 0.0
    deadline_s: float = limits.DEADLINE_S
    rate: float | None = None
    max_parallel: int = limits.PARALLEL
    for_each: Expression | None = None
    merge: Merge = Merge("group")
    output: Expression | None = None
    text: Template | None = None
    stream: StreamMode = "none"
    heading: Template | None = None  # None: the default heading
    on_failure: Literal["fail", "report"] = "fail"
    trace: bool = False
    warnings: tuple[Problem, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)

    def place_of(self, key: str) -> str:
        """Where the author wrote the key."""
        return self.fields.get(key, key)
