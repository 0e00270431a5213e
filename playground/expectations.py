"""Checks the `expect` of a conformance case against what came out. Every key of the format has one check here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .calls import Outcome

TOLERANCE = 1e-6
SHOWN_CHARS = 300
MISSING = object()


def problems(expect: Mapping[str, Any], outcome: Outcome, factor: float = 1.0) -> list[str]:
    """What is not as expected, one line each. `factor` widens the upper bounds of times."""
    found = _raised(expect, outcome)
    if outcome.error is not None and found:
        return found  # nothing else can be as expected
    for key, wanted in expect.items():
        check = _CHECKS.get(key)
        if check is None:
            found.append(f"expect.{key}: no such key; known are {', '.join(_CHECKS)}")
        else:
            found += check(wanted, outcome, factor)
    return found


def differences(wanted: Any, found: Any, path: str, subset: bool = False) -> list[str]:
    """Where two values differ, with paths. With `subset`, objects may have further keys."""
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        extra = (
            []
            if subset
            else [f"{path}.{key}: not expected, found {shown(found[key])}" for key in found.keys() - wanted]
        )
        for key, value in wanted.items():
            extra += differences(value, found.get(key, MISSING), f"{path}.{key}", subset)
        return extra
    if isinstance(wanted, list) and isinstance(found, list):
        if len(wanted) != len(found):
            return [f"{path}: expected {len(wanted)} elements, found {len(found)}: {shown(found)}"]
        pairs = enumerate(zip(wanted, found, strict=True))
        return [line for index, (one, other) in pairs for line in differences(one, other, f"{path}[{index}]", subset)]
    return [] if _equal(wanted, found) else [f"{path}: expected {shown(wanted)}, found {shown(found)}"]


def shown(value: Any) -> str:
    if value is MISSING:
        return "nothing"
    text = repr(value)
    return text if len(text) <= SHOWN_CHARS else f"{text[:SHOWN_CHARS]}… ({len(text)} characters)"


def _equal(wanted: Any, found: Any) -> bool:
    if isinstance(wanted, bool) or isinstance(found, bool):
        return wanted is found
    if isinstance(wanted, int | float) and isinstance(found, int | float):
        return abs(wanted - found) <= TOLERANCE
    return type(wanted) is type(found) and bool(wanted == found)


def _raised(expect: Mapping[str, Any], outcome: Outcome) -> list[str]:
    if "error_has" in expect and outcome.error is None:
        return [f"error_has: expected the call to raise; it returned {shown(outcome.variables.get('result'))}"]
    if "error_has" not in expect and outcome.error is not None:
        return [f"the call raised {outcome.error[0]}: {outcome.error[1]}"]
    return []


def _variable(name: str, subset: bool = False) -> Callable[[Any, Outcome, float], list[str]]:
    def check(wanted: Any, outcome: Outcome, factor: float) -> list[str]:
        return differences(wanted, outcome.variables.get(name, MISSING), name, subset)

    return check


def _text(wanted: Any, outcome: Outcome, factor: float) -> list[str]:
    return differences(wanted, outcome.text, "text")


def _text_has(wanted: Any, outcome: Outcome, factor: float) -> list[str]:
    return [f"text_has: {part!r} is not in {shown(outcome.text)}" for part in wanted if part not in outcome.text]


def _text_order(wanted: Any, outcome: Outcome, factor: float) -> list[str]:
    position = 0
    for part in wanted:
        position = outcome.text.find(part, position)
        if position < 0:
            return [f"text_order: {part!r} does not follow in {shown(outcome.text)}"]
        position += len(part)
    return []


def _error_has(wanted: Any, outcome: Outcome, factor: float) -> list[str]:
    if outcome.error is None:
        return []
    text = outcome.error[1].lower()
    return [f"error_has: {part!r} is not in {outcome.error[1]}" for part in wanted if str(part).lower() not in text]


def _error_lacks(wanted: Any, outcome: Outcome, factor: float) -> list[str]:
    text = " ".join(outcome.error or ()).lower()
    return [f"error_lacks: {part!r} is in {text}" for part in wanted if str(part).lower() in text]


def _calls(wanted: Any, outcome: Outcome, factor: float) -> list[str]:
    counts = outcome.calls
    pairs = [(target, number, counts.get(target, 0)) for target, number in wanted.items()]
    return [f"calls.{target}: expected {number}, found {made}" for target, number, made in pairs if number != made]


def _at_most(name: str) -> Callable[[Any, Outcome, float], list[str]]:
    def check(wanted: Any, outcome: Outcome, factor: float) -> list[str]:
        found = getattr(outcome, name)
        return [] if found <= wanted else [f"{name}: expected at most {wanted}, found {found}"]

    return check


def _within(name: str) -> Callable[[Any, Outcome, float], list[str]]:
    def check(wanted: Any, outcome: Outcome, factor: float) -> list[str]:
        found = getattr(outcome, name)
        low, high = wanted[0], wanted[1] * factor
        if found is None:
            return [f"{name}: expected {low:g} to {high:g} s, but it never came"]
        return (
            [] if low - TOLERANCE <= found <= high else [f"{name}: expected {low:g} to {high:g} s, found {found:.3f} s"]
        )

    return check


def _files(wanted: Any, outcome: Outcome, factor: float) -> list[str]:
    return differences(wanted, len(outcome.files), "files")


def _types(wanted: Any, outcome: Outcome, factor: float) -> list[str]:
    return differences(wanted, outcome.types, "types")


_CHECKS: dict[str, Callable[[Any, Outcome, float], list[str]]] = {
    "result": _variable("result"),
    "items": _variable("items"),
    "complete": _variable("complete"),
    "settled_by": _variable("settled_by"),
    "text": _text,
    "result_has": _variable("result", subset=True),
    "branches_have": _variable("branches", subset=True),
    "text_has": _text_has,
    "text_order": _text_order,
    "error_has": _error_has,
    "error_lacks": _error_lacks,
    "calls": _calls,
    "max_in_flight": _at_most("max_in_flight"),
    "wall_s": _within("wall_s"),
    "first_text_s": _within("first_text_s"),
    "files": _files,
    "types": _types,
    "longest_line": _at_most("longest_line"),
}
