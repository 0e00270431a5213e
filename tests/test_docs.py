"""The documentation: what is generated is current, every plan in it can be read, every link leads somewhere."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, get_args

import pytest

from fanout.catalog import shipped_catalog
from fanout.core import errors, limits
from fanout.core.analysis.examine import examine_plan
from fanout.core.frontends.call_tools import examine_call
from fanout.core.plans.catalog import Catalog, read_catalog
from fanout.core.plans.document import parse_document
from playground.yaml_files import parse_yaml, read_yaml
from scripts.pictures import PICTURED
from scripts.write.pages import PARTS, documents, repository_in, with_parts
from tests.test_examples import SCHEMA

ROOT = Path(__file__).resolve().parent.parent
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "PRIVACY.md", "SECURITY.md")),
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "readme").glob("*.md")),
    ROOT / "examples" / "README.md",
]
FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)|src=\"([^\"]+)\"")

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


class Block(NamedTuple):
    """A fenced part of a page: a plan, the settings of a call, or entries of a catalog, by the keys that it has."""

    page: str
    line: int
    text: str

    @property
    def value(self) -> dict[str, Any]:
        value = parse_document(self.text, f"{self.page}:{self.line}")
        assert isinstance(value, dict)
        return value


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def yaml_blocks() -> list[Block]:
    found = []
    for page in PAGES:
        text = text_of(page)
        for match in FENCE.finditer(text):
            indent, language, body = match.groups()
            if language == "yaml":
                lines = [line.removeprefix(indent) for line in body.splitlines()]
                number = text.count("\n", 0, match.start()) + 1
                found.append(Block(str(page.relative_to(ROOT)), number, "\n".join(lines)))
    return found


BLOCKS = yaml_blocks()
PLANS = [block for block in BLOCKS if "branches" in block.value]
CALLS = [block for block in BLOCKS if "tools" in block.value]
CATALOGS = [block for block in BLOCKS if not {"branches", "tools"} & block.value.keys()]


def named(block: Block) -> str:
    return f"{block.page}:{block.line}"


# -- generated


GENERATED = documents(ROOT)


@pytest.mark.parametrize("file", GENERATED, ids=lambda file: str(file.relative_to(ROOT)))
def test_what_is_generated_is_current(file: Path) -> None:
    assert text_of(file) == GENERATED[file], "run make docs"


def test_a_part_that_is_missing_is_noticed() -> None:
    with pytest.raises(KeyError, match=r"plan\.md has no part plan keys"):
        with_parts("# Plans", PARTS["docs/plan.md"], "plan.md")


@pytest.mark.parametrize("pattern", PARTS)
def test_every_part_is_filled(pattern: str) -> None:
    for file in ROOT.glob(pattern):
        page = text_of(file)
        assert sorted(re.findall("<!-- begin (.*?): ", page)) == sorted(PARTS[pattern])
        assert not re.search(r"make docs -->\n<!-- end", page)


def test_a_part_is_replaced_and_nothing_else() -> None:
    page = "before\n<!-- begin a: x -->\nold\n<!-- end a -->\nafter\n"
    assert with_parts(page, {"a": lambda: "new"}, "x.md") == page.replace("old", "new")


def test_every_entry_of_the_shipped_catalog_is_in_its_page() -> None:
    page = text_of(ROOT / "docs" / "catalog.md")
    for name, entry in shipped_catalog().items():
        assert f"| [`{name}`]({entry['homepage']}) |" in page


def test_the_repository_is_read_from_the_readme() -> None:
    assert repository_in("see <https://github.com/ada/bees/issues>, or") == "https://github.com/ada/bees"
    with pytest.raises(KeyError):
        repository_in("nothing")


# -- plans


@cache
def catalog_of(page: str) -> Catalog:
    """The shipped catalog, with the entries that a page shows."""
    own: dict[str, Any] = {}
    for block in CATALOGS:
        own |= block.value if block.page == page else {}
    return read_catalog(own, shipped_catalog())


@pytest.mark.parametrize("block", PLANS, ids=named)
def test_every_plan_can_be_read(block: Block) -> None:
    SCHEMA.validate(block.value)
    reading = examine_plan(block.text, catalog_of(block.page))
    assert (reading.problems, reading.warnings) == ((), ())


@pytest.mark.parametrize("block", CALLS, ids=named)
def test_every_call_can_be_read(block: Block) -> None:
    reading = examine_call({**block.value, "items": ["x"]}, catalog_of(block.page))
    assert (reading.problems, reading.warnings) == ((), ())


def test_every_entry_of_a_catalog_can_be_used() -> None:
    for block in CATALOGS:
        assert examine_plan({"branches": list(block.value)}, catalog_of(block.page)).problems == ()


def test_recipes_are_numbered() -> None:
    headings = re.findall(r"^## (\d+)\. ", text_of(ROOT / "docs" / "recipes.md"), re.MULTILINE)
    assert [int(number) for number in headings] == list(range(1, len(headings) + 1))


# -- pages


def anchor(heading: str) -> str:
    """How a page of GitHub names a heading."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def anchors(page: Path) -> set[str]:
    without_code = FENCE.sub("", text_of(page))
    return {anchor(heading) for heading in re.findall(r"^#+ (.+)$", without_code, re.MULTILINE)}


