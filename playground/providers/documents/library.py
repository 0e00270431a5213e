"""A full-text index over a folder of documents, or over what the installed Python packages say of themselves."""

from __future__ import annotations

import functools
import importlib.metadata
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

SUFFIXES = {".md", ".txt", ".rst"}
MAX_FILES = 2_000
MAX_CHARS = 200_000  # of one document
# what is no content: comments, tags, badges, addresses, signs
MARKUP = re.compile(r"<!--.*?-->|<[^>]*>|!?\[!\[[^\n]*|https?://\S+|:\w+:|[`*_|=#\[\](){}-]+", re.DOTALL)


@functools.lru_cache(maxsize=4)
def library(folder: str) -> sqlite3.Connection:
    """The index of a folder; of the installed packages' descriptions where `folder` is empty."""
    database = sqlite3.connect(":memory:", check_same_thread=False)
    database.execute(
        "create virtual table documents using fts5 (title, url unindexed, words, text unindexed, tokenize = 'porter')"
    )
    documents = _files(Path(folder)) if folder else _packages()
    rows = ((title, url, MARKUP.sub(" ", text), text) for title, url, text in documents)
    database.executemany("insert into documents values (?, ?, ?, ?)", rows)
    return database


def search(folder: str, query: str, count: int) -> list[tuple[str, str, str]]:
    """Title, address and snippet of the best documents; those with all words before those with some."""
    words = re.findall(r"\w+", query)
    if not words:
        return []
    statement = (
        "select title, url, snippet(documents, 2, '', '', '…', 24) from documents "
        "where documents match ? order by bm25(documents, 4.0, 0.0, 1.0, 0.0), title limit ?"
    )
    every = " ".join(f'"{word}"' for word in words)
    some = " OR ".join(f'"{word}"' for word in words)
    found = library(folder).execute(statement, (every, count)).fetchall()
    return found or library(folder).execute(statement, (some, count)).fetchall()


def read(folder: str, url: str) -> tuple[str, str] | None:
    """Title and text of a document, None where there is none of that address."""
    row: tuple[str, str] | None = (
        library(folder).execute("select title, text from documents where url = ?", (url,)).fetchone()
    )
    return row


def _packages() -> Iterator[tuple[str, str, str]]:
    seen = set()
    for distribution in importlib.metadata.distributions():
        name = str(distribution.metadata["Name"])
        text = (distribution.read_text("METADATA") or "").partition("\n\n")[2]
        if text.strip() and name.lower() not in seen:
            seen.add(name.lower())
            yield name, f"https://pypi.org/project/{name.lower()}/", text[:MAX_CHARS]


def _files(folder: Path) -> Iterator[tuple[str, str, str]]:
    files = sorted(file for file in folder.rglob("*") if file.suffix in SUFFIXES and file.is_file())
    for file in files[:MAX_FILES]:
        yield file.stem, file.resolve().as_uri(), file.read_text(encoding="utf-8", errors="replace")[:MAX_CHARS]
