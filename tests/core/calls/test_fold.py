"""Folding the messages of an attempt."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanout.core import limits
from fanout.core.budget import Budget, BudgetExceeded
from fanout.core.calls.fold import Fold, default_result
from fanout.core.calls.messages import Message
from fanout.core.calls.records import FileMessage
from fanout.core.errors import TooLargeError
from fanout.core.values import clean, measure
from tests.properties import often

EMPTY: dict[str, Any] = {"text": "", "json": [], "variables": {}, "files": [], "links": []}


def fold(*messages: Message) -> Fold:
    folded = Fold()
    for message in messages:
        folded.add(message)
    return folded


def text(value: str) -> Message:
    return Message("text", value)


def variable(value: Any, *, name: str = "v", stream: bool = False) -> Message:
    return Message("variable", value, name=name, stream=stream)


def file(kind: str, url: str, meta: dict[str, Any] | None) -> Message:
    about = {"type": kind, "url": url, "mime_type": None, "filename": None, "tool_file_id": None}
    return Message("file", about, meta=meta)


def test_every_kind_has_its_place() -> None:
    picture = file("image_link", "/files/1.png", {"tool_file_id": "1"})
    folded = fold(
        text("a"),
        Message("json", {"x": 1}),
        Message("json", [2]),
        variable(3),
        Message("link", "https://x.org"),
        picture,
    )

    assert folded.output() == {
        "text": "a",
        "json": [{"x": 1}, [2]],
        "variables": {"v": 3},
        "files": [picture.value],
        "links": ["https://x.org"],
    }


def test_nothing_folds_to_empty_fields() -> None:
    assert fold().output() == EMPTY
    assert fold().is_empty


def test_empty_text_is_nothing() -> None:
    folded = fold(text(""), text(""))

    assert folded.is_empty
    assert folded.output() == EMPTY


@pytest.mark.parametrize(
    "message", [text("a"), Message("json", {}), variable(None), Message("link", "x"), file("link", "x", None)]
)
def test_anything_else_is_something(message: Message) -> None:
    assert not fold(message).is_empty


def test_files_are_kept_as_they_came() -> None:
    folded = fold(file("binary_link", "/files/2.pdf", {"tool_file_id": "2"}), file("link", "https://x.org/a", None))

    assert folded.files_meta == (
        FileMessage("binary_link", "/files/2.pdf", {"tool_file_id": "2"}),
        FileMessage("link", "https://x.org/a", {}),
    )


def cuts(whole: str) -> st.SearchStrategy[list[str]]:
    """Any way to cut a text into pieces, empty ones among them."""
    marks = st.lists(st.integers(0, len(whole)), max_size=8)
    return marks.map(lambda places: [whole[a:b] for a, b in pairwise([0, *sorted(places), len(whole)])])


@often
@given(st.text().flatmap(lambda whole: st.tuples(st.just(whole), cuts(whole))))
def test_however_a_text_is_cut_it_folds_to_the_same(case: tuple[str, list[str]]) -> None:
    whole, pieces = case
    folded = fold(*map(text, pieces))

    assert folded.output() == {**EMPTY, "text": whole}
    assert folded.size == len(whole.encode())
    assert folded.is_empty is (whole == "")


@often
@given(st.text().flatmap(lambda whole: st.tuples(st.just(whole), cuts(whole))))
def test_however_a_streamed_variable_is_cut_it_folds_to_the_same(case: tuple[str, list[str]]) -> None:
    whole, pieces = case
    folded = fold(*(variable(piece, stream=True) for piece in pieces))

    assert folded.output()["variables"] == {"v": whole}
    assert folded.size == len("v") + len(whole.encode())


@pytest.mark.parametrize(
    ("messages", "value"),
    [
        ([variable("a", stream=True), variable("b")], "b"),
        ([variable("a"), variable("b", stream=True)], "ab"),
        ([variable([1]), variable("b", stream=True), variable("c", stream=True)], "bc"),
        ([variable("a", stream=True), variable(7, stream=True), variable("c", stream=True)], "c"),
        ([variable(1), variable(2)], 2),
        ([variable("a", stream=True), variable(None)], None),
    ],
    ids=["replaced", "appended to text", "onto a list", "a piece that is no text", "last wins", "null replaces"],
)
def test_pieces_are_joined_and_all_else_replaces(messages: list[Message], value: Any) -> None:
    assert fold(*messages).output()["variables"] == {"v": value}


def test_the_output_can_be_asked_for_between_messages() -> None:
    folded = fold(text("a"), variable("x", stream=True))
    first = folded.output()
    for message in (text("b"), variable("y", stream=True), Message("json", 1), Message("link", "l")):
        folded.add(message)

    assert first == {**EMPTY, "text": "a", "variables": {"v": "x"}}
    assert folded.output() == {**EMPTY, "text": "ab", "variables": {"v": "xy"}, "json": [1], "links": ["l"]}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@often
@given(st.lists(st.one_of(st.text().map(text), JSON.map(variable), JSON.map(lambda value: Message("json", value)))))
def test_size_is_that_of_what_is_kept(messages: list[Message]) -> None:
    folded = fold(*messages)
    output = folded.output()
    kept = [*output["json"], *output["variables"].values()]
    written = [json.dumps(value, ensure_ascii=False, separators=(",", ":")) for value in kept]

    assert folded.size == sum(len(part.encode()) for part in [output["text"], *output["variables"], *written])
    size = measure(output["json"], Budget())
    assert folded.json_size.bytes >= size.bytes
    assert folded.json_size.nodes >= size.nodes


def test_a_branch_over_the_limit_is_refused() -> None:
    folded = fold(text("x" * (limits.BRANCH_BYTES - 1)))
    folded.add(text("x"))
    with pytest.raises(TooLargeError, match="larger than 8 MiB"):
        folded.add(text("x"))


def test_size_counts_bytes_not_characters() -> None:
    with pytest.raises(TooLargeError):
        fold(text("ü" * (limits.BRANCH_BYTES // 2 + 1)))


def test_a_variable_that_is_replaced_counts_once() -> None:
    progress = "x" * limits.MIB
    folded = fold(*[variable(progress)] * 20)

    assert folded.size < 2 * limits.MIB


# -- the default result


def result_of(**fields: Any) -> Any:
    return default_result({**EMPTY, **fields}, Budget())


@pytest.mark.parametrize(
    ("fields", "result"),
    [
        ({}, None),
        ({"text": "hello"}, "hello"),
        ({"text": " "}, " "),
        ({"text": '{"a": 1}'}, {"a": 1}),
        ({"text": " [1, 2]\n"}, [1, 2]),
        ({"text": "12"}, "12"),
        ({"text": '"a"'}, '"a"'),
        ({"text": "[link](https://x.org)"}, "[link](https://x.org)"),
        ({"text": '{"a": NaN}'}, '{"a": NaN}'),
        ({"text": '["\\ud800"]'}, ["\ufffd"]),
        ({"text": "[1e999, -1E+999, 1.5e300]"}, [None, None, 1.5e300]),
        ({"text": '{"id": 9007199254740992}'}, {"id": 2**53}),
        ({"text": '{"id": 1234567890123456789}'}, {"id": "1234567890123456789"}),
        ({"text": "[-9007199254740993]"}, ["-9007199254740993"]),
        ({"text": f"[{'9' * 5000}]"}, ["9" * 5000]),
        ({"text": '```json\n[{"a": 1}]\n```'}, [{"a": 1}]),
        ({"text": " ~~~\n{}\n~~~\n"}, {}),
        ({"text": "```\nwords\n```"}, "```\nwords\n```"),
        ({"text": "```\n{}\n```\nand words"}, "```\n{}\n```\nand words"),
        ({"text": "[" * 500 + "]" * 500}, json.loads("[" * 500 + "]" * 500)),
        ({"text": "[" * 100_000}, "[" * 100_000),
        ({"text": "[" * 600 + "]" * 600}, "[" * 600 + "]" * 600),
        ({"text": '{"a": 1}', "json": [{"a": 2}]}, {"a": 2}),
        ({"json": [{"a": 1}], "variables": {"b": 1}}, {"a": 1}),
        ({"json": [{"a": 1}, {"b": 2}]}, [{"a": 1}, {"b": 2}]),
        ({"json": [[1, 2]]}, [1, 2]),
        ({"json": [{}], "text": "t"}, {}),
        ({"variables": {"b": None}, "text": "t"}, {"b": None}),
        ({"files": [{"type": "image"}], "links": ["x"]}, None),
    ],
)
def test_the_default_result(fields: dict[str, Any], result: Any) -> None:
    assert result_of(**fields) == result


@often
@given(JSON.filter(lambda value: isinstance(value, (dict, list))))
def test_text_that_is_json_gives_the_value(value: Any) -> None:
    assert result_of(text=json.dumps(value)) == clean(value)


def test_a_text_of_too_many_values_is_refused() -> None:
    with pytest.raises(BudgetExceeded):
        result_of(text="[" + "1," * limits.EVAL_NODES + "1]")


def test_a_text_that_only_looks_like_json_stays_text() -> None:
    note = "[Note] " + "a, " * limits.EVAL_NODES
    assert result_of(text=note) == note


# -- text that only repeats the JSON


def json_message(value: Any) -> Message:
    return Message("json", value)


def shown(*messages: Message) -> tuple[str, Fold]:
    """What may be shown of the text of these messages."""
    folded = Fold()
    return "".join([*map(folded.add, messages), folded.release()]), folded


@pytest.mark.parametrize(
    "messages",
    [
        (text('{"a": 1}'), json_message({"a": 1})),
        (json_message({"a": 1}), text('{"a": 1}')),
        (text('{"a": 1}\n'), variable(1), json_message({"a": 1})),
        (text(' [{"a":\n 1.0}]'), json_message([{"a": 1}])),
        (text('{"id": 1234567890123456789}'), json_message({"id": 1234567890123456800})),
    ],
)
def test_text_that_repeats_the_json_is_not_shown_and_counts_once(messages: tuple[Message, ...]) -> None:
    told, folded = shown(*messages)
    _, alone = shown(*[message for message in messages if message.kind != "text"])

    assert (told, folded.own_text, folded.has_repeats) == ("", "", True)
    assert folded.size == alone.size
    assert folded.output()["text"] != ""


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        ((text("[1]"), text(" is a source"), json_message([1])), "[1] is a source"),
        ((text('{"a": 1}'), json_message({"a": 2})), '{"a": 1}'),
        ((text("Here: "), text('{"a": 1}'), json_message({"a": 1}), text(".")), "Here: ."),
        ((text("{broken}"), json_message({})), "{broken}"),
        ((json_message([1]), text("[1]"), text("[1]")), "[1]"),
        ((text("[1]"),), "[1]"),
    ],
)
def test_all_other_text_is_shown_in_its_order(messages: tuple[Message, ...], expected: str) -> None:
    told, folded = shown(*messages)

    assert told == folded.own_text == expected


def test_data_sent_as_text_and_as_json_may_be_as_large_as_one() -> None:
    value = {"a": "x" * (limits.BRANCH_BYTES * 3 // 4)}

    assert fold(text(json.dumps(value)), json_message(value)).has_repeats
    with pytest.raises(TooLargeError):
        fold(json_message(value), text(json.dumps(value)), text(json.dumps(value)))


@often
@given(st.lists(st.sampled_from([text("[1]"), text("a"), text("{"), json_message([1]), variable(1)])))
def test_no_text_is_lost_or_told_twice(messages: list[Message]) -> None:
    told, folded = shown(*messages)

    assert told == folded.own_text
    assert len(folded.text) == len(told) + 3 * len(folded._repeats)
