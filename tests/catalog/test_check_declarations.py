"""`make catalog-check` over a tiny plugin and a tiny Dify."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from .check.__main__ import main

MANIFEST = {
    "type": "plugin",
    "author": "ada",
    "name": "bees",
    "version": "1.2.3",
    "plugins": {"tools": ["provider/hive.yaml"]},
}
PROVIDER = {"identity": {"name": "hive"}, "credentials_for_provider": {"key": {}}, "tools": ["tools/find.yaml"]}
TOOL = {
    "identity": {"name": "find_bees"},
    "parameters": [
        {"name": "query", "type": "string", "form": "llm", "required": True},
        {"name": "count", "type": "number", "form": "form", "required": True, "default": 5, "min": 1, "max": 50},
        {"name": "colour", "type": "select", "form": "form", "options": [{"value": "brown"}, {"value": "black"}]},
        {"name": "queen", "type": "boolean", "form": "form"},
        {"name": "where", "type": "string", "form": "form", "required": True},
    ],
}
BUILTIN = {
    "identity": {"name": "peek"},
    "parameters": [{"name": "url", "type": "string", "form": "llm", "required": True}],
}
BUILTIN_FOLDER = "dify/api/core/tools/builtin_tool/providers/window"

BEES: dict[str, Any] = {
    "kind": "search",
    "provider": "ada/bees/hive",
    "tool_name": "find_bees",
    "authorization": True,
    "checked": "1.0.0",
    "parameters": {
        "query": "${inputs.query}",
        "count": "${min([to_number(inputs.count) || `10`, `50`])}",
        "colour": "brown",
        "queen": False,
        "where": "garden",
    },
}
WINDOW = {"kind": "reader", "provider": "window", "tool_name": "peek", "parameters": {"url": "${item || inputs.url}"}}


def write(root: Path, files: dict[str, Any]) -> None:
    for name, content in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(content), encoding="utf-8")  # JSON is YAML


@pytest.fixture
def copies(tmp_path: Path) -> Path:
    folder = tmp_path / "copies"
    write(
        folder / "official",
        {
            "bees/manifest.yaml": MANIFEST,
            "bees/provider/hive.yaml": PROVIDER,
            "bees/tools/find.yaml": TOOL,
            "theme/manifest.yaml": {"type": "bundle"},
        },
    )
    (folder / "official" / "broken").mkdir()
    (folder / "official" / "broken" / "manifest.yaml").write_text("a: [", encoding="utf-8")
    write(folder, {f"{BUILTIN_FOLDER}/window.yaml": {"identity": {"name": "window"}}})
    write(folder, {f"{BUILTIN_FOLDER}/tools/peek.yaml": BUILTIN})
    return folder


def check(tmp_path: Path, copies: Path, **entries: Any) -> int:
    return main([str(copies)], entries)


def changed(**parameters: Any) -> dict[str, Any]:
    """The entry with other parameters; None: not given."""
    merged = {**BEES["parameters"], **parameters}
    return {**BEES, "parameters": {name: value for name, value in merged.items() if value is not None}}


def test_what_agrees_is_listed(tmp_path: Path, copies: Path, capsys: pytest.CaptureFixture[str]) -> None:
    elsewhere = {**BEES, "provider": "bo/wasps/nest"}
    assert check(tmp_path, copies, bees=BEES, window=WINDOW, nest=elsewhere) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == ["entry", "tool", "checked", "found"]
    assert ["bees", "ada/bees/hive/find_bees", "1.0.0", "1.2.3", "ok"] in lines
    assert ["window", "window/peek", "ok"] in lines
    assert ["nest", "bo/wasps/nest/find_bees", "1.0.0", "not", "in", "DIR"] in lines


MISMATCHES = {
    "unknown": (changed(size=3), "size: the tool has no such parameter"),
    "text_for_number": (changed(count="many"), "count: the tool takes number (form form), not str"),
    "boolean_for_number": (changed(count=True), "count: the tool takes number (form form), not bool"),
    "number_for_text": (changed(query=3), "query: the tool takes string (form llm), not int"),
    "null": (changed(query="${inputs.text}"), "query: the tool takes string (form llm), not NoneType"),
    "text_for_boolean": (changed(queen="no"), "queen: the tool takes boolean (form form), not str"),
    "option": (changed(colour="blue"), "colour: not one of its options: brown, black"),
    "too_many": (changed(count="${inputs.count}"), "count: 1000 is outside its range, 1 to 50"),
    "missing_query": (changed(query=None), "query: required, and not given"),
    "missing_setting": (changed(where=None), "where: required, and not given"),
    "authorization": ({**BEES, "authorization": False}, "authorization: the provider wants credentials"),
    "provider": ({**BEES, "provider": "ada/bees/nest"}, "the plugin has no provider nest"),
    "tool": ({**BEES, "tool_name": "find_wasps"}, "the provider has no tool find_wasps"),
    "builtin_tool": ({**WINDOW, "tool_name": "stare"}, "the provider has no tool stare"),
    "builtin_authorization": ({**WINDOW, "authorization": True}, "authorization: the provider wants no credentials"),
}


@pytest.mark.parametrize(("entry", "problem"), MISMATCHES.values(), ids=MISMATCHES)
def test_mismatch_is_named(
    tmp_path: Path, copies: Path, capsys: pytest.CaptureFixture[str], entry: dict[str, Any], problem: str
) -> None:
    assert check(tmp_path, copies, mine=entry) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].endswith("1 mismatch")
    assert lines[-1] == f"mine: {problem}"


def test_setting_with_a_default_need_not_be_given(tmp_path: Path, copies: Path) -> None:
    assert check(tmp_path, copies, bees=changed(count=None, colour=None, queen=None)) == 0


def test_nothing_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    assert check(tmp_path, empty, bees=BEES, window=WINDOW) == 2
    assert "DIR has none of these plugins" in capsys.readouterr().err


def test_wrong_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "nowhere")], {}) == 2
    assert main([], {}) == 2
    assert main([""], {}) == 2  # make without DIR
    assert "usage" in capsys.readouterr().err


def test_newest_of_several_copies(tmp_path: Path, copies: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(copies / "official" / "bees", copies / "newer")
    write(copies / "newer", {"manifest.yaml": {**MANIFEST, "version": "1.10.0"}})
    assert check(tmp_path, copies, bees=BEES) == 0
    assert "1.10.0" in capsys.readouterr().out


@pytest.mark.parametrize("where", ["copies", "copies/bare"])
def test_git_directory_without_work_tree(
    tmp_path: Path, copies: Path, capsys: pytest.CaptureFixture[str], where: str
) -> None:
    git = ["git", "-c", "user.name=ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run([*git, "init", "--quiet", str(copies)], check=True)
    subprocess.run([*git, "-C", str(copies), "add", "."], check=True)
    subprocess.run([*git, "-C", str(copies), "commit", "--quiet", "--message", "bees"], check=True)
    bare = tmp_path / "git" / where
    bare.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(copies / ".git", bare)
    shutil.rmtree(copies)
    assert check(tmp_path, tmp_path / "git" / "copies", bees=BEES, window=WINDOW) == 0
    assert capsys.readouterr().out.count("ok") == 2
