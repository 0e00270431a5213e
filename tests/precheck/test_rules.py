"""Every rule: met by the plugin, and broken by one change of it at a time."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.package import MAX_FILES
from scripts.precheck import code, contents, declarations, dependencies, manifest, readme, secrets
from scripts.precheck.package import Findings, Package, unpack
from scripts.precheck.rules import ELSEWHERE, RULES, Rule, apply
from tests.precheck.conftest import Changes, Packed

type Check = Callable[[Package], Findings]
type Breach = tuple[Check, Changes, str]


def replaced(old: str, new: str) -> Callable[[str], str]:
    """A change of one place, which has to be there."""

    def change(text: str) -> str:
        assert old in text, old
        return text.replace(old, new, 1)

    return change


KEY = "sk-" + "a1B2c3D4e5F6g7H8i9J0"
RANDOM = "q8Zt3LmWx7RvB2nKc5YpD1sHf6Gj4Ua9"
BREACHES: list[Breach] = [
    (manifest.identity, {"manifest.yaml": replaced("ada@hives.example", "you@example.com")}, "fill in contact"),
    (contents.sizes, {f"many/{number}": "" for number in range(10)}, "files, and 50 are allowed"),
    (contents.forbidden_folders, {"fanout/.vscode/settings.json": "{}"}, "fanout/.vscode/: add it"),
    (contents.forbidden_files, {".env.local": "A=1"}, ".env.local: add it"),
    (contents.forbidden_files, {"fanout/old.bak": ""}, "fanout/old.bak: add it"),
    (contents.odd_files, {"dist/a.txt": ""}, "dist/: a folder for what is built"),
    (contents.odd_files, {"fanout/a.zip": ""}, "fanout/a.zip: an archive"),
    (contents.binaries, {"fanout/run": "\x7fELF"}, "fanout/run: a Linux program"),
    (contents.binaries, {"fanout/a.so": ""}, "fanout/a.so: a program by its name"),
    (contents.binaries, {"install.sh": ""}, "install.sh: looks like a program"),
    (secrets.secrets, {"README.md": f"use {KEY}"}, "README.md:1: an OpenAI key"),
    (secrets.secrets, {"fanout/a.py": f'API_KEY = "{RANDOM}"'}, "API_KEY is given what looks like a secret"),
    (secrets.secrets, {"fanout/a.yaml": "token: hello"}, "token is given a value"),
    (manifest.fields, {"manifest.yaml": replaced("privacy: PRIVACY.md\n", "")}, "privacy is missing"),
    (manifest.fields, {"manifest.yaml": "[]"}, "manifest.yaml is missing or cannot be read"),
    (manifest.fields, {"manifest.yaml": replaced("type: plugin", "type: bundle")}, "type must be plugin"),
    (manifest.author, {"manifest.yaml": replaced("author: ada", "author: ada-dify")}, "must not contain dify"),
    (manifest.contact, {"manifest.yaml": replaced("ada@hives.example", "https://hives.example")}, "plain e-mail"),
    (manifest.repository, {"manifest.yaml": replaced("codeberg.org", "hives.example")}, "address of a repository"),
    (manifest.privacy, {"PRIVACY.md": None}, "PRIVACY.md is missing"),
    (manifest.privacy, {"PRIVACY.md": " "}, "privacy must name a file"),
    (manifest.privacy, {"PRIVACY.md": "Please fill in the privacy policy."}, "sentence of the template"),
    (manifest.privacy, {"PRIVACY.md": "We are kind."}, "does not say what is collected"),
    (
        manifest.minimum_version,
        {"manifest.yaml": replaced("  minimum_dify_version: 1.14.2", "")},
        "minimum_dify_version",
    ),
    (manifest.icons, {"_assets/icon.svg": None}, "icon must be the bare name"),
    (manifest.icons, {"_assets/icon.svg": "DIFY_MARKETPLACE_TEMPLATE_ICON_DO_NOT_USE"}, "icon of the template"),
    (manifest.daemon, {"manifest.yaml": replaced("version: 0.1.0", "version: 0.1.0+2")}, "version does not match"),
    (manifest.daemon, {"manifest.yaml": replaced("2026-11-22", "2999-11-22")}, "created_at must be a time"),
    (manifest.daemon, {"manifest.yaml": replaced("- utilities", "- handy")}, "there is no tag handy"),
    (manifest.daemon, {"manifest.yaml": replaced("enabled: true", "enabled: false")}, "no tool can be called"),
    (manifest.daemon, {"manifest.yaml": replaced("memory: 268435456", "memory: 256MB")}, "number of bytes"),
    (manifest.daemon, {"manifest.yaml": replaced('"3.12"', "3.12")}, "python, 3.12, main"),
    (manifest.daemon, {"manifest.yaml": replaced("  zh_Hans: Fanout", "  fr_FR: Fanout")}, "label.fr_FR is dropped"),
    (manifest.daemon, {"manifest.yaml": replaced("en_US: Call", "en_US: " + "Call" * 300)}, "1023 are allowed"),
    (declarations.provider, {"provider/fanout.yaml": None}, "provider/fanout.yaml: is missing"),
    (declarations.provider, {"provider/fanout.yaml": replaced("icon: icon.svg", "icon: x.svg")}, "identity.icon"),
    (declarations.provider, {"provider/fanout.yaml": replaced("name: fanout", "name: fan out")}, "identity.name takes"),
    (declarations.provider, {"provider/fanout.py": None}, "extra.python.source must name"),
    (
        declarations.provider,
        {"provider/fanout.yaml": replaced("tools:\n", "credentials_for_provider: {key: {type: text}}\ntools:\n")},
        "credential key has a type",
    ),
    (declarations.tools, {"tools/reshape.yaml": None}, "tools/reshape.yaml: is missing"),
    (declarations.tools, {"provider/fanout.yaml": replaced("tools:\n", "tool:\n")}, "lists no tools"),
    (declarations.tools, {"tools/reshape.yaml": replaced("type: string", "type: text")}, "knows no type text"),
    (declarations.tools, {"tools/reshape.yaml": replaced("form: form", "form: panel")}, "form must be one of"),
    (declarations.tools, {"tools/reshape.yaml": replaced("required: true", "show_on: []")}, "show_on is dropped"),
    (
        declarations.tools,
        {"tools/reshape.yaml": replaced("  llm: Applies", "  ai: Applies")},
        "description.llm is missing",
    ),
    (declarations.tools, {"tools/reshape.yaml": replaced("    result:\n", "    text:\n")}, "the variable text exists"),
    (readme.readme, {"README.md": None}, "README.md is missing"),
    (readme.readme, {"README.md": "Fanout"}, "must name the address"),
    (readme.readme, {"README.md": replaced("# Fanout", "# 扇出")}, "2 Chinese characters"),
    (readme.readme, {"README.md": "https://codeberg.org/ada/fanout"}, "says nothing of credentials"),
    (readme.translations, {"README_zh.md": ""}, "translations belong in readme/"),
    (readme.translations, {"readme/pt.md": ""}, "readme/pt.md: is not read"),
    (readme.translations, {"readme/README_ja_JP.md": None}, "README_ja_JP.md is missing"),
    (dependencies.dependencies, {"requirements.txt": None}, "requirements.txt is missing"),
    (dependencies.dependencies, {"requirements.txt": "anyio\n"}, "anyio has no version"),
    (dependencies.dependencies, {"requirements.txt": "anyio>=4\n"}, "anyio has no upper end"),
    (dependencies.dependencies, {"requirements.txt": "dify_plugin>=0.8,<1\n"}, "must be 0.9.0 or newer"),
    (dependencies.dependencies, {"requirements.txt": "torch>=2,<3\n"}, "torch is large"),
    (
        dependencies.dependencies,
        {"requirements.txt": "git+https://hives.example/a\n"},
        "no paths, options and addresses",
    ),
    (dependencies.dependencies, {"requirements.txt": "a @ https://hives.example/a.zip\n"}, "a comes from an address"),
    (dependencies.dependencies, {"pyproject.toml": '[dependency-groups]\ndev = ["pytest"]\n'}, "pytest has no version"),
    (code.compiles, {"fanout/a.py": "def"}, "fanout/a.py:1: "),
    (code.capabilities, {"fanout/a.py": "subprocess.run(x)"}, "fanout/a.py:1: runs commands"),
    (code.capabilities, {"fanout/a.py": "eval(x)"}, "runs code"),
    (code.capabilities, {"fanout/a.py": "SQL = 'SELECT a FROM b'"}, "reads a database"),
    (code.capabilities, {"fanout/a.py": "open(x)"}, "works on files"),
    (code.capabilities, {"fanout/a.py": "httpx.get(x)"}, "opens connections"),
    (code.safety, {"fanout/a.py": "requests.get(x)"}, "a request without timeout"),
    (code.safety, {"fanout/a.py": "logger.info(token)"}, "goes into a log"),
    (code.safety, {"fanout/a.py": "raise ValueError(self.password)"}, "goes into an error"),
    (code.money, {"README.md": "Every payment is safe."}, "README.md:1: says payment"),
    (code.hosts, {"fanout/a.py": 'URL = "https://api.hives.dev/x"'}, "fanout/a.py:1: api.hives.dev"),
    (code.hosts, {"fanout/a.yaml": "select: https://hives.dev"}, "fanout/a.yaml:1: hives.dev"),
]


@pytest.mark.parametrize(
    ("rule", "changes", "message"), BREACHES, ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_breach_is_found(
    rule: Check, changes: Changes, message: str, packed: Packed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contents, "MAX_FILES", 50 if rule is contents.sizes else MAX_FILES)
    findings = list(rule(packed(changes)))
    assert any(message in finding.message for finding in findings), findings


HARMLESS: list[tuple[Check, Changes]] = [
    (contents.forbidden_files, {".env.example": "A=1"}),
    (secrets.secrets, {"fanout/a.py": 'api_key = credentials.get("api_key")\npassword = "${PASSWORD}"'}),
    (secrets.secrets, {"a.md": "token: <your-token>\napi_key = your-api-key\nmax_tokens: 4096\n"}),
    (readme.readme, {"README.md": lambda text: text + "\n```\n扇出\n```\n"}),
    (dependencies.dependencies, {"requirements.txt": "# comment\nanyio>=4,<5  # why\n\n"}),
    (code.capabilities, {"fanout/a.py": "# eval(x)\nre.compile(x)\njmespath.compile(x)\npath.open()"}),
    (code.hosts, {"fanout/a.py": '"""See https://api.hives.dev."""\n# https://b.hives.dev\nX = "https://example.com"'}),
    (code.hosts, {"fanout/a.yaml": "homepage: https://hives.dev"}),
]


