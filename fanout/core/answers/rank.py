"""Merge mode `rank`: one list by weighted reciprocal rank fusion (contract 6)."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from ..budget import Budget
from ..plans.plan import Merge
from ..urls import url_key
from .elements import Element, Part, as_object, best_ranks, elements_of, fill_gaps, in_order, join, sources

SCORE_DECIMALS = 6  # of what is shown; the order comes from the whole number


# a record behind its order: the negative score, then the rank and the part of its best element
type _Ranked = tuple[tuple[float, int, int], list[Element]]


def rank(
    parts: Sequence[Part],
    spec: Merge,
    *,
    key_of: Callable[[Any], Hashable | None],
    budget: Budget,
    limit: int | None = None,
) -> list[dict[str, Any]]:
    """Fuse the parts' lists. The score of a record is the sum of weight / (k + its best rank) over the parts.

    Parts of one family count once, with their best term. Order: score, best single rank, plan order. An element that
    is null is left out (it keeps its position); one that is no object becomes `{value: …}` before `key_of` sees it.
    A field of a provider named `score` or `sources` gives way to ours.
    """
    elements = (as_object(element) for element in elements_of(parts, budget) if element[0] is not None)
    score = scorer(parts, spec.k)
    ranked = [_ranked(record, score, budget) for record in join(elements, key_of)]
    return [_shown(entry, parts, spec, budget) for entry in in_order(ranked, budget)[:limit]]


def page_keys() -> Callable[[Any], Hashable | None]:
    """The default key: the address of the page; None where there is none. Remembers the addresses it has read."""
    known: dict[str, str] = {}

    def key_of(element: Any) -> Hashable | None:
        url = element.get("url")
        if not isinstance(url, str) or not url.strip():
            return None
        key = known.get(url)
        if key is None:
            key = known[url] = url_key(url)
        return key

    return key_of


def scorer(parts: Sequence[Part], k: float) -> Callable[[Mapping[int, int]], float]:
    """The score of a record from its best ranks by part.

    The sum is rounded once, so that equal terms give equal scores whatever branches they come from.
    """
    weights = [part.weight for part in parts]
    families = [index if part.family is None else part.family for index, part in enumerate(parts)]

    def of_families(best: Mapping[int, int]) -> float:
        terms: dict[Hashable, float] = {}
        for part, position in best.items():
            term = weights[part] / (k + position)
            if term > terms.get(families[part], 0.0):
                terms[families[part]] = term
        return math.fsum(terms.values())

    def of_parts(best: Mapping[int, int]) -> float:
        return math.fsum([weights[part] / (k + position) for part, position in best.items()])

    return of_parts if len(set(families)) == len(parts) else of_families


def _ranked(record: list[Element], score: Callable[[Mapping[int, int]], float], budget: Budget) -> _Ranked:
    budget.spend(len(record))
    position, part = min([(position, part) for _, part, position in record])
    return (-score(best_ranks(record)), position, part), record


def _shown(ranked: _Ranked, parts: Sequence[Part], spec: Merge, budget: Budget) -> dict[str, Any]:
    """The kept element, its gaps filled (unless `fill` is false) from the others in the order of their ranks."""
    order, record = ranked
    elements = sorted(record, key=itemgetter(2, 1))  # by rank, then by part
    kept = fill_gaps(elements, budget) if spec.fill else elements[0][0]
    shown = {**kept, "score": round(-order[0], SCORE_DECIMALS)}
    if spec.sources:
        shown["sources"] = sources(best_ranks(record), parts)
    return shown
