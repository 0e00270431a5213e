"""How deeply values are nested, in time proportional to their distinct containers."""

from __future__ import annotations

from typing import Any

from .budget import Budget


def is_deeper(value: Any, levels: int, budget: Budget | None = None) -> bool:
    """Whether containers stand in each other more than `levels` times. Parts that are shared count once a level."""
    level = {id(value): value} if isinstance(value, (list, dict)) else {}
    for _ in range(levels):
        if not level:
            return False
        inner: dict[int, Any] = {}
        for container in level.values():
            if budget is not None:
                budget.spend(1 + len(container))
            items = container.values() if isinstance(container, dict) else container
            inner.update((id(item), item) for item in items if isinstance(item, (list, dict)))
        level = inner
    return bool(level)
