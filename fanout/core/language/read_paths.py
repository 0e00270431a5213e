"""What an expression reads of its scope, found without data: walks the tree of a parsed expression."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from .syntax import Node

# what a node is evaluated over: a part of the root scope that is known by its path; an element of a filter or of an
# `&expression`; or something known only at run time
type Base = tuple[str, ...] | Literal["element"] | None

_NAMES = 32  # of one path; nobody asks for more, and all parts of a long path would be copied again and again


class ReadPaths:
    """Collects the paths of fields read from the root scope, and the names read from elements."""

    def __init__(self, tree: Node) -> None:
        self.paths: set[tuple[str, ...]] = set()
        self.filter_names: set[str] = set()
        self._variables: Mapping[str, Base] = {}
        self._use(tree, ())

    def _use(self, node: Node, base: Base) -> None:
        """A node whose result is used as it is: the path ends here."""
        result = self._walk(node, base)
        if isinstance(result, tuple):
            self.paths.add(result)

    def _walk(self, node: Node, base: Base) -> Base:
        """What the result of a node is: still a known part of the root scope, or not."""
        children = node.children
        match node.kind:
            case "field":
                return self._field(node.value, base)
            case "current" | "identity":
                return base
            case "root":
                return ()
            case "variable":
                return self._variables.get(node.value)
            case "let":
                return self._let(node, base)
            case "subexpression" | "pipe" | "index_expression":
                for child in children:
                    base = self._walk(child, base)
                return base
            case "index" | "slice":
                if isinstance(base, tuple):
                    self.paths.add(base)
            case "projection" | "value_projection" | "filter_projection":
                self._use(children[0], base)
                self._use(children[1], None)
                for condition in children[2:]:
                    self._use(condition, "element")
            case "expref":
                self._use(children[0], "element")
            case _:
                for child in children:
                    self._use(child, base)
        return None

    def _field(self, name: str, base: Base) -> Base:
        if isinstance(base, tuple) and len(base) < _NAMES:
            return (*base, name)
        if isinstance(base, tuple):
            self.paths.add(base)
        if base == "element":
            self.filter_names.add(name)
        return None

    def _let(self, node: Node, base: Base) -> Base:
        """A variable counts as read where it is used, and with the fields that are read of it there."""
        *bindings, body = node.children
        bound = {binding.value: self._walk(binding.children[0], base) for binding in bindings}
        outer = self._variables
        self._variables = {**outer, **bound}
        result = self._walk(body, base)
        self._variables = outer
        return result
