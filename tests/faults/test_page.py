"""`SECURITY.md` names tests: all of them exist."""

from __future__ import annotations

import re

import pytest

from tests.conformance import CHECKOUT

PAGE = (CHECKOUT / "SECURITY.md").read_text(encoding="utf-8")
FILES = sorted(set(re.findall(r"`([\w/]*test_\w+\.py)`", PAGE)))
NAMES = sorted(set(re.findall(r"`…(\w+)…?`", PAGE)))
FOLDERS = [CHECKOUT, CHECKOUT / "tests" / "faults", CHECKOUT / "tests" / "dify"]
DEFINED = [
    name
    for file in sorted((CHECKOUT / "tests" / "faults").glob("test_*.py"))
    for name in re.findall(r"def (test_\w+)", file.read_text(encoding="utf-8"))
]


def test_it_names_some() -> None:
    assert len(FILES) > 5
    assert len(NAMES) > 5


@pytest.mark.parametrize("file", FILES)
def test_every_file_that_it_names_exists(file: str) -> None:
    assert any((folder / file).is_file() for folder in FOLDERS)


@pytest.mark.parametrize("words", NAMES)
def test_every_test_that_it_names_exists(words: str) -> None:
    assert any(words in name for name in DEFINED)
