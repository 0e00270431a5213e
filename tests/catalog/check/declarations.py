"""An entry beside what its tool declares: names, types, options, ranges and forms of parameters, and authorisation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fanout.core.budget import Budget
from fanout.core.errors import ExpressionError
from fanout.core.language.templates import compile_value

from .copies import Copies, Declaration

_MANY = 1_000  # more results than any tool gives: an entry must keep to the tool's own limit
_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "secret-input": (str,),
    "select": (str,),
    "number": (int, float),
    "boolean": (bool,),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One entry and what was found: `declared` is None where the tool is not in DIR, or `problems` say why."""

    name: str
    entry: Mapping[str, Any]
    declared: Declaration | None
    problems: tuple[str, ...] = ()

    @property
    def verdict(self) -> str:
        if self.problems:
            return f"{len(self.problems)} mismatch{'' if len(self.problems) == 1 else 'es'}"
        return "ok" if self.declared else "not in DIR"


def check_entry(name: str, entry: Mapping[str, Any], copies: Copies) -> Finding:
    found = copies.find(entry["provider"], entry["tool_name"])
    if isinstance(found, str):
        return Finding(name, entry, None, (found,))
    return Finding(name, entry, found, tuple(_mismatches(entry, found)) if found else ())


def _mismatches(entry: Mapping[str, Any], declared: Declaration) -> Iterator[str]:
    if entry.get("authorization", False) != declared.needs_authorization:
        yield f"authorization: the provider {'wants' if declared.needs_authorization else 'wants no'} credentials"
    given = entry.get("parameters") or {}
    for parameter, rule in declared.parameters.items():
        if parameter not in given and rule.get("required") and _must_be_given(rule):
            yield f"{parameter}: required, and not given"
    for parameter, value in given.items():
        if parameter not in declared.parameters:
            yield f"{parameter}: the tool has no such parameter"
            continue
        problems = [_misfit(each, declared.parameters[parameter]) for each in _sample_values(entry, value)]
        yield from dict.fromkeys(f"{parameter}: {problem}" for problem in problems if problem)


def _must_be_given(rule: Mapping[str, Any]) -> bool:
    """A reverse call fills in defaults of settings (`form: form`) only."""
    return rule.get("form") != "form" or rule.get("default") in (None, "")


def _sample_values(entry: Mapping[str, Any], value: Any) -> list[Any]:
    """The parameter as it would be sent: with few results and with many, or for a page."""
    page = "https://example.org/page"
    searches = [{"inputs": {"query": "bees", "count": count}, "item": None, "index": None} for count in (10, _MANY)]
    scopes = searches if entry.get("kind") == "search" else [{"inputs": {"url": page}, "item": page, "index": 0}]
    template = compile_value(value, _raise, "")
    return [template.render(scope, Budget()) for scope in scopes]


def _raise(path: str, error: ExpressionError) -> None:
    raise error


def _misfit(value: Any, rule: Mapping[str, Any]) -> str | None:
    """Why Dify, or the tool, would not take this value."""
    kind = rule.get("type", "string")
    kinds = _TYPES.get(kind)
    if kinds is None or not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        return f"the tool takes {kind} (form {rule.get('form')}), not {type(value).__name__}"
    options = [option.get("value") for option in rule.get("options") or ()]
    if options and isinstance(value, str) and value not in options:
        return f"not one of its options: {', '.join(map(str, options))}"
    low, high = rule.get("min"), rule.get("max")
    if kind == "number" and ((low is not None and value < low) or (high is not None and value > high)):
        return f"{value} is outside its range, {low} to {high}"
    return None
