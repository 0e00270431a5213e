"""YAML files of a checkout. The tests and `make docs` read a megabyte of it: libyaml takes a tenth of the time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # PyYAML may have been built without libyaml


def read_yaml(file: Path) -> Any:
    """The value of a file. Raises yaml.YAMLError with the place."""
    return parse_yaml(file.read_text(encoding="utf-8"))


def parse_yaml(text: str) -> Any:
    """The value of a text. Raises yaml.YAMLError with the place."""
    return yaml.load(text, _LOADER)  # the loader is PyYAML's safe one
