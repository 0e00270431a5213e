"""The addresses of pages as people, models and other nodes give them: lines, lists of texts, lists of objects."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .. import limits
from ..errors import PlanError, Problem, collecting
from ..plans.schema import describe
from ..texts import begins_json, unfence
from ..urls import is_web_url
from .parameters import Settings, is_given, read_items, without_marks

# a scheme, but no host with a port (`localhost:8080/`)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:(?!\d+(?:[/?#]|$))", re.IGNORECASE)
_HOST = re.compile(r"(\[[^\]\s]*\]|localhost|[^/?#:@]*[^/?#:@.]\.[^/?#:@]+)(?=[:/?#]|$)", re.IGNORECASE)
_WEB = re.compile(r"https?://", re.IGNORECASE)
_MARKDOWN = re.compile(r"\[[^\]\n]*\]\(\s*<?((?:[^()<>\s]|\([^()<>\s]*\))+)>?(?:\s+[\"'][^\"'\n]*[\"'])?\s*\)")
_WIDE_COMMA = r"(?<!^\d)(?<!^\d\d)[，、；]"  # ASCII's occur in addresses; 3、 is the number of a line
_COMMA = rf"{_WIDE_COMMA}|[,;](?=\s|https?://|$)"
_FIELDS = ("url", "href", "link")  # of the hits that search tools give


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
    """Each element with its place. Text for a list arrives as a list of that text."""
    alone = value[0] if isinstance(value, list) and len(value) == 1 else value
    if isinstance(alone, str):
        text = unfence(alone)
        listed = _listed(text, name)
        in_lines = [] if listed is not None else [(f"{name} line {number}", each) for number, each in _in_lines(text)]
        if listed is None and (alone is value or len(in_lines) > 1):
            return in_lines
        value = [text] if listed is None else listed
    elements = _of_result(read_items(value, name))
    return [(f"{name}[{index}]", element) for index, element in enumerate(elements)]


def _of_result(elements: list[Any]) -> list[Any]:
    """The hits in the variable `result` of a search, which holds its list as `{items: […]}`."""
    match elements:
        case [{"items": list(hits), **others}] if not others:
            return hits
    return elements


def _listed(text: str, name: str) -> list[Any] | None:
    """The list that a text is, as JSON or as Python writes it; None where it is none. Raises PlanError."""
    if not begins_json(text) or _MARKDOWN.match(text.lstrip()):
        return None
    try:
        return read_items(text, name)
    except PlanError:
        listed = _of_python(text)
        if listed is None:
            raise
        return listed


def _of_python(text: str) -> list[Any] | None:
    if len(text) > limits.PLAN_BYTES:
        return None
    try:
        value = ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    return value if isinstance(value, list) else [value]


def _in_lines(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.splitlines(), 1):
        yield from ((number, each) for each in _in_line(line))


def _in_line(line: str) -> list[str]:
    """The addresses in one line: those of its Markdown links, or what commas or blanks separate."""
    linked = _MARKDOWN.findall(line)
    if linked:
        return linked
    bare = not _WEB.search(line)
    parts = [part for part in re.split(r"[,;]|" + _WIDE_COMMA if bare else _COMMA, without_marks(line)) if part.strip()]
    return [address for part in parts for address in _apart(part)]


def _apart(part: str) -> list[str]:
    """Several addresses with nothing but blanks between them; a text with other words in it stays whole."""
    words = part.split()
    return words if len(words) > 1 and all(_WEB.match(without_marks(word)) for word in words) else [part]


def _address(where: str, element: Any) -> Address:
    url = next(filter(is_given, map(element.get, _FIELDS)), None) if isinstance(element, dict) else element
    if isinstance(url, str) and url.strip():
        linked = _MARKDOWN.fullmatch(without_marks(url))
        return _read(where, linked[1] if linked else without_marks(url))
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
