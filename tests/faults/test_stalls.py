"""A small call waits at most 1 s beside the worst that one call, plan or answer can hold, in at most 512 MiB."""

from __future__ import annotations

import asyncio

import pytest

from tests.conformance import CHECKOUT
from tests.harness.stalls import PEAK_MIB, ROWS, WAIT_S, Row, measure


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_small_call_waits_at_most_a_second_beside(row: Row) -> None:
    figures = asyncio.run(measure(row, CHECKOUT))
    assert figures.busy_s <= WAIT_S, str(figures)
    assert figures.peak_mib <= PEAK_MIB, str(figures)
