"""Streamed text where the platform reads late: all of it arrives, once and in order, then the rest of the answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.faults.conftest import FaultsThread
from tests.harness.faults import Faults, Stdio

# more than a pipe holds, so that the plugin waits in the middle of writing; and less, which passes at once
SIZES = st.sampled_from([1, 50, 60_000, 300_000])
BRANCH = st.lists(SIZES, min_size=1, max_size=3)
TURNS = st.integers(0, 30)  # of the host's loop, before it reads on


@contextmanager
def nobody_reads(faults: Faults) -> Iterator[None]:
    """Meanwhile the platform reads nothing of what the process writes."""
    assert isinstance(faults.transport, Stdio)
    process = faults.transport._process
    assert process is not None
    assert process.transport is not None
    output: Any = process.transport.get_pipe_transport(1)
    output.pause_reading()
    try:
        yield
    finally:
        output.resume_reading()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    stream=st.sampled_from(["arrival", "ordered", "live"]),
    branches=st.lists(BRANCH, min_size=1, max_size=4),
    turns=TURNS,
)
@pytest.mark.parametrize("waits", [False, True], ids=["reads", "reads late"])
def test_all_text_arrives_however_late_it_is_read(
    threads: Callable[[str], FaultsThread], waits: bool, stream: str, branches: list[list[int]], turns: int
) -> None:
    names = [f"t{number}" for number in range(len(branches))]

    async def play(faults: Faults) -> None:
        call = faults.fan_out(*names, stream=stream, heading="<${branch}>", text="the end")
        requests = {request.tool: request for request in [await call.request() for _ in names]}
        if waits:
            with nobody_reads(faults):
                answer_all(requests)
                for _ in range(turns):
                    await asyncio.sleep(0.001)
        else:
            answer_all(requests)
        heard = await call.outcome()
        assert not heard.errors
        text = heard.text
        for name, sizes in zip(names, branches, strict=True):
            assert text.count(name[-1] * sum(sizes)) >= 1 or stream == "live"
            assert without_headings(text).count(name[-1]) == sum(sizes)
        assert text.endswith("the end")
        assert [record["status"] for record in heard.records] == ["succeeded"] * len(names)

    def answer_all(requests: dict[str, Any]) -> None:
        for name, sizes in zip(names, branches, strict=True):
            for size in sizes:
                requests[name].text(name[-1] * size)
            requests[name].end()

    threads("stdio").play(play)


def without_headings(text: str) -> str:
    """The text without `<t0>` and its like, and without what comes at the end."""
    return "".join(part.partition(">")[2] if ">" in part else part for part in text.split("<"))


def test_a_small_page_that_ends_beside_a_large_one_is_not_lost(threads: Callable[[str], FaultsThread]) -> None:
    async def play(faults: Faults) -> None:
        for _ in range(20):
            call = faults.fan_out("large", "small", stream="arrival")
            requests = {request.tool: request for request in [await call.request(), await call.request()]}
            requests["large"].text("x" * 2_000_000)
            requests["large"].end()
            await asyncio.sleep(0.001)
            requests["small"].text("y" * 50_000)
            requests["small"].end()
            heard = await call.outcome()
            assert heard.text.count("y" * 50_000) == 1

    threads("stdio").play(play)
