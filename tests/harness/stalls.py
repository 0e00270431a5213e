"""The worst that one call can hold, and what a bystander and the process feel of it (contract 12).

Each row plays against a process of its own: a small call every 50 ms beside it, whose longest wait is measured, and
the peak of the process' memory. `python -m tests.harness.soak --only stalls` prints the table.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from .faults import Faults, Heard, Request

WAIT_S = 1.0  # a small call beside the worst waits at most so long
PEAK_MIB = 512.0  # and the process stays under so much memory
EVERY_S = 0.05  # a small call begins so often
WARM_CALLS = 20
KIB, MIB = 1024, 1024 * 1024

type Play = Callable[[Faults], Awaitable[None]]


@dataclass(frozen=True)
class Row:
    """One heavy thing: its name in the table, and what makes the coroutine function that plays it until its end.

    `brief` makes one that plays less of it, for what takes long because there is much of the same.
    """

    name: str
    prepare: Callable[[], Play]
    brief: Callable[[], Play] | None = None


@dataclass(frozen=True)
class Figures:
    """What was felt beside a row: the longest wait of a small call, and the peak memory of the process.

    `busy_s` is the processor time that the plugin took during the busiest wait: on a machine that is busy with other
    things, only that says something of the plugin.
    """

    name: str
    wait_s: float
    busy_s: float
    peak_mib: float
    took_s: float

    def within(self, wait_s: float = WAIT_S, peak_mib: float = PEAK_MIB) -> bool:
        return self.wait_s <= wait_s and self.peak_mib <= peak_mib

    def __str__(self) -> str:
        verdict = "ok  " if self.within() else "OVER"
        felt = f"wait {self.wait_s:6.2f} s ({self.busy_s:.2f} s of the processor)   peak {self.peak_mib:5.0f} MiB"
        return f"{verdict}  {felt}   took {self.took_s:6.1f} s   {self.name}"


class Wait(NamedTuple):
    """How long a small call took, by the clock and in the plugin's processor time."""

    seconds: float
    busy_s: float


async def measure(row: Row, plugin: Path) -> Figures:
    """Play one row against a fresh process."""
    async with Faults(plugin, "stdio") as faults:
        for _ in range(WARM_CALLS):
            await small_call(faults)
        return await measure_in(faults, row)


async def measure_in(faults: Faults, row: Row, *, brief: bool = False) -> Figures:
    """Play one row, whole or in brief, against a process that runs."""
    play = row.brief() if brief and row.brief else row.prepare()
    faults.forget()
    forget_peak(faults.pid)
    started = asyncio.get_running_loop().time()
    async with bystander(faults) as waits:
        with contextlib.suppress(TimeoutError):  # then the wait is over its limit, and says enough
            await play(faults)
    took_s = asyncio.get_running_loop().time() - started
    longest, busiest = max(wait.seconds for wait in waits), max(wait.busy_s for wait in waits)
    return Figures(row.name, longest, busiest, peak_mib(faults.pid), took_s)


@contextlib.asynccontextmanager
async def bystander(faults: Faults) -> AsyncIterator[list[Wait]]:
    """Begin a small call every 50 ms, whether or not those before it have ended; gives how long each took."""
    calls: list[asyncio.Task[Wait]] = []
    waits: list[Wait] = []

    async def go_on() -> None:
        while True:
            calls.append(asyncio.create_task(small_call(faults)))
            await asyncio.sleep(EVERY_S)

    going = asyncio.create_task(go_on())
    try:
        yield waits
    finally:
        going.cancel()
        waits += await asyncio.gather(*calls)


async def small_call(faults: Faults) -> Wait:
    """One call of one tool that answers at once; the seconds that it took, or after which it was given up.

    Raises AssertionError for a wrong answer.
    """
    loop = asyncio.get_running_loop()
    started, busy = loop.time(), processor_s(faults.pid)
    with contextlib.suppress(TimeoutError):
        call = faults.fan_out("small")
        request = await call.request()
        request.text("hi")
        request.end()
        assert (await call.outcome()).result == {"small": "hi"}
    return Wait(loop.time() - started, processor_s(faults.pid) - busy)


def processor_s(pid: int) -> float:
    """The processor time that a process has taken (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def forget_peak(pid: int) -> None:
    """Let the peak be counted from now on (Linux)."""
    Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")


def peak_mib(pid: int) -> float:
    """The most resident memory that a process had since its start, or since `forget_peak` (Linux)."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    [line] = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) / 1024


# -- what the rows are made of


def repeated(element: str, size: int, around: tuple[str, str] = ("[", "]")) -> bytes:
    """A JSON list of equal elements, of about `size` bytes."""
    count = size // (len(element) + 1)
    return (around[0] + (element + ",") * (count - 1) + element + around[1]).encode()


def answers_of(documents: Sequence[bytes], **plan: Any) -> Play:
    """One call, a branch per document, each of which its tool sends as one JSON message."""

    async def play(faults: Faults) -> None:
        tools = [f"t{index}" for index in range(len(documents))]
        call = faults.fan_out(*tools, on_failure="report", **plan)
        await serve(call, len(tools), lambda request: request.raw_json(documents[int(request.tool[1:])]))

    return play


