"""Load on one plugin process, and what was promised of it.

- many calls with many branches in flight at once, some with a thousand messages each: none lost, none doubled
- thousands of calls one after the other: the memory of the process stays where it is after the first thousand
- a document of 4 MB in expensive expressions, beside small calls: these go on, and heartbeats are in time
"""

from __future__ import annotations

import asyncio
import json
import resource
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import linear_regression, median

from .faults import Faults, Heard, Request

CHECKOUT = Path(__file__).resolve().parents[2]
LATE_S = 1.0  # a heartbeat may be so late
# Memory may grow by so much in a thousand calls: the allocator goes on settling for a while, by less and less. What
# is kept of a call would be more: the smallest thing that a call makes is larger than a tenth of a KiB.
SLOPE_KIB = 128.0
SAMPLE_CALLS = 50  # calls between two looks at the memory
MESSAGES = 1_000  # of a branch that has much to say
TALKATIVE = 20  # every so manieth call has such branches


@dataclass(frozen=True)
class Load:
    """How much of each."""

    calls: int = 100
    branches: int = 20
    one_by_one: int = 10_000
    warm: int = 1_000  # calls after which the memory of the process stays where it is
    slope_kib: float = SLOPE_KIB
    documents: int = 8
    seconds: float = 300.0


@dataclass
class Table:
    """What was measured, line by line, and what was promised and not kept."""

    rows: list[tuple[str, str]] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def add(self, name: str, value: str) -> None:
        self.rows.append((name, value))

    def expect(self, kept: bool, promise: str) -> None:
        if not kept:
            self.broken.append(promise)

    def __str__(self) -> str:
        width = max(len(name) for name, _ in self.rows)
        lines = [f"{name:<{width}}  {value}" for name, value in self.rows]
        return "\n".join([*lines, *(f"BROKEN  {promise}" for promise in self.broken)])


async def soak(load: Load, plugin: Path = CHECKOUT, transport: str = "stdio") -> Table:
    """Put one process under all kinds of load, for about `load.seconds` at most."""
    table = Table()
    until = time.monotonic() + load.seconds
    async with Faults(plugin, transport) as faults:
        for part in (in_flight, one_after_another, *([beside_documents] if load.documents else [])):
            beginning = asyncio.get_running_loop().time()
            await part(faults, load, table, until)
            if faults.beats:
                late = faults.lateness_s(beginning)
                table.add("  heartbeats late at most", f"{late * 1e3:.0f} ms")
                table.expect(late <= LATE_S, f"heartbeats are never more than {LATE_S:g} s late")
    return table


# -- many at once


async def in_flight(faults: Faults, load: Load, table: Table, until: float) -> None:
    """All reverse calls of all calls are open at the same time, then all are answered at once."""
    started = time.perf_counter()
    everybody = Gate(load.calls * load.branches)
    calls = [one_of_many(faults, number, load.branches, everybody) for number in range(load.calls)]
    messages = sum(await asyncio.gather(*calls))
    seconds = time.perf_counter() - started
    table.add(f"{load.calls} calls × {load.branches} branches in flight", f"{seconds:.2f} s")
    table.add("  messages, none lost, none doubled", f"{messages:,} ({messages / seconds:,.0f} a second)")


class Gate:
    """Opens when so many have come."""

    def __init__(self, count: int) -> None:
        self._missing = count
        self._open = asyncio.Event()

    async def come(self) -> None:
        self._missing -= 1
        if self._missing == 0:
            self._open.set()
        await self._open.wait()


async def one_of_many(faults: Faults, number: int, branches: int, everybody: Gate) -> int:
    """One call; returns how many messages its branches sent. Raises AssertionError where the answer is wrong."""
    count = MESSAGES if number % TALKATIVE == 0 else 1
    tools = [f"t{number}_{index}" for index in range(branches)]
    call = faults.fan_out(*tools, select="text")
    answers = [asyncio.create_task(_answer_when(await call.request(), everybody, count)) for _ in tools]
    result = (await call.outcome()).result
    await asyncio.gather(*answers)
    expected = {tool: "".join(f"{tool}:{n};" for n in range(count)) for tool in tools}
    assert result == expected, f"call {number} gave another answer than its tools did"
    return branches * count


