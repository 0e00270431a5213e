"""Settings that cannot do what they seem to."""

from __future__ import annotations

from typing import Any

import pytest

from fanout.core.analysis.examine import examine_plan
from fanout.core.plans.catalog import Catalog

A: dict[str, Any] = {"name": "a", "provider": "a/a/a", "tool_name": "t"}
B: dict[str, Any] = {"name": "b", "provider": "b/b/b", "tool_name": "t"}
C: dict[str, Any] = {"name": "c", "provider": "c/c/c", "tool_name": "t"}


def warnings(**plan: Any) -> dict[str, str]:
    reading = examine_plan({"branches": [A, B, C], **plan}, Catalog())
    assert reading.problems == ()
    return dict(reading.warnings)


ODD: list[tuple[dict[str, Any], dict[str, str]]] = [
    ({"strategy": "race", "max_parallel": 2}, {"max_parallel": "at least 3"}),
    ({"strategy": "hedge", "max_parallel": 1}, {"max_parallel": "at least 3"}),
    ({"strategy": "hedge", "stagger_s": 120}, {"stagger_s": "deadline_s"}),
    ({"strategy": "race", "grace_s": 200}, {"grace_s": "deadline_s"}),
    ({"until": "complete", "grace_s": 120}, {"grace_s": "deadline_s"}),
    ({"strategy": "fallback", "deadline_s": 60}, {"timeout_s": "deadline_s"}),
    ({"strategy": "fallback", "timeout_s": 130}, {"timeout_s": "deadline_s"}),
    ({"strategy": "fallback", "branches": [{**A, "timeout_s": 130}, B]}, {"branches[0].timeout_s": "deadline_s"}),
    ({"timeout_s": 300, "deadline_s": 400}, {"timeout_s": "240"}),
    ({"branches": [A, {**B, "timeout_s": 236}]}, {"branches[1].timeout_s": "240"}),
    ({"branches": [A, {**B, "weight": 2}]}, {"branches[1].weight": "rank or vote"}),
    ({"branches": [A, {**B, "family": "x"}], "merge": "vote"}, {"branches[1].family": "rank"}),
    ({"first_message_s": 61}, {"first_message_s": "timeout_s"}),
    ({"branches": [A, {**B, "timeout_s": 5, "idle_s": 6}]}, {"branches[1].idle_s": "timeout_s"}),
    ({"retry": {"attempts": 2, "wait_s": 120, "max_wait_s": 120}}, {"retry.wait_s": "deadline_s"}),
    ({"retry": {"attempts": 2, "wait_s": 200, "max_wait_s": 5}}, {"retry.wait_s": "max_wait_s"}),
    ({"retry": {"attempts": 2, "wait_s": 200}}, {"retry.wait_s": "deadline_s"}),
    (
        {"retry": {"attempts": 3, "wait_s": 50, "factor": 3, "max_wait_s": 300, "jitter": "none"}},
        {"retry.attempts": "no attempt 3"},
    ),
    ({"retry": {"wait_s": 3}}, {"retry": "attempts"}),
    ({"branches": [A, {**B, "retry": {"attempts": 2, "if": []}}]}, {"branches[1].retry": "if"}),
    ({"retry": {"attempts": 2, "if": ["rejected"]}}, {"retry.if": "accept"}),
    ({"rate": "1/m", "branches": [A, B, {**A, "name": "c"}, {**A, "name": "d"}]}, {"rate": "deadline_s"}),
    ({"strategy": "race", "need": 2, "stream": "live"}, {"stream": "need"}),
    ({"strategy": "hedge", "stream": "ordered", "branches": [A, {**B, "required": True}]}, {"stream": "required"}),
    ({"prefer": "text"}, {"prefer": "fallback"}),
    ({"branches": [A, {**B, "prefer": "text"}]}, {"branches[1].prefer": "fallback"}),
    ({"merge": {"mode": "zip", "key": "url", "sources": True}}, {"merge.key": "mode", "merge.sources": "mode"}),
]


@pytest.mark.parametrize(("plan", "expected"), ODD, ids=[f"{i}-{next(iter(each[1]))}" for i, each in enumerate(ODD)])
def test_what_cannot_work_is_named_where_it_stands(plan: dict[str, Any], expected: dict[str, str]) -> None:
    found = warnings(**plan)
    assert found.keys() == expected.keys()
    assert all(words in found[path] for path, words in expected.items())


@pytest.mark.parametrize(
    "plan",
    [
        {},
        {"strategy": "race", "max_parallel": 3},
        {"strategy": "all", "max_parallel": 1},
        {"strategy": "fallback", "max_parallel": 1},
        {"strategy": "fallback", "branches": [{**A, "timeout_s": 30}, {**B, "timeout_s": 130}]},  # the last one may
        {"strategy": "fallback", "timeout_s": 119},
        {"timeout_s": 235, "deadline_s": 300},
        {"first_message_s": 60, "idle_s": 60},
        {"deadline_s": 50},
        {"retry": {"attempts": 1, "wait_s": 200, "max_wait_s": 200}},
        {"strategy": "hedge", "stagger_s": 120, "branches": [A]},
        {"retry": {"attempts": 1}},
        {"retry": {"attempts": 20, "wait_s": 30}},  # a random wait may be short
        {"retry": {"attempts": 2, "if": ["rejected"]}, "accept": "text"},
        {"rate": "1/m", "deadline_s": 10, "timeout_s": 9},
        {"rate": "1/m", "branches": [A, {**A, "name": "b"}]},
        {"strategy": "race", "stream": "live", "prefer": "text"},
        {"merge": {"mode": "zip", "sort_by": "a.n", "limit": 3}},
    ],
)
def test_what_can_work_is_silent(plan: dict[str, Any]) -> None:
    assert warnings(**plan) == {}
