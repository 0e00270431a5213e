"""The results of the branches → one value (contract 6). Parts come in plan order: same results, same bytes.

What the options mean, mode by mode:

- `concat`, `rank`, and `first` and `deep` where they give a list of what was in the branches' lists: all options.
- `zip`: `sort_by` and `limit`; its elements belong to every branch, so there is nothing to join or to name.
- `vote`: `key`, of each result.
- everything else that is no list: none.

With `sources` (and always in `rank`) an element that is no object becomes `{value: …}` before `key` sees it. In `rank`
`sort_by` sees the record as it is returned, gaps filled, with `score` and `sources`; elsewhere the element.

Where nothing takes part, the value is the empty one of its mode: `group` and `deep` `{}`, `concat`, `zip` and `rank`
`[]`, `first` null, `vote` a vote of nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from operator import itemgetter
from typing import Any, assert_never

from ..budget import Budget
from ..calls.judging import evaluate_at
from ..errors import ExpressionError, TooLargeError
from ..plans.plan import Merge
from ..values import check_size, identity, paced
from .elements import (
    COPIED_AT_ONCE,
    Part,
    as_list,
    as_object,
    best_ranks,
    elements_of,
    fill_gaps,
    in_order,
    join,
    sources,
)
from .rank import page_keys, rank
from .vote import vote

__all__ = ["Part", "merge"]


def merge(spec: Merge, parts: Sequence[Part], budget: Budget) -> Any:
    """Merge the results; those that are null are left out. The values in them are shared, never changed.

    Raises ExpressionError or TooLargeError with the path (`merge.key: …`, `merge.sort_by: …`, `merge: …`).
    """
    try:
        return _merge(spec, [part for part in parts if part.result is not None], budget)
    except (ExpressionError, TooLargeError) as error:
        raise error if str(error).startswith("merge") else error.at("merge") from None


def _merge(spec: Merge, parts: Sequence[Part], budget: Budget) -> Any:
    match spec.mode:
        case "group":
            return {part.name: part.result for part in parts}
        case "first":
            return _first(spec, parts, budget)
        case "concat":
            return _concat(spec, parts, budget)
        case "deep":
            return _deep(spec, parts, budget)
        case "zip":
            return _finish(spec, _zip(parts, budget), budget)
        case "rank":
            return _rank(spec, parts, budget)
        case "vote":
            return vote(parts, lambda result: _raw_key(spec, result, budget), budget)
        case _:
            assert_never(spec.mode)


def _first(spec: Merge, parts: Sequence[Part], budget: Budget) -> Any:
    if not parts:
        return None
    result = parts[0].result
    return _concat(spec, parts[:1], budget) if isinstance(result, list) else result


def _concat(spec: Merge, parts: Sequence[Part], budget: Budget) -> list[Any]:
    """One list. Elements are sorted before equal keys are joined, so that the first in the order is kept."""
    if spec.key is None and not spec.sources:
        return _finish(spec, _end_to_end([as_list(part.result) for part in parts], budget), budget)
    elements = elements_of(parts, budget)
    if spec.sources:
        elements = map(as_object, elements)
    records = join(_sort(spec, elements, budget, itemgetter(0)), _key_of(spec, budget) or _no_key)[: spec.limit]
    values = [fill_gaps(record, budget) if spec.fill else record[0][0] for record in records]
    if not spec.sources:
        return values
    found = [sources(best_ranks(record), parts) for record in records]
    return [{**value, "sources": where} for value, where in zip(values, found, strict=True)]


def _end_to_end(lists: Sequence[list[Any]], budget: Budget) -> list[Any]:
    """The lists as one, with a pause after each: the interpreter copies quickly, but all at once."""
    joined: list[Any] = []
    for part in lists:
        joined += part
        budget.spend(1 + len(part) // COPIED_AT_ONCE)
    return joined


def _rank(spec: Merge, parts: Sequence[Part], budget: Budget) -> list[Any]:
    key_of = _key_of(spec, budget) or page_keys()
    limit = spec.limit if spec.sort_by is None else None  # what is cut off need not be filled in
    values = rank(parts, spec, key_of=key_of, budget=budget, limit=limit)
    return _finish(spec, values, budget)


def _zip(parts: Sequence[Part], budget: Budget) -> list[dict[str, Any]]:
    """The i-th elements of all parts as one object, as long as the longest, null where one has ended."""
    lists = {part.name: as_list(part.result) for part in parts}
    rows = []
    for index in range(max(map(len, lists.values()), default=0)):
        budget.spend(len(lists))  # one long list among a hundred short ones is large
        rows.append({name: values[index] if index < len(values) else None for name, values in lists.items()})
    return rows


# -- deep


def _deep(spec: Merge, parts: Sequence[Part], budget: Budget) -> Any:
    if not parts:
        return {}
    if isinstance(parts[0].result, list):
        return _concat(spec, [part for part in parts if isinstance(part.result, list)], budget)
    return _joined([part.result for part in parts], budget)


def _joined(values: list[Any], budget: Budget) -> Any:
    """Objects key by key, lists end to end, otherwise the first; the first also decides which kind it is.

    `values` holds no null. Depth costs no stack: results may be nested deeper than calls can be.
    """
    root: dict[str, Any] = {}
    pending = [(root, "", values)]
    while pending:
        budget.spend()
        home, name, values = pending.pop()
        first = values[0]
        if len(values) == 1 or not isinstance(first, (dict, list)):
            home[name] = first
        elif isinstance(first, list):
            lists = [value for value in values if isinstance(value, list)]
            home[name] = _end_to_end(lists, budget)
        else:
            merged, again = _by_name([value for value in values if isinstance(value, dict)], budget)
            home[name] = merged
            pending.extend((merged, key, present) for key, present in again.items())
    return root[""]


def _by_name(objects: Sequence[dict[str, Any]], budget: Budget) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    """The first value of each key that is not null, and all those of keys that are still to be joined."""
    first: dict[str, Any] = {}
    again: dict[str, list[Any]] = {}
    for value in objects:
        budget.spend()
        for name in paced(value, budget):
            known, field = first.get(name), value[name]
            if known is None:
                first[name] = field
            elif field is not None and isinstance(known, (dict, list)):
                again.setdefault(name, [known]).append(field)
    return first, again


# -- options


def _key_of(spec: Merge, budget: Budget) -> Callable[[Any], Hashable | None] | None:
    """The plan's `key` as a function from an element; None where there is none."""
    if spec.key is None:
        return None

    def key_of(element: Any) -> Hashable | None:
        key = _raw_key(spec, element, budget)
        if isinstance(key, str) and not key.strip():
            return None  # blank text is no key
        check_size(key, budget, "merge.key: a key")
        hashable: Hashable = identity(key)
        return hashable

    return key_of


