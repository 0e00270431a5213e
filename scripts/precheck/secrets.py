"""No credentials in the package, by the shapes that vendors give them and by the names they are assigned to."""

from __future__ import annotations

import math
import re
from collections import Counter
from pathlib import PurePosixPath

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
    r"""([\w.-]*(?:api[_-]?key|access[_-]?key|access[_-]?token|auth[_-]?token|client[_-]?secret|password|private[_-]?key"""
    r"""|secret|token)[\w.-]*)\s*[:=]\s*("[^"]*"|'[^']*'|[^"',\s#}]+)""",
    re.IGNORECASE,
)
_NAMED = re.compile("key|token|secret|password", re.IGNORECASE)  # without one of them nothing is assigned; quick
_STAND_INS = frozenset(
    [
        "changeme",
        "dummy",
        "example",
        "fake",
        "none",
        "null",
        "placeholder",
        "test",
        "todo",
        "true",
        "false",
        "yes",
        "no",
        "on",
        "off",
    ]
)
_HEX = re.compile(r"[0-9a-fA-F]+")
_TOKEN = re.compile(r"[A-Za-z0-9+/=_.-]+")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")

# shorter values, and those with less information per character, are words
_MIN_CHARS = 12
_MIN_ENTROPY_HEX = 3.0
_MIN_ENTROPY = 4.5


def secrets(package: Package) -> Faults:
    """Nothing that has the shape of a credential, in documentation neither."""
    for name, text in package.texts():
        for number, line in enumerate(text.splitlines(), start=1):
            yield from _in_line(f"{name}:{number}", line, PurePosixPath(name).suffix == ".py")


def _in_line(place: str, line: str, is_code: bool) -> Faults:
    shaped = [what for what, shape in _SHAPES.items() if shape.search(line)]
    for what in shaped:
        yield f"{place}: {what} by its shape; take it out and have it replaced"
    for key, written in _ASSIGNED.findall(line) if _NAMED.search(line) and not shaped else ():
        value = written.strip("\"'")
        # in code, what stands without quotes is an expression that reads a credential, not one
        if _is_stand_in(value) or (is_code and value == written):
            continue
        if _looks_secret(value):
            yield f"{place}: {key} is given what looks like a secret; take it out and have it replaced"


def _is_stand_in(value: str) -> bool:
    lower = value.lower()
    named = "your" in lower and any(word in lower for word in ("key", "secret", "token", "password"))
    bracketed = (lower.startswith("<") and lower.endswith(">")) or lower.startswith("${")
    return (
        lower in _STAND_INS or named or bracketed or set(lower) <= set("x*-_") or _NUMBER.fullmatch(lower) is not None
    )


def _looks_secret(value: str) -> bool:
    if len(value) < _MIN_CHARS or value.startswith(("http://", "https://", "./", "../", "/")):
        return False
    if _HEX.fullmatch(value):
        return _entropy(value) >= _MIN_ENTROPY_HEX
    return _TOKEN.fullmatch(value) is not None and _entropy(value) >= _MIN_ENTROPY


def _entropy(value: str) -> float:
    """Bits per character."""
    shares = [count / len(value) for count in Counter(value).values()]
    return -sum(share * math.log2(share) for share in shares)
