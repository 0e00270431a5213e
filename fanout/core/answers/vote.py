"""Merge mode `vote`: what most branches agree on (contract 6)."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

from ..budget import Budget
from ..values import check_size, identity
from .elements import Part


def vote(parts: Sequence[Part], key_of: Callable[[Any], Hashable | None] | None, budget: Budget) -> dict[str, Any]:
    """`{value, votes, of, branches}`: the first result of those whose weights are the most, ties in plan order.

    Results with equal keys agree. A result without a key (null, blank text) agrees with none and cannot win, but its
    weight is in `of`.
    """
    agreed: dict[Hashable, list[Part]] = {}
    for part in parts:
        key = _ballot(part.result, budget) if key_of is None else key_of(part.result)
        key = _folded(key)
        if key is not None:
            agreed.setdefault(key, []).append(part)
    won = max(agreed.values(), key=_weight, default=[])
    return {
        "value": won[0].result if won else None,
        "votes": _weight(won),
        "of": _weight(parts),
        "branches": [part.name for part in won],
    }


def _ballot(result: Any, budget: Budget) -> Hashable | None:
    check_size(result, budget, "a result to vote on")
    key: Hashable = identity(result, budget)
    return key


def _folded(key: Hashable | None) -> Hashable | None:
    """Text without case and outer blanks; blank text is no key."""
    return key.strip().casefold() or None if isinstance(key, str) else key


def _weight(parts: Sequence[Part]) -> float:
    return sum(part.weight for part in parts)
