"""Every conformance case through the real plugin process: those with times one by one, and all of them at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import pytest

from playground import Playground
from tests.conformance import CHECKOUT, Case, Report, all_cases, run_case
from tests.harness.thread import PlaygroundThread

CASES = all_cases()


TRIES = 3  # of cases with times: machines are shared, and what is late once may be chance
ALONE = [case for case in CASES if case.timed or case.heavy]
LIGHT = [case for case in CASES if not case.heavy]
UNTIMED = [case for case in LIGHT if not case.timed]


@pytest.fixture(scope="module")
def plugin() -> Iterator[PlaygroundThread]:
    with PlaygroundThread(lambda: Playground(CHECKOUT, connections=None)) as thread:
        yield thread


@pytest.fixture(scope="module")
def untimed(plugin: PlaygroundThread) -> dict[str, Report]:
    """Every case in which nothing depends on time, all at once in one process."""
    return {report.case.id: report for report in plugin.run(together(plugin.playground, UNTIMED))}


@pytest.mark.parametrize("case", ALONE, ids=lambda case: case.id)
def test_case_with_times(plugin: PlaygroundThread, case: Case) -> None:
    check(lambda: [plugin.run(run_case(plugin.playground, case))])


@pytest.mark.parametrize("case", UNTIMED, ids=lambda case: case.id)
def test_case(untimed: dict[str, Report], case: Case) -> None:
    assert untimed[case.id].problems == []


def test_all_cases_at_once_in_one_process(plugin: PlaygroundThread) -> None:
    """What was late among all others has to be in time alone."""
    late = [one for one in plugin.run(together(plugin.playground, LIGHT)) if one.problems]
    assert [(one.case.id, one.problems) for one in late if not one.case.timed] == []
    for one in late:
        check(lambda case=one.case: [plugin.run(run_case(plugin.playground, case))])  # type: ignore[misc]


@pytest.mark.parametrize("transport", ["tcp", "serverless"])
def test_cases_without_times_over_other_transports(transport: str) -> None:
    cases = [case for case in UNTIMED if transport != "serverless" or not names_an_order(case)]
    with PlaygroundThread(lambda: Playground(CHECKOUT, connections=None, transport=transport)) as thread:
        check(lambda: thread.run(together(thread.playground, cases)))


def names_an_order(case: Case) -> bool:
    """Whether a case says in which order calls of one tool come; serverless, each has a connection of its own."""
    return any(len(sent) > 1 for sent in case.expect.get("sent_has", {}).values())


async def together(playground: Playground, cases: list[Case]) -> list[Report]:
    return await asyncio.gather(*(run_case(playground, case, together=True) for case in cases))


def check(run: Callable[[], list[Report]]) -> None:
    """Run cases, again where only cases with times have problems, and fail with the problems of the last try."""
    for _ in range(TRIES):
        bad = [report for report in run() if report.problems]
        if not bad:
            return
        if not all(report.case.timed for report in bad):
            break
    pytest.fail("\n".join(f"{report.case.id}: {line}" for report in bad for line in report.problems), pytrace=False)
