"""Code fences that a text leaves open."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanout.core.calls.fences import Fence, closed


@pytest.mark.parametrize(
    ("text", "marks", "opening"),
    [
        ("no code", "", ""),
        ("a ``` b", "", ""),
        ("```python\nprint(1)", "```", "```python"),
        ("```\ncode\n```", "", ""),
        ("```\ncode\n```\nwords\n~~~~\nmore\n~~~", "~~~~", "~~~~"),
        ("````\n```\ncode\n```", "````", "````"),
        ("```\n~~~\ncode", "```", "```"),
        ("- item\n   ```sh\n   ls", "```", "```sh"),
        ("```js `x`", "", ""),
        ("```\ncode ```", "```", "```"),
        ("```\ncode\n``` not closed by this", "```", "```"),
    ],
)
def test_an_open_fence_is_known(text: str, marks: str, opening: str) -> None:
    fence = Fence()
    fence.feed(text)

    assert (fence.close(), fence.opening) == (marks, opening)


PIECES = st.lists(st.text("`~\na ", min_size=1, max_size=6), max_size=8)


@given(PIECES)
def test_how_the_text_is_cut_does_not_matter(pieces: list[str]) -> None:
    whole, cut = Fence(), Fence()
    whole.feed("".join(pieces))
    for piece in pieces:
        cut.feed(piece)

    assert (whole.close(), whole.opening) == (cut.close(), cut.opening)


@given(PIECES.map("".join))
def test_a_closed_text_leaves_nothing_open(text: str) -> None:
    fence = Fence()
    fence.feed(closed(text))

    assert fence.close() == ""
    assert closed(text).startswith(text)
