"""A copy of the plugin whose identity is filled in, and the package of it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from scripts.package import ROOT, build, package_name, packaged_files
from scripts.precheck.package import Package, unpack
from scripts.write.pages import main as write_docs

IDENTITY = {
    "author: your-name": "author: ada",
    "https://github.com/your-name/fanout": "https://codeberg.org/ada/fanout-for-workflows",
    "you@example.com": "ada@hives.example",
}

# name → new text; None: the file is gone; a function: from the old text
type Changes = Mapping[str, str | Callable[[str], str] | None]
type Packed = Callable[[Changes], Package]


@pytest.fixture(scope="session")
def filled_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a publisher does: fill in three values, and run `make docs`."""
    folder = tmp_path_factory.mktemp("checkout")
    further = [".difyignore", "examples/README.md", "examples/apps.yaml", "CONTRIBUTING.md"]
    further += [
        file.relative_to(ROOT).as_posix()
        for part in ("docs", "examples/plans")
        for file in ROOT.glob(f"{part}/*")
        if file.is_file()
    ]
    for name in [*packaged_files(ROOT), *further]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, folder / name)
    manifest = (folder / "manifest.yaml").read_text(encoding="utf-8")
    for stand_in, value in IDENTITY.items():
        manifest = manifest.replace(stand_in, value)
    (folder / "manifest.yaml").write_text(manifest, encoding="utf-8")
    write_docs(folder)
    return folder


@pytest.fixture(scope="session")
def package(filled_in: Path, tmp_path_factory: pytest.TempPathFactory) -> Package:
    """The package of the copy as it is."""
    folder = tmp_path_factory.mktemp("package")
    archive = folder / package_name(filled_in)
    build(filled_in, archive)
    return unpack(archive, folder / "unpacked")


@pytest.fixture
def packed(package: Package, tmp_path: Path) -> Packed:
    """The same package, unpacked, with changes to some of its files; what is not changed is linked, not copied."""

    def pack(changes: Changes) -> Package:
        folder = shutil.copytree(package.folder, tmp_path / "changed", copy_function=os.link)
        for name, change in changes.items():
            file = folder / name
            old = file.read_text(encoding="utf-8") if file.is_file() else ""
            file.unlink(missing_ok=True)
            if change is not None:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(change if isinstance(change, str) else change(old), encoding="utf-8")
        return Package(folder)

    return pack
