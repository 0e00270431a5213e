"""No credentials in the package, by the shapes that vendors give them and by the names they are assigned to."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator

from .package import Faults, Package

_SHAPES = {
    "an OpenAI key": re.compile(r"\bsk-[\w-]{20,}"),
    "a GitHub token": re.compile(r"\bgh[opsur]_\w{20,}"),
    "a Slack token": re.compile(r"\bxox[abprs]-[A-Za-z0-9-]{10,}"),
    "an AWS key": re.compile(r"\bAKIA[0-9A-Z]{16}\b"),
    "a JSON web token": re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}"),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
}
_ASSIGNED = re.compile(
    # tried where a word begins: from each of its letters, it would take ten times as long
    r"""(?<![\w.-])([\w.-]*(?:key|token|secret|password)[\w.-]*)["']?\s*[:=]\s*["']?([A-Za-z0-9+/=_.-]{12,})""",
    re.IGNORECASE,
)
_HEX = re.compile(r"[0-9a-fA-F]+")
_MIN_BITS, _MIN_BITS_OF_HEX = 4.5, 3.0  # per character; what has less is words, paths, or a placeholder


def secrets(package: Package) -> Faults:
    """Nothing that has the shape of a credential, in documentation neither."""
    for name, text in package.texts():
        for number, line in enumerate(text.splitlines(), start=1):
            for what in _found(line):
                yield f"{name}:{number}: {what}; take it out and have it replaced"


def _found(line: str) -> Iterator[str]:
    yield from (what for what, shape in _SHAPES.items() if shape.search(line))
    for key, value in _ASSIGNED.findall(line):
        if _bits(value) >= (_MIN_BITS_OF_HEX if _HEX.fullmatch(value) else _MIN_BITS):
            yield f"{key} is given what looks like a secret"


def _bits(value: str) -> float:
    """Information per character."""
    shares = [count / len(value) for count in Counter(value).values()]
    return -sum(share * math.log2(share) for share in shares)
