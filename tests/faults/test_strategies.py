"""Strategies over the real process, with random times, against a plain definition of contract 5.

Many calls play at the same time. Calls in which two things happen almost at once say nothing and are left out; one that
comes out otherwise is played again, alone, since machines are shared.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from math import inf
from typing import Any, Literal

from tests.faults.conftest import Run
from tests.harness.faults import Faults, Heard, Request

PLAYS = 60
APART_S = 0.06  # what happens closer together than this may come in either order
TRIES = 3
SUCCESSES = ("good", "poor")

type Kind = Literal["good", "poor", "bad"]  # poor: a success that the plan does not prefer


@dataclass(frozen=True)
class Tool:
    """What one branch does, so many seconds after its request."""

    kind: Kind
    takes_s: float


@dataclass(frozen=True)
class Play:
    """A plan, and the tools that it calls."""

    strategy: str
    tools: tuple[Tool, ...]
    need: int
    stagger_s: float
    grace_s: float
    deadline_s: float
    until: int | None  # the branch whose success is enough
    interval_s: float  # between two calls of the one tool that all branches call; 0: no `rate`

    @property
    def plan(self) -> dict[str, Any]:
        names = [f"b{index}" for index in range(len(self.tools))]
        branches = [
            {"name": name, "provider": "p/p/p", "tool_name": "t", "parameters": {"n": index}}
            for index, name in enumerate(names)
        ]
        optional: dict[str, Any] = {}
        if self.until is not None:
            optional["until"] = f"branches.b{self.until}.status == 'succeeded'"
        if self.interval_s:
            optional["rate"] = f"{round(1 / self.interval_s)}/s"
        return {
            "branches": branches,
            "strategy": self.strategy,
            "need": self.need,
            "stagger_s": self.stagger_s,
            "grace_s": self.grace_s,
            "deadline_s": self.deadline_s,
            "prefer": "text == 'good'",
            "merge": "group",
            "max_parallel": 10,
            "on_failure": "report",
            **optional,
        }


@dataclass
class Expected:
    """How a call has to end; `times`: when something happens in it."""

    settled_by: str = ""
    complete: bool = False
    statuses: list[str] = field(default_factory=list)
    merged: set[str] = field(default_factory=set)
    times: list[float] = field(default_factory=list)

    @property
    def is_clear(self) -> bool:
        return all(later - earlier >= APART_S for earlier, later in pairwise(sorted({round(t, 9) for t in self.times})))


class Definition:
    """Contract 5 in the order of time, for one call."""

    def __init__(self, play: Play) -> None:
        self._play = play
        self._sent: dict[int, float] = {}
        self._ended: list[int] = []
        self._free_at = 0.0  # under `rate`

    def expected(self) -> Expected:
        play, count = self._play, len(self._play.tools)
        times: list[float] = []
        now, owed, hedge_at, reason, over_at = 0.0, self._at_first(), inf, "", inf
        while True:
            while not reason and owed and len(self._sent) < count:
                owed -= 1
                sent = self._send(now)
                hedge_at = sent + play.stagger_s if play.strategy == "hedge" else inf
            ends = {self._end_of(index): index for index in self._sent if index not in self._ended}
            waits = [*ends, hedge_at if len(self._sent) < count and not reason else inf, over_at, play.deadline_s]
            now = min(waits)
            times += [now, *(sent for sent in self._sent.values() if sent <= now)]
            if now in ends:
                self._ended.append(ends[now])
                owed += 1
            elif now == hedge_at:
                owed, hedge_at = owed + 1, inf
            if not reason and (reason := self._reason(count)):
                graced = reason == "until" or (reason == "need" and play.strategy in ("race", "hedge"))
                over_at = now + play.grace_s if graced else now
            is_quiet = not any(sent <= now for index, sent in self._sent.items() if index not in self._ended)
            if reason and (now >= over_at or is_quiet):
                return self._outcome(reason, now, times)
            if now >= play.deadline_s:
                return self._outcome(reason or "deadline", now, times)

    def _at_first(self) -> int:
        at_once = self._play.strategy in ("all", "race") or (
            self._play.strategy == "hedge" and not self._play.stagger_s
        )
        return len(self._play.tools) if at_once else 1

    def _send(self, now: float) -> float:
        sent = max(now, self._free_at)
        self._sent[len(self._sent)] = sent
        self._free_at = sent + self._play.interval_s
        return sent

    def _end_of(self, index: int) -> float:
        return self._sent[index] + self._play.tools[index].takes_s

    def _of(self, *kinds: str) -> list[int]:
        if self._play.strategy == "all" and "good" in kinds:
            kinds = SUCCESSES  # `prefer` has no effect
        return [index for index in self._ended if self._play.tools[index].kind in kinds]

    def _reason(self, count: int) -> str:
        play = self._play
        if play.until in self._of(*SUCCESSES):
            return "until"
        if play.strategy != "all" and len(self._of("good")) >= play.need:
            return "need"
        if len(self._ended) == count:
            return "all" if play.strategy == "all" else "exhausted"
        return "exhausted" if len(self._of(*SUCCESSES)) + count - len(self._ended) < play.need else ""

    def _outcome(self, reason: str, now: float, times: list[float]) -> Expected:
        good, all_good = self._of("good"), self._of(*SUCCESSES)
        lacking = max(0, self._play.need - len(good))
        merged = good + sorted(set(all_good) - set(good))[:lacking]
        succeeded = len(merged) >= self._play.need
        return Expected(
            settled_by=reason,
            complete=succeeded and (self._play.strategy != "all" or len(merged) == len(self._play.tools)),
            statuses=list(self._statuses(reason, now)),
            merged={f"b{index}" for index in merged},
            times=[*times, *self._next()],
        )

    def _next(self) -> Iterator[float]:
        """What would have happened next: shortly after the end, it might have come before it."""
        yield self._play.deadline_s
        yield from self._sent.values()
        yield from map(self._end_of, self._sent)

    def _statuses(self, reason: str, now: float) -> Iterator[str]:
        for index, tool in enumerate(self._play.tools):
            if index in self._ended:
                yield "failed" if tool.kind == "bad" else "succeeded"
            elif self._sent.get(index, inf) < now:
                yield "timed_out" if reason == "deadline" else "abandoned"
            else:
                yield "skipped"


def plays() -> Iterator[tuple[Play, Expected]]:
    """Random plays that say something, the same at every run."""
    chance = random.Random(20261125)
    while True:
        kinds: list[Kind] = ["good", "poor", "bad"]
        tools = tuple(Tool(chance.choice(kinds), chance.randrange(1, 20) * 0.07) for _ in range(chance.randint(1, 4)))
        play = Play(
            strategy=chance.choice(["all", "race", "fallback", "hedge"]),
            tools=tools,
            need=chance.randint(1, min(2, len(tools))),
            stagger_s=chance.choice([0, 0.16, 0.33]),
            grace_s=chance.choice([0, 0.25]),
            deadline_s=chance.choice([0.9, 30]),
            until=chance.choice([None, None, chance.randrange(len(tools))]),
            interval_s=chance.choice([0, 0, 0.2]),
        )
        expected = Definition(play).expected()
        if expected.is_clear:
            yield play, expected


async def differs(faults: Faults, play: Play, expected: Expected) -> str:
    """Play it; what came out otherwise, or nothing."""
    call = faults.call("fan_out", {"plan": json.dumps(play.plan)})
    answering = asyncio.create_task(answer(call, play))
    heard = await call.outcome()
    answering.cancel()
    found = {
        "settled_by": heard.variables["settled_by"],
        "complete": heard.variables["complete"],
        "statuses": [record["status"] for record in heard.records],
        "merged": set(heard.result),
    }
    wanted = {name: getattr(expected, name) for name in found}
    return "" if found == wanted else f"{play}\n  wanted {wanted}\n  found  {found}"


async def answer(call: Heard, play: Play) -> None:
    async def one(request: Request) -> None:
        tool = play.tools[request.parameters["n"]]
        await asyncio.sleep(tool.takes_s)
        if tool.kind == "bad":
            request.fail("503 down")
        else:
            request.text(tool.kind)
        request.end()
        request.close()

    async with asyncio.TaskGroup() as answers:
        while True:
            answers.create_task(one(await call.request()))


def test_strategies_are_as_defined_whatever_the_times(on_stdio: Run) -> None:
    chosen = [each for each, _ in zip(plays(), range(PLAYS), strict=False)]

    async def play(faults: Faults) -> None:
        found = await asyncio.gather(*(differs(faults, *each) for each in chosen))
        for each, difference in zip(chosen, found, strict=True):
            for _ in range(TRIES - 1):
                if difference:
                    difference = await differs(faults, *each)
            assert not difference, difference

    on_stdio(play)
