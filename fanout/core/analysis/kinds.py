"""What is known of a value before there is data: of which types it can be, and of objects and lists what is in them.

A `Kind` never claims too much: where something is not known for certain, it is `ANYTHING`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

NULL, BOOLEAN, NUMBER, TEXT, LIST, OBJECT = (1 << bit for bit in range(6))
_EVERY_TYPE = (1 << 6) - 1
_WORDS = {
    NULL: "null",
    BOOLEAN: "true or false",
    NUMBER: "a number",
    TEXT: "a text",
    LIST: "a list",
    OBJECT: "an object",
}
_TYPES: dict[type, int] = {
    type(None): NULL,
    bool: BOOLEAN,
    int: NUMBER,
    float: NUMBER,
    str: TEXT,
    list: LIST,
    dict: OBJECT,
}
_LOOKED_AT = 50  # elements of a literal


@dataclass(slots=True, eq=False)
class Kind:
    """A set of values. Nobody changes one: it is not frozen because making them would take three times as long.

    types     the types that they can be of, as bits
    fields    all fields of the object, or None where they are not known; with `rest`, those that are certain
    rest      the kind of every other field: the names are known only with the plan
    element   what the list holds; None: anything
    words     the only texts that it can be; None: any
    label     what it is called in messages: `a file`
    names_of  what the names of its other fields are: the plan's branches
    is_scope  whether it is the scope of an expression: all that can be named there
    """

    types: int
    fields: Mapping[str, Kind] | None = None
    rest: Kind | None = None
    element: Kind | None = None
    words: frozenset[str] | None = None
    label: str = ""
    names_of: str = ""
    is_scope: bool = False

    def only(self, types: int) -> bool:
        """Whether it cannot be of any other type than these."""
        return not self.types & ~types

    @property
    def elements(self) -> Kind:
        """What the list holds."""
        return self.element or ANYTHING

    @property
    def values(self) -> Kind:
        """What any of the fields of the object is."""
        if self.fields is None:
            return ANYTHING
        return one_of([*self.fields.values(), *([self.rest] if self.rest else [])])

    def described(self) -> str:
        """In words: its label, or its types."""
        if self.label and self.only(OBJECT | LIST | NULL):
            return self.label
        return " or ".join(words for bit, words in _WORDS.items() if self.types & bit and bit != NULL) or "null"


ANYTHING = Kind(_EVERY_TYPE)
NOTHING = Kind(NULL)


def of_types(python_types: Iterable[type]) -> int:
    """The bits of Python's types."""
    return reduce(lambda bits, each: bits | _TYPES[each], python_types, 0)


def kind_of(value: Any) -> Kind:
    """The kind that holds one JSON value."""
    if isinstance(value, str):
        return Kind(TEXT, words=frozenset((value,)))
    if isinstance(value, dict):
        return Kind(OBJECT, fields={key: kind_of(child) for key, child in value.items()})
    if isinstance(value, list):
        is_known = 0 < len(value) <= _LOOKED_AT
        return Kind(LIST, element=one_of(map(kind_of, value)) if is_known else None)
    return Kind(_TYPES[type(value)])


def nullable(kind: Kind) -> Kind:
    """The same, or null."""
    return kind if kind.types & NULL else _as_types(kind, kind.types | NULL)


def without_null(kind: Kind) -> Kind:
    """The same without null; of what can only be null, nothing is known to be left."""
    return _as_types(kind, kind.types & ~NULL) if kind.types & NULL and kind.types != NULL else kind


def _as_types(kind: Kind, types: int) -> Kind:
    return Kind(types, kind.fields, kind.rest, kind.element, kind.words, kind.label, kind.names_of, kind.is_scope)


def one_of(kinds: Iterable[Kind]) -> Kind:
    """What is of one of several kinds; of no kinds nobody knows anything."""
    every = list(kinds)
    return reduce(either, every) if every else ANYTHING


def either(one: Kind, other: Kind) -> Kind:
    """What is of the one kind or of the other."""
    if one is other:
        return one
    objects = [kind for kind in (one, other) if kind.types & OBJECT]
    lists = [kind for kind in (one, other) if kind.types & LIST]
    texts = [kind for kind in (one, other) if kind.types & TEXT]
    labels = {kind.label for kind in (*objects, *lists)}
    return Kind(
        one.types | other.types,
        fields=_fields(objects),
        rest=objects[0].rest if len(objects) == 1 else None,
        names_of=objects[0].names_of if len(objects) == 1 else "",
        element=one_of(kind.elements for kind in lists) if lists else None,
        words=_words(texts),
        label=labels.pop() if len(labels) == 1 else "",
    )


def _fields(objects: Sequence[Kind]) -> Mapping[str, Kind] | None:
    if len(objects) == 1:
        return objects[0].fields
    known = [kind.fields for kind in objects if kind.fields is not None and kind.rest is None]
    if len(known) < 2:
        return None
    names = {name: None for fields in known for name in fields}  # in order, each once
    return {name: one_of(fields.get(name, NOTHING) for fields in known) for name in names}


def _words(texts: Sequence[Kind]) -> frozenset[str] | None:
    known = [kind.words for kind in texts if kind.words is not None]
    return frozenset().union(*known) if known and len(known) == len(texts) else None
