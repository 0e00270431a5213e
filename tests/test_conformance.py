"""Every conformance case through the real plugin process: one by one, and all at once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from playground import Playground
from playground.thread import PlaygroundThread
from tests.conformance import CHECKOUT, Case, Report, all_cases, run_case

CASES = all_cases()


LIGHT = [case for case in CASES if not case.heavy]
UNTIMED = [case for case in LIGHT if not case.timed]


@pytest.fixture(scope="module")
def plugin() -> Iterator[PlaygroundThread]:
    with PlaygroundThread(lambda: Playground(CHECKOUT, connections=None)) as thread:
        yield thread


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_case(plugin: PlaygroundThread, case: Case) -> None:
    check([plugin.run(run_case(plugin.playground, case))])


def test_all_cases_at_once_in_one_process(plugin: PlaygroundThread) -> None:
    check(plugin.run(together(plugin.playground, LIGHT)))


@pytest.mark.parametrize("transport", ["tcp", "serverless"])
def test_cases_without_times_over_other_transports(transport: str) -> None:
    with PlaygroundThread(lambda: Playground(CHECKOUT, connections=None, transport=transport)) as thread:
        check(thread.run(together(thread.playground, UNTIMED)))


async def together(playground: Playground, cases: list[Case]) -> list[Report]:
    return await asyncio.gather(*(run_case(playground, case, together=True) for case in cases))


def check(reports: list[Report]) -> None:
    problems = [f"{report.case.id}: {line}" for report in reports for line in report.problems]
    if problems:
        pytest.fail("\n".join(problems), pytrace=False)
