"""Comparisons and functions over kinds: what they give, and what they can never take or be."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..language.signatures import Function, Like, Type
from ..language.syntax import Node
from ..values import compact
from . import advice
from .expression_text import ExpressionText
from .kinds import ANYTHING, BOOLEAN, LIST, NULL, NUMBER, TEXT, Kind, nullable, of_types, one_of

_NUMBER = re.compile(r"-?[0-9]{1,20}(?:\.[0-9]{1,20})?")
_TYPE_NAMES = frozenset(("null", "boolean", "number", "string", "array", "object"))


def never_equal(comparison: Node, left: Kind, right: Kind, text: ExpressionText) -> advice.Words | None:
    """What to say where two sides can never be equal; None where they can."""
    one, other = comparison.children
    if _is_caution(comparison, left, right):
        return None
    common = left.types & right.types
    if not common:
        meant = _meant(one, right) or _meant(other, left)
        return advice.never_equal(text.side(one, left), text.side(other, right), meant)
    if common != TEXT or left.words is None or right.words is None or not left.words.isdisjoint(right.words):
        return None
    if len(left.words) == 1:
        return advice.never_this_word(text.shown(other), right.words, next(iter(left.words)))
    return advice.never_this_word(text.shown(one), left.words, next(iter(right.words)))


def _is_caution(comparison: Node, left: Kind, right: Kind) -> bool:
    """`!= null` of unknown data, from which a projection has taken the nulls already: nothing is wrong with it."""
    return comparison.value == "ne" and NULL in (left.types, right.types) and ANYTHING.types == left.types | right.types


def _meant(node: Node, beside: Kind) -> str:
    """How a literal is written that can be equal to what it is compared with: `'true'` beside a boolean."""
    if node.kind != "literal" or node.value is None:
        return ""
    if isinstance(node.value, str):
        word = node.value.strip().lower()
        is_meant = beside.types & (BOOLEAN if word in ("true", "false") else NUMBER if _NUMBER.fullmatch(word) else 0)
        return f"`{word}`" if is_meant else ""
    is_scalar = isinstance(node.value, bool | int | float)
    return f"'{compact(node.value)}'" if is_scalar and beside.types & TEXT else ""


def can_take(expected: Type, kind: Kind) -> bool:
    """Whether a value of this kind can be one that a parameter of a function takes."""
    fits = kind.types & of_types(expected.kinds)
    if fits != LIST or not expected.elements or kind.element is None:
        return bool(fits)
    return any(kind.element.types & of_types(allowed) for allowed in expected.elements)


def result_of(function: Function, kinds: Sequence[Kind]) -> Kind:
    """What a function gives for arguments of these kinds; that of an &expression is its kind over an element."""
    returns = function.returns
    if isinstance(returns, Like):
        kind = kinds[returns.argument]
        if returns.is_element:
            return nullable(kind.elements)
        fits = kind.types & of_types(function.parameter(returns.argument).kinds)
        return Kind(fits, element=kind.element) if fits else ANYTHING
    match function.name:
        case "not_null":
            return one_of(kinds)
        case "map":
            return Kind(LIST, element=kinds[0])
        case "type":
            return Kind(TEXT, words=_TYPE_NAMES)
    if returns.kinds == frozenset((list,)) and len(returns.elements) == 1:
        return Kind(LIST, element=Kind(of_types(returns.elements[0])))
    return Kind(of_types(returns.kinds))
