"""A few seconds of the soak (`make soak` runs all of it), and that it says so where a promise is broken."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from playground.soak import Load, Table, main, soak

# the allocator goes on settling for some thousand calls; what a call left behind would be ten times as much
SMALL = Load(calls=20, branches=10, one_by_one=1_200, warm=600, slope_kib=1_500, documents=1, seconds=60)
BRIEF = Load(calls=5, one_by_one=50, documents=1, seconds=60)


@pytest.mark.parametrize(("transport", "load"), [("stdio", SMALL), ("tcp", BRIEF), ("serverless", BRIEF)])
def test_load(transport: str, load: Load) -> None:
    table = asyncio.run(soak(load, transport=transport))
    assert not table.broken, str(table)


@pytest.mark.parametrize(("broken", "code"), [([], 0), (["memory grows by no more than it should"], 1)])
def test_a_broken_promise_is_said_and_fails(broken: list[str], code: int, capsys: pytest.CaptureFixture[str]) -> None:
    async def run(load: Load, plugin: Path, transport: str) -> Table:
        assert (load.seconds, load.one_by_one, transport) == (5.0, 10_000, "tcp")
        return Table([("something", "1 s")], broken)

    assert main(["--seconds", "5", "--transport", "tcp"], run) == code
    shown = capsys.readouterr().out
    assert "something  1 s" in shown
    assert ("BROKEN" in shown) is bool(broken)
