"""What has to agree with what, and what the platform and the Marketplace ask of the files of a package."""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, datetime
from fnmatch import fnmatch
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from playground.yaml_files import parse_yaml

ROOT = Path(__file__).resolve().parent.parent


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


PYPROJECT: dict[str, Any] = tomllib.loads(read("pyproject.toml"))
LOCK: dict[str, Any] = tomllib.loads(read("uv.lock"))
MANIFEST: dict[str, Any] = parse_yaml(read("manifest.yaml"))
README = read("README.md")

LOCKED = {package["name"]: package for package in LOCK["package"]}


def requirements(lines: list[str]) -> dict[str, str]:
    """Canonical name → range."""
    parsed = [Requirement(line) for line in lines]
    return {canonicalize_name(requirement.name): str(requirement.specifier) for requirement in parsed}


RUNTIME = requirements(PYPROJECT["project"]["dependencies"])
DEVELOPMENT = requirements(PYPROJECT["dependency-groups"]["dev"])


def ranges(entries: list[dict[str, str]]) -> dict[str, str]:
    """The same as `requirements`, of a list in the lock."""
    return requirements([f"{entry['name']}{entry['specifier']}" for entry in entries])


# -- dependencies


def test_pyproject_requirements_and_lock_name_the_same_ranges() -> None:
    lines = [line for line in read("requirements.txt").splitlines() if line and not line.startswith("#")]
    assert requirements(lines) == RUNTIME
    assert ranges(LOCKED["fanout"]["metadata"]["requires-dist"]) == RUNTIME
    assert ranges(LOCKED["fanout"]["metadata"]["requires-dev"]["dev"]) == DEVELOPMENT
    assert LOCK["requires-python"] == PYPROJECT["project"]["requires-python"]


@pytest.mark.parametrize("name", [*RUNTIME, *DEVELOPMENT])
def test_every_range_has_two_ends_and_holds_the_locked_version(name: str) -> None:
    specifier = Requirement(f"x{(RUNTIME | DEVELOPMENT)[name]}").specifier
    assert sorted(part.operator for part in specifier) == ["<", ">="]
    assert specifier.contains(LOCKED[name]["version"])


def test_the_lock_names_the_public_index_and_nothing_else() -> None:
    """Whoever writes the lock may be set up with a mirror; its name must not get in here."""
    hosts = set(re.findall(r"https?://([^/\"]+)", read("uv.lock")))
    assert hosts == {"pypi.org", "files.pythonhosted.org"}


# -- manifest


def test_versions_agree() -> None:
    assert MANIFEST["version"] == PYPROJECT["project"]["version"] == LOCKED["fanout"]["version"]
    assert f"## [{MANIFEST['version']}]" in read("CHANGELOG.md")


def test_the_daemon_accepts_the_manifest() -> None:
    assert re.fullmatch(r"\d{1,4}(\.\d{1,4}){2}(-\w{1,16})?", MANIFEST["version"])
    assert re.fullmatch(r"[a-z0-9_-]{1,64}", MANIFEST["author"])
    assert re.fullmatch(r"[a-z0-9_-]{1,128}", MANIFEST["name"])
    assert MANIFEST["type"] == "plugin"
    assert MANIFEST["created_at"] <= datetime.now(UTC)
    assert MANIFEST["plugins"] == {"tools": ["provider/fanout.yaml"]}
    assert MANIFEST["meta"]["runner"] == {"language": "python", "version": "3.12", "entrypoint": "main"}
    assert re.fullmatch(r"\d+\.\d+\.\d+", MANIFEST["meta"]["minimum_dify_version"])
    assert MANIFEST["meta"]["arch"] == ["amd64", "arm64"]


def test_the_marketplace_accepts_the_manifest() -> None:
    assert not re.search("langgenius|dify", MANIFEST["author"])
    assert re.fullmatch(r"https://(github|gitlab)\.com/[^/\s]+/[^/\s]+", MANIFEST["repo"])
    assert re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", MANIFEST["contact"])
    assert MANIFEST["privacy"] == "PRIVACY.md"
    assert re.search("collect|store|send|share", read("PRIVACY.md"))


def test_the_only_permission_is_to_call_tools() -> None:
    assert MANIFEST["resource"]["permission"] == {"tool": {"enabled": True}}


@pytest.mark.parametrize("key", ["icon", "icon_dark"])
def test_icons_are_square_drawings_of_our_own(key: str) -> None:
    provider = parse_yaml(read("provider/fanout.yaml"))
    assert provider["identity"][key] == MANIFEST[key]
    root = ElementTree.fromstring(read(f"_assets/{MANIFEST[key]}"))
    assert root.tag.endswith("svg")
    assert root.get("viewBox") == "0 0 48 48"


# -- README


def test_the_readme_repeats_the_repository_of_the_manifest() -> None:
    """`repo` is filled in by whoever publishes; the README is the only other place that names it."""
    repositories = set(re.findall(r"https://(?:github|gitlab)\.com/[\w-]+/[\w-]+", README))
    assert repositories == {MANIFEST["repo"]}


def test_the_readme_is_in_english() -> None:
    assert not re.search("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]", README)


@pytest.mark.parametrize("words", ["setup|install", "usage|use", "credential|authorization", "connection|network"])
def test_the_readme_says_what_reviewers_look_for(words: str) -> None:
    assert re.search(words, README.lower())


@pytest.mark.parametrize("command", ["make demo", "make test"])
def test_the_readme_names_the_commands(command: str) -> None:
    assert command in README


# -- contents of the package

PACKAGED = {
    *("manifest.yaml", "main.py", "pyproject.toml", "uv.lock", "requirements.txt"),
    *("_assets", "fanout", "provider", "readme", "tools"),
    *("README.md", "PRIVACY.md", "SECURITY.md", "CHANGELOG.md", "LICENSE"),
}


def ignored(name: str) -> bool:
    """Whether .difyignore leaves out an entry of the top folder."""
    patterns = [line.strip("/") for line in read(".difyignore").splitlines() if line and not line.startswith("#")]
    return any(fnmatch(name, pattern) for pattern in patterns)


def test_only_what_the_plugin_needs_is_packaged() -> None:
    # in one test: tools make folders while tests run, and each worker would collect others
    assert {path.name for path in ROOT.iterdir() if not ignored(path.name)} == PACKAGED


@pytest.mark.parametrize("name", [".git", ".venv", ".env", ".env.local", "__pycache__", "fanout-0.2.0.difypkg", "dist"])
def test_what_must_never_be_packaged(name: str) -> None:
    assert ignored(name)
