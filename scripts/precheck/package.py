"""What every rule reads, the unpacked package, and what it says, findings."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, NamedTuple

import yaml

TEXT_BYTES = 1024 * 1024  # what is larger is data, and not read by the Marketplace either
CODE = frozenset((".py", ".js", ".ts"))
SOURCES = CODE | {".yaml", ".yml", ".json", ".toml"}
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
DEPENDENCY_FILES = frozenset(("requirements.txt", "pyproject.toml", "uv.lock"))


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


class Finding(NamedTuple):
    """`blocks` keeps a submission from being accepted; `look` is a warning that a reviewer will read."""

    level: Literal["blocks", "look"]
    message: str


def blocks(message: str) -> Finding:
    return Finding("blocks", message)


def look(message: str) -> Finding:
    return Finding("look", message)


type Findings = Iterator[Finding]


@dataclass(frozen=True)
class Package:
    """A package as it would be submitted: the archive, and the folder it was unpacked to.

    `root` is the checkout, for what belongs to a submission without being packaged; None where there is none.
    """

    archive: Path
    folder: Path
    root: Path | None = None

    @cached_property
    def files(self) -> dict[str, Path]:
        """Every file by its name in the package, sorted."""
        found = (path for path in self.folder.rglob("*") if path.is_file())
        return {path.relative_to(self.folder).as_posix(): path for path in sorted(found)}

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """The manifest; empty where it is missing or no YAML object (rule 9 says so)."""
        return self.document("manifest.yaml")

    def document(self, name: str) -> dict[str, Any]:
        """A YAML file of the package as an object; empty where it is none."""
        try:
            value = yaml.load(self.text(name), Loader=_LOADER)
        except yaml.YAMLError:
            return {}
        return value if isinstance(value, dict) else {}

    def text(self, name: str) -> str:
        """The text of a file, empty where it is not there."""
        path = self.files.get(name)
        return path.read_text(encoding="utf-8", errors="replace") if path else ""

    def texts(self, suffixes: frozenset[str] | None = None) -> Iterator[tuple[str, str]]:
        """(name, text) of the files that are text and not large; with `suffixes` only of those."""
        for name, path in self.files.items():
            if suffixes is not None and path.suffix.lower() not in suffixes:
                continue
            content = path.read_bytes()
            if len(content) <= TEXT_BYTES and b"\0" not in content[:4096]:
                yield name, content.decode("utf-8", errors="replace")

    def sources(self, suffixes: frozenset[str] = SOURCES) -> Iterator[tuple[str, str]]:
        """(name, text) of code and declarations, without lists of dependencies."""
        return ((name, text) for name, text in self.texts(suffixes) if Path(name).name not in DEPENDENCY_FILES)


def unpack(archive: Path, folder: Path, root: Path | None = None) -> Package:
    """Unpack a package. Names that lead out of the folder are left to rule 2, and not unpacked."""
    with zipfile.ZipFile(archive) as opened:
        for info in opened.infolist():
            if is_safe(info.filename):
                opened.extract(info, folder)
    return Package(archive, folder, root)


def is_safe(name: str) -> bool:
    """Whether a name in an archive stays in the folder it is unpacked to."""
    return not name.startswith(("/", "\\")) and ":" not in name and ".." not in Path(name.replace("\\", "/")).parts
