"""A few seconds of the soak (`make soak` runs all of it), and that it says so where a promise is broken."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conformance import CHECKOUT
from tests.harness.faults import GENEROUS_S
from tests.harness.load import Load, Table, soak
from tests.harness.soak import main as soak_command
from tests.harness.stalls import ROWS, Figures, Row, answers_of, measure

# the allocator goes on settling for some thousand calls; what a call left behind would be ten times as much
SMALL = Load(calls=20, branches=10, one_by_one=600, warm=300, slope_kib=2_500, documents=1, seconds=60)
BRIEF = Load(calls=5, one_by_one=50, documents=0, seconds=60)


@pytest.mark.parametrize(("transport", "load"), [("stdio", SMALL), ("tcp", BRIEF), ("serverless", BRIEF)])
def test_load(transport: str, load: Load) -> None:
    table = asyncio.run(soak(load, transport=transport))
    assert not table.broken, str(table)


def test_a_broken_promise_is_said() -> None:
    table = Table([("something", "1 s")], ["memory grows by no more than it should"])
    assert "something  1 s" in str(table)
    assert "BROKEN  memory grows" in str(table)


def test_the_table_of_stalls_measures_a_bystander_and_the_peak_of_memory() -> None:
    figures = asyncio.run(measure(Row("one small answer", lambda: answers_of([b"[1]"])), CHECKOUT))
    assert 0 < figures.wait_s < GENEROUS_S
    assert 20 < figures.peak_mib < 512
    assert figures.within(wait_s=GENEROUS_S)
    assert not figures.within(wait_s=0)
    assert not figures.within(GENEROUS_S, peak_mib=20)
    assert "OVER" in str(replace(figures, wait_s=1.1))
    assert "ok" in str(replace(figures, wait_s=0.9))


def test_heavy_things_have_a_name_of_their_own() -> None:
    names = [row.name for row in ROWS]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(("wait_s", "code"), [(0.5, 0), (1.5, 1)])
def test_the_command_fails_where_a_row_is_over(
    wait_s: float, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def table(plugin: Path, only: str) -> list[Figures]:
        return [Figures(only, wait_s, wait_s, 100, 1)]

    monkeypatch.setattr("tests.harness.stalls.table", table)
    assert soak_command(["--only", "stalls", "--row", "some"]) == code
    assert "load of the machine before" in capsys.readouterr().out
