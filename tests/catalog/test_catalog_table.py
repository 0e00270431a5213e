"""The page about the catalog, and the block of the README, are made from the data."""

from __future__ import annotations

from scripts.catalog_check import CATALOG, read_entries
from scripts.write_catalog_table import DOCUMENT, README, page_text, readme_text

ENTRIES = read_entries(CATALOG)
REMEDY = "run python -m scripts.write_catalog_table"


def test_the_page_is_current() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == page_text(ENTRIES), REMEDY


def test_the_readme_is_current() -> None:
    readme = README.read_text(encoding="utf-8")
    assert readme == readme_text(readme, ENTRIES), REMEDY


def test_every_entry_is_in_the_page() -> None:
    page = page_text(ENTRIES)
    for name, entry in ENTRIES.items():
        assert f"| [`{name}`]({entry['homepage']}) |" in page


def test_a_block_of_the_readme_is_replaced_and_nothing_else() -> None:
    readme = "before\n<!-- catalog -->\nold\n<!-- /catalog -->\nafter\n"
    written = readme_text(readme, ENTRIES)
    assert written.startswith("before\n<!-- catalog -->\n|  | Names |\n| --- | --- |\n| Engines | `arxiv`, ")
    assert written.endswith(" |\n<!-- /catalog -->\nafter\n")
    assert "old" not in written
    assert readme_text(written, ENTRIES) == written
    assert readme_text("no marks", ENTRIES) == "no marks"
