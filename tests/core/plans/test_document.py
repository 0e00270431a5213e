"""Text → JSON values: only JSON's scalars, errors with their line, and no text that hurts."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from fanout.core import limits
from fanout.core.errors import PlanError
from fanout.core.plans import document
from fanout.core.plans.document import check_depth, parse_data, parse_document, parse_items, parse_json, pasted_paths

VALUES: dict[str, Any] = {
    # scalars: JSON's own, everything else is text
    "true": True,
    "false": False,
    "True": "True",
    "on": "on",
    "no": "no",
    "null": None,
    "~": None,
    "Null": "Null",
    "": None,
    "  \n# nothing\n": None,
    "12": 12,
    "-0": 0,
    "1e3": 1000,
    "1.5": 1.5,
    "-2.5E-3": -0.0025,
    "007": "007",
    "0x1F": "0x1F",
    "+1": "+1",
    "1.": "1.",
    ".5": ".5",
    "1_000": "1_000",
    "1:30": "1:30",
    ".inf": ".inf",
    "NaN": "NaN",
    "2026-01-02": "2026-01-02",
    "'12'": "12",
    '"true"': "true",
    '"a\\nb"': "a\nb",
    "|\n  12\n": "12\n",
    ">-\n  a\n  b\n": "a b",
    # containers and keys
    "a: 1": {"a": 1},
    "a:\n- 1\n- {b: ~}\n- [x, no]": {"a": [1, {"b": None}, ["x", "no"]]},
    "{a: 1, b}": {"a": 1, "b": None},
    "1: a\nnull: b\ntrue: c\n'': d": {"1": "a", "null": "b", "true": "c", "": "d"},
    "<<: a\n=: b": {"<<": "a", "=": "b"},
    "? a\n: b": {"a": "b"},
    "--- \na: 1\n...\n": {"a": 1},
    "%YAML 1.2\n---\na: 1": {"a": 1},
    "a: 1\r\nb: 2\r\n": {"a": 1, "b": 2},
    "\ufeffa: 1": {"a": 1},
    # expressions and templates as they are often written
    "q: ${inputs.q}": {"q": "${inputs.q}"},
    "select: json[0].hits[?n > `2`].{a:b}\n": {"select": "json[0].hits[?n > `2`].{a:b}"},
    # JSON, also with what YAML would refuse
    '\t{"a":\t[1, 2.5, true, null, "\\u00e9\\/\\ud83d\\ude00"]}': {"a": [1, 2.5, True, None, "é/😀"]},
    "[]": [],
    '{"a": "\\ud800"}': {"a": "\ufffd"},
    "a: \ud800": {"a": "\ufffd"},
    # YAML that begins like JSON
    "{a: [b, 'c']}": {"a": ["b", "c"]},
    "[NaN]": ["NaN"],
}


@pytest.mark.parametrize("text", VALUES)
def test_text_becomes_a_value(text: str) -> None:
    value = parse_document(text, "plan")
    assert value == VALUES[text]
    assert type(value) is type(VALUES[text]) or isinstance(value, float)


MISTAKES: dict[str, tuple[str, str]] = {
    # text → where, and what the message says
    "a: 1\nb: 2\na: 3": ("plan line 3", "key a is given twice"),
    '{"a": 1,\n "a": 2}': ("plan line 2", "key a is given twice"),
    "a: &x 1": ("plan line 1", "anchors and aliases"),
    "a: 1\nb: *x": ("plan line 2", "alias"),
    "a: !!str 1": ("plan line 1", "tag"),
    "a: !x": ("plan line 1", "tag"),
    "a: ! x": ("plan line 1", "tag"),
    "a: *": ("plan line 1", "quotes"),
    "a: @": ("plan line 1", "quotes"),
    "a: `3`": ("plan line 1", "quotes"),
    "a: %x": ("plan line 1", "quotes"),
    "select: json[0].{a: b}": ("plan line 1", "quotes"),
    "a: b: c": ("plan line 1", "quotes"),
    "branches: [a, b]\n  merge: x": ("plan line 2", "indentation"),
    "a:\n\t- b": ("plan line 2", "spaces, not tabs"),
    "a:\n  - {q: ${inputs.q}}": ("plan line 2", "quotes"),
    "a: [1, 2": ("plan line 1", "brackets"),
    "a: 'x": ("plan line 1", "quotes"),
    'a: "\\d"': ("plan line 1", "\\\\"),
    "? [a]\n: b": ("plan line 1", "key must be text"),
    "{a: 1}: b": ("plan line 1", "key must be text"),
    "a: 1\n---\nb: 2": ("plan line 2", "second document"),
    "a: 1\nb: \x07": ("plan line 2", "control character"),
    "a: 1e999": ("plan line 1", "out of range"),
    "a: -1" + "0" * 400: ("plan line 1", "out of range"),
    '{"a": 1e999}': ("plan line 1", "out of range"),
    '{"a": 1' + "0" * 5000 + "}": ("plan line 1", "out of range"),
    "q: {{#start.query#}}": ("plan line 1", "inputs"),
    "a: 1\nq: {{#start.query#}}\nb: 2": ("plan line 2", "inputs"),
    "a: 1\na: '{{#n.v#}}'": ("plan line 2", "inputs"),
    "[" * 100: ("plan line 1", "deep"),
    "[" * 100_000: ("plan line 1", "deep"),
    '{"a":' * 50_000: ("plan line 1", "deep"),
    "[" * 65 + "]" * 65: ("plan", "deep"),
    "- " * 100 + "a": ("plan line 1", "deep"),
    "x" * (limits.PLAN_BYTES + 1): ("plan", "256 KiB"),
    "é" * (limits.PLAN_BYTES // 2 + 1): ("plan", "256 KiB"),
}


@pytest.fixture(params=["libyaml", "pure"])
def loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "pure":
        monkeypatch.setattr(document, "_LOADER", yaml.SafeLoader)
    return str(request.param)


@pytest.mark.parametrize("text", MISTAKES, ids=lambda text: f"{text[:40]!r}, {len(text)}")
@pytest.mark.usefixtures("loader")
def test_mistakes_say_where_and_what_to_do(text: str) -> None:
    where, words = MISTAKES[text]
    with pytest.raises(PlanError) as caught:
        parse_document(text, "plan")
    (problem,) = caught.value.problems
    assert re.fullmatch(rf"{where}(, column \d+)?", problem.path)
    assert words in problem.message


@pytest.mark.usefixtures("loader")
def test_both_parsers_of_yaml_agree() -> None:
    assert {text: parse_document(text, "plan") for text in VALUES} == VALUES


def test_the_deepest_and_longest_text_that_is_allowed() -> None:
    for text in ("[" * limits.PLAN_DEPTH + "]" * limits.PLAN_DEPTH, "- " * limits.PLAN_DEPTH + "a"):
        check_depth(parse_document(text, "plan"), "plan", limits.PLAN_DEPTH)
    for text in ("[" * (limits.PLAN_DEPTH + 1) + "]" * (limits.PLAN_DEPTH + 1), "- " * (limits.PLAN_DEPTH + 1) + "a"):
        with pytest.raises(PlanError, match="deep"):
            parse_document(text, "plan")
    text = "a: " + "x" * (limits.PLAN_BYTES - 3)
    assert len(parse_document(text, "plan")["a"]) == limits.PLAN_BYTES - 3


def test_an_alias_bomb_is_refused_before_it_goes_off() -> None:
    bomb = "a: &a [x, x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    with pytest.raises(PlanError, match="alias"):
        parse_document(bomb, "plan")


def test_errors_hold_no_machine_and_name_the_text() -> None:
    with pytest.raises(PlanError, match="catalog line 1") as caught:
        parse_document("a: b: c", "catalog")
    assert "The catalog has 1 problem" in str(caught.value)


@given(st.text())
def test_any_text_gives_a_value_or_an_error(text: str) -> None:
    try:
        value = parse_document(text, "plan")
    except PlanError:
        return
    json.dumps(value, allow_nan=False).encode()


_YAML_LIKE = st.text(st.sampled_from("ab1-:?,[]{}&*!|>'\"%@`#~ \n\t."), max_size=40)


@given(_YAML_LIKE)
def test_text_like_yaml_gives_a_value_or_an_error(text: str) -> None:
    try:
        value = parse_document(text, "plan")
    except PlanError:
        return
    json.dumps(value, allow_nan=False)


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(), children, max_size=4),
    max_leaves=15,
)


@given(JSON_VALUES)
def test_json_is_read_as_json(value: Any) -> None:
    text = json.dumps(value, ensure_ascii=False)
    if isinstance(value, dict | list):
        assert parse_document(text, "plan") == value
        assert parse_json(text, "inputs") == value
    assert parse_json(json.dumps(value), "inputs") == value


# -- data


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"a": 1,}', "line 1, column"),
        ("{'a': 1}", "double quotes"),
        ("[1,\n 2", "line 2, column"),
        ("[NaN]", "NaN"),
        ('{"a": "\x01"}', "control character"),
        ("[" * 100_000, "deep"),
        ("[" * 501 + "]" * 501, "deep"),
        ("[1" + "0" * 5000 + "]", "no JSON"),
    ],
)
def test_data_that_begins_like_json_must_be_json(text: str, words: str) -> None:
    for parse in (parse_data, parse_items, parse_json):
        with pytest.raises(PlanError, match=words) as caught:
            parse(text, "inputs")
        assert caught.value.problems[0].path == "inputs"


def test_errors_in_data_hold_none_of_it() -> None:
    with pytest.raises(PlanError) as caught:
        parse_data('{"password": "s3cr3t" "x"}', "inputs")
    assert "s3cr3t" not in str(caught.value)


def test_other_text_is_a_value() -> None:
    assert parse_data("cats: and dogs", "inputs") == {"value": "cats: and dogs"}
    assert parse_data("a \ud800", "inputs") == {"value": "a \ufffd"}
    assert parse_data(' {"a": [1, 2]}\n', "inputs") == {"a": [1, 2]}
    assert parse_data("\ufeff[1]", "inputs") == [1]


def test_items_are_a_list_or_lines() -> None:
    assert parse_items("a\n\n  b \r\nc", "items") == ["a", "b", "c"]
    assert parse_items('["a\\nb", 2]', "items") == ["a\nb", 2]
    assert parse_items('{"a": 1}', "items") == [{"a": 1}]


@given(st.text())
def test_any_data_gives_a_value_or_an_error(text: str) -> None:
    for parse in (parse_data, parse_items):
        try:
            value = parse(text, "inputs")
        except PlanError:
            continue
        json.dumps(value, allow_nan=False).encode()


def test_pasted_variables_are_found_wherever_they_are() -> None:
    value = {"a": ["x", {"b{{#": 1, "c": "y {{#n.v#}}"}], "d": "{{#n.v#}}"}
    assert list(pasted_paths(value, "")) == ["a[1]", "a[1].c", "d"]
