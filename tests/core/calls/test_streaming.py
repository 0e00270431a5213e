"""The streamed text: whatever the order of events, `ordered` shows the same; nothing is lost, nothing shown twice."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanout.core.calls.streaming import TextStream
from fanout.core.plans.plan import StreamMode
from tests.properties import often


def stream(
    mode: StreamMode, positions: int = 2, heading: Callable[[int], str] | None = None
) -> tuple[TextStream, list[str]]:
    shown: list[str] = []
    return TextStream(mode, positions, heading, shown.append), shown


def test_none_shows_nothing() -> None:
    text, shown = stream("none")
    text.receive(0, "a")
    text.restart(0)
    text.close(0, "success")
    assert (shown, text.tail, text.end) == ([], "", "")


def test_ordered_shows_the_first_live_and_the_next_when_its_turn_comes() -> None:
    text, shown = stream("ordered", heading=lambda position: f"<{position}>")
    text.receive(1, "b1")
    text.receive(0, "a1")
    text.receive(0, "a2")
    text.close(1, "success")
    assert shown == ["<0>a1", "a2"]
    text.close(0, "success")
    assert shown == ["<0>a1", "a2", "\n\n<1>b1"]


def test_ordered_goes_on_live_with_a_position_that_is_still_open() -> None:
    text, shown = stream("ordered")
    text.receive(1, "b1")
    text.close(0, "failure")
    text.receive(1, "b2")
    assert shown == ["b1", "b2"]


def test_what_was_cut_shows_nothing_more() -> None:
    text, shown = stream("ordered")
    text.receive(1, "held")
    text.close(0, "cut")
    assert shown == ["held"]
    text.close(1, "cut")
    text.receive(1, "late")
    assert shown == ["held"]


@pytest.mark.parametrize(("ending", "blocks"), [("success", ["ab"]), ("failure", []), ("cut", [])])
def test_arrival_shows_successes_as_blocks(ending: str, blocks: list[str]) -> None:
    text, shown = stream("arrival")
    text.receive(1, "a")
    text.receive(1, "b")
    text.close(1, ending)  # type: ignore[arg-type]
    assert shown == blocks


def test_a_new_attempt_begins_anew() -> None:
    text, shown = stream("arrival")
    text.receive(0, "first try")
    text.restart(0)
    text.receive(0, "second")
    text.close(0, "success")
    assert shown == ["second"]


def test_has_shown_tells_of_each_position() -> None:
    text, _ = stream("ordered")
    text.receive(0, "a")
    text.receive(1, "b")
    assert (text.has_shown(0), text.has_shown(1), text.end) == (True, False, "\n\n")


pieces = st.lists(st.text("ab\n", min_size=1, max_size=3), max_size=4)


@often
@given(texts=st.lists(pieces, min_size=1, max_size=4), data=st.data())
def test_ordered_is_the_same_for_every_interleaving(texts: list[list[str]], data: st.DataObject) -> None:
    text, shown = stream("ordered", len(texts))
    remaining = [[*parts, None] for parts in texts]
    while any(remaining):
        position = data.draw(st.sampled_from([index for index, parts in enumerate(remaining) if parts]))
        piece = remaining[position].pop(0)
        if piece is None:
            text.close(position, "success")
        else:
            text.receive(position, piece)
    in_turn, expected = stream("ordered", len(texts))
    for position, parts in enumerate(texts):
        for piece in parts:
            in_turn.receive(position, piece)
        in_turn.close(position, "success")
    assert "".join(shown) == "".join(expected)


@often
@given(events=st.lists(st.tuples(st.integers(0, 2), st.text("ab", min_size=1, max_size=2)), max_size=12))
def test_live_loses_and_doubles_nothing(events: list[tuple[int, str]]) -> None:
    text, shown = stream("live", 3)
    for position, piece in events:
        text.receive(position, piece)
    assert "".join(shown).replace("\n", "") == "".join(piece for _, piece in events)


# -- code fences


def test_an_open_fence_is_closed_before_the_next_block_and_opened_again() -> None:
    text, shown = stream("live", heading=lambda position: f"<{position}>\n")
    text.receive(0, "```py\none")
    text.receive(1, "words")
    text.receive(0, "two\n```\nafter")

    assert "".join(shown) == "<0>\n```py\none\n```\n\n<1>\nwords\n\n<0>\n```py\ntwo\n```\nafter"
    assert text.end == "\n\n"


def test_an_open_fence_at_the_end_is_closed_before_what_follows() -> None:
    text, _ = stream("ordered")
    text.receive(0, "~~~\ncode\n")
    text.close(0, "success")

    assert text.end == "~~~\n\n"
