"""The hits of a search: what an engine gave → one shape; joined hits → their best parts."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..plans.plan import Branch
from ..urls import url_key
from .published import iso_date

_ADDRESSES = ("url", "link", "href")
_TEXTS = ("author", "image", "doi")  # beside title and snippet, where an engine says them


def is_answer(result: Any) -> bool:
    """Whether a result is a list of hits, or a list without any; all else is an answer that nobody can read."""
    return result == [] or any(isinstance(each, dict) and as_hit(each) is not None for each in _elements(result))


def hits_of(branch: Branch, result: Any) -> list[dict[str, Any]]:
    """The hits of a branch's result. HTML entities are read once: here, unless its entry does so itself."""
    reads_entities = branch.select is None or "'&amp;'" not in branch.select.text
    hits = [as_hit(each, reads_entities=reads_entities) for each in _elements(result) if isinstance(each, dict)]
    return [hit for hit in hits if hit is not None]


def as_hit(element: Mapping[str, Any], *, reads_entities: bool = True) -> dict[str, Any] | None:
    """`{title, url, snippet, published?, author?, image?, doi?}`; None where it is no page.

    `url` is null where the engine knows none, `title` then stands for it; a missing snippet is empty text.
    """
    url = next((text for key in _ADDRESSES if (text := _text(element.get(key)))), "").replace("&amp;", "&")
    read = html.unescape if reads_entities else str
    title, snippet = read(_text(element.get("title"))), read(_text(element.get("snippet"))).strip()
    title = " ".join(title.split())
    if not title and not url:
        return None
    hit: dict[str, Any] = {"title": title or url, "url": url or None, "snippet": snippet}
    if published := iso_date(element.get("published")):
        hit["published"] = published
    return hit | {key: read(text) for key in _TEXTS if (text := _text(element.get(key)))}


class Joined:
    """The hits of all engines by page, for the best parts of those that a ranking joined."""

    def __init__(self, results: Iterable[Sequence[Mapping[str, Any]]]) -> None:
        self._of_page: dict[str, list[Mapping[str, Any]]] = {}
        for hits in results:
            for hit in hits:
                if hit["url"]:
                    self._of_page.setdefault(url_key(hit["url"]), []).append(hit)

    def best(self, hit: Mapping[str, Any]) -> dict[str, Any]:
        """The hit with an https address, the longest title and the longest snippet that there are."""
        same = self._of_page.get(url_key(hit["url"]), []) if hit["url"] else []
        if len(same) < 2:
            return dict(hit)
        secure = [each["url"] for each in (hit, *same) if each["url"].lower().startswith("https:")]
        titles = [each["title"] for each in (hit, *same) if each["title"] != each["url"]]
        return {
            **hit,
            "title": max(titles, key=len, default=hit["title"]),
            "url": secure[0] if secure else hit["url"],
            "snippet": max((each["snippet"] for each in (hit, *same)), key=len),
        }


def _elements(result: Any) -> Sequence[Any]:
    return result if isinstance(result, list) else [result]


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
