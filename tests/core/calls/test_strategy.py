"""The board against the plain definitions of the four strategies, over every small case that hypothesis finds."""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import pairwise
from math import inf

from hypothesis import given
from hypothesis import strategies as st

from fanout.core.calls.strategy import Board
from fanout.core.plans.plan import Plan, Strategy
from tests.fakes import plan_of
from tests.properties import often


@dataclass(frozen=True)
class Tool:
    """A tool that takes `takes_s` seconds and then succeeds or fails."""

    takes_s: int
    succeeds: bool


@dataclass(frozen=True)
class Settled:
    """When and why a row was over, when each branch was started, and which had succeeded by then."""

    at_s: float
    reason: str
    starts: dict[int, float]
    successes: list[int]


def play(plan: Plan, tools: list[Tool]) -> Settled:
    """Drive a board with ideal tools: every request is sent when it is due."""
    board, now, starts, successes = Board(plan), 0.0, dict[int, float](), list[int]()
    ends: list[tuple[float, int]] = []
    while True:
        reason = board.reason(now)
        if reason is not None:
            return Settled(now, reason, starts, sorted(successes))
        for index in board.due(now):
            starts[index] = now
            board.sent(index, now)
            heappush(ends, (now + tools[index].takes_s, index))
        next_end = ends[0][0] if ends else inf
        now = min(next_end, board.wake_at())
        assert now < inf, "the row would never be over"
        if next_end <= now:
            index = heappop(ends)[1]
            if tools[index].succeeds:
                successes.append(index)
            board.ended(index, "succeeded" if tools[index].succeeds else "failed")


# ends at different times, so that no definition depends on the order of equal ones
distinct_tools = st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=5).map(
    lambda rows: [Tool(takes * 8 + index, succeeds) for index, (takes, succeeds) in enumerate(rows)]
)


def plan_for(tools: list[Tool], strategy: Strategy, need: int, **keys: float) -> Plan:
    return plan_of([f"t{index}" for index in range(len(tools))], strategy=strategy, need=min(need, len(tools)), **keys)


@often
@given(tools=distinct_tools, need=st.integers(1, 3))
def test_all_is_over_with_the_last_unless_need_is_out_of_reach(tools: list[Tool], need: int) -> None:
    plan = plan_for(tools, "all", need)
    settled = play(plan, tools)
    assert plan.need is not None
    failures = sorted(tool.takes_s for tool in tools if not tool.succeeds)
    spare = len(tools) - plan.need
    last_s = max(tool.takes_s for tool in tools)
    if len(failures) > spare and failures[spare] < last_s:
        assert (settled.at_s, settled.reason) == (failures[spare], "exhausted")
    else:
        assert (settled.at_s, settled.reason) == (last_s, "all")


@often
@given(tools=distinct_tools, need=st.integers(1, 3))
def test_a_race_is_over_with_the_success_that_it_needed(tools: list[Tool], need: int) -> None:
    plan = plan_for(tools, "race", need)
    settled = play(plan, tools)
    assert plan.need is not None
    successes = sorted(tool.takes_s for tool in tools if tool.succeeds)
    if len(successes) >= plan.need:
        assert (settled.at_s, settled.reason) == (successes[plan.need - 1], "need")
    else:
        assert settled.reason == "exhausted"
    assert settled.starts == dict.fromkeys(range(len(tools)), 0.0)


@often
@given(tools=distinct_tools, need=st.integers(1, 3))
def test_a_fallback_goes_one_by_one(tools: list[Tool], need: int) -> None:
    plan = plan_for(tools, "fallback", need)
    settled = play(plan, tools)
    assert plan.need is not None
    at_s, successes, starts = 0.0, 0, {}
    for index, tool in enumerate(tools):
        if successes == plan.need or successes + len(tools) - index < plan.need:
            break
        starts[index] = at_s
        at_s += tool.takes_s
        successes += tool.succeeds
    assert settled.starts == starts
    assert settled.at_s == at_s
    assert settled.reason == ("need" if successes == plan.need else "exhausted")


@often
@given(tools=distinct_tools, need=st.integers(1, 3))
def test_a_hedge_without_a_wait_is_a_race_and_with_an_endless_one_a_fallback(tools: list[Tool], need: int) -> None:
    assert play(plan_for(tools, "hedge", need, stagger_s=0), tools) == play(plan_for(tools, "race", need), tools)
    assert play(plan_for(tools, "hedge", need, stagger_s=1e6), tools) == play(plan_for(tools, "fallback", need), tools)


