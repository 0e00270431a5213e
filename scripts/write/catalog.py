"""Tables of the catalog, from its entries: those of docs/catalog.md, and the names in the READMEs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from fanout.catalog import shipped_catalog
from fanout.core.frontends.advice import plugin_of
from fanout.core.frontends.read_pages import DEFAULT_READERS
from fanout.core.frontends.web_search import DEFAULT_ENGINES
from fanout.core.plans.catalog import Catalog
from fanout.core.plans.document import parse_document
from fanout.core.plans.plan import Target

from .reference import table

ANSWERS = Path(__file__).parents[2] / "docs" / "catalog-answers.yaml"  # written by `make catalog-check`

_SEARCH = """\
Each gives a list of `{{title, url, snippet}}`, some also `published`, `author`, `image` and `doi`. Each takes
`inputs.query`, and under `for_each` an `item` that is text; `inputs.topic` (`topic` of **Web search**) is one of its
topics. Without `engines`, **Web search** asks {names}. `arxiv`, `pubmed`, `wikipedia`, `github` and `github_code`
pass their text through the default model of your workspace, so they need one.

"""
_READERS = """\
Each gives `{{url, title, content}}`. Without `readers`, **Read pages** tries {names}, in this order.

"""


@cache
def _catalog() -> Catalog:
    return Catalog(shipped_catalog())


def search_tools() -> str:
    columns = ["Name", "Plugin", "Tool", "Topics", "Authorization", "Index", "Checked with"]
    return _SEARCH.format(names=_names(DEFAULT_ENGINES["web"])) + _tools(columns, "search")


def page_readers() -> str:
    columns = ["Name", "Plugin", "Tool", "Authorization", "Checked with"]
    return _READERS.format(names=_names(DEFAULT_READERS)) + _tools(columns, "reader")


def names() -> str:
    web = [name for name in _catalog().names("search") if "web" in _catalog().written(name)["topics"]]
    rows = [["Engines", _names(web)], ["Readers", _names(_catalog().names("reader"))]]
    return table(["", "Names"], rows)


def answers() -> str:
    """What the tools' own code and their entries make of a service that answers well, badly or not at all."""
    told = parse_document(ANSWERS.read_text(encoding="utf-8"), ANSWERS.name)
    refused = ("Refuses the key", "Quota", "Rate")
    situations = ("Answers", "Has nothing", *refused, "Fails", "Sends a web page", "Unreachable")
    known = [name for name in _catalog().names() if name in told]
    return table(["Name", *situations], [[f"`{name}`", *told[name].values()] for name in known])


PARTS = {"search tools": search_tools, "page readers": page_readers, "answers": answers}
README_PARTS = {"catalog": names}


def _tools(columns: Sequence[str], kind: str) -> str:
    rows = [_row(name, _catalog().written(name)) for name in _catalog().names(kind)]
    return table(columns, [[row[column] for column in columns] for row in rows])


def _row(name: str, entry: Mapping[str, Any]) -> dict[str, str]:
    plugin = plugin_of(Target("builtin", entry["provider"], entry["tool_name"]))
    return {
        "Name": f"[`{name}`]({entry['homepage']})",
        "Plugin": plugin or "part of Dify",
        "Tool": f"`{entry['tool_name']}`",
        "Topics": ", ".join(entry.get("topics", ())),
        "Authorization": "yes" if entry["authorization"] else "no",
        "Index": entry.get("family", ""),
        "Checked with": ("" if plugin else "Dify ") + entry["checked"],
    }


def _names(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
