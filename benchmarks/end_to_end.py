"""Real processes over real pipes: Fanout beside a plugin that uses the SDK as its documentation shows it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any

from . import workload
from .figures import Check, Figure, Result, figure
from .host import END, ROOT, Call, Host, Script, Step, message, one_by_one
from .machine import Pins, cpu_s

FANOUT, NAIVE = "Fanout", "SDK, naively"
NAIVE_FOLDER = ROOT / "benchmarks" / "naive_plugin"
SEARCH_LIMITS = {10: 0.9, 50: 0.6, 100: 0.5}
TEXT_LIMIT, MESSAGE_LIMIT_US = 0.3, 30.0
FIRST_TEXT_LIMIT_MS, RETURN_LIMIT_MS, DELAYED_LIMIT_MS, SMALL_LIMIT_MS = 2.0, 5.0, 55.0, 20.0
CELL_GROWTH_LIMIT = 1.3

type Run = Callable[[], Call]


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is measured. The defaults are those of `make bench`."""

    rounds: int = 15
    runs: int = 5  # in each round
    few: int = 5  # rounds of what takes long
    searches: tuple[int, ...] = (10, 50, 100)
    texts: tuple[tuple[int, int], ...] = ((50, 200), (1, 20_000))
    cells: tuple[int, ...] = (10, 100, 1_000)
    large_items: int = 100_000
    in_flight: int = 500
    starts: int = 7


@dataclass(frozen=True, slots=True)
class Pair:
    """The two plugins."""

    fanout: Host
    naive: Host

    def plan(self, plan: Mapping[str, Any], scripts: Mapping[str, Script], **given: Any) -> Run:
        """A call of Fanout with a plan."""
        parameters = {"plan": json.dumps(plan), **given}
        return lambda: self.fanout.call("fan_out", parameters, scripts)

    def naively(self, mode: str, scripts: Mapping[str, Script]) -> Run:
        """The same work by the other plugin."""
        parameters = {"tools": ",".join(scripts), "mode": mode, "query": "q"}
        return lambda: self.naive.call("call_tools", parameters, scripts)


@contextmanager
def open_pair(pinned: Pins) -> Iterator[Pair]:
    """Both plugins, each in a process of its own on one core, of which only the one that is asked runs."""
    with Host(ROOT, pinned.subject) as fanout, Host(NAIVE_FOLDER, pinned.subject) as naive:
        yield Pair(fanout, naive)


# -- what a call gave


def output(call: Call) -> Any:
    """The JSON message of a call."""
    return next(each["message"]["json_object"] for each in call.messages() if each["type"] == "json")


def text(call: Call) -> str:
    """All text of a call."""
    return "".join(each["message"]["text"] for each in call.messages() if each["type"] == "text")


def assert_same(runs: Mapping[str, Run], read: Callable[[Call], Any], expected: Any) -> None:
    """Correctness first. Raises AssertionError where a subject gives something else."""
    for name, run in runs.items():
        given = read(run())
        assert given == expected, f"{name} gives {str(given)[:300]} instead of {str(expected)[:300]}"


# -- timing


@dataclass(frozen=True, slots=True)
class Times:
    """Wall time per call of each subject, and processor time of its process, in seconds."""

    wall: dict[str, Figure]
    cpu: dict[str, Figure]

    @property
    def ratio(self) -> float:
        """Fanout's wall time by the other's."""
        return self.wall[FANOUT].median / self.wall[NAIVE].median


def timed(pair: Pair, runs: Mapping[str, Run], rounds: int, count: int) -> Times:
    """Time the two in turn."""
    hosts = {FANOUT: pair.fanout, NAIVE: pair.naive}
    walls: dict[str, list[list[float]]] = {name: [] for name in runs}
    cpus: dict[str, list[list[float]]] = {name: [] for name in runs}
    for run in runs.values():
        run()
    for _ in range(rounds):
        for name, run in runs.items():
            before = cpu_s(hosts[name].pid) or 0.0
            walls[name].append([run().wall_s for _ in range(count)])
            cpus[name].append([((cpu_s(hosts[name].pid) or 0.0) - before) / count])
    return Times(
        {name: figure(each) for name, each in walls.items()}, {name: figure(each) for name, each in cpus.items()}
    )


def in_ms(figures: Mapping[str, Figure]) -> dict[str, Figure]:
    """Milliseconds from seconds."""
    return {name: each.scaled(1e3) for name, each in figures.items()}


