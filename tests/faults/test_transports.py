"""The conformance cases that are about time, on the transports where the platform is not next to the process.

The others run over every transport in `tests/test_conformance.py`.
"""

from __future__ import annotations

import asyncio

import pytest

from playground import Playground
from tests.conformance import CHECKOUT, Case, Report, all_cases, run_case
from tests.harness.thread import PlaygroundThread

AT_ONCE = 8  # so many, on a machine that also plays the platform and all its tools
TRIES = 3  # a busy machine may miss a time once
TIMED = [case for case in all_cases() if case.timed and not case.heavy]


async def run_all(playground: Playground) -> list[Report]:
    places = asyncio.Semaphore(AT_ONCE)

    async def run(case: Case) -> Report:
        async with places:
            return await run_case(playground, case, together=True)

    reports = await asyncio.gather(*map(run, TIMED))
    for _ in range(TRIES - 1):
        reports = [await run_case(playground, one.case) if one.problems else one for one in reports]
    return list(reports)


@pytest.mark.parametrize("transport", ["tcp", "serverless"])
def test_times_hold_on_every_transport(transport: str) -> None:
    with PlaygroundThread(lambda: Playground(CHECKOUT, connections=None, transport=transport)) as thread:
        reports = thread.run(run_all(thread.playground))
    problems = [f"{report.case.id}: {problem}" for report in reports for problem in report.problems]
    assert not problems, "\n".join(problems)
