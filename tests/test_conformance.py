"""Every conformance case through the real plugin process: those with times a few at once, and all of them together."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from playground import Playground
from tests.conformance import CHECKOUT, Case, Report, again_where_late, all_cases, problems_of, run_case
from tests.harness.thread import PlaygroundThread

CASES = all_cases()

A_FEW = 8  # cases with times at once: they wait most of their time
HEAVY = [case for case in CASES if case.heavy]
LIGHT = [case for case in CASES if not case.heavy]
TIMED = [case for case in LIGHT if case.timed]
UNTIMED = [case for case in LIGHT if not case.timed]

type Reports = dict[str, Report]


@pytest.fixture(scope="module")
def untimed(plugin: PlaygroundThread) -> Reports:
    """Every case in which nothing depends on time, all at once in one process."""
    return plugin.run(together(plugin.playground, UNTIMED))


@pytest.fixture(scope="module")
def timed(plugin: PlaygroundThread) -> Reports:
    """Every case with times, a few at once."""
    return plugin.run(a_few_at_once(plugin.playground, TIMED))


@pytest.fixture(scope="module", params=["tcp", "serverless"])
def transport(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def elsewhere(transport: str) -> Iterator[PlaygroundThread]:
    """A process over another transport, where the platform is not next to it."""
    with PlaygroundThread(lambda: Playground(CHECKOUT, connections=None, transport=transport)) as thread:
        yield thread


@pytest.mark.parametrize("case", UNTIMED, ids=lambda case: case.id)
def test_case(untimed: Reports, case: Case) -> None:
    assert untimed[case.id].problems == []


@pytest.mark.parametrize("case", TIMED, ids=lambda case: case.id)
def test_case_with_times(plugin: PlaygroundThread, timed: Reports, case: Case) -> None:
    assert problems_of(again_where_late(plugin, [timed[case.id]])) == []


@pytest.mark.parametrize("case", HEAVY, ids=lambda case: case.id)
def test_heavy_case(plugin: PlaygroundThread, case: Case) -> None:
    assert plugin.run(run_case(plugin.playground, case)).problems == []


def test_all_cases_with_times_at_once_in_one_process(plugin: PlaygroundThread) -> None:
    reports = plugin.run(together(plugin.playground, LIGHT))
    assert problems_of(again_where_late(plugin, reports.values())) == []


def test_cases_over_other_transports(transport: str, elsewhere: PlaygroundThread) -> None:
    cases = [case for case in UNTIMED if transport != "serverless" or not names_an_order(case)]
    assert problems_of(elsewhere.run(together(elsewhere.playground, cases)).values()) == []


def test_cases_with_times_over_other_transports(transport: str, elsewhere: PlaygroundThread) -> None:
    cases = [case for case in TIMED if transport != "serverless" or not names_an_order(case)]
    reports = elsewhere.run(a_few_at_once(elsewhere.playground, cases, together=True))
    assert problems_of(again_where_late(elsewhere, reports.values())) == []


def names_an_order(case: Case) -> bool:
    """Whether a case says which of several calls of one tool is first; serverless, each has a connection of its own."""
    if any(len(sent) > 1 for sent in case.expect.get("sent_has", {}).values()):
        return True
    answers_differ = any(len(turns) > 1 for turns in case.scripts.by_target.values())
    asked = str(case.parameters)
    one_after_another = ("retry" in asked or "attempts" in asked) and "for_each" not in asked
    return answers_differ and not one_after_another


async def together(playground: Playground, cases: list[Case]) -> Reports:
    reports = await asyncio.gather(*(run_case(playground, case, together=True) for case in cases))
    return {report.case.id: report for report in reports}


async def a_few_at_once(playground: Playground, cases: list[Case], *, together: bool = False) -> Reports:
    places = asyncio.Semaphore(A_FEW)

    async def run(case: Case) -> Report:
        async with places:
            return await run_case(playground, case, together=together)

    return {report.case.id: report for report in await asyncio.gather(*map(run, cases))}