# -- the measures


def searches(pair: Pair, scale: Scale) -> Iterator[Result]:
    """N searches at once, fused to ten results."""
    for count in scale.searches:
        scripts = {name: one_by_one(each) for name, each in workload.search_scripts(count).items()}
        runs = {
            FANOUT: pair.plan(workload.search_plan(count), scripts, query="q"),
            NAIVE: pair.naively("search", scripts),
        }
        assert_same(runs, output, {"items": workload.expected(count)})
        times = timed(pair, runs, scale.rounds, scale.runs)
        limit = SEARCH_LIMITS.get(count)
        checks = [] if limit is None else [Check("ratio", times.ratio, limit)]
        yield Result("End to end", f"{count} branches at once, wall", "ms", in_ms(times.wall), checks)
        yield Result("End to end", f"{count} branches at once, processor", "ms", in_ms(times.cpu))


def texts(pair: Pair, scale: Scale) -> Iterator[Result]:
    """Many messages: collected, then passed on as they come."""
    for count, messages in scale.texts:
        pieces = workload.texts(count, messages)
        scripts = {name: one_by_one(each) for name, each in workload.text_scripts(pieces).items()}
        runs = {FANOUT: pair.plan(workload.text_plan(count), scripts), NAIVE: pair.naively("text", scripts)}
        assert_same(runs, output, {name: "".join(each) for name, each in pieces.items()})
        times = timed(pair, runs, scale.few, 1)
        each_us = times.wall[FANOUT].median / (count * messages) * 1e6
        checks = [Check("ratio", times.ratio, TEXT_LIMIT), Check("a message", each_us, MESSAGE_LIMIT_US, "µs")]
        yield Result("End to end", f"{count} × {messages:,} messages, collected", "ms", in_ms(times.wall), checks)
    count, messages = scale.texts[-1]
    runs = {FANOUT: pair.plan(workload.text_plan(count, "live"), scripts), NAIVE: pair.naively("pass", scripts)}
    assert_same(runs, text, "".join("".join(each) for each in pieces.values()))
    times = timed(pair, runs, scale.few, 1)
    each_us = times.wall[FANOUT].median / (count * messages) * 1e6
    checks = [Check("a message", each_us, MESSAGE_LIMIT_US, "µs")]
    yield Result("End to end", f"{count} × {messages:,} messages, passed on live", "ms", in_ms(times.wall), checks)


def first_text(pair: Pair, scale: Scale) -> Iterator[Result]:
    """From the first text's bytes leaving the host to its text coming back."""
    piece = message(workload.text_message("hello"))
    scripts = {"t000": [Step([], 0.01), Step([piece], mark=True), Step([piece, END], 0.01)]}
    runs = {FANOUT: pair.plan(workload.text_plan(1, "live"), scripts), NAIVE: pair.naively("pass", scripts)}
    assert_same(runs, text, "hellohello")
    values: dict[str, list[list[float]]] = {name: [] for name in runs}
    for _ in range(scale.rounds):
        for name, run in runs.items():
            calls = [run() for _ in range(scale.runs)]
            values[name].append([(call.seen[0] - call.marks[0]) * 1e3 for call in calls])
    figures = {name: figure(each) for name, each in values.items()}
    checks = [Check("Fanout", figures[FANOUT].median, FIRST_TEXT_LIMIT_MS, "ms")]
    yield Result("End to end", "first text seen after it was sent", "ms", figures, checks)


def delayed(pair: Pair, scale: Scale) -> Iterator[Result]:
    """One tool that takes 50 ms, which shows what the SDK itself adds, and ten of them."""
    for count, words in ((1, "1 branch"), (10, "10 branches")):
        scripts = {name: one_by_one(each, 0.05) for name, each in workload.search_scripts(count).items()}
        runs = {
            FANOUT: pair.plan(workload.search_plan(count), scripts, query="q"),
            NAIVE: pair.naively("search", scripts),
        }
        assert_same(runs, output, {"items": workload.expected(count)})
        wall = in_ms(timed(pair, runs, scale.few, scale.runs).wall)
        checks = [Check("Fanout", wall[FANOUT].median, DELAYED_LIMIT_MS, "ms")] if count == 10 else []
        yield Result("End to end", f"{words} of 50 ms", "ms", wall, checks)


