"""The package: which files are in it, and that it depends on nothing but them."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest

from scripts.package import Ignored, PackageError, build, main, package_name, packaged_files

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    """A folder with a few files, some of which are left out."""
    files = {
        ".difyignore": "# comment\n\n*.log\n/docs\n__pycache__\n.difyignore\ncache/\nsrc/*.tmp\n",
        "manifest.yaml": "version: 1.2.3\nname: bees\n",
        "main.py": "",
        "debug.log": "",
        "docs/plan.md": "",
        "src/docs/kept.md": "",
        "src/code.py": "",
        "src/old.tmp": "",
        "src/deep/kept.tmp": "",
        "src/__pycache__/code.pyc": "",
        "src/cache/data": "",
    }
    for name, text in files.items():
        (tmp_path / "plugin" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "plugin" / name).write_text(text)
    return tmp_path / "plugin"


def test_what_difyignore_names_is_left_out(plugin: Path) -> None:
    assert packaged_files(plugin) == [
        *("main.py", "manifest.yaml", "src/code.py", "src/deep/kept.tmp", "src/docs/kept.md"),
    ]


def test_the_name_is_that_of_the_manifest(plugin: Path) -> None:
    assert package_name(plugin) == "bees-1.2.3.difypkg"


@pytest.mark.parametrize("pattern", ["!kept.py", "src/**/x", "a\\ b", "[ab].py"])
def test_patterns_that_the_platform_reads_differently_are_refused(pattern: str) -> None:
    with pytest.raises(PackageError, match="without !"):
        Ignored(pattern)


def test_the_same_files_give_the_same_bytes(plugin: Path, tmp_path: Path) -> None:
    build(plugin, tmp_path / "one")
    for file in plugin.rglob("*"):
        os.utime(file, (1, 1))
    (plugin / "main.py").chmod(0o755)
    moved = plugin.rename(tmp_path / "elsewhere")
    (moved / "src" / "code.py").rename(moved / "code.py")  # another order in the folder's list
    (moved / "code.py").rename(moved / "src" / "code.py")
    build(moved, tmp_path / "two")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_no_times_and_modes_get_in(plugin: Path, tmp_path: Path) -> None:
    (plugin / "main.py").chmod(0o755)
    build(plugin, tmp_path / "one")
    with zipfile.ZipFile(tmp_path / "one") as archive:
        assert {(info.date_time, info.external_attr >> 16) for info in archive.infolist()} == {
            ((1980, 1, 1, 0, 0, 0), 0o100644)
        }


def test_a_link_is_refused(plugin: Path) -> None:
    (plugin / "link.py").symlink_to("main.py")
    with pytest.raises(PackageError, match=r"link\.py is a link"):
        packaged_files(plugin)


def test_without_difyignore_nothing_is_packaged(plugin: Path) -> None:
    (plugin / ".difyignore").unlink()
    with pytest.raises(PackageError, match=r"\.difyignore is missing"):
        packaged_files(plugin)


def test_a_package_over_the_limit_is_refused(
    plugin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("scripts.package.MAX_BYTES", 10)
    assert main(plugin) == 1
    assert "10 are allowed; the largest: " in capsys.readouterr().err
    monkeypatch.setattr("scripts.package.MAX_BYTES", 10_000)
    monkeypatch.setattr("scripts.package.MAX_FILES", 4)
    with pytest.raises(PackageError, match="5 files, and 4 are allowed"):
        build(plugin, tmp_path / "one")


def test_main_writes_the_package_beside_the_manifest(plugin: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(plugin) == 0
    size = (plugin / "bees-1.2.3.difypkg").stat().st_size
    assert capsys.readouterr().out == f"bees-1.2.3.difypkg: 5 files, {size:,} bytes\n"


def test_what_this_repository_packages() -> None:
    """Everything that is run, and nothing that is there to develop it."""
    names = packaged_files(ROOT)
    assert {name.partition("/")[0] for name in names} >= {"main.py", "manifest.yaml", "fanout", "tools", "provider"}
    assert not [name for name in names if name.startswith(("tests/", "playground/", "docs/", "examples/", "scripts/"))]
    assert {"fanout/catalog/search.yaml", "requirements.txt", "uv.lock", "_assets/icon.svg"} <= set(names)
