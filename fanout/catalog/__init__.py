"""The shipped catalog: known tools, as YAML, each an entry by its name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ..core.plans.document import parse_document


@cache
def shipped_catalog() -> Mapping[str, Any]:
    """The entries that come with the plugin; read once, never changed."""
    entries: dict[str, Any] = {}
    for file in sorted(Path(__file__).parent.glob("*.yaml")):
        entries |= parse_document(file.read_text(encoding="utf-8"), file.name)
    return entries
