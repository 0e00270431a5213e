"""The SDK's reader of declarations, with libyaml in the place of PyYAML's own loader."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from dify_plugin.core.utils import yaml_loader

from fanout.dify.declarations import read_declarations_fast

ROOT = Path(__file__).resolve().parent.parent.parent
FILES = sorted([ROOT / "manifest.yaml", *ROOT.glob("provider/*.yaml"), *ROOT.glob("tools/*.yaml")])


@pytest.fixture
def replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_loader, "yaml", yaml)  # put back at the end
    read_declarations_fast()


@pytest.mark.usefixtures("replaced")
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_declaration_reads_the_same(file: Path) -> None:
    assert yaml_loader.load_yaml_file(str(file)) == yaml.safe_load(file.read_text(encoding="utf-8"))


@pytest.mark.usefixtures("replaced")
def test_mistakes_are_still_the_sdks_errors(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("a: [", encoding="utf-8")
    with pytest.raises(yaml.YAMLError, match="Failed to load YAML file"):
        yaml_loader.load_yaml_file(str(tmp_path / "bad.yaml"))
    assert yaml_loader.load_yaml_file(str(tmp_path / "none.yaml")) == {}


def test_without_libyaml_or_with_another_reader_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_loader, "yaml", yaml)
    monkeypatch.delattr(yaml, "CSafeLoader")
    read_declarations_fast()
    assert vars(yaml_loader)["yaml"] is yaml
    monkeypatch.undo()

    monkeypatch.delattr(yaml_loader, "yaml")
    read_declarations_fast()
    assert "yaml" not in vars(yaml_loader)
    monkeypatch.setattr("fanout.dify.declarations.YAML_LOADER", "dify_plugin.no_such_module")
    read_declarations_fast()
