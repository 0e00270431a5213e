"""Every conformance case through the real plugin process: one by one, and all at once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from playground import Playground
from playground.thread import PlaygroundThread
from tests.conformance import CHECKOUT, Case, Report, all_cases, run_case

CASES = all_cases()


@pytest.fixture(scope="module")
def plugin() -> Iterator[PlaygroundThread]:
    with PlaygroundThread(lambda: Playground(CHECKOUT, connections=None)) as thread:
        yield thread


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_case(plugin: PlaygroundThread, case: Case) -> None:
    report = plugin.run(run_case(plugin.playground, case))
    assert not report.problems, "\n".join(report.problems)


def test_all_cases_at_once_in_one_process(plugin: PlaygroundThread) -> None:
    async def together() -> list[Report]:
        light = [case for case in CASES if not case.heavy]
        return await asyncio.gather(*(run_case(plugin.playground, case, together=True) for case in light))

    failed = [report for report in plugin.run(together()) if report.problems]
    assert not failed, "\n".join(f"{report.case.id}: {line}" for report in failed for line in report.problems)
