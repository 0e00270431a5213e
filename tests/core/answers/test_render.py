"""Results as text, and texts cut to size."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanout.core.answers.render import default_text, link, page_list, split_text
from fanout.core.budget import Budget
from fanout.core.calls.streaming import gap


def shown(value: Any) -> str:
    return default_text(value, Budget())


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("", ""),
        ("as it is\n", "as it is\n"),
        (3, "3"),
        (True, "true"),
        ({"b": 1, "a": "é"}, '{"b":1,"a":"é"}'),
        ([], ""),
        ({}, ""),
        ([None, {"a": None, "b": [{}]}], ""),
        ([None, 0], "[null,0]"),
        ([1, None], "[1,null]"),
        ([{"title": "T"}], '[{"title":"T"}]'),
        ([{"url": "u"}], '[{"url":"u"}]'),
        ([{"title": "T", "url": ""}], '[{"title":"T","url":""}]'),
        ([{"title": "T", "url": "u"}, None], '[{"title":"T","url":"u"},null]'),
        ([{"title": 7, "url": "u"}], '[{"title":7,"url":"u"}]'),
    ],
)
def test_a_value_as_text(value: Any, text: str) -> None:
    assert shown(value) == text


def test_pages_are_a_numbered_list() -> None:
    pages = [
        {"title": "One", "url": "https://x.org/1", "snippet": "about one", "content": "not shown"},
        {"title": None, "url": "https://x.org/2", "snippet": ""},
        {"title": "Three", "url": "https://x.org/3", "content": "about three", "score": 0.5},
    ]

    assert shown(pages) == (
        "1. [One](https://x.org/1)\n"
        "   about one\n"
        "2. [https://x.org/2](https://x.org/2)\n"
        "3. [Three](https://x.org/3)\n"
        "   about three"
    )


def test_a_snippet_is_one_line() -> None:
    assert (
        shown([{"title": " a\n b ", "url": "https://u", "snippet": "one\n\n two\tthree "}])
        == "1. [a b](https://u)\n   one two three"
    )


def test_a_content_keeps_its_lines_inside_the_item() -> None:
    pages = [{"title": "T", "url": "https://u", "content": "# Head\r\n\r\ntext  \n- item\n"}] * 10

    assert shown(pages).endswith("10. [T](https://u)\n\n    # Head\n\n    text\n    - item")


@pytest.mark.parametrize("snippet", ["# head", "- item", "3. item", "--- rule", "> quote", "| a |", "==="])
def test_what_markdown_would_take_for_more_than_text_stands_apart(snippet: str) -> None:
    assert shown([{"title": "T", "url": "https://u", "snippet": snippet}]) == f"1. [T](https://u)\n\n   {snippet}"


@pytest.mark.parametrize("snippet", ["3.5 percent", "2024 was", "(c)", "„Zitat“", "日本"])
def test_plain_text_stands_right_under_the_title(snippet: str) -> None:
    assert shown([{"title": "T", "url": "https://u", "snippet": snippet}]) == f"1. [T](https://u)\n   {snippet}"


@pytest.mark.parametrize(
    ("title", "url", "link"),
    [
        ("a [b] c", "https://u", r"[a \[b\] c](https://u)"),
        (r"C:\]", "https://u", r"[C:\\\]](https://u)"),
        ("`a` <b>", "https://u", r"[\`a\` \<b>](https://u)"),
        ("T", "https://x.org/A_(b)?q=1&r=é#f", "[T](https://x.org/A_%28b%29?q=1&r=é#f)"),
        ("T", " https://x.org/a b\n%20\"<c>\\ ", "[T](https://x.org/a%20b%0A%20%22%3Cc%3E%5C)"),
    ],
)  # fmt: skip
def test_links_hold_whatever_is_in_them(title: str, url: str, link: str) -> None:
    assert shown([{"title": title, "url": url}]) == f"1. {link}"


def test_snippets_have_no_links_no_html_and_no_code_of_their_own() -> None:
    snippet = "<script> ![p](https://bad.example/p) `code` www.bad.example"

    assert shown([{"title": "T", "url": "https://u", "snippet": snippet}]) == (
        "1. [T](https://u)\n"
        r"   \<script> !\[p\](https:\//bad.example/p) \`code\` www\.bad.example"
    )


def test_a_content_does_not_leave_its_code_open() -> None:
    pages = [{"title": "T", "url": "https://u", "content": "```\ncode"}, {"title": "U", "url": "https://v"}]

    assert shown(pages).endswith("   ```\n   code\n   ```\n2. [U](https://v)")


def test_a_list_of_pages_with_notes() -> None:
    pages: list[dict[str, Any]] = [
        {"title": "One", "url": "https://x.org/1", "snippet": "about one"},
        {"title": "No [address]", "url": None, "snippet": "- item"},
        {"title": "Three", "url": "https://x.org/3", "snippet": ""},
    ]

    assert page_list(pages, ["(first)", "", "(third)"], Budget()) == (
        "1. [One](https://x.org/1)\n"
        "   about one\n"
        "   (first)\n"
        "2. No \\[address\\]\n\n"
        "   - item\n"
        "3. [Three](https://x.org/3)\n"
        "   (third)"
    )
    assert page_list([], [], Budget()) == ""


@pytest.mark.parametrize(
    ("title", "url", "text"),
    [
        ("T", "https://u", "[T](https://u)"),
        ("", " HTTP://u ", "[HTTP://u](HTTP://u)"),
        (None, None, ""),
        ("a]", "", r"a\]"),
        (7, ["u"], ""),
        ("T", "javascript:alert(1)", "T"),
        ("", "ftp://u", r"ftp:\//u"),
    ],
)
def test_a_link_is_made_of_what_there_is(title: Any, url: Any, text: str) -> None:
    assert link(title, url) == text


# -- split_text


def json_bytes(text: str) -> int:
    return len(json.dumps(text, ensure_ascii=False).encode()) - 2


TEXTS = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from('\x00\x1f"\\\n😀é'), max_size=200)


@given(TEXTS, st.integers(6, 100))
def test_pieces_fit_and_are_the_text(text: str, limit: int) -> None:
    pieces = split_text(text, limit)

    assert "".join(pieces) == text
    assert all(pieces)
    assert all(json_bytes(piece) <= limit for piece in pieces)


@given(TEXTS.filter(bool))
def test_what_fits_is_not_cut(text: str) -> None:
    assert split_text(text, max(6, json_bytes(text))) == [text]


def test_pieces_are_as_few_as_can_be_where_the_text_is_even() -> None:
    assert [len(piece) for piece in split_text("0123456789" * 600_000, 4_000_000)] == [3_000_000, 3_000_000]
    assert len(split_text("\x01" * 1_000_000, 1_000_000)) == 7  # 6 bytes each, and one piece for what is rounded


def test_a_lone_surrogate_does_no_harm() -> None:
    assert "".join(split_text("\ud800" * 100, 50)) == "\ud800" * 100


# -- gap


@pytest.mark.parametrize(
    ("tail", "missing"), [("", ""), ("a", "\n\n"), ("a\n", "\n"), ("\n\n", ""), ("a\n\n", ""), ("\n", "\n")]
)
def test_gap(tail: str, missing: str) -> None:
    assert gap(tail) == missing


@given(st.text(st.sampled_from("a\n")))
def test_after_a_gap_a_line_is_empty(text: str) -> None:
    separated = text + gap(text[-2:])
    assert not separated or separated.endswith("\n\n")
