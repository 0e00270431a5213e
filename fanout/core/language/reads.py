"""What an expression reads of its scope, found without data: walks the tree of a parsed expression."""

from __future__ import annotations

from typing import Literal

from .evaluation import Node

# where a node is evaluated: over a part of the root scope that is known by its path; over an element of a filter or
# an `&expression`; or over something known only at run time
type Place = tuple[str, ...] | Literal["element"] | None

_NAMES = 32  # of one path; nobody asks for more, and all parts of a long path would be copied again and again


class Reads:
    """Collects the paths of fields read from the root scope, and the names read from elements."""

    def __init__(self, tree: Node) -> None:
        self.paths: set[tuple[str, ...]] = set()
        self.filter_names: set[str] = set()
        self._use(tree, ())

    def _use(self, node: Node, place: Place) -> None:
        """A node whose result is used as it is: the path ends here."""
        result = self._walk(node, place)
        if isinstance(result, tuple):
            self.paths.add(result)

    def _walk(self, node: Node, place: Place) -> Place:
        """What the result of a node is: still a known part of the root scope, or not."""
        children = node["children"]
        match node["type"]:
            case "field":
                return self._field(node["value"], place)
            case "current" | "identity":
                return place
            case "subexpression" | "pipe" | "index_expression":
                for child in children:
                    place = self._walk(child, place)
                return place
            case "index" | "slice":
                if isinstance(place, tuple):
                    self.paths.add(place)
            case "projection" | "value_projection":
                self._use(children[0], place)
                self._use(children[1], None)
            case "filter_projection":
                self._use(children[0], place)
                self._use(children[1], None)
                self._use(children[2], "element")
            case "expref":
                self._use(children[0], "element")
            case _:
                for child in children:
                    self._use(child, place)
        return None

    def _field(self, name: str, place: Place) -> Place:
        if isinstance(place, tuple) and len(place) < _NAMES:
            return (*place, name)
        if isinstance(place, tuple):
            self.paths.add(place)
        if place == "element":
            self.filter_names.add(name)
        return None
