"""What is known of an expression from its tree alone: what it costs, whether it makes something new, its plain path."""

from __future__ import annotations

from typing import Any

from .syntax import Node

# nodes whose children are evaluated elsewhere, once per element
_LOOPS = {"projection": 1, "value_projection": 1, "filter_projection": 1, "expref": 0}
_BUILDERS = frozenset(
    (
        "projection",
        "value_projection",
        "filter_projection",
        "flatten",
        "slice",
        "multi_select_list",
        "multi_select_dict",
    )
) | {"function_expression"}


def cost(node: Node) -> int:
    """Visited nodes of one evaluation, apart from those that depend on the data."""
    kind = node.kind
    if kind == "literal":
        return _count(node.value)
    return 1 + sum(map(cost, node.children[: _LOOPS.get(kind)]))


def may_build(node: Node) -> bool:
    """Whether the result can be anything but a part of the input."""
    if node.kind in _BUILDERS:
        return True
    return any(map(may_build, node.children))


def needs_frame(node: Node) -> bool:
    """Whether an expression has `$` or variables."""
    return node.kind in ("root", "let") or any(map(needs_frame, node.children))


def field_path(node: Node) -> tuple[str, ...] | None:
    """The names, if a node is nothing but fields: `a.b.c`."""
    if node.kind == "field":
        return (node.value,)
    if node.kind != "subexpression":
        return None
    paths = [field_path(child) for child in node.children]
    return None if None in paths else tuple(name for path in paths for name in path or ())


def _count(value: Any) -> int:
    if isinstance(value, list):
        return 1 + sum(map(_count, value))
    if isinstance(value, dict):
        return 1 + sum(map(_count, value.values()))
    return 1
