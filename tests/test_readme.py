"""The README as reviewers and users read it, and its translations beside it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from playground.yaml_files import read_yaml

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
LANGUAGES = ("zh_Hans", "ja_JP", "pt_BR")
TRANSLATIONS = {
    language: (ROOT / "readme" / f"README_{language}.md").read_text(encoding="utf-8") for language in LANGUAGES
}
# letters that a text in this language has and English has not
LETTERS = {"zh_Hans": "[\u4e00-\u9fff]", "ja_JP": "[\u3040-\u30ff]", "pt_BR": "[áâãçéêíóôõú]"}

WORDS = 800
SENTENCES = 3  # before the first picture
PICTURE_BYTES = 100_000

ENTRY = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
ENTRIES = {language: (ROOT / "docs" / f"README_{language}.md").read_text(encoding="utf-8") for language in LANGUAGES}
LINK = re.compile(r"\]\((\S+?)\)|<(https?://\S+?)>")

each_translation = pytest.mark.parametrize("language", LANGUAGES)


def tools() -> list[dict[str, Any]]:
    provider = read_yaml(ROOT / "provider" / "fanout.yaml")
    return [read_yaml(ROOT / name) for name in provider["tools"]]


LABELS = [tool["identity"]["label"] for tool in tools()]


def test_it_is_short() -> None:
    assert len(re.sub("<!--.*?-->", "", README).split()) <= WORDS


def test_it_says_what_it_is_for_in_three_sentences_and_a_picture() -> None:
    before, picture, _ = README.partition("![")
    text = " ".join(before.splitlines()[1:])
    assert picture
    assert len(re.findall(r"\.(?: |$)", text.strip())) == SENTENCES


@pytest.mark.parametrize("word", ["setup", "usage", "credentials", "connection", "make demo", "make test", "privacy"])
def test_it_has_the_words_that_are_looked_for(word: str) -> None:
    assert word in README.lower()


def test_it_names_every_tool_and_nothing_else_in_its_table() -> None:
    assert re.findall(r"^\| \*\*(.+?)\*\* \|", README, re.MULTILINE) == [label["en_US"] for label in LABELS]


@pytest.mark.parametrize("name", sorted(set(re.findall(r"_assets/([\w.-]+)", README))))
def test_pictures_are_packaged_and_small(name: str) -> None:
    assert (ROOT / "_assets" / name).stat().st_size <= PICTURE_BYTES


def structure(text: str) -> list[str]:
    """What has to be the same in every language: levels of headings, rows, items, pictures, code."""
    lines = []
    is_code = False
    for line in text.splitlines():
        is_fence = line.strip().startswith("```")
        if is_code or is_fence:
            lines.append(line.strip())
        elif line.startswith("    "):
            lines.append(line.split("#")[0].strip())  # a command, without what is said of it
        elif found := re.match(r"#+ |\| |- |\d+\. |!\[", line):
            lines.append(found[0])
        is_code ^= is_fence
    return lines


@each_translation
def test_translations_are_built_alike(language: str) -> None:
    assert structure(TRANSLATIONS[language]) == structure(README)


@each_translation
def test_translations_lead_to_the_same_places(language: str) -> None:
    assert LINK.findall(TRANSLATIONS[language]) == LINK.findall(README)


@each_translation
def test_translations_have_the_same_code_words(language: str) -> None:
    """Names of keys, variables and settings, in an order of the language's own."""
    code = re.compile(r"`([^`\n]+)`")
    assert sorted(code.findall(TRANSLATIONS[language])) == sorted(code.findall(README))


@each_translation
def test_translations_are_in_their_language(language: str) -> None:
    assert len(re.findall(LETTERS[language], TRANSLATIONS[language].lower())) > 50
    assert TRANSLATIONS[language].count(" the ") == 0


@each_translation
def test_translations_call_the_tools_as_the_panel_does(language: str) -> None:
    named = re.findall(r"^\| \*\*(.+?)\*\* \|", TRANSLATIONS[language], re.MULTILINE)
    assert named == [label[language] for label in LABELS]


# -- the entry page of the documentation


@each_translation
def test_the_entry_page_is_built_alike_and_leads_to_the_same_pages(language: str) -> None:
    assert structure(ENTRIES[language]) == structure(ENTRY)
    assert pages(ENTRIES[language]) == pages(ENTRY)
    assert re.findall("`(.+?)`", ENTRIES[language]) == re.findall("`(.+?)`", ENTRY)


def pages(text: str) -> list[str]:
    """Where links lead, but for those to the page itself and to the README in its language."""
    links = [first or second for first, second in LINK.findall(text)]
    return [link for link in links if "README" not in link or "examples" in link]


@each_translation
def test_the_entry_page_is_in_its_language(language: str) -> None:
    assert len(re.findall(LETTERS[language], ENTRIES[language].lower())) > 30


def test_every_page_of_the_documentation_is_named_on_its_entry_page() -> None:
    # what is for those who publish the plugin is not for its users
    named = {link.partition("#")[0] for link in pages(ENTRY)}
    assert {file.name for file in (ROOT / "docs").glob("*.md")} - named == {
        *("README.md", "submission.md"),
        *(f"README_{language}.md" for language in LANGUAGES),
    }
