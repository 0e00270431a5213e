"""Rules on streamed messages."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanout.core.budget import Budget, BudgetExceeded
from fanout.core.calls.messages import Message
from fanout.core.calls.rules import apply_rules
from fanout.core.errors import ExpressionError
from fanout.core.language.expressions import compile_expression
from fanout.core.plans.plan import MessageKind, Rule


def rule(
    where: str | None = None,
    emit: str | None = None,
    *,
    types: set[MessageKind] | None = None,
    branches: set[str] | None = None,
    path: str = "rules[0]",
) -> Rule:
    """A rule; without `emit` it drops."""
    return Rule(
        path,
        None if types is None else frozenset(types),
        None if branches is None else frozenset(branches),
        None if where is None else compile_expression(where),
        None if emit is None else compile_expression(emit),
    )


def apply(message: Message, *rules: Rule, budget: Budget | None = None) -> Message | None:
    return apply_rules(rules, message, branch="a", index=3, elapsed_s=1.23456, budget=budget or Budget())


TEXT = Message("text", "hello")
FILE = Message("file", {"type": "image_link", "url": "/1.png"}, meta={"tool_file_id": "1"})
KINDS: list[tuple[Message, Any]] = [
    (TEXT, "hello"),
    (Message("json", {"x": 1}), {"x": 1}),
    (Message("variable", "v", name="n", stream=True), {"name": "n", "value": "v"}),
    (Message("link", "https://x.org"), "https://x.org"),
    (FILE, FILE.value),
]


def test_no_rule_passes_the_message_itself() -> None:
    assert apply(TEXT) is TEXT


@pytest.mark.parametrize(
    "other",
    [rule(types={"json", "link"}), rule(branches={"b"}), rule("text == 'other'"), rule("index > `3`", "null")],
    ids=["types", "from", "where", "where of an emit"],
)
def test_a_rule_that_does_not_match_changes_nothing(other: Rule) -> None:
    assert apply(TEXT, other) is TEXT


@pytest.mark.parametrize(
    "matching",
    [rule(), rule(types={"text"}), rule(branches={"a", "b"}), rule("starts_with(text, 'h')"), rule(emit="json")],
    ids=["all", "types", "from", "where", "emit of null"],
)
def test_a_message_can_be_removed(matching: Rule) -> None:
    assert apply(TEXT, matching) is None


@pytest.mark.parametrize(
    ("emit", "emitted"),
    [
        ("'bye'", Message("text", "bye")),
        ("{t: text}", Message("json", {"t": "hello"})),
        ("[text]", Message("json", ["hello"])),
        ("length(text)", Message("text", "5")),
        ("text == 'hello'", Message("text", "true")),
        ("''", Message("text", "")),
    ],
)
def test_what_an_emit_gives_decides_the_kind(emit: str, emitted: Message) -> None:
    assert apply(TEXT, rule(emit=emit)) == emitted


@pytest.mark.parametrize(("message", "value"), KINDS, ids=[message.kind for message, _ in KINDS])
def test_expressions_see_every_key_and_null_for_other_kinds(message: Message, value: Any) -> None:
    seen = apply(message, rule(emit="@"))

    assert seen is not None
    nothing = dict.fromkeys(("text", "json", "variable", "link", "file"))
    assert seen.value == {
        "branch": "a",
        "type": message.kind,
        "index": 3,
        "elapsed_s": 1.235,
        **nothing,
        message.kind: value,
    }


def test_later_rules_see_the_new_message() -> None:
    to_json = rule(emit="{t: text}", types={"text"})
    assert apply(TEXT, to_json, rule(types={"text"})) == Message("json", {"t": "hello"})
    assert apply(TEXT, to_json, rule("type == 'json' && text == null && json.t == 'hello'")) is None


def test_a_file_can_become_json() -> None:
    assert apply(FILE, rule(emit="file.{u: url}")) == Message("json", {"u": "/1.png"})


@pytest.mark.parametrize(
    ("where", "matches"), [("`0`", True), ("''", False), ("`[]`", False), ("`{}`", False), ("json", False)]
)
def test_truth_is_that_of_expressions(where: str, matches: bool) -> None:
    assert (apply(TEXT, rule(where)) is None) is matches


def test_errors_name_the_rule() -> None:
    with pytest.raises(ExpressionError, match=r"^branches\[1\]\.rules\[2\]\.where: "):
        apply(TEXT, rule("length(json)", path="branches[1].rules[2]"))
    with pytest.raises(ExpressionError, match=r"^rules\[1\]\.emit: "):
        apply(TEXT, rule("`false`"), rule(emit="sum(text)", path="rules[1]"))


def test_the_budget_holds() -> None:
    with pytest.raises(BudgetExceeded, match=r"^rules\[0\]\.emit: "):
        apply(Message("json", list(range(1000))), rule(emit="json[*].{a: @}"), budget=Budget(100))


@given(
    st.sampled_from([message for message, _ in KINDS]), st.lists(st.sampled_from(["@", "text", "json", "'x'", "type"]))
)
def test_rules_in_one_go_are_rules_one_by_one(message: Message, emits: list[str]) -> None:
    rules = [rule(emit=emit) for emit in emits]
    step: Message | None = message
    for each in rules:
        step = step and apply(step, each)

    assert apply(message, *rules) == step
