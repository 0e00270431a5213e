"""The functions of expressions: what they give, what they refuse, and that they stop before they do too much."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanout.core.budget import Budget, BudgetExceeded
from fanout.core.errors import ExpressionError, TooLargeError
from fanout.core.language.expressions import compile_expression
from fanout.core.language.functions import FUNCTIONS
from tests.properties import each_of_many

SECRET = "s3cr3t"
SORT_KEYS = "an &expression that gives only numbers or only strings"


def evaluate(expression: str, data: Any = None, nodes: int = 2_000_000) -> Any:
    return compile_expression(expression).evaluate(data, Budget(nodes))


def refusal(expression: str, data: Any = None) -> str:
    with pytest.raises(ExpressionError) as caught:
        evaluate(expression, data)
    assert caught.value.column is not None
    return caught.value.message


def doubling(times: int) -> str:
    """A list of 2^times equal elements."""
    return "|".join(["[@]", *["[@,@][]"] * times])


# -- JMESPath Community


@pytest.mark.parametrize(
    ("expression", "data", "expected"),
    [
        ("items(@)", {"a": 1, "b": [2]}, [["a", 1], ["b", [2]]]),
        ("items(@)", {}, []),
        ("from_items(@)", [["a", 1], ["b", 2], ["a", 3]], {"a": 3, "b": 2}),
        ("from_items(@)", [], {}),
        ("zip(@, `[1, 2]`)", ["a", "b", "c"], [["a", 1], ["b", 2]]),
        ("zip(@)", [1, None], [[1], [None]]),
        ("zip(@, `[]`)", [1], []),
        ("group_by(@, &k)", [{"k": "x", "n": 1}, {"k": "y"}, {"n": 2}, {"k": "x"}, 7], None),
        ("lower(@)", "ÄBc ẞ", "äbc ß"),
        ("upper(@)", "äbc ß", "ÄBC SS"),
        ("trim(@)", " \t\na b\n ", "a b"),
        ("trim(@, '')", " a ", "a"),
        ("trim(@, ' a')", " a b a ", "b"),
        ("trim(@, 'x')", " a ", " a "),
        ("split(@, '|-|')", "a|-|b|-|c", ["a", "b", "c"]),
        ("split(@, '|-|', `1`)", "a|-|b|-|c", ["a", "b|-|c"]),
        ("split(@, '|-|', `1.0`)", "a|-|b|-|c", ["a", "b|-|c"]),
        ("split(@, '|-|', `0`)", "a|-|b|-|c", ["a|-|b|-|c"]),
        ("split(@, '|-|', `9`)", "a|-|b", ["a", "b"]),
        ("split(@, 'x')", "abc", ["abc"]),
        ("split(@, '/')", "/", ["", ""]),
        ("split(@, '')", "abc", ["a", "b", "c"]),
        ("split(@, '', `1`)", "abc", ["a", "bc"]),
        ("split(@, '', `3`)", "abc", ["a", "b", "c"]),
        ("split(@, '')", "", []),
        ("split(@, ',')", "", [""]),
        ("replace(@, 'aa', '-')", "aabaaabaaaab", "-b-ab--b"),
        ("replace(@, 'aa', '-', `0`)", "aabaaabaaaab", "aabaaabaaaab"),
        ("replace(@, 'aa', '-', `1`)", "aabaaabaaaab", "-baaabaaaab"),
        ("replace(@, 'aa', '-', `3`)", "aabaaabaaaab", "-b-ab-aab"),
        ("replace(@, 'x', 'y')", "abc", "abc"),
    ],
)
def test_functions_of_jmespath_community(expression: str, data: Any, expected: Any) -> None:
    if expected is None:
        expected = {"x": [data[0], data[3]], "y": [data[1]]}
    assert evaluate(expression, data) == expected


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_says_what_it_gives(name: str) -> None:
    assert FUNCTIONS[name].gives.endswith(".")


@given(st.dictionaries(st.text(), st.integers() | st.none()))
def test_from_items_is_the_inverse_of_items(value: dict[str, Any]) -> None:
    assert list(evaluate("from_items(items(@))", value).items()) == list(value.items())


@given(st.text("ab|"), st.sampled_from(["a", "ab", "|", "||"]), st.integers(0, 5))
def test_split_gives_parts_that_join_again(text: str, search: str, count: int) -> None:
    parts = evaluate("split(text, search, count)", {"text": text, "search": search, "count": count})
    assert search.join(parts) == text
    assert len(parts) == min(count, text.count(search)) + 1


# -- ours


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": [1, 2.5, null, true]}', {"a": [1, 2.5, None, True]}),
        (' "x" ', "x"),
        ("1e3", 1000.0),
        ("NaN", None),
        ("[Infinity]", None),
        ("1e999", None),
        ("[1e999, 1]", [None, 1]),
        ("9" * 5_000, None),
        ("[" + "9" * 400 + "]", [None]),
        ('"\\ud800"', "\ufffd"),
        ("no json", None),
        ("", None),
        ("{", None),
        ("[" * 100_000, None),
        ("[" * 100_000 + "]" * 100_000, None),
    ],
)
def test_parse_json(text: str, value: Any) -> None:
    assert evaluate("parse_json(@)", text) == value


@pytest.mark.parametrize(
    ("array", "kept"),
    [
        ([], []),
        ([2, 1, 2, 1.0, 3], [2, 1, 3]),
        ([1, True, 0, False, None, "", [], {}], [1, True, 0, False, None, "", [], {}]),
        ([[1], [True], [1.0], [1]], [[1], [True]]),
        ([{"a": 1, "b": 2}, {"b": 2, "a": 1}], [{"a": 1, "b": 2}]),
        ([None, None], [None]),
        ([["array", 1], [["array"], 1]], [["array", 1], [["array"], 1]]),
    ],
)
def test_unique_keeps_the_first_of_equal_elements(array: list[Any], kept: list[Any]) -> None:
    assert json.dumps(evaluate("unique(@)", array)) == json.dumps(kept)
    rows = [{"k": [value]} for value in array]
    assert json.dumps(evaluate("unique_by(@, &k)", rows)) == json.dumps([{"k": [value]} for value in kept])


def test_unique_by_looks_at_the_expression_alone() -> None:
    rows = [{"u": 1, "n": 1}, {"u": 2, "n": 2}, {"u": 1.0, "n": 3}, {"n": 4}, {"n": 5}]
    assert evaluate("unique_by(@, &u)[].n", rows) == [1, 2, 4, 5]


@pytest.mark.parametrize("blank", [None, "", " \t\n", "\u3000"])
def test_null_and_blank_text_are_no_key(blank: str | None) -> None:
    rows = [{"k": blank, "n": 1}, {"k": "x", "n": 2}, {"k": blank, "n": 3}, {"k": "x", "n": 4}]
    assert evaluate("unique_by(@, &k)[].n", rows) == [1, 2, 3]
    assert evaluate("group_by(@, &k)", rows) == {"x": [rows[1], rows[3]]}


def test_url_key_of_what_has_no_address_is_null() -> None:
    assert evaluate("url_key(@)", "https://www.example.org/a/?utm_source=x") == "example.org/a"
    assert evaluate("url_key(url)", {"title": "none"}) is None


# -- JMESPath, where Python's answer is not that of JSON


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1", 1),
        ("-0.5", -0.5),
        ("1e3", 1000.0),
        ("1E-2", 0.01),
        ("9" * 200, int("9" * 200)),
        *(
            (text, None)
            for text in ["1e999", "-1e999", "9" * 400, "9" * 100_000, "NaN", "inf", "Infinity", "-Infinity"]
        ),
        *(
            (text, None)
            for text in ["", " 1", "1 ", "+1", "01", "1.", ".5", "0x10", "1_000", "１", "1e", "true", "--1"]
        ),
        (None, None),
        (True, None),
        ([1], None),
        ({}, None),
        (2, 2),
        (2.5, 2.5),
    ],
)
def test_to_number_takes_json_numbers_only(text: Any, number: Any) -> None:
    assert evaluate("to_number(@)", text) == number


@pytest.mark.parametrize(
    ("expression", "data", "expected"),
    [
        ("sum(@)", [1e308, 1e308], None),
        ("sum(@)", [10**308, 0.5, 10**308], None),
        ("sum(@)", [2**1023, 2**1023], None),
        ("sum(@)", [], 0),
        ("avg(@)", [1e308, 1e308], None),
        ("avg(@)", [2**1023, 2**1023], None),
        ("avg(@)", [], None),
        ("avg(@)", [1, 2], 1.5),
        ("ceil(@)", 1e300, math.ceil(1e300)),
        ("contains(@, `true`)", [1], False),
        ("contains(@, `1`)", [True], False),
        ("contains(@, `1`)", [1.0], True),
        ("contains(@, `[1]`)", [[True], [1.0]], True),
        ("contains(@, `null`)", [1, None], True),
        ("contains(@, 'a')", [["a"], "b"], False),
        ("contains(@, `1`)", "a1", False),
        ("contains(@, '')", "", True),
        ("to_string(@)", {"ü": 1.0, "a": [None]}, '{"ü":1.0,"a":[null]}'),
        ("to_string(@)", "ü", "ü"),
        ("max(@)", [], None),
        ("max(@)", [1, 1.5], 1.5),
        ("min(@)", ["b", "a"], "a"),
        ("reverse(@)", "abc", "cba"),
        ("not_null(@, `null`)", None, None),
        ("type(@)", None, "null"),
        ("type(@)", 1.5, "number"),
        ("type(@)", [], "array"),
        ("max_by(@, &n)", [], None),
        ("min_by(@, &n).i", [{"n": 1, "i": 1}, {"n": 1, "i": 2}], 1),
        ("max_by(@, &n).i", [{"n": 1, "i": 1}, {"n": 1, "i": 2}], 1),
        ("sort_by(@, &n)[].i", [{"n": 2, "i": 1}, {"n": 1, "i": 2}, {"n": 2.0, "i": 3}], [2, 1, 3]),
        ("map(&n, @)", [{"n": 1}, {}], [1, None]),
        ('merge(@, `{"b": 3}`)', {"a": 1, "b": 2}, {"a": 1, "b": 3}),
    ],
)
def test_answers_are_those_of_json(expression: str, data: Any, expected: Any) -> None:
    found = evaluate(expression, data)
    assert found == expected
    assert type(found) is type(expected)


# -- refusals


@pytest.mark.parametrize(
    ("expression", "data", "message"),
    [
        ("join(', ', @)", [SECRET, 1], "join() takes an array of strings as argument 2, got an array with a number"),
        ("join(@, `[]`)", None, "join() takes a string as argument 1, got null"),
        ("sum(@)", [1, SECRET], "sum() takes an array of numbers as argument 1, got an array with a string"),
        (
            "sort(@)",
            [1, SECRET],
            "sort() takes an array of numbers or of strings as argument 1, got an array with a number and a string",
        ),
        (
            "max(@)",
            [1, True],
            "max() takes an array of numbers or of strings as argument 1, got an array with a boolean",
        ),
        ("length(@)", 1, "length() takes a string, an array or an object as argument 1, got a number"),
        ("keys(@)", [SECRET], "keys() takes an object as argument 1, got an array"),
        ("merge(`{}`, @)", SECRET, "merge() takes an object as argument 2, got a string"),
        ("zip(`[]`, `[]`, @)", {}, "zip() takes an array as argument 3, got an object"),
        ("abs(@)", True, "abs() takes a number as argument 1, got a boolean"),
        ("lower(@)", 1, "lower() takes a string as argument 1, got a number"),
        ("parse_json(@)", {}, "parse_json() takes a string as argument 1, got an object"),
        ("url_key(@)", 1, "url_key() takes a string or null as argument 1, got a number"),
        ("unique(@)", SECRET, "unique() takes an array as argument 1, got a string"),
        ("split(@, ',', `-1`)", "a", "split() takes a whole number from 0 as argument 3, got a negative number"),
        ("replace(@, 'a', 'b', `1.5`)", "a", "replace() takes a whole number from 0 as argument 4, got a fraction"),
        (
            "from_items(@)",
            [["a", 1], [SECRET]],
            "from_items() takes an array of [key, value] pairs as argument 1, got an array with an array of length 1",
        ),
        (
            "from_items(@)",
            [[1, SECRET]],
            "from_items() takes an array of [key, value] pairs as argument 1, got an array with a number as a key",
        ),
        (
            "from_items(@)",
            [SECRET],
            "from_items() takes an array of [key, value] pairs as argument 1, got an array with a string",
        ),
        (
            "sort_by(@, &n)",
            [{"n": SECRET}, {"n": 1}],
            f"sort_by() takes {SORT_KEYS} as argument 2, got one that gives a string and a number",
        ),
        (
            "max_by(@, &n)",
            [{"n": 1}, {}],
            f"max_by() takes {SORT_KEYS} as argument 2, got one that gives null",
        ),
        (
            "group_by(@, &n)",
            [{"n": 1}],
            "group_by() takes an &expression that gives a string or null as argument 2, got one that gives a number",
        ),
    ],
)
def test_refusals_say_what_is_taken_and_hold_no_values(expression: str, data: Any, message: str) -> None:
    found = refusal(expression, data)
    assert found == message
    assert SECRET not in found


def test_a_refusal_inside_an_expression_over_elements_has_its_own_column() -> None:
    with pytest.raises(ExpressionError, match=r"lower\(\) takes a string as argument 1, got null") as caught:
        evaluate("map(&lower(n), @)", [{}])
    assert caught.value.column == 6


VALUES = st.recursive(
    st.sampled_from([None, True, 0, 1.5, -3, 1e308, 10**300, "", "a", SECRET]) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=2), inner, max_size=4),
    max_leaves=8,
)


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
@each_of_many
@given(data=st.data())
def test_any_arguments_give_a_json_value_or_an_error(name: str, data: st.DataObject) -> None:
    function = FUNCTIONS[name]
    most = len(function.parameters) + (2 if function.is_variadic else 0)
    scope = {f"a{index}": data.draw(VALUES) for index in range(data.draw(st.integers(function.required, most)))}
    before = json.dumps(scope)
    expressions = st.sampled_from(["&@", "&a", "&type(@)", "&length(@)"])
    arguments = [
        argument if function.parameter(index).kinds else data.draw(expressions) for index, argument in enumerate(scope)
    ]
    try:
        found = json.dumps(evaluate(f"{name}({', '.join(arguments)})", scope), allow_nan=False)
    except ExpressionError as error:
        found = str(error).replace(SECRET, "")
        leaked = found != str(error)
    else:
        leaked = False
    assert found
    assert not leaked
    assert json.dumps(scope) == before


# -- bounds


@pytest.mark.parametrize(
    "expression",
    [
        f"{doubling(20)} | join('', @)",
        f"{doubling(20)} | join(@[0], @)",
        f"{doubling(17)} | join(@[0], @)",
        f"{doubling(17)} | sort(@)",
        f"{doubling(17)} | max(@)",
        f"{doubling(17)} | sort_by(@, &@)",
        f"{doubling(17)} | unique(@)",
        f"{doubling(17)} | contains(@, 'b')",
        f"{doubling(17)} | map(&upper(@), @)",
        f"{doubling(17)} | map(&split(@, 'a'), @)",
        f"{doubling(17)} | map(&replace(@, 'a', 'b'), @)",
        f"{doubling(17)} | group_by(@, &@)",
        f"{doubling(17)} | [?@ == join('', [@])]",
        f"{doubling(17)} | [?@ < join('', ['b', @])]",
        f"{doubling(17)} | to_string(@)",
        f"{doubling(17)} | map(&url_key(@), @)",
        f"{doubling(17)} | map(&trim(@), @)",
        f"{doubling(17)} | map(&to_number(@), @)",
        f"{doubling(17)} | map(&parse_json(@), @)",
        f"{doubling(17)} | from_items(zip(@, @))",
        "replace(@, 'a', @)",
        "replace(@, '', @)",
        "split(@, '') | split(join('', @), 'a')[].split(@, '')",
        " | ".join(["join(@, [@, @])"] * 40),
        "'ab' | " + " | ".join(["join(@, [@, @])"] * 40),
        "'aa' | " + " | ".join(["replace(@, 'a', @)"] * 40),
        "join(@, ['\U0001f600', @, @]) | " + " | ".join(["join('', [@, @])"] * 4) + " | replace(@, 'a', '\U0001f600')",
    ],
)
def test_work_that_grows_without_end_stops(expression: str) -> None:
    with pytest.raises((BudgetExceeded, TooLargeError)):
        evaluate(expression, "a" * 1_000_000)


@pytest.mark.parametrize(
    "tail", ["@", "to_string(@)", "@ == @", "@ != @", "contains(@, @)", "unique(@)", "unique_by(@, &@)"]
)
def test_shared_parts_are_never_written_out(tail: str) -> None:
    halves = " | ".join(["[@, @]"] * 40)
    with pytest.raises(TooLargeError, match="larger than 32 MiB"):
        evaluate(f"{halves} | {tail}", 1, nodes=20_000)


def test_loops_over_elements_stop_with_the_budget() -> None:
    numbers = list(range(1_000))
    for expression in ["map(&@, @)", "sort_by(@, &@)", "unique(@)", "group_by(@, &to_string(@))", "zip(@, @)"]:
        evaluate(expression, numbers, nodes=20_000)
        with pytest.raises(BudgetExceeded):
            evaluate(expression, numbers, nodes=900)


def test_a_replacement_of_one_size_may_be_as_large_as_the_text() -> None:
    text = "ab" * 5_000_000
    assert evaluate("replace(@, 'b', 'c')", text) == "ac" * 5_000_000
