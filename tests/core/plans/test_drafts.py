"""Branches on their way: layers and names."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanout.core import limits
from fanout.core.errors import Problem
from fanout.core.plans.catalog import Catalog
from fanout.core.plans.drafts import Draft, DraftReader, check_rules, name_drafts
from fanout.core.plans.plan import Target
from fanout.core.plans.spec import PlanSpec
from fanout.core.plans.targets import Written

CATALOG = Catalog(
    {"e": {"provider": "e", "tool_name": "t", "timeout_s": 20, "parameters": {"a": 1}, "rules": [{"drop": True}]}}
)


def read(*branches: Any, **plan: Any) -> tuple[list[Draft], list[Problem]]:
    problems: list[Problem] = []
    reader = DraftReader(PlanSpec.model_validate(plan), CATALOG, problems, [])
    drafts = [draft for index, raw in enumerate(branches) if (draft := reader.read(raw, index)) is not None]
    name_drafts(drafts, problems)
    return drafts, problems


def test_a_key_comes_from_the_highest_layer_that_gives_it() -> None:
    drafts, _ = read({"use": "e"}, {"use": "e", "timeout_s": 5}, "time/now", timeout_s=10, idle_s=3)
    assert [draft.pick("timeout_s") for draft in drafts] == [
        Written(20, "catalog.e.timeout_s"),
        Written(5, "branches[1].timeout_s"),
        Written(10, "timeout_s"),
    ]
    assert drafts[0].pick("idle_s") == Written(3, "idle_s")
    assert drafts[0].pick("weight") == Written(1, "branches[0].weight")


def test_parameters_know_their_place() -> None:
    (draft,), _ = read({"use": "e", "parameters": {"c": 3}}, parameters={"b": 2, "c": 2})
    assert draft.parameters == {
        "a": Written(1, "catalog.e.parameters.a"),
        "b": Written(2, "parameters.b"),
        "c": Written(3, "branches[0].parameters.c"),
    }


def test_parameters_of_a_node_are_under_those_beside_it() -> None:
    (draft,), _ = read(
        {"provider_id": "x", "tool_name": "t", "tool_parameters": {"a": 1, "b": 1}, "parameters": {"b": 2}}
    )
    assert draft.parameters == {
        "a": Written(1, "branches[0].tool_parameters.a"),
        "b": Written(2, "branches[0].parameters.b"),
    }


def test_rules_of_a_branch_replace_those_of_its_entry() -> None:
    drafts, _ = read("e", {"use": "e", "rules": []}, "time/now", rules=[{"drop": True}])
    assert [draft.own_rules().path for draft in drafts] == ["catalog.e.rules", "branches[1].rules", "branches[2]"]
    assert [len(draft.own_rules().value or ()) for draft in drafts] == [1, 0, 0]


def test_targets() -> None:
    drafts, problems = read(
        "mcp:s/t", {"use": "e", "tool_name": "other"}, {"name": "x"}, {"provider": "a"}, {"tool_name": "t"}
    )
    targets = [draft.target(Catalog(), problems) for draft in drafts]
    assert targets == [Target("mcp", "s", "t"), Target("builtin", "e", "other"), None, None, None]
    assert [problem.path for problem in problems] == [
        "branches[2].provider",
        "branches[3].tool_name",
        "branches[4].provider",
    ]


def test_a_branch_without_its_entry_has_one_problem() -> None:
    drafts, problems = read("zzz", {"use": "zzz", "name": "n"})
    assert [draft.target(Catalog(), problems) for draft in drafts] == [None, None]
    assert [problem.path for problem in problems] == ["branches[0]", "branches[1].use"]


@pytest.mark.parametrize(
    ("rule", "is_fine"),
    [
        ({"drop": True}, True),
        ({"emit": "a"}, True),
        ({"emit": "a", "drop": False}, True),
        ({"emit": None, "drop": True}, True),
        ({}, False),
        ({"drop": False}, False),
        ({"drop": True, "emit": "a"}, False),
        ("no rule", True),
    ],
)
def test_rules_say_once_what_becomes_of_messages(rule: Any, is_fine: bool) -> None:
    problems: list[Problem] = []
    check_rules([{"drop": True}, rule], "rules", problems)
    assert [problem.path for problem in problems] == ([] if is_fine else ["rules[1]"])


_TOOLS = st.sampled_from(["t", "t_2", "7", "é", "a b", "x" * 64, "x" * 70, "a.b", "_"])
_NAMES = st.sampled_from(["t", "t_2", "_7", "x" * 64])
_BRANCHES = st.builds(lambda tool: {"provider": "p", "tool_name": tool}, _TOOLS) | st.builds(
    lambda tool, name: {"provider": "p", "tool_name": tool, "name": name}, _TOOLS, _NAMES
)


@given(st.lists(_BRANCHES, max_size=12))
def test_names_are_names_and_given_ones_stay(branches: list[dict[str, Any]]) -> None:
    drafts, problems = read(*branches)
    for branch, draft in zip(branches, drafts, strict=True):
        assert draft.name.isidentifier()
        assert unicodedata.is_normalized("NFC", draft.name)
        assert len(draft.name) <= limits.NAME_CHARS
        assert draft.name == branch.get("name", draft.name)
    given_names = [branch["name"] for branch in branches if "name" in branch]
    assert len(problems) == len(given_names) - len(set(given_names))
    if not problems:
        assert len({draft.name for draft in drafts}) == len(drafts)
