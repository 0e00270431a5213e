"""What a plan can cost at most."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanout.core.analysis.examine import read_plan
from fanout.core.analysis.forecast import longest_waits, max_calls, max_in_flight, rate_s, worst_case_s
from fanout.core.plans.catalog import Catalog
from fanout.core.plans.plan import Plan, Retry


def branch(name: str, timeout_s: float, *after: str, **keys: Any) -> dict[str, Any]:
    parameters = {other: f"${{branches.{other}.text}}" for other in after}
    return {"name": name, "provider": "p", "tool_name": "t", "timeout_s": timeout_s, "parameters": parameters, **keys}


def plan(*branches: dict[str, Any], **keys: Any) -> Plan:
    return read_plan({"branches": list(branches), "deadline_s": 590, **keys}, Catalog())


def seconds(*branches: dict[str, Any], rows: int = 1, **keys: Any) -> float:
    return worst_case_s(plan(*branches, **keys), rows)


@pytest.mark.parametrize(
    ("retry", "waits"),
    [
        (Retry(), []),
        (Retry(1, 9), []),
        (Retry(4), [0.5, 1, 2]),
        (Retry(4, 1, 10, 30), [1, 10, 30]),
        (Retry(3, 1, 1, jitter="none"), [1, 1]),
        (Retry(3, 60, 2, 30), [30, 30]),
        (Retry(20, 1e300, 1000, 30), [30] * 19),
    ],
)
def test_waits_count_at_their_longest(retry: Retry, waits: list[float]) -> None:
    assert longest_waits(retry) == waits


TWICE = {"retry": {"attempts": 2, "wait_s": 1, "jitter": "none"}}


def test_all_takes_the_longest_chain() -> None:
    assert seconds(branch("a", 5), branch("b", 7)) == 7
    assert seconds(branch("a", 5, **TWICE), branch("b", 60, "a")) == 71
    assert seconds(branch("a", 5), branch("b", 7, "a"), branch("c", 20), branch("d", 1, "b", "c")) == 21
    assert seconds(branch("a", 5), branch("b", 7, "a"), branch("c", 3, "b")) == 15


def test_race_takes_the_longest_branch() -> None:
    assert seconds(branch("a", 5), branch("b", 7, **TWICE), strategy="race") == 15


@pytest.mark.parametrize("strategy", ["fallback", "hedge"])
def test_fallback_and_hedge_take_one_after_the_other(strategy: str) -> None:
    assert seconds(branch("a", 5, **TWICE), branch("b", 7), strategy=strategy) == 18


def test_branches_wait_for_places() -> None:
    three = [branch("a", 5), branch("b", 5), branch("c", 5)]
    assert seconds(*three, max_parallel=1) == 15
    assert seconds(*three, max_parallel=2) == 10
    assert seconds(*three, max_parallel=3) == 5
    assert seconds(*three, max_parallel=1, strategy="race") == 15


def test_a_wait_before_another_attempt_holds_no_place() -> None:
    waiting = {"retry": {"attempts": 2, "wait_s": 10, "jitter": "none"}}
    assert seconds(branch("a", 5, **waiting), branch("b", 10), max_parallel=1) == 20


@pytest.mark.parametrize(
    ("strategy", "max_parallel", "rows", "expected"),
    [
        ("all", 2, 4, 20),
        ("all", 8, 4, 5),
        ("all", 3, 4, 15),
        ("fallback", 2, 4, 20),
        ("fallback", 4, 4, 10),
        ("fallback", 3, 4, 20),
        ("hedge", 4, 4, 20),
        ("race", 2, 4, 20),
        ("race", 4, 4, 10),
        ("race", 1, 4, 40),
        ("all", 4, 0, 0),
        ("fallback", 4, 0, 0),
    ],
)
def test_rows_wait_for_places(strategy: str, max_parallel: int, rows: int, expected: float) -> None:
    two = [branch("a", 5), branch("b", 5)]
    assert seconds(*two, rows=rows, strategy=strategy, max_parallel=max_parallel, for_each="inputs.l") == expected


def test_it_is_at_most_the_deadline() -> None:
    assert seconds(branch("a", 200), branch("b", 200), strategy="fallback", deadline_s=300) == 300
    assert seconds(branch("a", 0.1234567)) == 0.123


def test_calls_and_calls_in_flight() -> None:
    for strategy, in_flight in (("all", 6), ("fallback", 3), ("race", 6)):
        counted = plan(branch("a", 5, **TWICE), branch("b", 5), strategy=strategy, max_parallel=10, for_each="inputs.l")
        assert max_calls(counted, 3) == 9
        assert max_in_flight(counted, 3) == in_flight
        assert max_in_flight(counted, 100) == 10


def test_the_largest_plans_are_quick() -> None:
    many = plan(*(branch(f"b{i}", 1, retry={"attempts": 20}) for i in range(100)), max_parallel=3)
    assert worst_case_s(many, 10) == 590


@given(st.lists(st.integers(1, 9), min_size=1, max_size=6), st.integers(1, 4), st.integers(1, 5))
def test_more_places_never_take_longer_than_one(timeouts: list[int], places: int, rows: int) -> None:
    branches = [branch(f"b{i}", timeout_s) for i, timeout_s in enumerate(timeouts)]
    one = seconds(*branches, rows=rows, max_parallel=1, for_each="inputs.l")
    many = seconds(*branches, rows=rows, max_parallel=places, for_each="inputs.l")
    assert one == rows * sum(timeouts)
    assert max(max(timeouts), one / places) <= many <= one


@pytest.mark.parametrize(
    ("keys", "rows", "expected"),
    [
        ({"rate": "1/s", "for_each": "inputs.l"}, 8, 8),  # eight starts of each, from 0 to 7 s
        ({"rate": "2/s", "for_each": "inputs.l", "max_parallel": 1}, 8, 16),  # places are the narrower way
        ({"rate": "30/m", "for_each": "inputs.l", "strategy": "fallback"}, 4, 8),
        ({"rate": "60/h"}, 1, 1),
        ({"rate": "1000/s", "for_each": "inputs.l", "max_parallel": 500}, 1, 1),
    ],
)
def test_calls_of_one_tool_wait_for_their_turn(keys: dict[str, Any], rows: int, expected: float) -> None:
    two = [branch("a", 1), {**branch("b", 1), "tool_name": "other"}]
    assert seconds(*two, rows=rows, **keys) == expected


def test_further_attempts_wait_for_their_turn_too() -> None:
    twice = {"retry": {"attempts": 2, "wait_s": 0, "jitter": "none"}}
    assert seconds(branch("a", 1, **twice), rate="6/m") == 11


def test_waiting_for_a_turn_holds_no_place() -> None:
    slow = [branch("a", 1), branch("b", 1), {**branch("c", 1), "tool_name": "other"}]
    assert seconds(*slow, rate="6/m", max_parallel=1) == 11


def test_the_last_start_under_a_rate() -> None:
    same = [branch("a", 1), branch("b", 1), {**branch("c", 1), "tool_name": "other"}]
    assert rate_s(plan(*same, rate="1/s"), 5) == 9
    assert rate_s(plan(*same), 5) == 0
    assert rate_s(plan(*same, rate="1/s"), 0) == 0
