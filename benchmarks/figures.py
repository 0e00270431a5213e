"""Numbers from rounds: every subject once per round, in turn; the median of the rounds' medians, and their spread."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles


@dataclass(frozen=True, slots=True)
class Figure:
    """The median of the medians of rounds, and between what the middle half of these lies."""

    median: float
    low: float
    high: float
    rounds: int
    runs: int  # in each round

    def scaled(self, factor: float) -> Figure:
        """The same in another unit."""
        return Figure(self.median * factor, self.low * factor, self.high * factor, self.rounds, self.runs)


def figure(rounds: Sequence[Sequence[float]]) -> Figure:
    """The figure of rounds of values."""
    medians = [median(values) for values in rounds]
    low, _, high = quantiles(medians, n=4, method="inclusive") if len(medians) > 1 else medians * 3
    return Figure(median(medians), low, high, len(rounds), max(map(len, rounds)))


def interleaved(
    subjects: Mapping[str, Callable[[], Sequence[float]]], rounds: int, warm_ups: int = 1
) -> dict[str, Figure]:
    """The figures of subjects that take turns: A B A B …. A subject gives the values of one round."""
    for _ in range(warm_ups):
        for run in subjects.values():
            run()
    values: dict[str, list[Sequence[float]]] = {name: [] for name in subjects}
    for _ in range(rounds):
        for name, run in subjects.items():
            values[name].append(run())
    return {name: figure(each) for name, each in values.items()}


@dataclass(frozen=True, slots=True)
class Check:
    """One number that is compared with a target: met where it is at most the limit."""

    what: str
    value: float
    limit: float
    unit: str = ""

    @property
    def is_met(self) -> bool:
        """Whether the target is met."""
        return self.value <= self.limit


@dataclass(frozen=True, slots=True)
class Result:
    """One line of a table: what was measured, by subject, in one unit; and what it had to be."""

    group: str
    measure: str
    unit: str
    figures: Mapping[str, Figure]
    checks: Sequence[Check] = ()
    note: str = ""
