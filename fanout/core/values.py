"""JSON values: how large they are, making them clean, writing them out.

A JSON value is exactly None, bool, int, float, str, list or dict with str keys. Values are never mutated, so parts of
them may be shared: a value of a few small lists can stand for a tree of 2^40 leaves. Whatever writes a value out (or
walks it as the tree it stands for) checks its size first.
"""

from __future__ import annotations

import json
import math
import operator
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice
from json.encoder import encode_basestring
from typing import Any, NamedTuple

from . import limits
from .budget import Budget
from .errors import TooLargeError

INT_BITS = 1024  # whole numbers beyond the range of a double count as infinite: the platform cannot read them
MAX_CHAR_BYTES = 6  # no character of a text takes more bytes than this in JSON (\u0000)
CHARS_PER_NODE = 64  # work on this many characters of text counts as one visited node

_SATURATED = 2**62  # sizes stop here; doubling shared parts gets anywhere
_GLANCE_NODES = 4_000  # values up to here are walked as trees, which is faster than looking for shared parts
_GLANCE_CHARS = limits.MIB  # together, for the same reason
_HUGE = 1 << INT_BITS
_ESCAPED = bytes((*range(0x20), *b'"\\'))  # what takes two bytes in JSON
_SPELLED = bytes(set(range(0x20)) - set(b"\b\t\n\f\r"))  # or even six
_LONG_TEXT = 256  # longer texts are measured once, however often they occur
_LARGE_LEAF = 16  # containers without containers are measured again where they are smaller

_encode = json.JSONEncoder(ensure_ascii=False, check_circular=False, allow_nan=False, separators=(",", ":")).encode


class Size(NamedTuple):
    """A value written out as a tree: how many values it consists of, and its bytes as compact JSON in UTF-8."""

    nodes: int
    bytes: int

    @classmethod
    def at_most(cls, size: int) -> Size:
        """That of a value of so many bytes: no value in it takes less than one."""
        return cls(nodes=size, bytes=size)


def measure(value: Any, budget: Budget) -> Size:
    """The size of a value as a tree, in time proportional to its distinct containers. Saturates at about 4·10^18.

    Raises TooLargeError where a value is nested more deeply than the interpreter can follow.
    """
    if isinstance(value, str):
        return Size(1, _text_bytes(value, {}, budget))
    if not isinstance(value, (list, dict)):
        return Size(1, _scalar_bytes(value))
    glance = _glance(value)
    if glance is not None:
        budget.spend(glance.nodes)
        spend_text(glance.chars, budget)
        return Size(glance.nodes, glance.bytes())
    try:
        nodes, size = _measure(value, {}, budget)
    except RecursionError:
        raise TooLargeError("a value is nested too deeply") from None
    return Size(min(nodes, _SATURATED), min(size, _SATURATED))


def check_size(
    value: Any, budget: Budget, what: str, max_bytes: int = limits.EVAL_BYTES, max_nodes: int = limits.EVAL_NODES
) -> None:
    """Raise TooLargeError (`what` is larger than …) where a value, written out as a tree, is over a limit."""
    glance = _glance(value)
    if glance is not None and glance.nodes <= max_nodes and glance.most_bytes <= max_bytes:
        budget.spend(glance.nodes)
        return
    try:
        size = measure(value, budget)
    except TooLargeError:
        message = f"{what} is nested too deeply; select less of it"
        raise TooLargeError(message) from None
    if size.bytes > max_bytes:
        raise TooLargeError(f"{what} is larger than {to_words(max_bytes)}; select less of it")
    if size.nodes > max_nodes:
        raise TooLargeError(f"{what} is larger than {max_nodes:,} values; select less of it")


def clean(value: Any, budget: Budget | None = None) -> Any:
    """The JSON value that `value` stands for; the same object where nothing has to change.

    Lone surrogates become U+FFFD; NaN, infinite numbers and whole numbers beyond the range of a double become None;
    keys become text; tuples become lists; what is no JSON value becomes its text. Counts nodes if given a budget.
    """
    if type(value) is str:
        return value if value.isascii() else _clean_text(value)
    glance = _glance(value)
    if glance is not None and glance.is_clean():
        if budget is not None:
            budget.spend(glance.nodes)
        return value
    try:
        return _clean(value, {}, budget or Budget(_SATURATED))
    except RecursionError:
        raise TooLargeError("a value is nested too deeply") from None


def clean_size(value: Any) -> Size | None:
    """The size of a value, where a glance shows that it is small and clean."""
    glance = _glance(value)
    return Size(glance.nodes, glance.bytes()) if glance is not None and glance.is_clean() else None


