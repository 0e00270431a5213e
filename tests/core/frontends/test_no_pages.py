"""Pages that are none, against a table of evidence; how many are judged right stands in the last test."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanout.core.frontends.no_pages import ASKS, what_it_asks
from fanout.core.plans.document import parse_document

EVIDENCE: Any = parse_document((Path(__file__).parent / "no_pages.yaml").read_text(encoding="utf-8"), "no_pages.yaml")


def test_there_is_enough_evidence() -> None:
    assert len(EVIDENCE["walls"]) >= 80
    assert len(EVIDENCE["pages"]) >= 50
    assert {kind for kind, _, _ in EVIDENCE["walls"]} == ASKS.keys()


def test_what_is_no_page() -> None:
    found = [(kind, what_it_asks(title, content), content) for kind, title, content in EVIDENCE["walls"]]
    assert [row for row in found if row[0] != row[1]] == []


def test_a_short_page_is_a_page() -> None:
    assert [content for title, content in EVIDENCE["pages"] if what_it_asks(title, content) is not None] == []


def test_a_long_page_with_such_a_notice_is_a_page() -> None:
    body = "The bees came back in March, and the first of them went straight to the willow. " * 40
    notices = [content for _, _, content in EVIDENCE["walls"]]
    assert [text for text in notices if what_it_asks("The year of the bees", f"{text}\n\n{body}") is not None] == []


def test_marks_and_case_do_not_matter() -> None:
    assert what_it_asks("", "## VERIFY *you are* HUMAN\n\n[Ray ID](https://a.example/x): `0a1b`") == "human"


@given(st.text(), st.text())
def test_any_text_is_judged(title: str, content: str) -> None:
    assert what_it_asks(title, content) in (None, *ASKS)


@pytest.mark.parametrize("piece", ["a", "[", "[a](", "验证", "accept ", "\n", ". ", "cookie ", "não ", "use "])
def test_no_text_takes_long(piece: str) -> None:
    before = time.thread_time()
    what_it_asks("", piece * (2_900 // len(piece)))
    what_it_asks("", piece * 1_000_000)
    assert time.thread_time() - before < 0.5
