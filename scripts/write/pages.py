"""What is generated, and where it stands.

Generated parts of a page stand between `<!-- begin NAME: … -->` and `<!-- end NAME -->`; the rest is written by hand.
The address of the repository is that of manifest.yaml on every page.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from fanout.core.plans.schema import plan_schema
from playground.yaml_files import read_yaml
from scripts.precheck.contents import SOURCE_HOST

from . import catalog, reference
from .examples import examples

ROOT = Path(__file__).resolve().parents[2]

type Parts = Mapping[str, Callable[[], str]]

PARTS: dict[str, Parts] = {
    "docs/plan.md": reference.PARTS,
    "docs/catalog.md": catalog.PARTS,
    "README.md": catalog.README_PARTS,
    "readme/*.md": catalog.README_PARTS,
}
# pages and help texts that name the repository, in addresses of it or below it
ADDRESSED = ("*.md", "readme/*.md", "docs/*.md", "examples/README.md", "tools/*.yaml")

_REPOSITORY = re.compile(SOURCE_HOST + r"/[\w.~-]+/[\w.-]*\w")


def main(root: Path = ROOT) -> int:
    """Write what is not current, and name it."""
    for file, text in documents(root).items():
        if not file.is_file() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")
            print(file.relative_to(root))
    return 0


def documents(root: Path) -> dict[Path, str]:
    """Every file with generated parts → what it should hold."""
    manifest = read_yaml(root / "manifest.yaml")
    found = {root / name: text for name, text in examples(root, manifest["author"]).items()}
    found[root / "docs" / "tools.md"] = reference.tools_page(root)
    found[root / "fanout" / "plan.schema.json"] = json.dumps(plan_schema(), indent=2, ensure_ascii=False) + "\n"
    for pattern, parts in PARTS.items():
        for file in root.glob(pattern):
            found[file] = with_parts(file.read_text(encoding="utf-8"), parts, file.name)
    written = repository_in((root / "README.md").read_text(encoding="utf-8"))
    for file in sorted(file for pattern in ADDRESSED for file in root.glob(pattern)):
        text = found.get(file) or file.read_text(encoding="utf-8")
        found[file] = text.replace(written, manifest["repo"])
    return found


def with_parts(text: str, parts: Parts, page: str) -> str:
    """A page with its generated parts as they should be. A part that it does not have is a KeyError."""
    for name, write in parts.items():
        pattern = re.compile(rf"(<!-- begin {name}: .*? -->\n).*?(<!-- end {name} -->)", re.DOTALL)
        if not pattern.search(text):
            raise KeyError(f"{page} has no part {name}")
        content = write()
        text = pattern.sub(lambda marks, content=content: f"{marks[1]}{content}\n{marks[2]}", text)  # type: ignore[misc]
    return text


def repository_in(readme: str) -> str:
    """The address of the repository as the README has it: it names no other one."""
    found = _REPOSITORY.search(readme)
    if found is None:
        raise KeyError("README.md does not name the repository")
    return found[0]