def json_bytes(value: Any) -> int:
    """The bytes of a value as compact JSON. It is written out where it is large: for values that came as JSON."""
    glance = _glance(value)
    if glance is not None:
        return glance.bytes()
    text = compact(value)
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def compact(value: Any) -> str:
    """Compact JSON in the value's own key order, non-ASCII as it is. The caller has checked the size."""
    try:
        return _encode(value)
    except RecursionError:
        raise TooLargeError("a value is nested too deeply to be written out") from None


def to_text(value: Any) -> str:
    """A value inside a text: text as it is, null as nothing, the rest as compact JSON."""
    if isinstance(value, str):
        return value
    return "" if value is None else compact(value)


def equal(left: Any, right: Any, budget: Budget) -> bool:
    """Equality of JSON: 1 equals 1.0, but not true. Counts as writing out where both are containers of one length."""
    kind = type(left)
    if kind is not type(right):
        return kind in NUMBERS and type(right) in NUMBERS and bool(left == right)
    if kind is str:
        spend_text(min(len(left), len(right)), budget)
    elif kind is list or kind is dict:
        if len(left) != len(right):
            return False
        check_size(left, budget, "a compared value")
        check_size(right, budget, "a compared value")
        # the interpreter's own comparison is fast, and only too generous with booleans
        return bool(left == right) and _are_kinds_equal(left, right, budget)
    return bool(left == right)


def identity(value: Any, budget: Budget | None = None) -> Any:
    """Something hashable: equal for equal JSON values only. The caller has checked the size."""
    budget = budget or Budget(_SATURATED)
    kind = type(value)
    if kind is str or value is None:
        return value
    if kind is bool:
        return ("boolean", value)
    if kind is list:
        return ("array", *[identity(item, budget) for item in paced(value, budget)])
    if kind is dict:
        return ("object", frozenset([(key, identity(value[key], budget)) for key in paced(value, budget)]))
    # hashes of large numbers can be made to collide, those of text cannot
    return value if -(2**53) < value < 2**53 else ("number", str(int(value)))


def paced(items: Collection[Any], budget: Budget) -> Iterable[Any]:
    """The items, each counted as a visited node; many of them not all at once, so that others can run meanwhile."""
    if len(items) > Budget.PAUSE_NODES:
        return _paced(items, budget)
    budget.spend(len(items))
    return items


def _paced(items: Collection[Any], budget: Budget) -> Iterator[Any]:
    remaining = iter(items)
    while part := list(islice(remaining, Budget.PAUSE_NODES)):
        budget.spend(len(part))
        yield from part


