"""An expression as its author wrote it: what messages quote of it, and which quotes stand around its names."""

from __future__ import annotations

import re

from ..language.syntax import Node
from .kinds import Kind

_SHOWN_CHARS = 40
_PATH = re.compile(r"[\w$\"][\w.\"\[\]*-]*")  # names, dots and positions
_BRACKET = re.compile(r"[\s(]*`\s*[\[{]")


class ExpressionText:
    """The text of one expression, asked by the nodes of its tree."""

    def __init__(self, text: str) -> None:
        self._text = text

    def is_quoted(self, node: Node) -> bool:
        """Whether a name stands in double quotes."""
        return self.first_sign(node) == '"'

    def first_sign(self, node: Node) -> str:
        """The first character of a node, parentheses aside."""
        return self._text[node.start : node.end].lstrip("( \t\r\n")[:1]

    def begins_as_json(self, node: Node) -> bool:
        """Whether a literal begins as an object or a list does."""
        return _BRACKET.match(self._text, node.start) is not None

    def shown(self, node: Node) -> str:
        """The text of a node; empty if it is long."""
        text = " ".join(self._text[node.start : node.end].split())
        return text if len(text) <= _SHOWN_CHARS else ""

    def side(self, node: Node, kind: Kind) -> str:
        """`text is a text`, `'500' is a text`, or what it is alone."""
        shown = self.shown(node)
        return f"{shown} is {kind.described()}" if shown else f"what stands there is {kind.described()}"

    def path(self, head: Node, start: int | None = None) -> str:
        """The path that begins with a node, or within it."""
        text = self._text[head.start if start is None else start : head.end]
        path = _PATH.match(text)
        return path[0].rstrip(".[") if path else text[:_SHOWN_CHARS]

    def before(self, step: Node, head: Node) -> str:
        """What stands in a path before one of its steps; empty if it is long."""
        left = self._text[head.start : step.start].rstrip(". \t\r\n[")
        return left if len(left) <= _SHOWN_CHARS else ""

    def sign_start(self, comparison: Node) -> int:
        """Where the sign of a comparison stands."""
        left, right = comparison.children
        between = self._text[left.end : right.start]
        return left.end + len(between) - len(between.lstrip())
