"""The tree of a parsed expression: what the parser makes, and what checks, evaluation and analysis walk.

kind                 value                      children
field                its name                   -
current, root        -                          -             @, $; `identity` is the @ that nobody wrote
variable             its name, without $        -
literal              a JSON value               -
index                the position               -
slice                (start, stop, step)        -             each a whole number or None
subexpression        -                          the steps     a.b.c
index_expression     -                          the steps     a[0][1], and the slice of a[1:2]
pipe                 -                          left, right
flatten              -                          what it flattens
projection           -                          left, right   left[*].right, left[].right, left[1:2].right
value_projection     -                          left, right   left.*.right
filter_projection    -                          left, right, condition
multi_select_list    -                          the elements
multi_select_dict    -                          a key_val_pair each, its value the key, its child the value
or_expression, and_expression                   left, right
not_expression       -                          what it negates
comparator           eq ne lt lte gt gte        left, right
expref               -                          the expression after &
function_expression  its name                   the arguments
let                  -                          a binding each (value: the name; child: its value), then the body
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

type NodeKind = Literal[
    "field",
    "current",
    "root",
    "identity",
    "variable",
    "literal",
    "index",
    "slice",
    "subexpression",
    "index_expression",
    "pipe",
    "flatten",
    "projection",
    "value_projection",
    "filter_projection",
    "multi_select_list",
    "multi_select_dict",
    "key_val_pair",
    "or_expression",
    "and_expression",
    "not_expression",
    "comparator",
    "expref",
    "function_expression",
    "let",
    "binding",
]


@dataclass(slots=True, eq=False)
class Node:
    """A node and the part of the text that it was read from: `text[start:end]`, with its parentheses if it has any."""

    kind: NodeKind
    start: int
    end: int
    value: Any = None
    children: Sequence[Node] = ()

    @property
    def column(self) -> int:
        """Where it begins, counted from 1."""
        return self.start + 1
