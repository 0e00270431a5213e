"""The same fan-out in process, by every peer that runs there: N searches at once, then one merge.

Each module has a `make`. What can be built once is built there, outside the timing; what it returns is one run. The
scripted searches answer from prepared values, so that nothing but the peer's own work is measured.
"""

from __future__ import annotations

import importlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from ..fuse import Page, fuse
from ..workload import searches

NAMES = ("fanout", "gather", "aiostream", "runnable", "langgraph", "graphon")


@dataclass(frozen=True, slots=True)
class Task:
    """What a peer does: `delay_s` is how long every search takes, `merges` whether the results are fused."""

    count: int
    delay_s: float
    merges: bool
    answers: Mapping[str, list[Page]]

    def join(self, results: Mapping[str, list[Page]]) -> Any:
        """The merge of all peers but Fanout, which has its own; without one, what was found, in plan order."""
        return fuse(results) if self.merges else [{"pages": results[name]} for name in self.answers]


type Run = Callable[[], Awaitable[Any]]


class Peer(Protocol):
    """A module of this package."""

    def make(self, task: Task) -> Run:
        """Prepare everything that can be prepared; the function returned does the work once."""


def make(name: str, count: int, delay_s: float, merges: bool) -> Run:
    """A run of a peer."""
    peer: Peer = importlib.import_module(f"{__name__}.{name}")
    return peer.make(Task(count, delay_s, merges, searches(count)))