async def serve(call: Heard, requests: int, answer: Callable[[Request], None]) -> None:
    """Answer so many reverse calls of a call, then wait for its end."""
    for _ in range(requests):
        request = await call.request()
        answer(request)
        request.end()
        await request.drain()
    await call.outcome()


def errors_of(text: str, branches: int = 100) -> Play:
    """A call all of whose branches fail with one text."""

    async def play(faults: Faults) -> None:
        tools = [f"t{index}" for index in range(branches)]
        call = faults.fan_out(*tools, on_failure="report", output="failures[].error")
        for request in [await call.request() for _ in tools]:
            request.fail(text)
            request.end()
        await call.outcome()

    return play


def a_request(items: bytes, error: str = "") -> Play:
    """A request that carries a large list, written by a host that puts a space after each colon."""

    async def play(faults: Faults) -> None:
        line = faults.request_line("large", "reshape", {"expression": "length(@)", "items": "here"})
        faults.write(line.replace(b'":', b'": ').replace(b'"here"', items) + b"\n")
        heard = await faults.heard("large").outcome()
        assert error in heard.error

    return play


def call_of(parameters: Mapping[str, Any]) -> Play:
    """A call of `fan_out` whose parameters are the heavy thing; whatever it calls fails."""

    async def play(faults: Faults) -> None:
        call = faults.call("fan_out", parameters)
        answering = asyncio.create_task(_fail_all(call))
        try:
            await call.outcome()
        finally:
            answering.cancel()

    return play


async def _fail_all(call: Heard) -> None:
    while True:
        request = await call.requests.get()
        request.fail("no")
        request.end()


def expression(size: int, number: int = 0) -> str:
    """A flat expression of about `size` bytes, another for each number."""
    term = "json[0].a.b.c, "
    return f"[{term * (size // len(term) - 1)}json[0].n{number}]"


def branches(count: int, expression_bytes: int, keys: Iterable[str] = ("select",)) -> list[dict[str, Any]]:
    """Branches with an expression of that size under each of the keys."""
    target = {"provider": "p/p/p", "tool_name": "t"}
    return [
        {"name": f"b{index}", **target, **{key: expression(expression_bytes, index) for key in keys}}
        for index in range(count)
    ]


def native_plan() -> dict[str, Any]:
    """A plan that is an object, many times as large as a plan that is text may be."""
    return {"plan": {"on_failure": "report", "branches": branches(100, 32_000, ("select", "accept"))}}


def large_plan_and_catalog() -> dict[str, str]:
    """Both as large as text may be, and full of expressions as large as those may be."""
    entries = {f"c{n}": {"provider": "p/p/p", "tool_name": "t", "select": expression(32_000, n)} for n in range(7)}
    own = [{"use": name, "accept": expression(32_000, 100 + n)} for n, name in enumerate(entries)]
    return {"plan": json.dumps({"on_failure": "report", "branches": own}), "catalog": json.dumps(entries)}


def many_evaluations(calls: int) -> Play:
    """Calls at once, each with ten branches whose results take long to select."""
    document = json.dumps([{"n": n % 97} for n in range(1_000)]).encode()
    select = f"[{', '.join(f'length(json[0][?n > `{n}`])' for n in range(25))}]"

    async def one(faults: Faults) -> None:
        tools = [f"t{index}" for index in range(10)]
        call = faults.fan_out(*tools, on_failure="report", select=select)
        await serve(call, len(tools), lambda request: request.raw_json(document))

    async def play(faults: Faults) -> None:
        await asyncio.gather(*(one(faults) for _ in range(calls)))

    return play


def many_expressions(plans: int) -> Play:
    """Plans one after the other, each with eight expressions of 4 KB that no other has."""

    async def play(faults: Faults) -> None:
        for number in range(plans):
            target = {"provider": "p/p/p", "tool_name": "t"}
            own = [{"name": f"b{n}", **target, "select": expression(4_000, number * 8 + n)} for n in range(8)]
            plan = {"on_failure": "report", "branches": own, "max_parallel": 8}
            await serve(faults.call("fan_out", {"plan": json.dumps(plan)}), 8, lambda request: request.json({"a": 1}))

    return play


def rows_over_one_text(count: int) -> Play:
    """Rows each of which sends the same text of 1.2 MB."""
    plan = {
        "for_each": "inputs.rows",
        "merge": "first",
        "output": "length(merged)",
        "branches": [{"provider": "p/p/p", "tool_name": "t", "parameters": {"text": "${inputs.text}", "n": "${item}"}}],
    }
    inputs = {"rows": list(range(count)), "text": "x" * 1_200_000}

    async def play(faults: Faults) -> None:
        call = faults.call("fan_out", {"plan": json.dumps(plan), "inputs_object": inputs})
        await serve_and_forget(faults, call, count)

    return play


async def serve_and_forget(faults: Faults, call: Heard, requests: int) -> None:
    """As `serve`, without keeping the lines that the process wrote."""
    for _ in range(requests):
        request = await call.request()
        call.lines.clear()
        faults.lines.clear()
        request.text("ok")
        request.end()
        await request.drain()
    await call.outcome()