@pytest.mark.parametrize(("rule", "changes"), HARMLESS, ids=lambda value: "" if callable(value) else str(value)[:40])
def test_what_only_looks_like_a_breach_is_none(rule: Check, changes: Changes, packed: Packed) -> None:
    assert list(rule(packed(changes))) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.number} {rule.title}".strip())
def test_the_plugin_itself_breaks_nothing_that_blocks(rule: Rule, package: Package) -> None:
    result = apply(rule, package)
    assert not result.blocks, result.findings


def test_names_that_lead_out_are_found_and_not_unpacked(tmp_path: Path) -> None:
    archive = tmp_path / "bad.difypkg"
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("../outside", "")
        opened.writestr("/absolute", "")
        opened.writestr("inside", "")
    package = unpack(archive, tmp_path / "unpacked")
    assert list(package.files) == ["inside"]
    assert [finding.message.split(":")[0] for finding in contents.safe_names(package)] == ["../outside", "/absolute"]


def test_a_file_that_is_marked_to_be_run_is_found(tmp_path: Path) -> None:
    archive = tmp_path / "bad.difypkg"
    with zipfile.ZipFile(archive, "w") as opened:
        info = zipfile.ZipInfo("main.py")
        info.external_attr = 0o100755 << 16
        opened.writestr(info, "")
    findings = list(contents.binaries(unpack(archive, tmp_path / "unpacked")))
    assert [finding.message for finding in findings] == [
        "main.py: is marked to be run; package it with scripts/package.py",
    ]


def test_every_rule_of_the_table_is_there_or_said_to_be_elsewhere() -> None:
    here = {rule.number for rule in RULES} | {"22", "23", "24", "25", "26", "27"}
    elsewhere = {number for numbers, _, _ in ELSEWHERE for number in numbers.split(", ")}
    assert here | elsewhere >= {str(number) for number in range(1, 33)}
