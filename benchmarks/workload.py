"""What the scripted providers answer, the plans that ask them, and what must come out: the same for every peer."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from .fuse import Page, fuse

PROVIDER = "bench/search/search"
HITS = 10  # of one search
PAGES_PER_BRANCH = 5  # of the whole: about every second hit is one that another branch has too

_STRIDE = 101  # prime, so that no ten of its multiples meet

_TEXT = (
    "fan out merge rank stream deadline retry quorum hedge branch answer record plan tool search page reader result "
    "query index list object text number value field order score weight family source"
)
_WORDS = _TEXT.split()


def names(count: int) -> list[str]:
    """The tools that are called; a branch is named after its tool."""
    return [f"t{number:03d}" for number in range(count)]


def page(number: int) -> Page:
    """One page as a search engine lists it: about 330 bytes of JSON."""
    words = [_WORDS[(number * 7 + step * step) % len(_WORDS)] for step in range(32)]
    snippet = " ".join(words)[:160]
    return {
        "title": f"{words[0].title()} {words[1]} and {words[2]}, part {number}",
        "url": f"https://site{number % 17}.example.com/articles/{number}/{words[3]}-{words[4]}",
        "snippet": snippet,
    }


def hits(branch: int, branches: int) -> list[Page]:
    """The hits of one branch, none of them twice."""
    pages = max(PAGES_PER_BRANCH * branches, HITS)
    return [page((branch * 7 + rank * _STRIDE) % pages) for rank in range(HITS)]


def searches(count: int) -> dict[str, list[Page]]:
    """The hits of every branch, by name."""
    return {name: hits(number, count) for number, name in enumerate(names(count))}


def expected(count: int) -> list[Page]:
    """What a search with so many branches must give."""
    return fuse(searches(count))


def piece(number: int) -> str:
    """One streamed piece of text, about as long as a few tokens."""
    return f"{_WORDS[number % len(_WORDS)]} {_WORDS[number * 5 % len(_WORDS)]} {number}\n"


def texts(count: int, messages: int) -> dict[str, list[str]]:
    """The pieces that every branch streams, by name."""
    return {name: [piece(number) for number in range(messages)] for name in names(count)}


# -- plans


def branches(count: int, **keys: Any) -> list[dict[str, Any]]:
    """The branches of a plan."""
    return [{"name": name, "provider": PROVIDER, "tool_name": name, **keys} for name in names(count)]


def search_plan(count: int) -> dict[str, Any]:
    """Search with every tool at once, and fuse."""
    return {
        "branches": branches(count),
        "max_parallel": max(count, 1),
        "parameters": {"query": "${inputs.query}"},
        "select": "json[0].results",
        "merge": {"mode": "rank", "limit": 10},
    }


def text_plan(count: int, stream: str = "none") -> dict[str, Any]:
    """Collect the text of every tool."""
    return {"branches": branches(count), "max_parallel": max(count, 1), "merge": "group", "stream": stream}


# -- messages of the platform


def json_message(value: Mapping[str, Any]) -> dict[str, Any]:
    """A JSON message of a tool, as it reaches whoever called the tool."""
    return {"type": "json", "message": {"json_object": value, "suppress_output": False}, "meta": None}


def text_message(text: str) -> dict[str, Any]:
    """A text message, likewise."""
    return {"type": "text", "message": {"text": text}, "meta": None}


def search_scripts(count: int) -> dict[str, list[dict[str, Any]]]:
    """What each tool answers to a search: one JSON message."""
    return {name: [json_message({"results": pages})] for name, pages in searches(count).items()}


def text_scripts(pieces: Mapping[str, Sequence[str]]) -> dict[str, list[dict[str, Any]]]:
    """What each tool answers: its pieces, a message each."""
    return {name: [text_message(text) for text in texts] for name, texts in pieces.items()}


def compact(value: Any) -> str:
    """JSON as the platform writes it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