async def _answer_when(request: Request, everybody: Gate, count: int) -> None:
    await everybody.come()
    await say(request, count)


async def say(request: Request, count: int) -> None:
    """Answer with so many numbered texts."""
    for n in range(count):
        request.text(f"{request.tool}:{n};")
        if n % 100 == 99:
            await request.drain()
            await asyncio.sleep(0)
    request.end()
    request.close()


# -- one after the other


async def one_after_another(faults: Faults, load: Load, table: Table, until: float) -> None:
    """Calls in a row, until there were enough or the time is over; the memory is looked at meanwhile."""
    samples: list[tuple[int, float]] = []
    took: list[float] = []
    for number in range(load.one_by_one):
        started = time.perf_counter()
        await one_of_a_row(faults, number)
        took.append(time.perf_counter() - started)
        if number % SAMPLE_CALLS == 0:
            faults.forget()
            samples.append((number, rss_kib(faults.pid)))
            if time.monotonic() > until:
                break
    table.add(f"{len(took):,} calls one after another", f"{sum(took):.1f} s, median {median(took) * 1e3:.2f} ms each")
    warm = [sample for sample in samples if sample[0] >= load.warm]
    if len(warm) > 1:
        slope = linear_regression([calls for calls, _ in warm], [kib for _, kib in warm]).slope * 1_000
        table.add("  memory", f"{samples[0][1] / 1024:.1f} MiB at first, {warm[-1][1] / 1024:.1f} MiB at last")
        table.add(f"  growth after {load.warm:,} calls", f"{slope:+.1f} KiB per 1,000 calls")
        table.expect(slope <= load.slope_kib, f"memory grows by no more than {load.slope_kib:g} KiB per 1,000 calls")


async def one_of_a_row(faults: Faults, number: int) -> None:
    count = MESSAGES if number % 200 == 0 else 1
    tool = f"t{number}"
    call = faults.fan_out(tool, select="text")
    await say(await call.request(), count)
    result = (await call.outcome()).result
    expected = "".join(f"{tool}:{n};" for n in range(count))
    assert result == {tool: expected}, f"call {number} gave another answer than its tool did"


def rss_kib(pid: int) -> float:
    """The resident memory of a process."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except FileNotFoundError:  # not Linux
        told = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=True)
        return float(told.stdout)
    return pages * resource.getpagesize() / 1024


# -- beside large documents


EXPENSIVE = (
    "json[0][?contains(tags, 'b') && n > `3`].n | length(@)",
    "sort_by(json[0][*].{t: upper(title), n: n}, &n)[0]",
    "group_by(json[0], &to_string(n)) | keys(@) | length(@)",
    "length(unique(json[0][*].title))",
    "json[0][*].[title, tags, n][] | length(@)",
)


async def beside_documents(faults: Faults, load: Load, table: Table, until: float) -> None:
    """Small calls go on while large documents go through expensive expressions."""
    document = [{"title": f"title {n}", "tags": ["a", "b"], "n": n % 97} for n in range(75_000)]
    raw = json.dumps(document, separators=(",", ":")).encode()
    async with faults.undisturbed() as took:
        for number in range(load.documents):
            await with_document(faults, raw, EXPENSIVE[number % len(EXPENSIVE)])
    table.add(f"{load.documents} documents of {len(raw) / 1e6:.1f} MB in expensive expressions", "")
    table.add("  calls beside them", f"{len(took)}, median {median(took) * 1e3:.1f} ms, max {max(took) * 1e3:.0f} ms")


async def with_document(faults: Faults, raw: bytes, expression: str) -> Heard:
    call = faults.fan_out("document", select=expression, on_failure="report")
    request = await call.request()
    request.raw_json(raw)
    request.end()
    request.close()
    return await call.outcome()
