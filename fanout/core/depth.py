"""How deeply values are nested, in time proportional to their distinct containers."""

from __future__ import annotations

from typing import Any

from .budget import Budget

_CONTAINERS = (dict, list)


def is_deeper(value: Any, levels: int, budget: Budget | None = None) -> bool:
    """Whether containers stand in each other more than `levels` times. Parts that are shared count once a level."""
    level = {id(value): value} if isinstance(value, _CONTAINERS) else {}
    for _ in range(levels):
        if not level:
            return False
        inner: dict[int, Any] = {}
        for container in level.values():
            if budget is not None:  # container by container: one level can be as long as the value
                budget.spend(1 + len(container))
            for item in container.values() if isinstance(container, dict) else container:
                if isinstance(item, _CONTAINERS):
                    inner[id(item)] = item
        level = inner
    return bool(level)