def spend_text(chars: int, budget: Budget) -> None:
    """Count work on so many characters of text."""
    if chars >= CHARS_PER_NODE:
        budget.spend(chars // CHARS_PER_NODE)


def to_words(size: int) -> str:
    """A number of bytes for people: 8 MiB."""
    for unit, name in ((limits.MIB, "MiB"), (limits.KIB, "KiB")):
        if size >= unit:
            return f"{size / unit:.4g} {name}"
    return f"{size} bytes"


NUMBERS = frozenset((int, float))
_ONLY_TEXT = frozenset((str,))


class _Glance:
    """A small value, walked as the tree it stands for: all its texts (keys too), and the bytes of all else in JSON."""

    __slots__ = ("_joined", "_rest", "_texts", "chars", "nodes")

    def __init__(self, nodes: int, texts: list[str], chars: int, rest: int) -> None:
        self.nodes = nodes
        self.chars = chars
        self._texts = texts
        self._joined = "".join(texts)
        self._rest = rest + 2 * len(texts)  # with their quotes

    @property
    def most_bytes(self) -> int:
        """What its JSON takes at the most."""
        return self._rest + self.chars * MAX_CHAR_BYTES

    def bytes(self) -> int:
        """What its JSON takes, in UTF-8."""
        text = self._joined.encode("utf-8", "surrogatepass")
        size = self._rest + len(text)
        escaped = len(text) - len(text.translate(None, _ESCAPED))
        if escaped:
            size += escaped + 4 * (len(text) - len(text.translate(None, _SPELLED)))
        return size

    def is_clean(self) -> bool:
        """Whether nothing in it has to change to be a JSON value."""
        if not _ONLY_TEXT.issuperset(map(type, self._texts)):
            return False
        return self._joined.isascii() or _clean_text(self._joined) is self._joined


def _glance(value: Any) -> _Glance | None:
    """A glance at a value; None where it is large, or has something in it that is no JSON value."""
    pending = [value]
    texts: list[str] = []
    rest = 0
    for item in pending:  # grows meanwhile
        kind = type(item)
        if kind is str:
            texts.append(item)
        elif kind is dict:
            rest += 2 * len(item) + (not item) + 1  # brackets, commas, colons
            texts += item
            pending += item.values()
            if len(pending) > _GLANCE_NODES:
                return None
        elif kind is list:
            rest += len(item) + (not item) + 1
            pending += item
            if len(pending) > _GLANCE_NODES:
                return None
        elif kind is bool or item is None:
            rest += 5 if item is False else 4
        elif (kind is int and -_HUGE < item < _HUGE) or (kind is float and math.isfinite(item)):
            rest += len(repr(item))
        else:
            return None
    try:
        chars = sum(map(len, texts))
        return _Glance(len(pending), texts, chars, rest) if chars <= _GLANCE_CHARS else None
    except TypeError:  # a key that is no text
        return None


def _measure(value: Any, seen: dict[int, tuple[int, int]], budget: Budget) -> tuple[int, int]:
    """Nodes and bytes of a container. `seen` by id: all that it holds lives as long as the whole value."""
    known = seen.get(id(value))
    if known is not None:
        return known
    budget.spend()
    length = len(value)
    nodes = 1 + length
    size = 1 + max(length, 1)  # brackets and commas
    items = value
    if type(value) is dict:
        items = value.values()
        size += length + sum([_text_bytes(key, seen, budget) for key in paced(value, budget)])
    is_leaf = True
    for item in paced(items, budget):
        kind = type(item)
        if kind is str:
            size += _text_bytes(item, seen, budget)
        elif kind is list or kind is dict:
            is_leaf = False
            item_nodes, item_size = _measure(item, seen, budget)
            nodes += item_nodes - 1
            size += item_size
        else:
            size += _scalar_bytes(item)
    nodes, size = min(nodes, _SATURATED), min(size, _SATURATED)
    if not is_leaf or length > _LARGE_LEAF:
        seen[id(value)] = nodes, size
    return nodes, size


def _scalar_bytes(value: Any) -> int:
    if value is None or value is True:
        return 4
    return 5 if value is False else len(repr(value))


def _text_bytes(text: str, seen: dict[int, tuple[int, int]], budget: Budget) -> int:
    if len(text) < _LONG_TEXT:
        written = encode_basestring(text)
        return len(written) if written.isascii() else len(written.encode("utf-8", "surrogatepass"))
    known = seen.get(id(text))
    if known is None:
        budget.spend(len(text) // CHARS_PER_NODE)
        written = encode_basestring(text)
        known = seen[id(text)] = 1, len(written.encode("utf-8", "surrogatepass"))
    return known[1]


def _are_kinds_equal(left: Any, right: Any, budget: Budget) -> bool:
    """Whether values that the interpreter calls equal have their booleans in the same places."""
    pending = [(left, right)]
    for one, other in pending:  # grows meanwhile
        if (type(one) is bool) is not (type(other) is bool):
            return False
        if type(one) is list:
            budget.spend(len(one))
            pending.extend(zip(one, other, strict=True))
        elif type(one) is dict:
            budget.spend(len(one))
            pending.extend((item, other[key]) for key, item in one.items())
    return True


def _clean(value: Any, seen: dict[int, Any], budget: Budget) -> Any:
    """`seen` holds clean containers by the id of what they were, so that shared parts are cleaned once.

    One frame of the interpreter per level of nesting: data may be nested half as deeply as there are frames.
    """
    kind = type(value)
    if kind is str:
        return value if value.isascii() else _clean_text(value)
    if kind is bool or value is None:
        return value
    if kind is int:
        return value if value.bit_length() <= INT_BITS else None
    if kind is float:
        return value if math.isfinite(value) else None
    if kind is not dict and kind is not list:
        value = _plain(value, seen)
        return _clean(value, seen, budget)
    known = seen.get(id(value))
    if known is not None:
        return known
    cleaned: Any
    if kind is list:
        cleaned = [_clean(item, seen, budget) for item in paced(value, budget)]
        is_clean = all(map(operator.is_, cleaned, value))
    else:
        cleaned = {_clean_key(key): _clean(value[key], seen, budget) for key in paced(value, budget)}
        is_clean = all(map(operator.is_, cleaned, value)) and all(map(operator.is_, cleaned.values(), value.values()))
        is_clean = is_clean and len(cleaned) == len(value)
    seen[id(value)] = value if is_clean else cleaned
    return seen[id(value)]


def _plain(value: Any, seen: dict[int, Any]) -> Any:
    """A value of another type as one of a plain type; subclasses of the plain types count as these."""
    match value:
        case str():
            return str.__str__(value)
        case int():
            return int(value)
        case float():
            return float(value)
        case Mapping():
            plain: Any = dict(value)
        case list() | tuple():
            plain = list(value)
        case _:
            return str(value)
    seen[-1 - len(seen)] = plain  # `seen` goes by id, so this must live on
    return plain


def _clean_key(key: Any) -> str:
    """A key as JSON writes it: true, null and numbers as they stand there."""
    if type(key) is str:
        return key if key.isascii() else _clean_text(key)
    cleaned = clean(key)
    return cleaned if isinstance(cleaned, str) else compact(cleaned)


def _clean_text(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        # pairs of surrogates that stand side by side are one character
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text
