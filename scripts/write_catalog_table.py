"""Writes docs/catalog.md, and the names between the `<!-- catalog -->` marks of the README if it has any.

Run it after a change of `fanout/catalog`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fanout.core.frontends.advice import plugin_of
from fanout.core.frontends.read_pages import DEFAULT_READERS
from fanout.core.frontends.web_search import DEFAULT_ENGINES
from fanout.core.plans.catalog import Catalog
from fanout.core.plans.plan import Target
from scripts.catalog_check import CATALOG, read_entries

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "docs" / "catalog.md"
README = ROOT / "README.md"
MARKS = re.compile(r"(<!-- catalog -->\n).*?(<!-- /catalog -->)", re.DOTALL)

PAGE = """\
# The catalog

Tools that Fanout knows by name: use the names in **Web search** (`engines`), in **Read pages** (`readers`), and as
branches of a plan. Each entry says how a query or an address becomes the tool's parameters, how its answer becomes the
common shape, and by what its errors are known. This page is made from `fanout/catalog/`; where each fact was
read stands in [catalog-sources.yaml](catalog-sources.yaml).

A tool can be called once its plugin is installed in your workspace, and authorized where it needs that. Engines that
search the same index share it in the column *Index*; in a ranking they count once.

## Search tools

Each gives a list of `{{title, url, snippet}}`, some also `published` and `author`. Without `engines`, **Web search**
asks {engines}.

{search}

## Page readers

Each gives `{{url, title, content}}`. Without `readers`, **Read pages** tries {readers}, in this order.

{reader}

## Your own entries

The `catalog` parameter of a tool takes further entries, and other versions of these, as YAML. An environment variable
of the app is a good place to keep them:

```yaml
intranet:
  kind: search
  provider: acme/search/search
  tool_name: find
  parameters: {{q: "${{inputs.query}}", limit: "${{inputs.count}}"}}
  select: "json[0].results[].{{title: name, url: link, snippet: text}}"
archive:
  kind: reader
  provider: acme/search/search
  tool_name: read
  parameters: {{url: "${{item}}"}}
  select: "{{content: text}}"
```
"""


def page_text(entries: Mapping[str, Any]) -> str:
    catalog = Catalog(entries)
    return PAGE.format(
        engines=_names(DEFAULT_ENGINES),
        readers=_names(DEFAULT_READERS),
        search=_table(["Name", "Plugin", "Tool", "Authorization", "Index", "Checked with"], catalog, "search"),
        reader=_table(["Name", "Plugin", "Tool", "Authorization", "Checked with"], catalog, "reader"),
    )


def readme_text(readme: str, entries: Mapping[str, Any]) -> str:
    """The README with the names of the catalog between its marks; as it is where it has none."""
    catalog = Catalog(entries)
    rows = [
        ["Engines", _names(catalog.names("search"))],
        ["Readers", _names(catalog.names("reader"))],
    ]
    block = _lines(["", "Names"], rows)
    return MARKS.sub(lambda marks: f"{marks[1]}{block}\n{marks[2]}", readme)


def _table(columns: Sequence[str], catalog: Catalog, kind: str) -> str:
    rows = [_row(name, catalog.written(name)) for name in catalog.names(kind)]
    return _lines(columns, [[row[column] for column in columns] for row in rows])


def _row(name: str, entry: Mapping[str, Any]) -> dict[str, str]:
    plugin = plugin_of(Target("builtin", entry["provider"], entry["tool_name"]))
    return {
        "Name": f"[`{name}`]({entry['homepage']})",
        "Plugin": plugin or "part of Dify",
        "Tool": f"`{entry['tool_name']}`",
        "Authorization": "yes" if entry["authorization"] else "no",
        "Index": entry.get("family", ""),
        "Checked with": ("" if plugin else "Dify ") + entry["checked"],
    }


def _lines(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    cells = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in cells)


def _names(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    shipped = read_entries(CATALOG)
    DOCUMENT.write_text(page_text(shipped), encoding="utf-8")
    README.write_text(readme_text(README.read_text(encoding="utf-8"), shipped), encoding="utf-8")