@each_page
def test_links_within_the_repository_lead_somewhere(page: Path) -> None:
    repository = read_yaml(ROOT / "manifest.yaml")["repo"]
    for link in (first or second for first, second in LINK.findall(FENCE.sub("", text_of(page)))):
        path, _, fragment = link.partition("#")
        if path.startswith(f"{repository}/blob/main/"):
            target = ROOT / path.removeprefix(f"{repository}/blob/main/")
        elif "://" in path:
            continue
        else:
            # Dify takes pictures from `_assets` for a translation, too; on the repository's pages they stay away
            folder = ROOT if path.startswith("_assets/") else page.parent
            target = (folder / path) if path else page
        assert target.exists(), link
        assert not fragment or target.suffix != ".md" or fragment in anchors(target), link


@each_page
def test_lines_are_not_too_long_to_read(page: Path) -> None:
    if not re.fullmatch(
        r"README_\w+\.md", page.name
    ):  # translations have a line for each paragraph: words differ in width
        lines = [line for line in FENCE.sub("", text_of(page)).splitlines() if "|" not in line and "://" not in line]
        assert not [line for line in lines if len(line) > 160]


@pytest.mark.parametrize("error_type", get_args(errors.ErrorType.__value__))
def test_every_error_type_is_described(error_type: str) -> None:
    assert f"\n## `{error_type}`\n" in text_of(ROOT / "docs" / "errors.md") or error_type in {
        *("skipped", "rejected", "abandoned"),
    }
    assert f"`{error_type}`" in text_of(ROOT / "docs" / "errors.md")


LIMITS = {
    "branches": limits.BRANCHES,
    "cells": limits.CELLS,
    "attempts": limits.RETRY_ATTEMPTS,
    "attempt": limits.BRANCH_TIMEOUT_MAX_S,
    "default attempt": limits.BRANCH_TIMEOUT_S,
    "deadline": limits.DEADLINE_MAX_S,
    "default deadline": limits.DEADLINE_S,
    "parallel": limits.PARALLEL,
    "most parallel": limits.PARALLEL_MAX,
    "nodes": limits.EVAL_NODES,
}


@pytest.mark.parametrize("name", LIMITS)
def test_limits_are_those_of_the_code(name: str) -> None:
    assert re.search(rf"(?<![\d,]){LIMITS[name]:,.0f}(?![\d,])", text_of(ROOT / "docs" / "limits.md"))


@pytest.mark.parametrize("name", ["BRANCH_BYTES", "CALL_BYTES", "LINE_BYTES", "EVAL_BYTES"])
def test_sizes_are_those_of_the_code(name: str) -> None:
    assert f"{getattr(limits, name) // limits.MIB} MiB" in text_of(ROOT / "docs" / "limits.md")


def test_the_text_of_a_submission_names_the_limits_of_the_code() -> None:
    text = " ".join(text_of(ROOT / "docs" / "submission.md").split())
    for words in (
        f"At most {limits.BRANCHES} branches",
        f"{limits.CELLS:,} calls of a list",
        f"{limits.RETRY_ATTEMPTS} attempts",
        f"{limits.PARALLEL} calls at once by default",
        f"{limits.BRANCH_TIMEOUT_MAX_S:g} s an attempt",
        f"{limits.DEADLINE_MAX_S:g} s a call",
        f"{limits.BRANCH_BYTES // limits.MIB} MiB a result",
        f"{limits.CALL_BYTES // limits.MIB} MiB a call",
    ):
        assert words in text


def test_the_timeline_in_the_pictures_is_of_the_plan_that_made_it() -> None:
    lines = text_of(ROOT / "docs" / "trace.txt").splitlines()
    names = [branch["name"] for branch in parse_yaml(PICTURED["given"]["plan"])["branches"]]
    assert [line.split()[0] for line in lines[1:] if line[0] != " "] == names
