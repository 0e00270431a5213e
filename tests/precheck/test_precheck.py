"""`make precheck` as a whole, and the start of a package."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from scripts.package import ROOT
from scripts.precheck import starting
from scripts.precheck.__main__ import main, starting_checks
from scripts.precheck.package import Package
from tests.precheck.conftest import Packed

PYTHON = Path(sys.executable)


@pytest.fixture
def checkout(filled_in: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(filled_in, tmp_path / "checkout"))


def test_a_filled_in_copy_passes(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(checkout, quick=True) == 0
    said = capsys.readouterr().out
    assert "NOT MET" not in said
    assert "met      starts as in the cloud" in said
    assert "fanout-0.2.0.difypkg is written. Everything is met." in said


def test_what_has_to_be_filled_in_is_said(
    checkout: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The repository itself: nothing else is missing."""
    monkeypatch.setattr("scripts.precheck.__main__.starting_checks", lambda environment, quick: {})
    shutil.copyfile(ROOT / "manifest.yaml", checkout / "manifest.yaml")
    assert main(checkout, quick=True) == 1
    said = capsys.readouterr().out
    for field in ("author", "repo", "contact"):
        assert f"fill in {field} in manifest.yaml" in said
    assert said.count("NOT MET") == 1
    assert "Not met: 1 of 6." in said


def test_filling_in_reaches_every_page(filled_in: Path) -> None:
    for file in filled_in.rglob("*"):
        if file.suffix in {".md", ".yml", ".yaml"}:
            assert "your-name" not in file.read_text(encoding="utf-8"), file


def test_a_folder_that_cannot_be_packaged_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(tmp_path, quick=True) == 1
    assert capsys.readouterr().err == "manifest.yaml is missing\n"


# -- starting


def test_a_package_that_does_not_start(packed: Packed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starting, "START_S", 5)
    package = packed({"main.py": "raise SystemExit('no bees')"})
    (serverless,) = list(starting.start_serverless(package, PYTHON))
    assert serverless == "no line said Serving Flask app within 5 s: no bees"
    (local,) = list(starting.start_local(package, PYTHON))
    assert local == "the first line is not the manifest: no bees"


def test_a_package_that_starts_and_does_not_answer(packed: Packed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starting, "START_S", 1)
    package = packed({"main.py": "print('Serving Flask app', flush=True)\ninput()"})
    assert list(starting.start_serverless(package, PYTHON)) == ["GET / gave no answer, and 200 or 404 are expected"]
    package.files["main.py"].write_text('print(\'{"name": "fanout"}\', flush=True)\ninput()')
    assert list(starting.start_local(package, PYTHON)) == ["there was no heartbeat within 1 s: it said nothing else"]


def test_requirements_are_installed_in_a_new_environment(package: Package, tmp_path: Path) -> None:
    """With a stand-in for Python: as `-m venv` it makes an environment, in which pip does as requirements.txt says."""
    python = tmp_path / "python"
    python.write_text(
        """#!/bin/sh
        case "$2" in
            venv) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
            pip) . ./"$6" ;;
        esac
        """
    )
    python.chmod(0o755)
    broken = Package(tmp_path)
    (tmp_path / "requirements.txt").write_text("echo no bees >&2; exit 1\n")
    assert list(starting.install(broken, str(python), tmp_path / "environment")) == [
        "the installation failed: no bees",
    ]
    (tmp_path / "requirements.txt").write_text("exit 0\n")
    assert list(starting.install(broken, str(python), tmp_path / "environment")) == []


def test_an_installation_is_checked_only_where_there_is_a_python_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    starts = ["starts as in the cloud", "starts as under the daemon"]
    monkeypatch.setattr(starting, "python_312", lambda: "python3.12")
    assert list(starting_checks(tmp_path, quick=False)) == ["requirements.txt installs", *starts]
    assert list(starting_checks(tmp_path, quick=True)) == starts
    monkeypatch.setattr(starting, "python_312", lambda: None)
    assert list(starting_checks(tmp_path, quick=False)) == starts
