"""Rules on streamed messages (contract 8): each reshapes, removes or passes a message before it is folded or shown."""

from __future__ import annotations

from typing import Any

from ..budget import Budget
from ..plans.plan import Rule
from ..values import to_text
from .judging import evaluate_at, is_true
from .messages import Message
from .records import seconds


def apply_rules(
    rules: tuple[Rule, ...], message: Message, *, branch: str, index: int, elapsed_s: float, budget: Budget
) -> Message | None:
    """What becomes of a message: itself, another one, or None where a rule removed it.

    `index` counts the messages of the attempt from 0, `elapsed_s` the seconds since its request. After an `emit` the
    following rules see the new message. Raises ExpressionError with the path (`rules[1].where: …`), or TooLargeError.
    """
    scope: dict[str, Any] | None = None
    for rule in rules:
        if rule.types is not None and message.kind not in rule.types:
            continue
        if rule.branches is not None and branch not in rule.branches:
            continue
        if rule.where is None and rule.emit is None:
            return None
        if scope is None:
            scope = _scope(message, branch, index, elapsed_s)
        if rule.where is not None and not is_true(evaluate_at(f"{rule.path}.where", rule.where, scope, budget)):
            continue
        emitted = None if rule.emit is None else evaluate_at(f"{rule.path}.emit", rule.emit, scope, budget)
        if emitted is None:
            return None
        message = _as_message(emitted)
        scope = None
    return message


def _scope(message: Message, branch: str, index: int, elapsed_s: float) -> dict[str, Any]:
    """What the expressions of a rule see: every key, null where it does not apply to this kind of message."""
    scope: dict[str, Any] = {
        "branch": branch,
        "type": message.kind,
        "index": index,
        "elapsed_s": seconds(elapsed_s),
        "text": None,
        "json": None,
        "variable": None,
        "link": None,
        "file": None,
    }
    is_variable = message.kind == "variable"
    scope[message.kind] = {"name": message.name, "value": message.value} if is_variable else message.value
    return scope


def _as_message(value: Any) -> Message:
    """A string becomes text, an object or list JSON, a number or boolean the text of it."""
    if isinstance(value, (dict, list)):
        return Message("json", value)
    return Message("text", to_text(value))
