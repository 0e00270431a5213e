"""The addresses of pages as people and other nodes give them: lines of text, lists of texts, lists of objects."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import Problem, collecting
from ..plans.schema import describe
from ..texts import begins_json
from ..urls import is_web_url
from .parameters import Settings, is_given, read_items

# a scheme, but no host with a port (`localhost:8080/`)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:(?!\d+(?:[/?#]|$))", re.IGNORECASE)
_HOST = re.compile(r"(\[[^\]\s]*\]|localhost|[^/?#:@]*[^/?#:@.]\.[^/?#:@]+)(?=[:/?#]|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Address:
    """One page that was asked for: where that stands (`urls line 3`, `items[2]`), as what text, and its address.

    `url` is null where the text is no address of the web; `problem` says why.
    """

    where: str
    written: str
    url: str | None = None
    problem: str = ""


def read_addresses(parameters: Mapping[str, Any], settings: Settings) -> tuple[Address, ...]:
    """The addresses of `urls`, then those of `items`. What cannot be read becomes a problem of `settings`.

    Blank lines are left out; in a list every element counts, so that what is made of it stays aligned with it.
    """
    given = [name for name in ("urls", "items") if is_given(parameters.get(name))]
    if not given:
        settings.problems.append(Problem("urls", "is missing; give one address a line, or a list in items"))
    addresses: list[Address] = []
    for name in given:
        with collecting(settings.problems):
            addresses += [_address(where, element) for where, element in _elements(parameters[name], name)]
    return tuple(addresses)


def _elements(value: Any, name: str) -> list[tuple[str, Any]]:
    """Each element with its place."""
    elements = [value] if isinstance(value, str) else read_items(value, name)
    text = elements[0] if len(elements) == 1 and isinstance(elements[0], str) else None
    if text is not None and begins_json(text):
        elements = read_items(text, name)
    elif text is not None and (value is text or "\n" in text):  # text for a list arrives as a list of that text
        lines = enumerate(text.splitlines(), 1)
        return [(f"{name} line {number}", line) for number, line in lines if line.strip()]
    return [(f"{name}[{index}]", element) for index, element in enumerate(elements)]


def _address(where: str, element: Any) -> Address:
    url = element.get("url") if isinstance(element, dict) else element
    if isinstance(url, str) and url.strip():
        return _read(where, url.strip())
    if isinstance(element, dict):
        return Address(where, "", problem="has no url")
    if isinstance(element, str):
        return Address(where, "", problem="is empty")
    return Address(where, "", problem=f"is {describe(element, show=False)}; give an address, or an object with url")


def _read(where: str, text: str) -> Address:
    """The address that a text is, or would be with https:// before it."""
    if any(character.isspace() for character in text):
        return Address(where, text, problem="holds spaces, which no address does; give one a line")
    if is_web_url(text):
        return Address(where, text, text)
    if _SCHEME.match(text) and not text.lower().startswith(("http:", "https:")):
        return Address(where, text, problem="is no web address; only http and https are read")
    bare = text.removeprefix("//")
    url = f"https://{bare}"
    if _HOST.match(bare) and is_web_url(url):
        return Address(where, text, url)
    return Address(where, text, problem="is no web address; write https:// and the rest of it")