def cells(pair: Pair, scale: Scale) -> Iterator[Result]:
    """`for_each`: what a cell costs must not grow with their number."""
    runs: dict[int, Run] = {}
    for count in scale.cells:
        run = runs[count] = pair.plan(
            {
                "for_each": "inputs.items",
                "max_parallel": 50,
                "branches": workload.branches(1, parameters={"q": "${item}"}),
            },
            {"t000": one_by_one([workload.json_message({"found": 1})])},
            items=[f"item {number}" for number in range(count)],
        )
        assert_same({FANOUT: run}, output, {"items": [{"t000": {"found": 1}}] * count})
    each_us = {count: figure(values) for count, values in _cell_times(runs, scale.few).items()}
    last, before = (each_us[count].median for count in (scale.cells[-1], scale.cells[-2]))
    for count, value in each_us.items():
        checks = [Check("growth", last / before, CELL_GROWTH_LIMIT)] if count == scale.cells[-1] else []
        yield Result("End to end", f"a cell of {count:,} in a for_each", "µs", {FANOUT: value}, checks)


def _cell_times(runs: Mapping[int, Run], rounds: int) -> dict[int, list[list[float]]]:
    """Microseconds of a cell, by their number; all numbers in every round."""
    values: dict[int, list[list[float]]] = {count: [] for count in runs}
    for _ in range(rounds):
        for count, run in runs.items():
            values[count].append([run().wall_s / count * 1e6 for _ in range(max(1, 1_000 // count))])
    return values


def beside_a_large_call(pair: Pair, scale: Scale) -> Iterator[Result]:
    """Small calls while an expression of another call runs."""
    host = pair.fanout
    items = [{"n": number, "s": f"item {number % 977}"} for number in range(scale.large_items)]
    expression = 'length([].{a: split(s, `" "`), b: replace(s, `"item"`, `"page"`), c: upper(s), d: trim(s)})'
    scripts = {"t000": one_by_one([workload.text_message("small")])}
    small = pair.plan(workload.text_plan(1), scripts)
    alone = [small().wall_s * 1e3 for _ in range(20)]
    beside: list[list[float]] = []
    lasted: list[float] = []
    for _ in range(max(1, scale.few // 2)):
        large = host.start("reshape", {"expression": expression, "items": items}, {})
        host.serve(0.5)  # by then it has been read, and the expression runs
        values = []
        while large.ended is None:
            values.append(small().wall_s * 1e3)
        assert output(large) == {"value": scale.large_items}
        beside.append(values or alone)
        lasted.append(large.wall_s)
    figures = {FANOUT: figure(beside)}
    checks = [Check("Fanout", figures[FANOUT].median, SMALL_LIMIT_MS, "ms")]
    note = f"alone {median(alone):.1f} ms; the large call took {median(lasted):.1f} s"
    yield Result("End to end", "a small call beside a large expression", "ms", figures, checks, note)


def returns(pinned: Pins, scale: Scale) -> Iterator[Result]:
    """From the deciding message's bytes leaving the host to the end of the call, with nine losers.

    In processes of their own: the other plugin keeps a reader for every loser that never ends.
    """
    won = [message(workload.json_message({"won": True}))]
    winner = [Step(won, 0.02), Step([END], mark=True)]
    talk = message(workload.text_message("still here"))
    kinds: dict[str, Script] = {
        "silent losers": [Step([])],
        "losers that talk": [Step([talk], 0.002)] * 1_000,
    }
    for kind, loser in kinds.items():
        with open_pair(pinned) as pair:
            scripts = {name: winner if name == "t000" else loser for name in workload.names(10)}
            plan = {"strategy": "race", "max_parallel": 10, "branches": workload.branches(10)}
            runs = {FANOUT: pair.plan(plan, scripts), NAIVE: pair.naively("first", scripts)}
            assert_same({FANOUT: runs[FANOUT]}, output, {"won": True})
            values: dict[str, list[list[float]]] = {name: [] for name in runs}
            for _ in range(scale.few):
                for name, run in runs.items():
                    calls = [run() for _ in range(scale.runs)]
                    values[name].append([((call.ended or 0.0) - call.marks[0]) * 1e3 for call in calls])
        figures = {name: figure(each) for name, each in values.items()}
        checks = [Check("Fanout", figures[FANOUT].median, RETURN_LIMIT_MS, "ms")]
        yield Result("End to end", f"return after the deciding message, {kind}", "ms", figures, checks)
