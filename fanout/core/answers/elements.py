"""Elements of the lists that branches gave, and the records that elements with equal keys become (contract 6)."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count, repeat
from operator import itemgetter
from typing import Any

from ..budget import Budget
from ..values import paced

COPIED_AT_ONCE = 32  # elements that count as one visited node where the interpreter copies or compares them by itself
_SORTED_AT_ONCE = 20_000  # about 10 ms

# An element: its value, the index of its part, and its position in that part's list, from 1. There are thousands.
type Element = tuple[Any, int, int]


@dataclass(frozen=True, slots=True)
class Part:
    """What one branch brings to a merge. Parts stand in plan order, whatever the order of arrival."""

    name: str
    result: Any
    weight: float = 1.0
    family: str | None = None


def elements_of(parts: Sequence[Part], budget: Budget) -> Iterator[Element]:
    """All elements in plan order. A result that is no list is one element."""
    for index, part in enumerate(parts):
        values = paced(as_list(part.result), budget)
        yield from zip(values, repeat(index), count(1))


def as_list(result: Any) -> list[Any]:
    """A list as it is; what is no list is one element."""
    return result if isinstance(result, list) else [result]


def as_object(element: Element) -> Element:
    """The element as an object, to which fields can be added: what is none becomes `{value: …}`."""
    value, part, rank = element
    return element if isinstance(value, dict) else ({"value": value}, part, rank)


def join(elements: Iterable[Element], key_of: Callable[[Any], Hashable | None]) -> list[list[Element]]:
    """One list of elements per record, in the order of their first elements. A key of None is equal to no other."""
    joined: list[list[Element]] = []
    by_key: dict[Hashable, list[Element]] = {}
    for element in elements:
        key = key_of(element[0])
        record = None if key is None else by_key.get(key)
        if record is None:
            record = []
            joined.append(record)
            if key is not None:
                by_key[key] = record
        record.append(element)
    return joined


def fill_gaps(record: Sequence[Element], budget: Budget) -> Any:
    """The value of the first element; where it is an object, its gaps are filled from the others, in order.

    A gap is a field that is absent, null, `""`, `[]` or `{}`; only a value that is none of these fills it.
    """
    kept, *others = [value for value, _, _ in record]
    budget.spend(len(record))
    if not others or not isinstance(kept, dict):
        return kept
    filled = dict(kept)
    for other in others:
        if isinstance(other, dict):
            for name in paced(other, budget):
                if is_gap(filled.get(name)) and not is_gap(other[name]):
                    filled[name] = other[name]
    return filled


def is_gap(value: Any) -> bool:
    """Whether there is nothing in a field; false and 0 are something."""
    return value is None or (isinstance(value, (str, list, dict)) and not value)


def in_order[T](pairs: list[tuple[Any, T]], budget: Budget, *, descending: bool = False) -> list[tuple[Any, T]]:
    """Sorted by what stands first, equal ones in their order, with pauses.

    The interpreter sorts all at once; two halves that are in order it joins in linear time.
    """
    if len(pairs) > _SORTED_AT_ONCE:
        half = len(pairs) // 2
        pairs = [
            *in_order(pairs[:half], budget, descending=descending),
            *in_order(pairs[half:], budget, descending=descending),
        ]
    budget.spend(1 + len(pairs) // COPIED_AT_ONCE)
    pairs.sort(key=itemgetter(0), reverse=descending)
    return pairs


def best_ranks(record: Sequence[Element]) -> dict[int, int]:
    """The best rank of a record in each part that has it: the first, as elements stand in plan order."""
    return {part: rank for _, part, rank in reversed(record)}


def sources(best: dict[int, int], parts: Sequence[Part]) -> list[dict[str, Any]]:
    """Where a record was found, in plan order."""
    return [{"branch": parts[part].name, "rank": rank} for part, rank in sorted(best.items())]
