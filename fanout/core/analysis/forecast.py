"""What a plan can cost before it is run: how many calls, and how long, if everything takes as long as it may."""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence

from ..plans.plan import Branch, Plan, Retry


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
    the other. Branches and rows that find no free place wait for one. Waits before further attempts count at their
    longest.
    """
    is_all = plan.strategy == "all"
    seconds = _scheduled(plan.branches, rows, plan.max_parallel) if is_all else _row_by_row(plan, rows)
    return round(min(seconds, plan.deadline_s), 3)


def longest_waits(retry: Retry) -> list[float]:
    """The longest wait before each further attempt, in seconds."""
    waits: list[float] = []
    wait_s = retry.wait_s
    for _ in range(retry.attempts - 1):
        waits.append(min(wait_s, retry.max_wait_s))
        wait_s *= retry.factor
    return waits


def _row_by_row(plan: Plan, rows: int) -> float:
    """`race`, `fallback`, `hedge`: so many rows at a time that each finds its places."""
    at_once = 1 if plan.strategy == "fallback" else len(plan.branches)
    rows_at_once = max(1, plan.max_parallel // at_once)
    if plan.strategy == "race":
        row_s = _scheduled(plan.branches, 1, plan.max_parallel)
    else:
        row_s = math.fsum(_branch_s(branch) for branch in plan.branches)
    return math.ceil(rows / rows_at_once) * row_s


def _branch_s(branch: Branch) -> float:
    return math.fsum([branch.retry.attempts * branch.timeout_s, *longest_waits(branch.retry)])


def _scheduled(branches: Sequence[Branch], rows: int, places: int) -> float:
    """When the last branch ends, if attempts take a place in the order in which they become ready."""
    followers: dict[str, list[int]] = {branch.name: [] for branch in branches}
    for branch in branches:
        for name in branch.depends_on:
            followers[name].append(branch.index)
    waits = [longest_waits(branch.retry) for branch in branches]
    waiting_for = [[len(branch.depends_on) for branch in branches] for _ in range(rows)]
    ready_s = [[0.0 for _ in branches] for _ in range(rows)]
    # (when it may start, row, index of the branch, number of the attempt): ties go in the order of rows and branches
    ready = [(0.0, row, i, 0) for row in range(rows) for i, branch in enumerate(branches) if not branch.depends_on]
    heapq.heapify(ready)
    free_at = [0.0] * min(places, rows * len(branches))
    last_s = 0.0
    while ready:
        start_s, row, index, number = heapq.heappop(ready)
        end_s = max(start_s, heapq.heappop(free_at)) + branches[index].timeout_s
        heapq.heappush(free_at, end_s)
        last_s = max(last_s, end_s)
        if number < len(waits[index]):
            heapq.heappush(ready, (end_s + waits[index][number], row, index, number + 1))
            continue
        for follower in followers[branches[index].name]:
            ready_s[row][follower] = max(ready_s[row][follower], end_s)
            waiting_for[row][follower] -= 1
            if not waiting_for[row][follower]:
                heapq.heappush(ready, (ready_s[row][follower], row, follower, 0))
    return last_s
