"""Merge mode `rank`: one list by weighted reciprocal rank fusion (contract 6)."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from ..budget import Budget
from ..urls import url_key
from .elements import Element, Part, as_object, best_ranks, elements_of, fill_gaps, join, sources

SCORE_DECIMALS = 6  # of what is shown; the order comes from the whole number


class _Ranked(NamedTuple):
    """A record in its place: `order` is the negative score, then the rank and the part of its best element."""

    order: tuple[float, int, int]
    record: list[Element]
    best: dict[int, int]


def rank(
    parts: Sequence[Part],
    k: float,
    *,
    key_of: Callable[[Any], Hashable | None],
    with_sources: bool,
    budget: Budget,
    limit: int | None = None,
) -> list[dict[str, Any]]:
    """Fuse the parts' lists. The score of a record is the sum of weight / (k + its best rank) over the parts.

    Parts of one family count once, with their best term. Order: score, best single rank, plan order. An element that
    is null is left out (it keeps its position); one that is no object becomes `{value: …}` before `key_of` sees it.
    A field of a provider named `score` or `sources` gives way to ours.
    """
    elements = (as_object(element) for element in elements_of(parts, budget) if element[0] is not None)
    ranked = [_ranked(record, parts, k, budget) for record in join(elements, key_of)]
    ranked.sort(key=itemgetter(0))
    return [_shown(entry, parts, with_sources, budget) for entry in ranked[:limit]]


def page_key(element: Any) -> Hashable | None:
    """The default key: the address of the page. None where there is none."""
    url = element.get("url")
    return url_key(url) if isinstance(url, str) and url.strip() else None


def score(best: Mapping[int, int], parts: Sequence[Part], k: float) -> float:
    """The score of a record with these best ranks.

    The sum is rounded once, so that equal terms give equal scores whatever branches they come from.
    """
    terms: dict[Hashable, float] = {}
    for index, position in best.items():
        part = parts[index]
        voter = index if part.family is None else part.family
        term = part.weight / (k + position)
        if term > terms.get(voter, 0.0):
            terms[voter] = term
    return math.fsum(terms.values())


def _ranked(record: list[Element], parts: Sequence[Part], k: float, budget: Budget) -> _Ranked:
    budget.spend(len(record))
    best = best_ranks(record)
    if len(record) == 1:  # as most are
        [(_, part, position)] = record
        return _Ranked((-parts[part].weight / (k + position), position, part), record, best)
    position, part = min([(position, part) for part, position in best.items()])
    return _Ranked((-score(best, parts, k), position, part), record, best)


def _shown(ranked: _Ranked, parts: Sequence[Part], with_sources: bool, budget: Budget) -> dict[str, Any]:
    """The kept element, its gaps filled from the others in the order of their ranks."""
    elements = sorted(ranked.record, key=itemgetter(2, 1))  # by rank, then by part
    shown = {**fill_gaps(elements, budget), "score": round(-ranked.order[0], SCORE_DECIMALS)}
    if with_sources:
        shown["sources"] = sources(ranked.best, parts)
    return shown
