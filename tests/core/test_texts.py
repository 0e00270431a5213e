"""Look-alike characters and fences."""

from __future__ import annotations

import pytest

from fanout.core.texts import find_lookalike, say_lookalike, unfence

LOOKALIKES = [
    ("a： b", 1, "： is a full-width colon (U+FF1A): write :"),
    ("［a］", 0, "［ is a full-width left square bracket (U+FF3B): write ["),
    ("a，b", 1, "， is a full-width comma (U+FF0C): write ,"),
    ("（a）", 0, "（ is a full-width left parenthesis (U+FF08): write ("),
    ("a、b", 1, "、 is an ideographic comma (U+3001): write ,"),
    ("“a”", 0, '“ is a curly quote (U+201C): write "'),
    ("‘a’", 0, "‘ is a curly quote (U+2018): write '"),
    ("a\u00a0b", 1, "is a no-break space (U+00A0): write an ordinary space"),
    ("a\u200bb", 1, "is a zero-width space (U+200B): remove it"),
    ("a\u3000b", 1, "is a full-width space (U+3000): write an ordinary space"),
]


@pytest.mark.parametrize(("text", "position", "words"), LOOKALIKES)
def test_a_lookalike_is_named_with_what_to_write(text: str, position: int, words: str) -> None:
    found = find_lookalike(text)
    assert found is not None
    assert (found.position, found.words) == (position, words)
    assert say_lookalike(text) == f"; {words}"


@pytest.mark.parametrize("text", ["", "plain: [a, b]", "検索する", "Ünïcödé", "ещё", "日本語１２"])
def test_letters_of_other_scripts_look_like_nothing_else(text: str) -> None:
    assert find_lookalike(text) is None


@pytest.mark.parametrize(
    ("text", "inner"),
    [
        ("```\nx\n```", "\nx\n"),
        ("```\n```", "\n\n"),
        ("```a\n\n```\n", "\n\n"),
        ("x", "x"),
        ("```x```", "```x```"),
        ("```\nx\n``", "```\nx\n``"),
    ],
)
def test_fences(text: str, inner: str) -> None:
    assert unfence(text) == inner
