"""Every check: passed by the plugin, and failed by one change of it at a time."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from scripts.precheck import contents, manifest
from scripts.precheck.__main__ import CHECKS, Check
from scripts.precheck.package import Package
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
    (manifest.fields, {"manifest.yaml": replaced("author: ada", "author: ada-dify")}, "author does not match"),
    (manifest.fields, {"manifest.yaml": replaced("ada@hives.example", "https://hives.example")}, "contact does not"),
    (manifest.fields, {"manifest.yaml": replaced("codeberg.org", "hives.example")}, "repo does not match"),
    (manifest.fields, {"manifest.yaml": replaced("version: 0.2.0", "version: 0.2.0+2")}, "version does not match"),
    (manifest.fields, {"manifest.yaml": "[]"}, "author does not"),
    (manifest.named_files, {"PRIVACY.md": None}, "privacy names PRIVACY.md, which is not in"),
    (manifest.named_files, {"PRIVACY.md": " "}, "which is not in the package or empty"),
    (manifest.named_files, {"_assets/icon.svg": None}, "icon names _assets/icon.svg, which"),
    (contents.stray_files, {"fanout/.vscode/settings.json": "{}"}, "fanout/.vscode/settings.json: does not belong"),
    (contents.stray_files, {"fanout/.mypy_cache/a": ""}, "a: does not belong"),
    (contents.stray_files, {".env.local": "A=1"}, ".env.local: does not belong"),
    (contents.stray_files, {"fanout/old.bak": ""}, "fanout/old.bak: does not belong"),
    (contents.stray_files, {"dist/a.txt": ""}, "dist/a.txt: does not belong"),
    (contents.stray_files, {"fanout/a.zip": ""}, "fanout/a.zip: does not belong"),
    (contents.stray_files, {"fanout/a.so": ""}, "fanout/a.so: does not belong"),
    (contents.stray_files, {"install.sh": ""}, "install.sh: does not belong"),
    (secrets, {"README.md": f"use {KEY}"}, "README.md:1: an OpenAI key"),
    (secrets, {"fanout/a.py": f'API_KEY = "{RANDOM}"'}, "API_KEY is given what looks like a secret"),
    (contents.readme, {"README.md": None}, "README.md must name"),
    (contents.readme, {"README.md": "Fanout"}, "must name the address"),
    (contents.readme, {"README.md": replaced("# Fanout", "# 扇出")}, "2 Chinese characters"),
]


@pytest.mark.parametrize(
    ("check", "changes", "message"), FAULTS, ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_fault_is_found(check: Check, changes: Changes, message: str, packed: Packed) -> None:
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
