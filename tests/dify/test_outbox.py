"""From the loop to the greenlet that writes: in batches, nothing of what was said before the end is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanout.core.calls.outcome import Outcome
from fanout.core.errors import CallError
from fanout.dify.outbox import Outbox
from tests.properties import often

SETTLED = Outcome(rows=())


def test_what_waits_comes_as_one_piece() -> None:
    outbox = Outbox()
    for piece in ("a", "b"):
        outbox.request(piece)
        outbox.text(piece.upper())
    batches = outbox.batches()
    assert next(batches) == ("ab", "AB")
    outbox.text("C")
    assert next(batches) == ("", "C")


def test_text_that_comes_with_the_end_while_a_batch_is_written_is_given() -> None:
    outbox = Outbox()
    outbox.text("large")
    batches = outbox.batches()
    assert next(batches) == ("", "large")
    outbox.text("small")  # while the first is written
    outbox.settled(SETTLED)
    assert list(batches) == [("", "small")]


def test_requests_of_a_call_that_is_over_are_not_sent() -> None:
    outbox = Outbox()
    outbox.request("nobody would hear the answer")
    outbox.settled(SETTLED)
    assert list(outbox.batches()) == [("", "")]


def test_a_call_has_one_outcome() -> None:
    outbox = Outbox()
    first = CallError("first")
    outbox.settled(first)
    outbox.settled(CallError("second"))
    outbox.settled(SETTLED)
    with pytest.raises(CallError) as raised:
        outbox.outcome()
    assert raised.value is first


@often
@given(pauses=st.lists(st.lists(st.text("xyz", min_size=1, max_size=3), min_size=1), min_size=1))
def test_however_slowly_it_is_read_all_text_comes(pauses: list[list[str]]) -> None:
    """Each list is what is said between two reads; with the last of it the call is over."""
    outbox = Outbox()
    batches = outbox.batches()
    read = []
    for number, pieces in enumerate(pauses, start=1):
        for piece in pieces:
            outbox.text(piece)
        if number == len(pauses):
            outbox.settled(SETTLED)
        read.append(next(batches)[1])
    assert not list(batches)
    assert "".join(read) == "".join(piece for pieces in pauses for piece in pieces)
