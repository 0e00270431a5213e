"""Which branches a branch names, and whether such references can be followed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from .errors import Problem
from .schema import suggest


class Reads(NamedTuple):
    """What one expression or template reads of its scope, and where it stands."""

    path: str
    fields: frozenset[tuple[str, ...]]


def find_dependencies(
    reads: Mapping[str, Sequence[Reads]], strategy: str, problems: list[Problem]
) -> dict[str, tuple[str, ...]]:
    """For each branch the names of the branches that it reads, in plan order. `reads` is by name, in plan order."""
    found: dict[str, tuple[str, ...]] = {}
    for name, places in reads.items():
        named = {other for place in places for other in _named(place, name, reads, problems)}
        found[name] = tuple(other for other in reads if other in named)
        if named and strategy != "all":
            path = next(place.path for place in places if any(each[:1] == ("branches",) for each in place.fields))
            problems.append(
                Problem(path, f"branches can name each other only with strategy all; it is {strategy} here")
            )
    return found


def find_circles(dependencies: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Circles among the dependencies, each in the order of its references; none shares a branch with another."""
    circles: list[list[str]] = []
    found: set[str] = set()
    done: set[str] = set()
    for start in dependencies:
        trail: dict[str, None] = {}  # an ordered set: the branches between `start` and here
        pending: list[tuple[str, bool]] = [(start, False)]
        while pending:
            name, leaving = pending.pop()
            if leaving:
                del trail[name]
                done.add(name)
            elif name in trail:
                order = list(trail)
                circle = order[order.index(name) :]
                if found.isdisjoint(circle):
                    circles.append(circle)
                    found.update(circle)
            elif name not in done:
                trail[name] = None
                pending.append((name, True))
                pending.extend((other, False) for other in reversed(dependencies.get(name, ())))
    return circles


def circle_problem(circle: Sequence[str], path: str) -> Problem:
    names = " → ".join([*circle, circle[0]])
    return Problem(path, f"branches wait for each other in a circle: {names}; take one of these references out")


def _named(place: Reads, own: str, names: Iterable[str], problems: list[Problem]) -> set[str]:
    """The other branches that one place names; what cannot be followed becomes a problem there."""
    named: set[str] = set()
    known = [name for name in names if name != own]
    for read in sorted(place.fields):
        match read:
            case ("branches",):
                message = "branches must be followed by the name of one branch, such as branches.first.result"
                problems.append(Problem(place.path, message))
            case ("branches", name, *_) if name == own:
                problems.append(Problem(place.path, f"branch {own} names itself; it can only name others"))
            case ("branches", name, *_) if name not in known:
                problems.append(Problem(place.path, f"no branch {name}; {suggest(name, known, 'the other branches')}"))
            case ("branches", name, *_):
                named.add(name)
    return named
