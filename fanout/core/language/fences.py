"""Fenced blocks in Markdown text, as models put around what they were asked for."""

from __future__ import annotations

import re

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})([^\n]*)")


def only_block(text: str) -> str | None:
    """What stands in the one fenced block of a text; None where it has none, or several."""
    if "```" not in text and "~~~" not in text:
        return None
    blocks: list[list[str]] = []
    fence = ""
    for line in text.splitlines():
        found = _FENCE.match(line)
        if fence and found and _closes(found, fence):
            fence = ""
        elif fence:
            blocks[-1].append(line)
        elif found and not (found[1][0] == "`" and "`" in found[2]):
            fence = found[1]
            blocks.append([])
    return "\n".join(blocks[0]) if len(blocks) == 1 else None


def _closes(line: re.Match[str], fence: str) -> bool:
    return line[1].startswith(fence) and not line[2].strip()
