"""What a plan says of all answers, where entries of the catalog say something else (contract 4: theirs counts)."""

from __future__ import annotations

from typing import Any

import pytest

from fanout.core.plans.catalog import Catalog
from fanout.core.plans.reading import examine_plan

PICKY = {"provider": "a/a/a", "tool_name": "t", "select": "json[0]", "accept": "json", "prefer": "result"}
PLAIN = {"provider": "b/b/b", "tool_name": "t"}
CATALOG = Catalog({}, {"picky": PICKY, "plain": PLAIN})


def warned(**plan: Any) -> list[str]:
    reading = examine_plan({"strategy": "fallback", **plan}, CATALOG)
    assert reading.plan is not None, reading.problems
    return [str(warning) for warning in reading.warnings if "does not reach" in warning.message]


@pytest.mark.parametrize("key", ["select", "accept", "prefer"])
def test_what_does_not_reach_a_branch_is_said(key: str) -> None:
    [warning] = warned(branches=["plain", "mine = picky", {"use": "picky", "name": "other"}], **{key: "text"})
    assert warning.startswith(f"{key}: does not reach mine, other: their entries have their own; ")
    [warning] = warned(branches=["plain", "picky"], **{key: "text"})
    assert warning.startswith(f"{key}: does not reach picky: its entry of the catalog has one")


@pytest.mark.parametrize(
    "plan",
    [
        {"branches": ["picky"]},
        {"branches": ["plain", "c/c/c/t"], "accept": "text"},
        {"branches": [{"use": "picky", "accept": "text"}], "accept": "text"},
        {"branches": [{"use": "picky", "accept": "result"}], "accept": "text"},
        {"branches": ["picky"], "accept": "json"},  # the same
        {"branches": ["picky"], "accept": None},
        {"branches": ["picky"], "timeout_s": 5, "title": "all"},
    ],
)
def test_what_reaches_every_branch_is_silent(plan: dict[str, Any]) -> None:
    assert warned(**plan) == []


def test_of_a_key_without_any_effect_only_that_is_said() -> None:
    assert warned(branches=["picky"], strategy="all", prefer="text") == []


def test_many_branches_are_counted() -> None:
    [warning] = warned(branches=["picky"] * 30, accept="text")
    assert "picky_10 and 20 more: " in warning
