"""The final text of a call, lists of pages, and text cut to what one message can carry (contract 9, 12)."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

from ..budget import Budget
from ..calls.fences import closed
from ..values import compact

_CHAR_BYTES = 6  # of JSON, at most: a control character is written \u0001
_MARKS = re.compile(r"[\\`\[\]<]")  # what would make links, pictures, HTML or code of a provider's words
_BARE_ADDRESS = re.compile(r"(?<=:)(?=//)|(?<=\bwww)(?=\.)", re.I)  # which Dify makes a link of, too
_WEB = re.compile(r"https?://", re.I)
_NOT_IN_ADDRESS = re.compile(r"[\x00-\x20\x7f()<>\"\\`]")
_BLOCK_START = re.compile(r"[-+*#>|=~`<_]|\d{1,9}[.)](?:\s|$)")


def default_text(value: Any, budget: Budget) -> str:
    """A result as people read it: text as it is, pages as a numbered list, the rest as compact JSON.

    Nothing gives no text, nor does what holds nothing but nulls. Pages are objects with `title` and `url`. The caller
    has checked the size.
    """
    if isinstance(value, str):
        return value
    if _holds_nothing(value, budget):
        return ""
    if isinstance(value, list) and value and all(map(_is_page, value)):
        return "\n".join(_page(f"{number}. ", page, budget) for number, page in enumerate(value, 1))
    return compact(value)


def page_list(pages: Sequence[dict[str, Any]], notes: Sequence[str], budget: Budget) -> str:
    """Pages as a numbered Markdown list, each with its note below (empty: none).

    A page has a `title`; one without a `url` is not linked.
    """
    numbered = enumerate(zip(pages, notes, strict=True), 1)
    return "\n".join(_page(f"{number}. ", page, budget, note) for number, (page, note) in numbered)


def link(title: Any, url: Any) -> str:
    """A Markdown link that holds whatever is in its title; the title alone where the address is none of the web."""
    address = url.strip() if isinstance(url, str) else ""
    text = _one_line(title) or address
    if not _WEB.match(address):
        return _escaped(text)
    return f"[{_MARKS.sub(_with_backslash, text)}]({_NOT_IN_ADDRESS.sub(_percent, address)})"


def _escaped(text: str) -> str:
    """A provider's words as words: no links, pictures, code and HTML of their own."""
    text = _MARKS.sub(_with_backslash, text)
    may_link = "//" in text or "www." in text.lower()  # the pattern takes as long as all else of a page
    return _BARE_ADDRESS.sub(_with_backslash, text) if may_link else text


def _with_backslash(match: re.Match[str]) -> str:
    return "\\" + match[0]


def _holds_nothing(value: Any, budget: Budget) -> bool:
    """Whether there is nothing in it but nulls and empty lists and objects; looks up to the first that is something."""
    pending = [value]
    while pending:
        budget.spend()
        item = pending.pop()
        if isinstance(item, (dict, list)):
            pending += item.values() if isinstance(item, dict) else item
        elif item is not None:
            return False
    return True


def _is_page(value: Any) -> bool:
    """A title may be null or empty: the address stands for it."""
    if not isinstance(value, dict) or not isinstance(value.get("title", 0), str | None):
        return False
    url = value.get("url")
    return isinstance(url, str) and bool(url.strip())


def _page(number: str, page: dict[str, Any], budget: Budget, note: str = "") -> str:
    """One item. A snippet is one line; a content keeps its lines, indented so that they stay inside the item."""
    budget.spend()
    head = number + link(page["title"], page["url"])
    body = _escaped(_one_line(page.get("snippet"))) or closed(_lines(page.get("content")))
    indent = " " * len(number)
    # right under the title, but for what Markdown would take for more than the paragraph's next line
    under = "\n\n" if "\n" in body or _BLOCK_START.match(body) else "\n"
    text = head + under + _indented(body, indent) if body else head
    return f"{text}\n{indent}{note}" if note else text


def _indented(text: str, indent: str) -> str:
    return "\n".join(indent + line if line else "" for line in text.split("\n"))


def _one_line(text: Any) -> str:
    return " ".join(text.split()) if isinstance(text, str) else ""


def _lines(text: Any) -> str:
    return "\n".join(line.rstrip() for line in text.strip().splitlines()) if isinstance(text, str) else ""


def _percent(match: re.Match[str]) -> str:
    return f"%{ord(match[0]):02X}"


# -- messages


def split_text(text: str, limit_bytes: int) -> list[str]:
    """Cut a text into pieces whose JSON takes at most `limit_bytes` (at least 6), quotes not counted.

    The pieces are about equally long; no text gives no piece.
    """
    if not text:
        return []
    if len(text) == 1 or len(text) * _CHAR_BYTES <= limit_bytes:
        return [text]
    size = len(compact(text).encode("utf-8", "surrogatepass")) - 2
    if size <= limit_bytes:
        return [text]
    length = math.ceil(len(text) / (size // limit_bytes + 1))
    return [
        piece
        for start in range(0, len(text), length)
        for piece in split_text(text[start : start + length], limit_bytes)
    ]
