"""What a plan can cost before it is run: how many calls, and how long, if everything takes as long as it may."""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from ..plans.plan import Branch, Plan, Retry, Target


def max_calls(plan: Plan, rows: int) -> int:
    """How many requests are sent at most."""
    return rows * sum(branch.retry.attempts for branch in plan.branches)


def max_in_flight(plan: Plan, rows: int) -> int:
    """How many requests are in flight at once at most."""
    at_once = 1 if plan.strategy == "fallback" else len(plan.branches)
    return min(plan.max_parallel, rows * at_once)


def worst_case_s(plan: Plan, rows: int) -> float:
    """Seconds until the call is over if every attempt fails at its time limit, at most the deadline.

    `all` and `race`: the longest chain of branches that wait for each other; `fallback` and `hedge`: one branch after
    the other. Branches and rows that find no free slot wait for one, and with `rate` for their turn. Waits before
    further attempts count at their longest; those that a tool may ask for nobody knows beforehand.
    """
    if plan.strategy == "all":
        index = {branch.name: branch.index for branch in plan.branches}
        seconds = _scheduled(plan, rows, [[index[name] for name in branch.depends_on] for branch in plan.branches])
    else:
        seconds = _row_by_row(plan, rows)
        if plan.rate is not None:
            seconds = max(seconds, _scheduled(plan, rows, _chain(plan)))
    return round(min(seconds, plan.deadline_s), 3)


def rate_s(plan: Plan, rows: int) -> float:
    """Seconds until the last call may start under `rate`, if every branch is called once in each row."""
    if plan.rate is None:
        return 0
    calls = Counter(branch.target for branch in plan.branches)
    return (max(calls.values()) * rows - 1) / plan.rate if rows else 0


def longest_waits(retry: Retry) -> list[float]:
    """The longest wait before each further attempt, in seconds."""
    waits: list[float] = []
    wait_s = retry.wait_s
    for _ in range(retry.attempts - 1):
        waits.append(min(wait_s, retry.max_wait_s))
        wait_s *= retry.factor
    return waits


def _chain(plan: Plan) -> list[list[int]]:
    """What each branch waits for where they start one after the other; in a race, for nothing."""
    return [[index - 1] if index and plan.strategy != "race" else [] for index in range(len(plan.branches))]


def _row_by_row(plan: Plan, rows: int) -> float:
    """`race`, `fallback`, `hedge`: so many rows at a time that each finds its slots."""
    at_once = 1 if plan.strategy == "fallback" else len(plan.branches)
    rows_at_once = max(1, plan.max_parallel // at_once)
    if plan.strategy == "race":
        row_s = _scheduled(plan, 1, _chain(plan))
    else:
        row_s = math.fsum(_branch_s(branch) for branch in plan.branches)
    return math.ceil(rows / rows_at_once) * row_s


def _branch_s(branch: Branch) -> float:
    return math.fsum([branch.retry.attempts * branch.timeout_s, *longest_waits(branch.retry)])


class _Turn(NamedTuple):
    """An attempt that may start: ties go in the order of rows and branches. `has_turn`: by `rate` it is its turn."""

    ready_s: float
    row: int
    branch: int
    number: int
    has_turn: bool


def _scheduled(plan: Plan, rows: int, after: Sequence[Sequence[int]]) -> float:
    """When the last branch ends, if attempts take a slot in the order in which they become ready.

    `after`: for each branch the indexes of those that it waits for.
    """
    branches = plan.branches
    gap_s = 0.0 if plan.rate is None else 1 / plan.rate
    next_turn_s: dict[Target, float] = {}
    followers = [[other for other, needed in enumerate(after) if index in needed] for index in range(len(branches))]
    waits = [longest_waits(branch.retry) for branch in branches]
    missing = [[len(needed) for needed in after] for _ in range(rows)]
    ready_s = [[0.0 for _ in branches] for _ in range(rows)]
    turns = [_Turn(0.0, row, i, 0, not gap_s) for row in range(rows) for i, needed in enumerate(after) if not needed]
    heapq.heapify(turns)
    free_at = [0.0] * min(plan.max_parallel, rows * len(branches))  # each slot: the end of its last attempt
    while turns:
        start_s, row, index, number, has_turn = heapq.heappop(turns)
        branch = branches[index]
        if not has_turn:  # waiting for it holds no slot
            start_s = max(start_s, next_turn_s.get(branch.target, 0.0))
            next_turn_s[branch.target] = start_s + gap_s
            heapq.heappush(turns, _Turn(start_s, row, index, number, True))
            continue
        end_s = max(start_s, heapq.heappop(free_at)) + branch.timeout_s
        heapq.heappush(free_at, end_s)
        if number < len(waits[index]):
            heapq.heappush(turns, _Turn(end_s + waits[index][number], row, index, number + 1, not gap_s))
            continue
        for follower in followers[index]:
            ready_s[row][follower] = max(ready_s[row][follower], end_s)
            missing[row][follower] -= 1
            if not missing[row][follower]:
                heapq.heappush(turns, _Turn(ready_s[row][follower], row, follower, 0, not gap_s))
    return max(free_at, default=0.0)
