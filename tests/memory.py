"""How much memory work takes."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable


def traced_bytes(work: Callable[[], object]) -> tuple[int, int]:
    """What the result of work takes, and its peak: the least of three, as other threads of the tests allocate, too."""
    measured = [_traced(work) for _ in range(3)]
    return min(taken for taken, _ in measured), min(peak for _, peak in measured)


def _traced(work: Callable[[], object]) -> tuple[int, int]:
    tracemalloc.start()
    try:
        result = work()
        measured = tracemalloc.get_traced_memory()
        del result
        return measured
    finally:
        tracemalloc.stop()
