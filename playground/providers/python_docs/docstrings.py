"""The docstrings of a fixed list of standard modules, and how well an entry fits a query."""

from __future__ import annotations

import functools
import importlib
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass

SNIPPET_CHARS = 240
OCCURRENCES = 5  # of one word in one docstring that count
MODULES = (  # importing one of these does nothing but define names
    *("argparse", "ast", "base64", "bisect", "calendar", "collections", "configparser", "contextlib", "copy", "csv"),
    *("dataclasses", "datetime", "decimal", "difflib", "email", "enum", "fnmatch", "fractions", "functools", "glob"),
    *("graphlib", "gzip", "hashlib", "heapq", "hmac", "html", "html.parser", "http", "http.client", "http.cookies"),
    *("http.server", "inspect", "io", "ipaddress", "itertools", "json", "json.decoder", "json.encoder", "json.tool"),
    *("keyword", "locale", "logging", "math", "mimetypes", "numbers", "operator", "pathlib", "pickle", "pprint"),
    *("queue", "random", "re", "secrets", "shlex", "shutil", "sqlite3", "statistics", "string", "struct", "tempfile"),
    *("textwrap", "threading", "time", "timeit", "tokenize", "tomllib", "traceback", "types", "typing", "unicodedata"),
    *("urllib.error", "urllib.parse", "urllib.request", "urllib.robotparser", "uuid", "warnings", "wave", "weakref"),
    *("xml.dom.minidom", "xml.etree.ElementTree", "xmlrpc.client", "zipfile", "zlib", "zoneinfo"),
)


@dataclass(frozen=True)
class Entry:
    title: str
    url: str
    text: str

    def score(self, words: list[str]) -> float:
        """Words in the name count most; an entry with all words stands before one with some, a short name first."""
        title, text = self.title.lower(), self.text.lower()
        hits = [6 * (word in title) + min(text.count(word), OCCURRENCES) for word in words]
        return sum(hits) + 100 * sum(hit > 0 for hit in hits) - len(title) / 100 if any(hits) else 0.0

    @property
    def snippet(self) -> str:
        return re.sub(r"\s+", " ", self.text).strip()[:SNIPPET_CHARS]


def search(query: str, count: int) -> list[Entry]:
    """The entries that fit best, best first."""
    words = re.findall(r"\w+", query.lower())
    scored = sorted(((entry.score(words), entry) for entry in entries()), key=lambda pair: -pair[0])
    return [entry for score, entry in scored if score > 0][:count]


@functools.cache
def entries() -> tuple[Entry, ...]:
    """Every documented module, function and class of the listed modules, each once."""
    by_title = {entry.title: entry for name in MODULES for entry in _entries(name)}
    return tuple(by_title.values())


def _entries(module_name: str) -> Iterator[Entry]:
    module = importlib.import_module(module_name)
    page = f"https://docs.python.org/3/library/{module_name.lower()}.html"
    yield Entry(module_name, page, module.__doc__ or "")
    for name, member in inspect.getmembers(module):
        documented = inspect.isclass(member) or inspect.isroutine(member)
        if documented and not name.startswith("_") and getattr(member, "__module__", None) == module_name:
            title = f"{module_name}.{name}"
            yield Entry(title, f"{page}#{title}", inspect.getdoc(member) or "")
