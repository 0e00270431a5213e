"""Plans as text: YAML that `document` reads back as the very same value."""

from __future__ import annotations

from typing import Any

import yaml

from .document import is_special

_BREAKS = frozenset("\r\x85\u2028\u2029")  # YAML reads them as ends of lines
_WIDTH = 1_000_000  # no line is broken: what is read here is edited by people


class _Dumper(yaml.SafeDumper):
    """Quotes what only `document` takes for a number or a word; writes text of several lines as such."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def represent_text(self, text: str) -> yaml.ScalarNode:
        return self.represent_scalar("tag:yaml.org,2002:str", text, style=_style(text))


def _style(text: str) -> str | None:
    """None: plain, where YAML allows it."""
    if not _BREAKS.isdisjoint(text):
        return '"'
    if "\n" in text.strip("\n"):
        return "|"
    return "'" if is_special(text) else None


_Dumper.add_representer(str, _Dumper.represent_text)


def write_document(value: Any) -> str:
    """A JSON value as YAML, its keys in their order."""
    return yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=_WIDTH)
