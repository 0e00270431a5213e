"""What is checked: a package, as it would be submitted."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

TEXT_BYTES = 1024 * 1024  # what is larger is data

type Faults = Iterator[str]  # what is wrong and what to do, a line each


@dataclass(frozen=True)
class Package:
    """The folder that a package was unpacked to."""

    folder: Path

    @cached_property
    def files(self) -> dict[str, Path]:
        """Every file by its name in the package, sorted."""
        found = (path for path in self.folder.rglob("*") if path.is_file())
        return {path.relative_to(self.folder).as_posix(): path for path in sorted(found)}

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """The manifest; empty where it is missing or no YAML object, of which `manifest.fields` tells."""
        try:
            value = yaml.safe_load(self.text("manifest.yaml"))
        except yaml.YAMLError:
            return {}
        return value if isinstance(value, dict) else {}

    def text(self, name: str) -> str:
        """The text of a file, empty where it is not there."""
        path = self.files.get(name)
        return path.read_text(encoding="utf-8", errors="replace") if path else ""

    def texts(self) -> Iterator[tuple[str, str]]:
        """(name, text) of the files that are text and not large."""
        for name, path in self.files.items():
            content = path.read_bytes()
            if len(content) <= TEXT_BYTES and b"\0" not in content[:4096]:
                yield name, content.decode("utf-8", errors="replace")


def unpack(archive: Path, folder: Path) -> Package:
    """Unpack a package, which `scripts.package` has written."""
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(folder)
    return Package(folder)
