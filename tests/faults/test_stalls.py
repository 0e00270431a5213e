"""A small call waits at most 1 s beside the worst that one call, plan or answer can hold, in at most 512 MiB.

All rows in one process here, and less of what is much of the same; `make soak` plays each whole, in one of its own.
"""

from __future__ import annotations

import pytest

from tests.harness.faults import Faults
from tests.harness.stalls import PEAK_MIB, ROWS, WAIT_S, Row, measure_in

from .conftest import Run


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_small_call_waits_at_most_a_second_beside(on_stdio: Run, row: Row) -> None:
    async def play(faults: Faults) -> None:
        figures = await measure_in(faults, row, brief=True)
        assert figures.busy_s <= WAIT_S, str(figures)
        assert figures.peak_mib <= PEAK_MIB, str(figures)

    on_stdio(play)
