"""Checks the `expect` of a conformance case against what came out. Every key of the format has one check here."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from typing import Any

from .calls import Outcome

TOLERANCE = 1e-6
SPACING_SLACK_S = 0.02  # a request is seen when the host's loop gets to it
SHOWN_CHARS = 300
INNER_DETAIL = re.compile(r"Traceback|File \"|\w\.py\b|(?<![\w/:.])/(?:[\w.-]+/)+[\w.-]+")  # a path begins with a slash
BY_TARGET = ("calls", "sent_has", "spaced_s")
MISSING = object()


def problems(expect: Mapping[str, Any], outcome: Outcome, factor: float = 1.0) -> list[str]:
    """What is not as expected, one line each. `factor` widens the upper bounds of times."""
    found = _raised(expect, outcome)
    if outcome.error is not None and found:
        return found  # nothing else can be as expected
    for key, wanted in expect.items():
        found += _CHECKS[key](wanted, outcome, factor)
    return found


def unreadable(expect: Mapping[str, Any]) -> str | None:
    """What is wrong with an `expect` itself, on one line; None where it can be checked."""
    if unknown := [key for key in expect if key not in _CHECKS]:
        return f"expect.{unknown[0]}: no such key; known are {', '.join(_CHECKS)}"
    for key in BY_TARGET:
        if strange := [target for target in expect.get(key, {}) if ":" not in target]:
            return f"expect.{key}: {target_hint(strange[0])}"
    return None


def target_hint(target: str) -> str:
    """How a tool is named here, for one that was named as plans do."""
    provider, _, tool = target.rpartition("/")
    return f"{target} names no tool; tools are written provider:tool_name" + (f", {provider}:{tool}" if tool else "")


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


def _text_order(wanted: Any, outcome: Outcome, factor: float) -> list[str]:
    position = 0
    for part in wanted:
        position = outcome.text.find(part, position)
        if position < 0:
            return [f"text_order: {part!r} does not follow in {shown(outcome.text)}"]
        position += len(part)
    return []


def _has(name: str, text: Callable[[Outcome], str]) -> Callable[[Any, Outcome, float], list[str]]:
    def check(wanted: Any, outcome: Outcome, factor: float) -> list[str]:
        found = text(outcome)
        return [f"{name}: {part!r} is not in {shown(found)}" for part in wanted if part not in found]

    return check


def _lacks(name: str, text: Callable[[Outcome], str]) -> Callable[[Any, Outcome, float], list[str]]:
    def check(wanted: Any, outcome: Outcome, factor: float) -> list[str]:
        found = text(outcome)
        return [f"{name}: {part!r} is in {shown(found)}" for part in wanted if part in found]

    return check


def _error_has(wanted: Any, outcome: Outcome, factor: float) -> list[str]:
    if outcome.error is None:
        return []
    text = outcome.error[1].lower()
    return [f"error_has: {part!r} is not in {outcome.error[1]}" for part in wanted if str(part).lower() not in text]


def _error_lacks(wanted: Any, outcome: Outcome, factor: float) -> list[str]:
    text = " ".join(outcome.error or ())
    return [f"error_lacks: {part!r} is in {text}" for part in wanted if str(part).lower() in text.lower()]


def _error_plain(wanted: Any, outcome: Outcome, factor: float) -> list[str]:
    inner = INNER_DETAIL.search(outcome.error_line)
    if not wanted or inner is None:
        return []
    return [f"error_plain: the error line holds {inner[0]!r}: {shown(outcome.error_line)}"]


# -- warnings, and what `check_plan` answers


def _answer(outcome: Outcome) -> Mapping[str, Any]:
    result = outcome.variables.get("result")
    return result if isinstance(result, Mapping) else {}


def _warnings(outcome: Outcome) -> list[str]:
    emitted = outcome.variables.get("warnings")
    return [str(line) for line in emitted or []] + _told(_answer(outcome).get("warnings"))


def _problems(outcome: Outcome) -> list[str]:
    return _told(_answer(outcome).get("errors")) + _warnings(outcome)


def _told(entries: Any) -> list[str]:
    if not isinstance(entries, list):
        return []
    return [f"{one.get('path')}: {one.get('message')}" if isinstance(one, Mapping) else str(one) for one in entries]


def _some_say(name: str, lines: Callable[[Outcome], list[str]]) -> Callable[[Any, Outcome, float], list[str]]:
    def check(wanted: Any, outcome: Outcome, factor: float) -> list[str]:
        found = lines(outcome)
        return [f"{name}: none says {part!r} of {shown(found)}" for part in wanted if not _said(part, found)]

    return check


def _warnings_lack(wanted: Any, outcome: Outcome, factor: float) -> list[str]:
    found = _warnings(outcome)
    return [f"warnings_lack: {part!r} is said in {shown(found)}" for part in wanted if _said(part, found)]


def _said(part: str, lines: Iterable[str]) -> bool:
    return any(str(part).lower() in line.lower() for line in lines)


def _no_warnings(wanted: Any, outcome: Outcome, factor: float) -> list[str]:
    emitted, found = outcome.variables.get("warnings", MISSING), _warnings(outcome)
    if not wanted or (emitted == [] and not found):
        return []
    return [f"no_warnings: the variable is {shown(emitted)}, all are {shown(found)}"]


def _ok(wanted: Any, outcome: Outcome, factor: float) -> list[str]:
    return differences(wanted, _answer(outcome).get("ok", MISSING), "ok")


def _variables_have(wanted: Any, outcome: Outcome, factor: float) -> list[str]:
    found = {name: outcome.variables.get(name, "") for name in wanted}
    texts = {
        name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for name, value in found.items()
    }
    return [
        f"variables_have.{name}: {part!r} is not in {shown(texts[name])}"
        for name, parts in wanted.items()
        for part in parts
        if part not in texts[name]
    ]


# -- what was called


def _sent_has(wanted: Any, outcome: Outcome, factor: float) -> list[str]:
    return [
        line
        for target, expected in wanted.items()
        for line in differences(
            expected, [call.parameters for call in outcome.calls_of(target)], f"sent_has.{target}", subset=True
        )
    ]


def _spaced_s(wanted: Any, outcome: Outcome, factor: float) -> list[str]:
    found = []
    for target, least in wanted.items():
        times = [call.asked_s for call in outcome.calls_of(target)]
        gap = min((later - earlier for earlier, later in pairwise(times)), default=least)
        if gap < least - SPACING_SLACK_S:
            found.append(f"spaced_s.{target}: expected {least:g} s at least, found {gap:.3f} s")
    return found


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


def _types_lack(wanted: Any, outcome: Outcome, factor: float) -> list[str]:
    return [f"types_lack: {one!r} is among {outcome.types}" for one in wanted if one in outcome.types]


_CHECKS: dict[str, Callable[[Any, Outcome, float], list[str]]] = {
    "result": _variable("result"),
    "items": _variable("items"),
    "complete": _variable("complete"),
    "settled_by": _variable("settled_by"),
    "text": _text,
    "result_has": _variable("result", subset=True),
    "branches_have": _variable("branches", subset=True),
    "text_has": _has("text_has", lambda outcome: outcome.text),
    "text_lacks": _lacks("text_lacks", lambda outcome: outcome.text),
    "text_order": _text_order,
    "error_has": _error_has,
    "error_lacks": _error_lacks,
    "error_plain": _error_plain,
    "warnings_has": _some_say("warnings_has", _warnings),
    "warnings_lack": _warnings_lack,
    "problems_has": _some_say("problems_has", _problems),
    "no_warnings": _no_warnings,
    "ok": _ok,
    "variables_have": _variables_have,
    "calls": _calls,
    "sent_has": _sent_has,
    "spaced_s": _spaced_s,
    "max_in_flight": _at_most("max_in_flight"),
    "wall_s": _within("wall_s"),
    "first_text_s": _within("first_text_s"),
    "files": _files,
    "types": _types,
    "types_lack": _types_lack,
    "longest_line": _at_most("longest_line"),
}