@often
@given(tools=distinct_tools, stagger_s=st.integers(1, 20))
def test_a_hedge_starts_each_after_a_wait_or_an_end_of_the_one_before(tools: list[Tool], stagger_s: int) -> None:
    settled = play(plan_for(tools, "hedge", 1, stagger_s=stagger_s), tools)
    times = [settled.starts[index] for index in sorted(settled.starts)]
    assert times == sorted(times)
    assert all(later - earlier <= stagger_s for earlier, later in pairwise(times))
    assert settled.reason == ("need" if any(tools[index].succeeds for index in settled.starts) else "exhausted")


# -- prefer: among `tools`, those whose number is in `liked` give what the plan prefers


@dataclass(frozen=True)
class Ended:
    """How a row with `prefer` ended: when, why, with which successes."""

    at_s: float
    reason: str
    counted: list[int]


def play_preferring(plan: Plan, tools: list[Tool], liked: set[int], deadline_s: float) -> Ended:
    """Drive a board to its end, or to the deadline."""
    board, now = Board(plan), 0.0
    ends: list[tuple[float, int]] = []
    liked_ends: list[int] = []
    while True:
        reason = board.reason(now) if now < deadline_s else board.reason_at_deadline()
        if reason is not None:
            return Ended(now, reason, sorted([*liked_ends, *board.counted_last_resorts]))
        for index in board.due(now):
            board.sent(index, now)
            heappush(ends, (now + tools[index].takes_s, index))
        now = min(ends[0][0] if ends else inf, board.wake_at(), deadline_s)
        while ends and ends[0][0] <= now and now < deadline_s:
            index = heappop(ends)[1]
            good = tools[index].succeeds
            liked_ends += [index] if good and index in liked else []
            board.ended(index, ("succeeded" if index in liked else "last_resort") if good else "failed")
            break


def defined(plan: Plan, tools: list[Tool], liked: set[int], deadline_s: float) -> Ended:
    """The same by the plain words of the contract, for `race` and `fallback`.

    A success that is not preferred is a failure that is kept; where not enough others have come when all is done, or
    at the deadline, the kept ones fill up in plan order.
    """
    assert plan.need is not None
    starts_s = [0.0] * len(tools)
    if plan.strategy == "fallback":
        starts_s = [sum(tool.takes_s for tool in tools[:index]) for index in range(len(tools))]
    events = sorted(
        (start + tool.takes_s, index) for index, (start, tool) in enumerate(zip(starts_s, tools, strict=True))
    )
    found: list[int] = []
    kept: list[int] = []
    for passed, (at_s, index) in enumerate(events, 1):
        if at_s >= deadline_s:
            break
        if tools[index].succeeds:
            (found if index in liked else kept).append(index)
        reachable = len(found) + len(kept) + len(tools) - passed
        if len(found) == plan.need:
            return Ended(at_s, "need", sorted(found))
        if reachable < plan.need or passed == len(tools):
            return Ended(at_s, "exhausted", sorted(found + sorted(kept)[: plan.need - len(found)]))
    return Ended(deadline_s, "deadline", sorted(found + sorted(kept)[: plan.need - len(found)]))


@often
@given(
    tools=distinct_tools,
    liked=st.sets(st.integers(0, 4)),
    need=st.integers(1, 3),
    strategy=st.sampled_from(["race", "fallback"]),
    deadline_s=st.sampled_from([7.5, 30.5, 1e6]),
)
def test_prefer_is_as_defined(
    tools: list[Tool], liked: set[int], need: int, strategy: Strategy, deadline_s: float
) -> None:
    plan = plan_for(tools, strategy, need)
    assert play_preferring(plan, tools, liked, deadline_s) == defined(plan, tools, liked, deadline_s)


@often
@given(tools=distinct_tools, liked=st.sets(st.integers(0, 4)), need=st.integers(1, 3))
def test_with_prefer_a_hedge_is_between_race_and_fallback(tools: list[Tool], liked: set[int], need: int) -> None:
    for stagger_s, strategy in ((0.0, "race"), (1e6, "fallback")):
        hedge = play_preferring(plan_for(tools, "hedge", need, stagger_s=stagger_s), tools, liked, 1e7)
        assert hedge == play_preferring(plan_for(tools, strategy, need), tools, liked, 1e7)  # type: ignore[arg-type]
