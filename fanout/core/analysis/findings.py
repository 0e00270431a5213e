"""What the analysis finds in one expression."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Finding(NamedTuple):
    """A mistake (`is_error`), or what is probably one: the place in the expression, what is wrong, what to write.

    `needs_rows`: it is one only where there is a `for_each`. `raises`: the evaluation always fails there.
    """

    start: int
    message: str
    advice: str
    is_error: bool = True
    needs_rows: bool = False
    raises: bool = False


class Named(NamedTuple):
    """A name that only the plan can judge: of the root (`of` empty), or of a branch in `branches` or `merged`."""

    start: int
    of: str
    name: str
    is_quoted: bool
    path: str  # as written, from the name on


class Findings(NamedTuple):
    """What was found in one expression over one scope."""

    certain: Sequence[Finding]
    named: Sequence[Named]


SILENT = Findings((), ())  # there is nothing to say