def _raw_key(spec: Merge, element: Any, budget: Budget) -> Any:
    """What `key` gives for an element; without `key`, the element."""
    return element if spec.key is None else evaluate_at("merge.key", spec.key, element, budget)


def _no_key(element: Any) -> None:
    return None


def _finish(spec: Merge, values: list[Any], budget: Budget) -> list[Any]:
    """Sort, then cut."""
    ordered = values if spec.sort_by is None else _sort(spec, values, budget)
    return ordered if spec.limit is None else ordered[: spec.limit]


def _sort[T](spec: Merge, items: Iterable[T], budget: Budget, value_of: Callable[[T], Any] | None = None) -> list[T]:
    """Numbers, then text, then booleans, then lists and objects (as they stand), then what is missing.

    `descending` turns the order within each kind, not that of the kinds: what cannot be compared with the rest is of
    no use at the top. Equal ones stay in their order either way.
    """
    if spec.sort_by is None:
        return list(items)
    kinds: tuple[list[tuple[Any, T]], ...] = ([], [], [], [], [])
    for item in items:
        value = item if value_of is None else value_of(item)
        by = evaluate_at("merge.sort_by", spec.sort_by, value, budget)
        kinds[_kind(by)].append((by, item))
    ordered = [*(in_order(pairs, budget, descending=spec.descending) for pairs in kinds[:3]), *kinds[3:]]
    return [item for pairs in ordered for _, item in pairs]


def _kind(by: Any) -> int:
    if by is None:
        return 4
    if isinstance(by, bool):
        return 2
    if isinstance(by, str):
        return 1
    return 0 if isinstance(by, (int, float)) else 3