def four_times_many_fields() -> list[bytes]:
    """Objects with one id and 400,000 fields, half of them empty: of each the other half."""
    return [
        json.dumps([{"id": 1, **{f"f{n}": n if (n + offset) % 2 else None for n in range(400_000)}}]).encode()
        for offset in range(4)
    ]


def two_hits() -> list[bytes]:
    """A hit whose address has 7.8 MB, and one beside it."""
    urls = ("https://a.example/" + "a/" * 3_900_000, "https://b.example")
    return [json.dumps([{"title": "T", "url": url}]).encode() for url in urls]


def many_numbers() -> list[bytes]:
    numbers = [n * 7_919 % 720_000 for n in range(720_000)]
    return [json.dumps(numbers, separators=(",", ":")).encode()]


def searched() -> bytes:
    return json.dumps({"t": "".join(random.Random(1).choices("ab", k=1_000_000))}).encode()


ORDINARY = json.dumps({"title": "A title of a page", "url": "https://a.example/x", "n": 17, "tags": ["a", "b"]})
LONG_NUMBER = "7" * 4_300
STYLED = "<style>a{}</style>" * 1_500
LONG_KIND = json.dumps({"error_type": "E" * 96 * KIB, "message": "down", "args": {}})
BY_ID = {"mode": "concat", "key": "id"}
SORTED = {"mode": "concat", "sort_by": "@"}

SLOW_SEARCH = "regex_match(json[0].t, 'a[ab]{200}c')"
READING_ON = "length(regex_find(json[0].t, 'a(?:.*c)?'))"

ROWS = (
    Row("30 MiB of many small objects", lambda: answers_of([repeated('{"a":1}', 30 * MIB)])),
    Row("30 MiB of nested pairs", lambda: answers_of([repeated("[[],[]]", 30 * MIB)])),
    Row("30 MiB of numbers with 4,300 digits", lambda: answers_of([repeated(LONG_NUMBER, 30 * MIB)])),
    Row("30 MiB of text, full of commas", lambda: answers_of([json.dumps("a, b, [c], " * 2_700_000).encode()])),
    Row("30 MiB of halves of characters", lambda: answers_of([b'["' + b"\\ud800" * 5_000_000 + b'"]'])),
    Row("30 MiB of bytes that are no UTF-8", lambda: answers_of([b'["' + b"\xff" * (30 * MIB) + b'"]'])),
    Row(
        "four branches as full as they may be",
        lambda: answers_of([repeated('{"":{}}', 2 * MIB)] * 4, select="length(json[0])"),
    ),
    Row("a request of four million values", lambda: a_request(repeated("1", 13 * MIB), "too large")),
    Row("a request of 8 MiB of ordinary rows", lambda: a_request(repeated(ORDINARY, 8 * MIB))),
    Row("8 MiB of [],[],…", lambda: answers_of([repeated("[]", 8 * MIB - KIB)])),
    Row('4 MiB of {"":{}},…', lambda: answers_of([repeated('{"":{}}', 4 * MIB)])),
    Row("8 MiB of ordinary rows", lambda: answers_of([repeated(ORDINARY, 8 * MIB - KIB)], select="length(json[0])")),
    Row("plan and catalog with expressions of 32 KB", lambda: call_of(large_plan_and_catalog())),
    Row("a native plan object with 6 MB of expressions", lambda: call_of(native_plan())),
    Row(
        "100 errors with a type of 96 KB",
        lambda: errors_of(f"read tool response failed: PluginInvokeError: {LONG_KIND}"),
    ),
    Row("100 errors with 1,500 <style> each", lambda: errors_of(STYLED)),
    Row("rank over one url of 7.8 MB", lambda: answers_of(two_hits(), merge="rank", output="length(merged)")),
    Row(
        "fill over 4 × 400,000 fields",
        lambda: answers_of(four_times_many_fields(), merge=BY_ID, output="length(merged)"),
    ),
    Row("a pattern that takes seconds for 1 MB of text", lambda: answers_of([searched()], select=SLOW_SEARCH)),
    Row("a pattern that reads on to the end from each of 1 MB", lambda: answers_of([searched()], select=READING_ON)),
    Row("sort_by over 720,000 numbers", lambda: answers_of(many_numbers(), merge=SORTED, output="length(merged)")),
    Row("40 calls × 10 long evaluations", lambda: many_evaluations(40), lambda: many_evaluations(10)),
    Row("512 compiled expressions of 4 KB", lambda: many_expressions(64), lambda: many_expressions(4)),
    Row(
        "for_each over 1,000 rows with one text of 1.2 MB",
        lambda: rows_over_one_text(1_000),
        lambda: rows_over_one_text(100),
    ),
)


async def table(plugin: Path, only: str = "", out: Callable[[str], None] = print) -> list[Figures]:
    """Measure the rows whose name contains `only`, and print each as it is known."""
    found = []
    for row in ROWS:
        if only.lower() in row.name.lower():
            found.append(await measure(row, plugin))
            out(str(found[-1]))
            sys.stdout.flush()
    return found
