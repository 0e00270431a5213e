"""What is wrong with text that is no YAML or JSON, and what YAML makes of text in silence: each with its place."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from fanout.core.errors import PlanError, Problem
from fanout.core.plans import document
from fanout.core.plans.document import parse_document, parse_items, parse_json


def problem_of(text: str) -> Problem:
    with pytest.raises(PlanError) as caught:
        parse_document(text, "plan")
    (problem,) = caught.value.problems
    return problem


MISTAKES: list[tuple[str, str, list[str]]] = [  # text, where, words
    ("a: b: c", "plan line 1, column 5", ["at :", "': ' in quotes"]),
    ("a: 1\nb：2\nc: 3", "plan line 3, column 1", ["line 2, column 2", "： is a full-width colon (U+FF1A): write :"]),
    ("“a”: [1\nb: 2", "plan line 2, column 2", ["line 1, column 1", "“ is a curly quote"]),
    ('a: "C:\\Users\\x"', "plan line 1, column 9", ["write \\\\ for a backslash"]),
    ("a: ```x", "plan line 1, column 4", ["at `", "fence"]),
    ('{"a": 1, // note\n "b": 2}', "plan", ["line 1, column 10", "at /", "no comments"]),
    ('{"a": "x\ny"}', "plan", ["line 1, column 9", "\\n"]),
    ('["a", /* b */ "c"]', "plan", ["line 1, column 7", "no comments"]),
    ("a: 1\nb: \x07", "plan line 2, column 4", ["U+0007"]),
    ("a: 1\na: 2", "plan line 2, column 1", ["given twice"]),
]


@pytest.mark.parametrize(("text", "where", "words"), MISTAKES, ids=[repr(each[0])[:40] for each in MISTAKES])
def test_every_message_has_line_column_and_character(text: str, where: str, words: list[str]) -> None:
    problem = problem_of(text)
    assert problem.path == where
    for word in words:
        assert word in problem.message


JSON_MISTAKES: list[tuple[str, list[str]]] = [  # text, words
    ("{'a': 1}", ["line 1, column 2, at '", "double quotes"]),
    ('{"a": True}', ["column 7, at T", "true, false and null"]),
    ('{"a": 010}', ["column 8", "no zeros in front"]),
    ('{"a": .5}', ["column 7, at .", "digit before its point"]),
    ('{"a": +5}', ["column 7, at +", "no +"]),
    ('["a",]', ["line 1, column", "remove the comma"]),  # at the bracket; from Python 3.13 on, at the comma
    ('{"a": 1,}', ["line 1, column", "remove the comma"]),
    ('[,"a"]', ["column 2, at ,", "remove the comma"]),
    ('["C:\\Users"]', ["column 5, at \\", "write \\\\"]),
    ('{"a"： 1}', ["column 5, at ：", "full-width colon", "write :"]),
    ("{“a”: 1}", ["column 2, at “", "curly quote", 'write "']),
    ('{"a":\u00a01}', ["column 6", "no-break space", "ordinary space"]),
    ('["a" // b\n]', ["column 6, at /", "no comments"]),
    ('["a\nb"]', ["line 1, column 4", "written \\n"]),
    ('["a", "b"', ["column 10", "close"]),
]


@pytest.mark.parametrize(("text", "words"), JSON_MISTAKES, ids=[each[0] for each in JSON_MISTAKES])
def test_json_says_what_to_do(text: str, words: list[str]) -> None:
    with pytest.raises(PlanError) as caught:
        parse_json(text, "data")
    for word in words:
        assert word in str(caught.value)


# -- what is not there, though it was written


@pytest.fixture(params=[document._LOADER, yaml.SafeLoader], ids=["libyaml", "pure"])
def loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "_LOADER", request.param)


SWALLOWED: list[tuple[str, list[str]]] = [  # text, places of warnings
    ("heading: ## ${branch}\nb: 1", ["plan line 1, column 10"]),
    ("a:\n  heading: # ${branch}\n  c: 2", ["plan line 2, column 12"]),
    ("text: Hello ${result} # 1", ["plan line 1, column 23"]),
    ("text: Hello # ${result}", ["plan line 1, column 13"]),
    ("a: [one $(b), two # ${c}\n  ]", ["plan line 1, column 19"]),
    ("- ${a} # one\n- x\n- b # ${c}", ["plan line 1, column 8", "plan line 3, column 5"]),
    ("text: one\n  ${two} # three", ["plan line 2, column 10"]),
    # nothing is lost here
    ("heading: ## Results", []),
    ("text: plain # note\nb: ${x}", []),
    ('text: "Hello ${result}" # note', []),
    ("text: 'Hello # ${result}'", []),
    ("text: |\n  Hello # ${result}", []),
    ("# ${a}\nb: 1\n# ${c}", []),
    ("a:   # ${b}\n  c: 1", []),
    ("a: ${b}#c", []),
    ('{"a": "${b} # c"}', []),
]


@pytest.mark.parametrize(("text", "places"), SWALLOWED, ids=[repr(each[0]) for each in SWALLOWED])
@pytest.mark.usefixtures("loader")
def test_a_comment_that_swallows_text_is_a_warning(text: str, places: list[str]) -> None:
    warnings: list[Problem] = []
    parse_document(text, "plan", warnings)
    assert [warning.path for warning in warnings] == places


def test_the_warning_names_the_key() -> None:
    warnings: list[Problem] = []
    parse_document("branches: [a]\nheading: ## ${branch}", "plan", warnings)
    assert str(warnings[0]).startswith("plan line 2, column 10: heading: nothing but a comment")


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ('a: "C:\\temp"', ["plan line 1, column 7"]),
        ('{"a": 1,\n "b": "D:\\new"}', ["plan line 2, column 10"]),
        ("a: 'C:\\temp'", []),
        ('a: "C:\\\\temp"', []),
        ("a: C:\\temp", []),
    ],
)
def test_a_path_with_an_escape_in_it_is_a_warning(text: str, places: list[str]) -> None:
    warnings: list[Problem] = []
    parse_document(text, "plan", warnings)
    assert [warning.path for warning in warnings] == places


# -- fences

FENCED: list[tuple[str, Any]] = [
    ("```yaml\na: 1\n```", {"a": 1}),
    ("```\n[1, 2]\n```\n", [1, 2]),
    ('\n\n  ```json\n{"a": 1}\n```  \n', {"a": 1}),
    ("~~~\na: 1\n~~~", {"a": 1}),
    ("````yaml\na: |\n  ```\n  x\n  ```\n````", {"a": "```\nx\n```\n"}),
    ("a: |\n  ```\n  x\n  ```\n", {"a": "```\nx\n```\n"}),
]


@pytest.mark.parametrize(("text", "value"), FENCED)
def test_a_fence_around_the_whole_is_taken_off(text: str, value: Any) -> None:
    assert parse_document(text, "plan") == value


def test_places_count_the_line_of_the_fence() -> None:
    assert problem_of("```yaml\na: b: c\n```").path == "plan line 2, column 5"


@pytest.mark.parametrize("text", ["```\na: 1", "```\na: 1\n```\nb: 2", "```\na: 1\n```\n```\nb: 2\n```"])
def test_other_fences_stay(text: str) -> None:
    assert "fence" in problem_of(text).message


def test_fences_of_data() -> None:
    assert document.parse_data('```json\n{"a": 1}\n```', "inputs") == {"a": 1}
    assert document.parse_data("```\nplain\n```", "inputs") == {"value": "plain"}
    assert parse_items("```\none\ntwo\n```", "items") == ["one", "two"]
    assert parse_items("```json\n[1, 2]\n```", "items") == [1, 2]
