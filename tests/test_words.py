"""One word for one thing: the glossary of CONTRIBUTING.md names what is there, and what is there has one name each."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FILES = [ROOT / "main.py", *sorted((ROOT / "fanout").rglob("*.py"))]
GLOSSARY = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## Words\n")[2].partition("\n## ")[0]
ROWS = re.findall(r"^\| (.+?) \| (.+) \|$", GLOSSARY, re.MULTILINE)[2:]
PAGE_LINES = 45  # at most a page

# names that things had, each with what they are called now
RETIRED = {
    "strand": "Coroutine",
    "strands": "Scheduler",
    "mailbox": "Inbox",
    "switchboard": "AnswerRouter",
    "lineadapter": "LineReader",
    "cell_key": "key_of",
    "subshared": "SharedCall",
}


def definitions() -> dict[str, list[Path]]:
    """Public classes, functions, types and modules of the plugin → where they are."""
    found = defaultdict(list)
    for file in FILES:
        found[file.stem if file.stem != "__init__" else file.parent.name].append(file)
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                found[node.name].append(file)
            elif isinstance(node, ast.TypeAlias):
                found[node.name.id].append(file)
    return found


DEFINED = definitions()


def test_the_glossary_is_at_most_a_page() -> None:
    assert ROWS
    assert len(GLOSSARY.splitlines()) <= PAGE_LINES


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_every_term_names_what_is_there(row: tuple[str, str]) -> None:
    names = re.findall(r"`([\w.]+)`", row[0])
    assert names
    assert [name for name in names if name not in DEFINED] == []


def docstring(name: str) -> str:
    return ast.get_docstring(ast.parse((ROOT / name).read_text(encoding="utf-8"))) or ""


def test_the_drawing_of_the_data_flow_names_what_is_there() -> None:
    classes = set(re.findall(r"\b[A-Z][a-z]+(?:[A-Z][a-z]+)+\b", docstring("fanout/__init__.py")))
    assert classes
    assert classes <= DEFINED.keys()


def test_the_map_of_the_contact_with_the_sdk_names_every_module() -> None:
    columns = re.findall(r"^((?:[a-z_]+ )+) ", docstring("fanout/dify/__init__.py"), re.MULTILINE)
    modules = {file.stem for file in (ROOT / "fanout" / "dify").glob("[a-z]*.py")}
    assert sorted(word for column in columns for word in column.split()) == sorted(modules)


def test_no_two_classes_or_types_have_one_name() -> None:
    twice = {name: files for name, files in DEFINED.items() if name[0].isupper() and len(files) > 1}
    assert twice == {}


@pytest.mark.parametrize("word", RETIRED)
def test_no_retired_word_is_left(word: str) -> None:
    places = [
        f"{file.relative_to(ROOT)}:{number}"
        for file in FILES
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1)
        if re.search(rf"\b{word}\b", line, re.IGNORECASE)
    ]
    assert places == [], f"say {RETIRED[word]}"
    assert RETIRED[word] in DEFINED
