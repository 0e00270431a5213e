"""Tool parameters → values, whatever the platform made of them on the way."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanout.core.errors import PlanError
from fanout.core.frontends.parameters import Settings, is_given, read_inputs, read_items, read_object, read_overrides

NOTHING: list[Any] = [None, "", " \n", False, {}, [None], [""], [" "]]
SOMETHING: list[Any] = ["a", 0, True, [], {"a": None}, [None, None], [0], [{}], [False], "{}"]


@pytest.mark.parametrize(
    ("value", "given"),
    [
        *((nothing, False) for nothing in NOTHING),
        *((something, True) for something in SOMETHING),
    ],
    ids=repr,
)
def test_what_the_platform_makes_of_nothing_counts_as_not_given(value: Any, given: bool) -> None:
    assert is_given(value) is given
    assert Settings({"a": value}).given("a") is given


def test_values_that_are_not_given_are_their_defaults() -> None:
    settings = Settings({"a": "", "b": None})
    assert settings.text("a", "x") == "x"
    assert settings.number("b", 3) == 3
    assert settings.whole("c", 4, low=1, high=5) == 4
    assert settings.choice("b", ["p", "q"], "q") == "q"
    assert settings.names("zzz") == []
    settings.check()


NUMBERS: list[tuple[Any, float | None]] = [
    (2, 2),
    (2.5, 2.5),
    ("2", 2),
    (" 2.5 ", 2.5),
    ("3\x1f", 3),
    ("1e1", 10),
    (".5", 0.5),
    ("+3", 3),
    ("two", None),
    ("2s", None),
    ("0x2", None),
    ("1_0", None),
    ("nan", None),
    ("inf", None),
    ("1e999", None),
    (True, None),
    ([2], None),
    (0.4, None),
    (10.1, None),
]


@pytest.mark.parametrize(("value", "number"), NUMBERS, ids=[repr(each[0]) for each in NUMBERS])
def test_numbers(value: Any, number: float | None) -> None:
    settings = Settings({"n": value})
    read = settings.number("n", 7, low=0.5, high=10)
    assert read == (7 if number is None else number)
    assert [problem.path for problem in settings.problems] == (["n"] if number is None else [])
    if number is None:
        assert "0.5 to 10" in settings.problems[0].message


def test_whole_numbers() -> None:
    assert Settings({"n": "3.0"}).whole("n", 1, low=1, high=5) == 3
    settings = Settings({"n": "2.5", "m": "9"})
    assert (settings.whole("n", 1, low=1, high=5), settings.whole("m", 1, low=1, high=5)) == (1, 1)
    assert [problem.message for problem in settings.problems] == [
        "got 2.5; give a whole number from 1 to 5",
        "got 9; give a number from 1 to 5",
    ]


FLAGS = [
    (True, True),
    ("true", True),
    ("False", False),
    ("yes", True),
    ("0", False),
    (1, True),
    (0, False),
]


@pytest.mark.parametrize(("value", "flag"), FLAGS, ids=[repr(each[0]) for each in FLAGS])
def test_flags(value: Any, flag: bool) -> None:
    assert read_overrides({"trace": value}) == {"trace": flag}


def test_a_false_that_an_agent_fills_in_overrides_nothing() -> None:
    assert read_overrides({"trace": False, "deadline_s": None}) == {}


@pytest.mark.parametrize("name", ["strategy", "stream", "on_failure"])
def test_the_option_of_a_select_that_means_not_set(name: str) -> None:
    assert Settings({name: "default"}).choice(name, ["a", "b"], "b") == "b"
    assert read_overrides({name: " default "}) == {}


def test_wrong_choices_and_missing_texts_are_raised_together() -> None:
    settings = Settings({"c": "rce"})
    settings.choice("c", ["all", "race"], "all")
    settings.required("q")
    with pytest.raises(PlanError) as caught:
        settings.check()
    assert [problem.path for problem in caught.value.problems] == ["c", "q"]
    assert "did you mean race?" in str(caught.value)
    assert "The call has 2 problems" in str(caught.value)


def test_texts() -> None:
    settings = Settings({"a": " x ", "b": 5, "c": {"k": [1]}, "d": "a \ud800"})
    assert [settings.text(name) for name in "abcd"] == [" x ", "5", '{"k":[1]}', "a \ufffd"]


def test_names_are_separated_by_commas_spaces_or_lines() -> None:
    assert Settings({"n": "a, b\nc  d;a"}).names("n") == ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    "text",
    [
        "a，b、c",
        "- a\n- b\n- c",
        "1. a\n2. b\n3. c",
        "['a', 'b', 'c']",
        '["a", "b", "c"]',
        "“a”, `b`, 'c'",
        "<a> <b> <c>",
        "• a；b ； c",
    ],
)
def test_names_as_people_and_models_list_them(text: str) -> None:
    assert Settings({"n": text}).names("n") == ["a", "b", "c"]


def test_names_keep_their_own_signs() -> None:
    assert Settings({"n": "my-search, s2.0 搜索"}).names("n") == ["my-search", "s2.0", "搜索"]


def test_settings_of_a_plan() -> None:
    written = {"strategy": " race ", "stream": "", "deadline_s": "30", "max_parallel": 8, "on_failure": None}
    parameters = {**written, "trace": "true", "plan": "x"}
    assert read_overrides(parameters) == {"strategy": "race", "deadline_s": 30, "max_parallel": 8, "trace": True}
    assert read_overrides({"deadline_s": "soon", "trace": "maybe"}) == {"deadline_s": "soon", "trace": "maybe"}


# -- inputs


def test_precedence_of_inputs() -> None:
    parameters = {
        "query": "cats",
        "text": "t",
        "items": [1],
        "inputs_object": {"query": "dogs", "n": 3, "items": [2]},
        "inputs": '{"n": 1, "m": 2, "text": "x"}',
    }
    assert read_inputs(parameters) == {"query": "cats", "text": "t", "items": [1], "n": 3, "m": 2}
    blank = {"query": " ", "text": None, "items": "", "inputs_object": {"query": "dogs"}, "inputs": ""}
    assert read_inputs(blank) == {"query": "dogs"}
    assert read_inputs({}) == {}


INPUTS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"inputs": "just text"}, {"value": "just text"}),
    ({"inputs": "[1, 2]"}, {"value": [1, 2]}),
    ({"inputs": {"a": 1}}, {"a": 1}),
    ({"inputs_object": '{"a": 1}'}, {"a": 1}),
    ({"query": 5}, {"query": "5"}),
    ({"query": "a \ud800"}, {"query": "a \ufffd"}),
    ({"items": "a\n b \n\nc"}, {"items": ["a", "b", "c"]}),
    ({"items": "[1, {}]"}, {"items": [1, {}]}),
    ({"items": '{"a": 1}'}, {"items": [{"a": 1}]}),
    ({"items": {"a": 1}}, {"items": [{"a": 1}]}),
    ({"items": []}, {"items": []}),
    ({"items": ["a\nb"]}, {"items": ["a\nb"]}),
    # one text that begins with a bracket is not always JSON gone wrong
    ({"items": ["[a link](https://x.org)"]}, {"items": ["[a link](https://x.org)"]}),
    ({"items": ["[1] A source."]}, {"items": ["[1] A source."]}),
    ({"items": ["{{ template }}"]}, {"items": ["{{ template }}"]}),
    ({"items": ["[[wiki]] page"]}, {"items": ["[[wiki]] page"]}),
    ({"items": ["{}"]}, {"items": ["{}"]}),
    ({"items": ['["a"]']}, {"items": ['["a"]']}),
    ({"items": ["['a'", "b"]}, {"items": ["['a'", "b"]}),
]


@pytest.mark.parametrize(
    ("parameters", "inputs"), INPUTS, ids=[f"{i}-{next(iter(each[0]))}" for i, each in enumerate(INPUTS)]
)
def test_inputs(parameters: dict[str, Any], inputs: dict[str, Any]) -> None:
    assert read_inputs(parameters) == inputs


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("inputs", '{"a": 1'),
        ("inputs", "{'a': 1}"),
        ("inputs_object", "[1]"),
        ("inputs_object", [1]),
        ("inputs_object", "text"),
        ("items", "[1, 2"),
        ("items", "[a link](https://x.org)"),
        # what the platform makes of text for a list that it cannot read
        ("items", ['["a", "b"']),
        ("items", ["['a', 'b']"]),
        ("items", ["[1, 2,]"]),
        ("items", ['[{"a": 1}']),
        ("items", ["{'a': 1}"]),
        ("items", ["{a: 1}"]),
        ("items", ["[true, False]"]),
    ],
)
def test_malformed_inputs_are_named(name: str, value: Any) -> None:
    with pytest.raises(PlanError) as caught:
        read_inputs({name: value, "query": "q"})
    assert [problem.path for problem in caught.value.problems] == [name]


def test_all_malformed_inputs_are_named_at_once() -> None:
    with pytest.raises(PlanError) as caught:
        read_inputs({"inputs": "{", "inputs_object": [1], "items": "[s3cr3t"})
    assert [problem.path for problem in caught.value.problems] == ["inputs", "inputs_object", "items"]
    assert "s3cr3t" not in str(caught.value)


def test_deep_values_are_refused() -> None:
    deep: Any = 1
    for _ in range(100_000):
        deep = [deep]
    for read in (
        read_items,
        lambda value: read_object({"a": value}, "x"),
        lambda value: read_inputs({"inputs": value}),
    ):
        with pytest.raises(PlanError, match="deep"):
            read(deep)


_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=9)
    | st.sampled_from(["[1,", "{", "[\ud800]"]),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=3), children, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(["query", "text", "inputs", "inputs_object", "items"]), _VALUES))
def test_any_parameters_give_inputs_or_an_error(parameters: dict[str, Any]) -> None:
    try:
        inputs = read_inputs(parameters)
    except PlanError:
        return
    json.dumps(inputs, allow_nan=False).encode()


# -- files and fences


def test_files_are_inputs_too() -> None:
    files = [{"dify_model_identity": "__dify__file__", "filename": "a.pdf"}]
    assert read_inputs({"files": files, "items": [1]}) == {"files": files, "items": [1]}
    assert read_inputs({"files": files[0]}) == {"files": files}
    assert read_inputs({"files": [None]}) == {}


FENCE = "```json\n{}\n```"


@pytest.mark.parametrize(
    ("parameters", "inputs"),
    [
        ({"inputs": FENCE.format('{"a": 1}')}, {"a": 1}),
        ({"inputs_object": FENCE.format('{"a": 1}')}, {"a": 1}),
        ({"items": FENCE.format("[1, 2]")}, {"items": [1, 2]}),
        ({"items": [FENCE.format("[1, 2]")]}, {"items": [1, 2]}),
        ({"items": ["```\nplain\n```"]}, {"items": ["```\nplain\n```"]}),
    ],
)
def test_models_fence_their_json(parameters: dict[str, Any], inputs: dict[str, Any]) -> None:
    assert read_inputs(parameters) == inputs
