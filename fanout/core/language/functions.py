"""The functions of our expressions: those of JMESPath, those of JMESPath Community, and a few of our own.

Each counts its work in the budget before it does it, and checks the size of what it writes out. An argument that does
not fit raises `ArgumentError`, in words without values; what JMESPath leaves to the host language (equality, numbers,
NaN) follows JSON.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice
from typing import Any

from ..budget import Budget
from ..values import (
    NUMBERS,
    check_size,
    clean,
    compact,
    equal,
    identity,
    paced,
    spend_text,
)
from .patterns import PATTERN_FUNCTIONS
from .signatures import (
    ANY,
    ARRAY,
    ARRAY_OR_STRING,
    BOOLEAN,
    COUNTABLE,
    EXPRESSION,
    ITEM_ARRAY,
    NUMBER,
    NUMBER_ARRAY,
    NUMBER_OR_NULL,
    OBJECT,
    SORTABLE_ARRAY,
    STRING,
    STRING_ARRAY,
    STRINGS,
    ArgumentError,
    Evaluate,
    Function,
    Like,
    describe,
    describe_array,
    registrar,
)
from .tables import TABLE_FUNCTIONS
from .text_functions import INT_DIGITS, TEXT_FUNCTIONS

FUNCTIONS: dict[str, Function] = {**TEXT_FUNCTIONS, **PATTERN_FUNCTIONS, **TABLE_FUNCTIONS}

_function = registrar(FUNCTIONS)

_RUN = 16_384  # elements that are sorted or copied at once, which takes some 10 ms
_CHEAP = 32  # so many elements of a run count as one visited node


# -- numbers


@_function("abs", NUMBER, returns=NUMBER)
def _abs(budget: Budget, number: float) -> float:
    """The number without its sign."""
    return abs(number)


@_function("ceil", NUMBER, returns=NUMBER)
def _ceil(budget: Budget, number: float) -> int:
    """The next whole number above."""
    return math.ceil(number)


@_function("floor", NUMBER, returns=NUMBER)
def _floor(budget: Budget, number: float) -> int:
    """The next whole number below."""
    return math.floor(number)


@_function("sum", NUMBER_ARRAY, returns=NUMBER_OR_NULL)
def _sum(budget: Budget, numbers: list[float]) -> float | None:
    """All numbers together; 0 for none."""
    try:
        total: float | None = clean(sum(numbers))
    except OverflowError:  # a whole number beyond the range of a double, and a fraction
        total = None
    return total


@_function("avg", NUMBER_ARRAY, returns=NUMBER_OR_NULL)
def _avg(budget: Budget, numbers: list[float]) -> float | None:
    """The mean; null for none."""
    total = _sum(budget, numbers)
    if not numbers or total is None:
        return None
    try:
        average: float = total / len(numbers)
    except OverflowError:
        return None
    return average


_NUMBER_TEXT = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")


@_function("to_number", ANY, returns=NUMBER_OR_NULL)
def _to_number(budget: Budget, value: Any) -> float | None:
    """The number that a text spells as JSON; null for anything else."""
    if type(value) in NUMBERS:
        number: float = value
        return number
    if type(value) is not str:
        return None
    spend_text(len(value), budget)
    found = _NUMBER_TEXT.fullmatch(value)
    if found is None:
        return None
    is_whole = found[1] is None and found[2] is None
    if is_whole and len(value) > INT_DIGITS:
        return None
    read: float | None = clean(int(value) if is_whole else float(value))
    return read


# -- any value


@_function("type", ANY, returns=STRING)
def _type(budget: Budget, value: Any) -> str:
    """`string`, `number`, `boolean`, `array`, `object` or `null`."""
    return describe(value).rpartition(" ")[2]


@_function("not_null", ANY, returns=ANY, variadic=True)
def _not_null(budget: Budget, *values: Any) -> Any:
    """The first value that is not null."""
    return next((value for value in values if value is not None), None)


@_function("to_array", ANY, returns=ARRAY)
def _to_array(budget: Budget, value: Any) -> list[Any]:
    """An array as it is; anything else as the one element of an array."""
    return value if isinstance(value, list) else [value]


@_function("to_string", ANY, returns=STRING)
def _to_string(budget: Budget, value: Any) -> str:
    """A string as it is; anything else as JSON."""
    if isinstance(value, str):
        return value
    check_size(value, budget, "the value given to to_string()")
    return compact(value)


@_function("length", COUNTABLE, returns=NUMBER)
def _length(budget: Budget, value: Any) -> int:
    """Characters of a string, elements of an array, keys of an object."""
    return len(value)


@_function("reverse", ARRAY_OR_STRING, returns=Like(0))
def _reverse(budget: Budget, value: Any) -> Any:
    """The elements, or characters, from the last to the first."""
    _spend_copy(value, budget)
    return value[::-1]


@_function("contains", ARRAY_OR_STRING, ANY, returns=BOOLEAN)
def _contains(budget: Budget, subject: Any, search: Any) -> bool:
    """Whether the text has that part, or the array that element."""
    if isinstance(subject, str):
        spend_text(len(subject), budget)
        return isinstance(search, str) and search in subject
    check_size(subject, budget, "the array given to contains()")
    if search is None or isinstance(search, str):  # equal to nothing of another type, in Python too
        budget.spend(len(subject))
        spend_text(len(search or "") * len(subject), budget)
        return search in subject
    return any(equal(element, search, budget) for element in paced(subject, budget))


# -- arrays


@_function("max", SORTABLE_ARRAY, returns=Like(0, is_element=True))
def _max(budget: Budget, array: list[Any]) -> Any:
    """The largest; null for none."""
    _spend_texts(array, budget)
    return max(array, default=None)


@_function("min", SORTABLE_ARRAY, returns=Like(0, is_element=True))
def _min(budget: Budget, array: list[Any]) -> Any:
    """The smallest; null for none."""
    _spend_texts(array, budget)
    return min(array, default=None)


@_function("sort", SORTABLE_ARRAY, returns=Like(0))
def _sort(budget: Budget, array: list[Any]) -> list[Any]:
    """In ascending order."""
    _spend_texts(array, budget)
    return sort_paced(array, budget)


@_function("unique", ARRAY, returns=Like(0))
def _unique(budget: Budget, array: list[Any]) -> list[Any]:
    """The first of equal elements, in order."""
    return _first_of_each(array, array, budget, "unique")


@_function("zip", ARRAY, returns=ARRAY, variadic=True)
def _zip(budget: Budget, *arrays: list[Any]) -> list[list[Any]]:
    """Arrays of the elements that have the same place, as many as the shortest array has."""
    shortest = min(arrays, key=len)
    budget.spend(len(shortest) * len(arrays))
    return [list(row) for row, _ in zip(zip(*arrays, strict=False), paced(shortest, budget), strict=True)]


@_function("from_items", ITEM_ARRAY, returns=OBJECT)
def _from_items(budget: Budget, items: list[list[Any]]) -> dict[str, Any]:
    """An object of `[key, value]` pairs; of equal keys the last."""
    result = {}
    for item in paced(items, budget):
        if len(item) != 2 or type(item[0]) is not str:
            raise FUNCTIONS["from_items"].refusal(0, f"an array with {_describe_item(item)}")
        spend_text(len(item[0]), budget)
        result[item[0]] = item[1]
    return result


# -- objects


@_function("keys", OBJECT, returns=STRING_ARRAY)
def _keys(budget: Budget, value: dict[str, Any]) -> list[str]:
    """The keys, in order."""
    budget.spend(len(value))
    return list(value)


@_function("values", OBJECT, returns=ARRAY)
def _values(budget: Budget, value: dict[str, Any]) -> list[Any]:
    """The values, in order."""
    budget.spend(len(value))
    return list(value.values())


@_function("items", OBJECT, returns=ITEM_ARRAY)
def _items(budget: Budget, value: dict[str, Any]) -> list[list[Any]]:
    """A `[key, value]` pair for each key."""
    return [[key, item] for key, item in paced(value.items(), budget)]


@_function("merge", OBJECT, returns=OBJECT, variadic=True)
def _merge(budget: Budget, *objects: dict[str, Any]) -> dict[str, Any]:
    """One object of all; of equal keys the last."""
    merged: dict[str, Any] = {}
    for each in objects:
        pairs = iter(each.items())
        for start in range(0, len(each), _RUN):
            budget.spend(min(_RUN, len(each) - start))
            merged.update(islice(pairs, _RUN))
    return merged


# -- arrays, with an expression over each element


@_function("map", EXPRESSION, ARRAY, returns=ARRAY)
def _map(budget: Budget, expression: Evaluate, array: list[Any]) -> list[Any]:
    """What the expression gives for each element, nulls too."""
    return [expression(element, budget) for element in array]


@_function("sort_by", ARRAY, EXPRESSION, returns=Like(0))
def _sort_by(budget: Budget, array: list[Any], expression: Evaluate) -> list[Any]:
    """The elements in ascending order of the expression; equal ones keep theirs."""
    keys = _sortable_keys("sort_by", budget, array, expression)
    order = sort_paced(range(len(array)), budget, keys.__getitem__)
    return [array[index] for start in _paced_starts(len(order), budget) for index in order[start : start + _RUN]]


@_function("max_by", ARRAY, EXPRESSION, returns=Like(0, is_element=True))
def _max_by(budget: Budget, array: list[Any], expression: Evaluate) -> Any:
    """The element for which the expression gives most; null for none."""
    keys = _sortable_keys("max_by", budget, array, expression)
    return array[max(range(len(array)), key=keys.__getitem__)] if array else None


@_function("min_by", ARRAY, EXPRESSION, returns=Like(0, is_element=True))
def _min_by(budget: Budget, array: list[Any], expression: Evaluate) -> Any:
    """The element for which the expression gives least; null for none."""
    keys = _sortable_keys("min_by", budget, array, expression)
    return array[min(range(len(array)), key=keys.__getitem__)] if array else None


@_function("unique_by", ARRAY, EXPRESSION, returns=Like(0))
def _unique_by(budget: Budget, array: list[Any], expression: Evaluate) -> list[Any]:
    """The first element of each value of the expression, and every element for which it gives no key."""
    return _first_of_each(array, _map(budget, expression, array), budget, "unique_by", keep_blank=True)


@_function("group_by", ARRAY, EXPRESSION, returns=OBJECT)
def _group_by(budget: Budget, array: list[Any], expression: Evaluate) -> dict[str, list[Any]]:
    """Elements by the string that the expression gives; those for which it gives no key are left out."""
    groups: dict[str, list[Any]] = {}
    for element in array:
        key = expression(element, budget)
        if is_blank(key, budget):
            continue
        if type(key) is str:
            groups.setdefault(key, []).append(element)
        else:
            found = f"one that gives {describe(key)}"
            raise ArgumentError(
                f"group_by() takes an &expression that gives a string or null as argument 2, got {found}"
            )
    return groups


def _sortable_keys(name: str, budget: Budget, array: list[Any], expression: Evaluate) -> list[Any]:
    keys = [expression(element, budget) for element in array]
    kinds = set(map(type, keys))
    if not (kinds <= NUMBERS or kinds <= STRINGS):
        found = describe_array(keys, SORTABLE_ARRAY).removeprefix("an array with ")
        words = "an &expression that gives only numbers or only strings"
        raise ArgumentError(f"{name}() takes {words} as argument 2, got one that gives {found}")
    _spend_texts(keys, budget)
    return keys


def sort_paced(items: Sequence[Any], budget: Budget, key: Callable[[Any], Any] | None = None) -> list[Any]:
    """The items in order, as `sorted` gives them. Many are sorted in runs, so that others can run meanwhile.

    Two runs, one behind the other, are nearly in order: `sorted` only has to merge them.
    """
    runs = [sorted(items[start : start + _RUN], key=key) for start in _paced_starts(len(items), budget)]
    while len(runs) > 1:
        merged = []
        for index in range(0, len(runs), 2):
            run = list(chain.from_iterable(runs[index : index + 2]))
            budget.spend(len(run) // _CHEAP)
            merged.append(sorted(run, key=key))
            budget.spend(len(run) // _CHEAP)
        runs = merged
    return runs[0] if runs else []


def _paced_starts(length: int, budget: Budget) -> Iterator[int]:
    for start in range(0, length, _RUN):
        budget.spend(min(_RUN, length - start) // _CHEAP)
        yield start


def is_blank(key: Any, budget: Budget) -> bool:
    """Whether a key is none: null, or text with nothing in it."""
    if type(key) is not str:
        return key is None
    spend_text(len(key), budget)
    return not key.strip()


def _first_of_each(array: list[Any], keys: list[Any], budget: Budget, name: str, keep_blank: bool = False) -> list[Any]:
    check_size(keys, budget, f"what {name}() compares")
    seen = set()
    kept = []
    for element, key in zip(array, paced(keys, budget), strict=True):
        mark = identity(key, budget)
        if mark not in seen or (keep_blank and is_blank(key, budget)):
            seen.add(mark)
            kept.append(element)
    return kept


def _describe_item(item: list[Any]) -> str:
    if len(item) != 2:
        return f"an array of length {len(item)}"
    return f"{describe(item[0])} as a key"


def _spend_copy(value: Any, budget: Budget) -> None:
    if isinstance(value, str):
        spend_text(len(value), budget)
    else:
        budget.spend(len(value))


def _spend_texts(array: list[Any], budget: Budget) -> None:
    """Before the elements are compared, each perhaps in its whole length."""
    budget.spend(len(array))
    if array and type(array[0]) is str:
        check_size(array, budget, "what is sorted")
        spend_text(sum(map(len, array)), budget)
