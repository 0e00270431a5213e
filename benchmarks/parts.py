"""What single parts cost: reading a plan and analysing it, `rate`, `vote`, and a pattern over a long text."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from fanout.core.analysis import examine as analysis
from fanout.core.plans import reading
from fanout.core.plans.catalog import Catalog

from . import workload
from .end_to_end import FANOUT, Pair, Scale, assert_same, in_ms, output
from .figures import Check, Figure, Result, figure, interleaved
from .host import one_by_one
from .machine import Pins

READING, ANALYSING = "reading", "reading and analysing"
ANALYSIS_LIMIT = 1.1  # of the time that reading alone takes
RATE, RATED_CALLS = 200, 10
RATE_LIMIT_MS = 55.0  # the last of ten calls may start after 45
VOTERS = 50
VOTE_LIMIT_MS, SEARCH_LIMIT_MS = 25.0, 60.0
MATCH_LIMIT_US = 10.0  # a match is an object of the wrapper of RE2
TEXT_BYTES = 1_000_000
PATTERN, MATCH = "stream [0-9]+", "stream 7 "


def plans(pinned: Pins, scale: Scale) -> Iterator[Result]:
    """Plans of 10 and 100 branches from their text, in this process: read, and with the static analysis."""
    catalog = Catalog({})
    for count in (10, 100):
        text = json.dumps(plan(count))
        subjects: dict[str, Callable[[], list[float]]] = {
            READING: partial(_timed, partial(reading.examine_plan, text, catalog), scale.runs),
            ANALYSING: partial(_timed, partial(analysis.examine_plan, text, catalog), scale.runs),
        }
        read = analysis.examine_plan(text, catalog)
        assert (read.problems, read.warnings) == ((), ())
        figures = in_ms(interleaved(subjects, scale.rounds))
        checks = [Check("ratio", figures[ANALYSING].median / figures[READING].median, ANALYSIS_LIMIT)]
        yield Result("Parts", f"a plan of {count} branches", "ms", figures, checks)


def plan(count: int) -> dict[str, Any]:
    """A plan whose branches have expressions of their own, as authors write them."""
    keys: dict[str, Any] = {
        "parameters": {"query": "${inputs.query} ${inputs.site || ''}", "count": "${inputs.count}"},
        "accept": "length(json[0].results) > `0`",
    }
    own = workload.branches(count, **keys)
    for number, branch in enumerate(own):
        branch["select"] = f"json[0].results[?score > `{number}`].{{title: title, url: url, snippet: content}}"
    return {"branches": own, "merge": {"mode": "rank", "limit": 10}, "output": "merged[].{title: title, url: url}"}


def _timed(run: Callable[[], object], runs: int) -> list[float]:
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        run()
        times.append(time.perf_counter() - began)
    return times


def modes(pair: Pair, scale: Scale) -> Iterator[Result]:
    """`rate`, `vote` and patterns through the process."""
    yield _rate(pair, scale)
    yield _vote(pair, scale)
    yield _search(pair, scale)
    yield _matches(pair, scale)


def _rate(pair: Pair, scale: Scale) -> Result:
    one = workload.branches(1, parameters={"q": "${item}"})
    rated = {"for_each": "inputs.items", "rate": f"{RATE}/s", "max_parallel": RATED_CALLS, "branches": one}
    items = [f"item {number}" for number in range(RATED_CALLS)]
    run = pair.plan(rated, {"t000": one_by_one([workload.json_message({"found": 1})])}, items=items)
    assert_same({FANOUT: run}, output, {"items": [{"t000": {"found": 1}}] * RATED_CALLS})
    wall = _wall_ms(lambda: run().wall_s, scale)
    checks = [Check(FANOUT, wall.median, RATE_LIMIT_MS, "ms")]
    return Result("Parts", f"{RATED_CALLS} calls at {RATE}/s", "ms", {FANOUT: wall}, checks)


def _vote(pair: Pair, scale: Scale) -> Result:
    scripts = {
        name: one_by_one([workload.text_message(f"answer {number % 3}")])
        for number, name in enumerate(workload.names(VOTERS))
    }
    run = pair.plan({**workload.text_plan(VOTERS), "merge": "vote"}, scripts)
    assert output(run())["votes"] == (VOTERS + 2) // 3
    wall = _wall_ms(lambda: run().wall_s, scale)
    checks = [Check(FANOUT, wall.median, VOTE_LIMIT_MS, "ms")]
    return Result("Parts", f"a vote of {VOTERS} branches", "ms", {FANOUT: wall}, checks)


def _search(pair: Pair, scale: Scale) -> Result:
    """Few matches in a long text: what the search itself takes, and the way of the text into the process."""
    wall = _found(pair, scale, ("." * 990 + MATCH) * (TEXT_BYTES // 1_000))
    checks = [Check(FANOUT, wall.median, SEARCH_LIMIT_MS, "ms")]
    return Result("Parts", "a pattern over 1 MB of text, with 1,000 matches", "ms", {FANOUT: wall}, checks)


def _matches(pair: Pair, scale: Scale) -> Result:
    count = TEXT_BYTES // len(MATCH)
    figures = {FANOUT: _found(pair, scale, MATCH * count).scaled(1e3 / count)}
    checks = [Check(FANOUT, figures[FANOUT].median, MATCH_LIMIT_US, "µs")]
    return Result("Parts", f"a match of {count:,} in 1 MB of text", "µs", figures, checks)


def _found(pair: Pair, scale: Scale, text: str) -> Figure:
    """The time of a call that counts the matches."""
    given = {"expression": f"length(regex_find(t, '{PATTERN}'))", "data": json.dumps({"t": text})}
    assert output(pair.fanout.call("reshape", given, {})) == {"value": text.count(MATCH)}
    return _wall_ms(lambda: pair.fanout.call("reshape", given, {}).wall_s, scale)


def _wall_ms(run: Callable[[], float], scale: Scale) -> Figure:
    run()
    return figure([[run() * 1e3 for _ in range(scale.runs)] for _ in range(scale.few)])
