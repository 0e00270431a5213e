"""What `make test-oldest` installs."""

from __future__ import annotations

import tomllib
from pathlib import Path

from packaging.requirements import Requirement

from scripts.oldest import oldest_requirements

ROOT = Path(__file__).resolve().parent.parent


def test_everything_that_the_plugin_is_run_with_is_taken_in_its_lowest_version() -> None:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    taken = {one.name: one.specifier for one in map(Requirement, oldest_requirements())}
    for requirement in map(Requirement, pyproject["project"]["dependencies"]):
        [version] = [part.version for part in requirement.specifier if part.operator == ">="]
        assert str(taken[requirement.name]) == f"=={version}"
