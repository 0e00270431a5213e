"""Every check: passed by the plugin, and failed by one change of it at a time."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.package import MAX_FILES
from scripts.precheck import contents, manifest
from scripts.precheck.__main__ import CHECKS, Check
from scripts.precheck.package import Package, unpack
from scripts.precheck.secrets import secrets
from tests.precheck.conftest import Changes, Packed

type Fault = tuple[Check, Changes, str]


def replaced(old: str, new: str) -> Callable[[str], str]:
    """A change of one place, which has to be there."""

    def change(text: str) -> str:
        assert old in text, old
        return text.replace(old, new, 1)

    return change


KEY = "sk-" + "a1B2c3D4e5F6g7H8i9J0"
RANDOM = "q8Zt3LmWx7RvB2nKc5YpD1sHf6Gj4Ua9"
FAULTS: list[Fault] = [
    (manifest.identity, {"manifest.yaml": replaced("ada@hives.example", "you@example.com")}, "fill in contact"),
    (manifest.fields, {"manifest.yaml": replaced("privacy: PRIVACY.md\n", "")}, "privacy is missing"),
    (manifest.fields, {"manifest.yaml": "[]"}, "manifest.yaml is missing or cannot be read"),
    (manifest.fields, {"manifest.yaml": replaced("type: plugin", "type: bundle")}, "type must be plugin"),
    (manifest.fields, {"manifest.yaml": replaced("author: ada", "author: ada-dify")}, "author does not match"),
    (manifest.fields, {"manifest.yaml": replaced("ada@hives.example", "https://hives.example")}, "contact does not"),
    (manifest.fields, {"manifest.yaml": replaced("codeberg.org", "hives.example")}, "repo does not match"),
    (manifest.fields, {"manifest.yaml": replaced("version: 0.2.0", "version: 0.2.0+2")}, "version does not match"),
    (manifest.fields, {"manifest.yaml": replaced("2026-11-22", "2999-11-22")}, "created_at must be a time"),
    (manifest.fields, {"manifest.yaml": replaced("minimum_dify_version:", "other:")}, "minimum_dify_version is miss"),
    (manifest.fields, {"manifest.yaml": replaced("enabled: true", "enabled: false")}, "tool.enabled must be True"),
    (manifest.privacy, {"PRIVACY.md": None}, "privacy must name a file"),
    (manifest.privacy, {"PRIVACY.md": " "}, "privacy must name a file of the package that is not empty"),
    (manifest.privacy, {"PRIVACY.md": "Please fill in the privacy policy."}, "sentence of the template"),
    (manifest.privacy, {"PRIVACY.md": "We are kind."}, "does not say what is collected"),
    (manifest.icons, {"_assets/icon.svg": None}, "icon must be the bare name"),
    (manifest.icons, {"_assets/icon.svg": "DIFY_MARKETPLACE_TEMPLATE_ICON_DO_NOT_USE"}, "icon of the template"),
    (contents.sizes, {f"many/{number}": "" for number in range(10)}, "files, and 50 are allowed"),
    (contents.stray_files, {"fanout/.vscode/settings.json": "{}"}, "fanout/.vscode/settings.json: does not belong"),
    (contents.stray_files, {"fanout/.mypy_cache/a": ""}, "a: does not belong"),
    (contents.stray_files, {".env.local": "A=1"}, ".env.local: does not belong"),
    (contents.stray_files, {"fanout/old.bak": ""}, "fanout/old.bak: does not belong"),
    (contents.stray_files, {"dist/a.txt": ""}, "dist/a.txt: does not belong"),
    (contents.stray_files, {"fanout/a.zip": ""}, "fanout/a.zip: does not belong"),
    (contents.stray_files, {"fanout/a.so": ""}, "fanout/a.so: does not belong"),
    (contents.stray_files, {"install.sh": ""}, "install.sh: does not belong"),
    (contents.stray_files, {"fanout/run": "\x7fELF"}, "fanout/run: is a program"),
    (secrets, {"README.md": f"use {KEY}"}, "README.md:1: an OpenAI key"),
    (secrets, {"fanout/a.py": f'API_KEY = "{RANDOM}"'}, "API_KEY is given what looks like a secret"),
    (contents.readme, {"README.md": None}, "README.md is missing"),
    (contents.readme, {"README.md": "Fanout"}, "must name the address"),
    (contents.readme, {"README.md": replaced("# Fanout", "# 扇出")}, "2 Chinese characters"),
    (contents.readme, {"README.md": "https://codeberg.org/ada/fanout"}, "says nothing of credentials"),
]


@pytest.mark.parametrize(
    ("check", "changes", "message"), FAULTS, ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_fault_is_found(
    check: Check, changes: Changes, message: str, packed: Packed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contents, "MAX_FILES", 50 if check is contents.sizes else MAX_FILES)
    found = list(check(packed(changes)))
    assert any(message in fault for fault in found), found


HARMLESS: list[tuple[Check, Changes]] = [
    (contents.stray_files, {".env.example": "A=1", "fanout/environment/building.md": ""}),
    (secrets, {"fanout/a.py": 'api_key = credentials.get("api_key")\npassword = "${PASSWORD}"'}),
    (secrets, {"a.md": "token: <your-token>\napi_key = your-api-key\nmax_tokens: 4096\ntoken: hello\n"}),
    (contents.readme, {"README.md": lambda text: text + "\n```\n扇出\n```\n"}),
]


@pytest.mark.parametrize(("check", "changes"), HARMLESS, ids=["files", "code", "words", "readme"])
def test_what_only_looks_like_a_fault_is_none(check: Check, changes: Changes, packed: Packed) -> None:
    assert list(check(packed(changes))) == []


@pytest.mark.parametrize("title", CHECKS)
def test_the_plugin_itself_has_no_faults(title: str, package: Package) -> None:
    assert list(CHECKS[title](package)) == []


def test_names_that_lead_out_are_found_and_not_unpacked(tmp_path: Path) -> None:
    archive = tmp_path / "bad.difypkg"
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("../outside", "")
        opened.writestr("/absolute", "")
        opened.writestr("inside", "")
    package = unpack(archive, tmp_path / "unpacked")
    assert list(package.files) == ["inside"]
    assert [fault.split(":")[0] for fault in contents.safe_names(package)] == ["../outside", "/absolute"]


def test_a_file_that_is_marked_to_be_run_is_found(tmp_path: Path) -> None:
    archive = tmp_path / "bad.difypkg"
    with zipfile.ZipFile(archive, "w") as opened:
        info = zipfile.ZipInfo("main.py")
        info.external_attr = 0o100755 << 16
        opened.writestr(info, "")
    assert list(contents.safe_names(unpack(archive, tmp_path / "unpacked"))) == [
        "main.py: is marked to be run; package it with scripts/package.py",
    ]
