"""Which branches a branch names, and whether such references can be followed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from ..errors import Problem
from .schema import suggest


class Reads(NamedTuple):
    """What one expression or template reads of its scope, and where it stands."""

    path: str
    fields: frozenset[tuple[str, ...]]


def names_branches(place: Reads) -> bool:
    """Whether it names any branch at all; nearly none does."""
    return any(read[:1] == ("branches",) for read in place.fields)


def find_dependencies(
    reads: Mapping[str, Sequence[Reads]], strategy: str, problems: list[Problem], *, are_all: bool = True
) -> dict[str, tuple[str, ...]]:
    """For each branch the names of the branches that it reads, in plan order. `reads` is by name, in plan order.

    `are_all`: whether these are all branches; if not, an unknown name is no problem.
    """
    found: dict[str, tuple[str, ...]] = {}
    for name, places in reads.items():
        named: set[str] = set()
        for place in places:
            in_place = _named(place, name, reads, problems, are_all)
            if in_place and strategy != "all":
                message = f"branches can name each other only with strategy all; it is {strategy} here"
                problems.append(Problem(place.path, message))
            named |= in_place
        found[name] = tuple(other for other in reads if other in named) if named else ()
    return found


def find_circles(dependencies: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Circles among the dependencies, each in the order of its references; none shares a branch with another."""
    circles: list[list[str]] = []
    found: set[str] = set()
    done: set[str] = set()
    for start in filter(dependencies.get, dependencies):
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
    """Names of branches that wait for each other, in the order in which they do, as a problem at `path`."""
    names = " → ".join([*circle, circle[0]])
    return Problem(path, f"branches wait for each other in a circle: {names}; take one of these references out")


def _named(place: Reads, own: str, names: Collection[str], problems: list[Problem], are_all: bool) -> set[str]:
    """The other branches that one place names; what cannot be followed becomes a problem there."""
    named: set[str] = set()
    for read in sorted(place.fields):
        match read:
            case ("branches",):
                message = "branches must be followed by the name of one branch, such as branches.first.result"
                problems.append(Problem(place.path, message))
            case ("branches", name, *_) if name == own:
                problems.append(Problem(place.path, f"branch {own} names itself; it can only name others"))
            case ("branches", name, *_) if name in names:
                named.add(name)
            case ("branches", name, *_) if are_all:
                others = [other for other in names if other != own]
                hint = suggest(name, others, "the other branches") if others else f"the only one is {own} itself"
                problems.append(Problem(place.path, f"no branch {name}; {hint}"))
    return named
