"""Merge mode `vote`: what most branches agree on (contract 6)."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from typing import Any

from ..budget import Budget
from ..values import check_size, identity, paced
from .elements import Part

_DECIMALS = 9  # of sums of weights: 0.1 + 0.2 and 0.3 are a tie


def vote(parts: Sequence[Part], ballot_of: Callable[[Any], Any], budget: Budget) -> dict[str, Any]:
    """`{value, votes, of, branches}`: the first result of those whose weights are the most, ties in plan order.

    Results whose ballots are equal agree. A result without a ballot (null, blank text) agrees with none and cannot win,
    but its weight is in `of`.
    """
    agreed: dict[Hashable, list[Part]] = {}
    for part in parts:
        ballot = _comparable(ballot_of(part.result), budget)
        if ballot not in (None, ""):
            agreed.setdefault(ballot, []).append(part)
    won = max(agreed.values(), key=_weight, default=[])
    return {
        "value": won[0].result if won else None,
        "votes": _weight(won),
        "of": _weight(parts),
        "branches": [part.name for part in won],
    }


def _comparable(ballot: Any, budget: Budget) -> Hashable:
    check_size(ballot, budget, "merge: a result to vote on")
    comparable: Hashable = identity(_folded(ballot, budget), budget)
    return comparable


def _folded(value: Any, budget: Budget) -> Any:
    """The value with all its texts without case and outer blanks."""
    if isinstance(value, str):
        return value.strip().casefold()
    if isinstance(value, list):
        return [_folded(item, budget) for item in paced(value, budget)]
    if isinstance(value, dict):
        return {name: _folded(value[name], budget) for name in paced(value, budget)}
    return value


def _weight(parts: Sequence[Part]) -> float:
    """The sum of the weights, a whole number where it is one."""
    total = round(math.fsum(part.weight for part in parts), _DECIMALS)
    return int(total) if total.is_integer() else total
