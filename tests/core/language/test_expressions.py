"""Reading, checking and evaluating expressions."""

from __future__ import annotations

import copy
import json
import re
from typing import Any

import jmespath
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from fanout.core.budget import Budget, BudgetExceeded
from fanout.core.errors import ExpressionError, TooLargeError
from fanout.core.language.expressions import Expression, compile_expression, compile_with
from fanout.core.language.parser import Parser

QUOTE_ADVICE = (
    "a quote inside single quotes is written \\'; in YAML ' #' begins a comment, so put the whole in quotes there"
)
BETWEEN = "the value stands between the brackets"
JSON_ADVICE = "JSON stands between two backticks: `1`, `null`"
HALVES = " | ".join(["[@, @]"] * 40)


def evaluate(text: str, data: Any = None, nodes: int = 2_000_000) -> Any:
    return compile_expression(text).evaluate(data, Budget(nodes))


def mistake(text: str) -> str:
    with pytest.raises(ExpressionError) as caught:
        compile_expression(text)
    return str(caught.value)


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


# -- reading


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("lenght(text)", "no function named lenght (column 1); did you mean length?"),
        ("a.Length(b)", "no function named Length (column 3); did you mean length?"),
        ("length()", f"length() takes 1 argument, got 0 (column 1); {BETWEEN}: length(value), not value.length()"),
        ("a[?length(b, c)]", "length() takes 1 argument, got 2 (column 4)"),
        ("map(&split(@), a)", "split() takes 2 or 3 arguments, got 1 (column 6)"),
        ("merge()", f"merge() takes at least 1 argument, got 0 (column 1); {BETWEEN}: merge(value), not value.merge()"),
        (
            "sort_by(a, b)",
            "sort_by() takes an &expression as argument 2, got a value (column 1); write sort_by(list, &name)",
        ),
        (
            "join('', &a)",
            "join() takes an array of strings as argument 2, got an &expression (column 1); write it without &",
        ),
        (
            "to_string(&a)",
            "to_string() takes any value as argument 1, got an &expression (column 1); write it without &",
        ),
        ("&a", "& is only for arguments of functions that take an &expression (column 1); write it without &"),
        ("[a, &b]", "& is only for arguments of functions that take an &expression (column 5); write it without &"),
        ("a[::0]", "a slice cannot have a step of 0 (column 3); leave the step out or give 1"),
        ("length(a) > 200", 'unexpected 200 in "length(a) > 200" (column 13); write numbers between backticks: `200`'),
        ("a and b", 'unexpected and in "a and b" (column 3); write && for and'),
        ("a = b", 'unexpected = in "a = b" (column 3); equality is =='),
        ("a-b", 'unexpected - in "a-b" (column 2); names with other characters stand in double quotes: "first-name"'),
        (
            "a == 'b",
            f"what ' opens in \"a == 'b\" is not closed (column 6); {QUOTE_ADVICE}",
        ),
        ('a."b', 'what " opens in "a."b" is not closed, or is no text (column 3)'),
        (
            "a == `1",
            f'what ` opens in "a == `1" is not closed, or is no JSON (column 6); {JSON_ADVICE}',
        ),
        ("inputs.", '"inputs." ends too early (column 8)'),
        ("inputs.}", 'unexpected } in "inputs.}" (column 8)'),
        ("a b", 'unexpected b in "a b" (column 3); a name with blanks stands in double quotes: "first name"'),
        ("length(a", '"length(a" ends too early (column 9); write ) to close what is open'),
        ("a[?b == c", '"a[?b == c" ends too early (column 10); write ] to close what is open'),
        ("length(a,)", 'unexpected ) in "length(a,)" (column 10)'),
        ("(length)(a)", 'unexpected ( in "(length)(a)" (column 9)'),
        ("@(a)", 'unexpected ( in "@(a)" (column 2)'),
        ('"length"(a)', "names of functions have no quotes (column 1); write length(…)"),
        ("a.$", 'unexpected $ in "a.$" (column 3)'),
        (
            "a\n .. b",
            'unexpected . in "a .. b" (column 5); there is no ..; write every step, or * for all fields',
        ),
        ("", "the expression is empty"),
        (" \n", "the expression is empty"),
    ],
)
def test_mistakes_say_where_and_what_to_do(text: str, message: str) -> None:
    assert mistake(text) == message


def test_an_unknown_function_without_a_near_name_is_answered_with_all_names() -> None:
    assert mistake("zzz(a)").startswith("no function named zzz (column 1); there are abs, avg, ceil, ")


def test_long_expressions_are_shortened_in_messages_and_refused_beyond_reason() -> None:
    assert mistake("a" * 500 + " b").startswith('unexpected b in "…aaa')
    assert "at most 32,768" in mistake("a" * 40_000)
    assert evaluate("a" * 10_000, {"a" * 10_000: 1}) == 1


@pytest.mark.parametrize(
    "text",
    [
        "(" * 2_000 + "a" + ")" * 2_000,
        "[" * 3_000,
        "!" * 3_000 + "a",
        "a" + "|a" * 3_000,
        "a" + "||a" * 3_000,
        "a" + "[]" * 3_000,
        "a" + "[*]" * 3_000,
        "{a:" * 500 + "a" + "}" * 500,
        "not_null(" * 500 + "a" + ")" * 500,
        "`" + "[" * 15_000 + "]" * 15_000 + "`",
        "sort_by(@, &" * 500 + "a" + ")" * 500,
    ],
)
def test_expressions_nested_too_deeply(text: str) -> None:
    assert "nested too deeply; write it in parts" in mistake(text)


@pytest.mark.parametrize("text", ["a" + ".a" * 3_000, "a" + "[0]" * 3_000, "a" + " | a" * 100, "a" + " || a" * 100])
def test_long_expressions_are_no_problem(text: str) -> None:
    assert evaluate(text, {}) is None


ALPHABET = st.text("ab.*[]?{}()|&!@,:<>=`'\"\\ -01$_é\ud800")
SYMBOLS = [
    "a",
    "b",
    ".",
    "*",
    "[",
    "]",
    "[?",
    "[]",
    "[*]",
    "{",
    "}",
    "(",
    ")",
    "|",
    "||",
    "&&",
    "&",
    "!",
    "@",
    ",",
    ":",
]
TOKENS = ["==", "<", "0", "-1", "`1`", "'x'", '"a"', "length(", "sort_by(", "map(", "[::2]", "`[1]`", "to_string(@)"]
WORDS = st.lists(st.sampled_from([*SYMBOLS, *TOKENS])).map("".join)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
JSON = st.recursive(
    SCALARS | st.sampled_from([0, 1, "a"]),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.sampled_from("ab") | st.text(), inner, max_size=5),
    max_leaves=20,
)


@given(ALPHABET | WORDS | st.text(st.characters()), JSON)
@example("[0" + "0" * 5_000 + "]", None)
@example("[-" + "9" * 5_000 + "]", [1])
@example("a[" + "9" * 30 + ":" + "9" * 40 + "]", {"a": [1]})
def test_any_text_over_any_data_gives_a_value_or_an_error(text: str, data: Any) -> None:
    before = copy.deepcopy(data)
    column: int | None = 1
    try:
        json.dumps(evaluate(text, data), allow_nan=False)
    except ExpressionError as error:
        column = error.column
    except TooLargeError:
        pass
    assert column is None or 1 <= column <= len(text) + 1
    assert data == before


def test_compiled_expressions_are_kept_apart_from_those_of_others() -> None:
    text = "kept.apart.from.others"
    compile_expression(text)
    assert text not in jmespath.parser.Parser._CACHE  # type: ignore[attr-defined]
    assert compile_expression(text) is compile_expression(text)


def test_expressions_of_one_text_are_equal() -> None:
    assert compile_with(Parser(), "a.b") == compile_expression("a.b")
    assert len({compile_with(Parser(), "a"), compile_expression("a"), compile_expression("b")}) == 2
    assert repr(compile_expression("a")) == "Expression(text='a')"


# -- evaluating


TREE = {"x": {"b": {"c": 1}}, "y": {"b": {"c": 2}}, "z": {"b": None}}


@pytest.mark.parametrize(
    ("text", "data", "value"),
    [
        ("a.*.b.c", {"a": TREE}, [1, 2]),
        ("*.b.c", TREE, [1, 2]),
        ("a.*.b.c | [0]", {"a": TREE}, 1),
        ("a.*.b.keys(@)", {"a": {"x": {"b": {"c": 1}}}}, [["c"]]),
        ("a.*.b[0].c", {"a": {"x": {"b": [{"c": 1}]}}}, [1]),
        ("a.*.*.c", {"a": TREE}, [[1], [2], []]),
        ("!a.b", {"a": {"b": 1}}, False),
        ("!a.b", {"a": {}}, True),
        ("!a[0]", {"a": [1]}, False),
        ("!a[*].b", {"a": [{"b": 1}]}, False),
        ("!a[]", {"a": []}, True),
        ("!a[?b]", {"a": [{"b": 1}]}, False),
        ("!a.b == `true`", {"a": {}}, True),
        ("!!a.b && c", {"a": {"b": 1}, "c": 2}, 2),
        ("[?!done.ok].n", [{"n": 1}, {"n": 2, "done": {"ok": True}}], [1]),
        ("a == b", {"a": 1, "b": True}, False),
        ("a == b", {"a": 1, "b": 1.0}, True),
        ("a != b", {"a": [0], "b": [False]}, True),
        ("a == `0`", {"a": False}, False),
        ("a < b", {"a": 1, "b": "x"}, None),
        ("a < b", {"a": "a", "b": "b"}, None),
        ("a[?b == $.c].d", {"a": [{"b": 1, "d": 2}, {"b": 2, "d": 3}], "c": 2}, [3]),
        ("a.map(&[@, $.b], @)", {"a": [1], "b": 2}, [[1, 2]]),
        ("a | b | $", {"a": {"b": 1}}, {"a": {"b": 1}}),
        ("$", 1, 1),
        ("let $x = a, $y = b in [$x, $y, c]", {"a": 1, "b": 2, "c": 3}, [1, 2, 3]),
        ("let $x = a in (let $x = b in $x) == `2` && $x", {"a": 1, "b": 2}, 1),
        ("a[*].[let $x = @ in $.b[?@ == $x]][][]", {"a": [1, 2, 3], "b": [2, 3, 4]}, [2, 3]),
        ("let.in", {"let": {"in": 1}}, 1),
        ("let $in = let in in", {"let": 1, "in": 2}, 2),
        ("a[:2]", {"a": "né😀x"}, "né"),
        ("a[-2:]", {"a": "né😀x"}, "😀x"),
        ("a[::-1]", {"a": "abc"}, "cba"),
        ("a[1:2].length(@)", {"a": "abc"}, 1),
        ("[a, b][*].c[:1]", {"a": {"c": "xy"}, "b": {"c": [1, 2]}}, ["x", [1]]),
        ("a[:1].b", {"a": "abc"}, None),
        ("天气.caf\u0065\u0301", {"天气": {"caf\u00e9": 1}}, 1),
        ("हिन्दी", {"हिन्दी": 1}, 1),
        ("{añb: @}", 1, {"añb": 1}),
        ("a < b", {"a": True, "b": 2}, None),
        ("a >= b", {"a": None, "b": None}, None),
        ("a || b", {"a": 0, "b": 1}, 0),
        ("a && b", {"a": 0, "b": 1}, 1),
        ("length(text) > `200`", {"text": "x" * 201}, True),
        ("`1e999`", None, None),
        ("`[1e999, -1e999]`", None, [None, None]),
        ("`NaN`", None, "NaN"),
        ("'\ud800'", None, "\ufffd"),
        ('`"\\ud800"`', None, "\ufffd"),
        ('"\\ud83d\\ude00"', {"\U0001f600": 1}, 1),
        ("[99999999999999999999]", [1], None),
        ("[-99999999999999999999:99999999999999999999:2]", [1, 2, 3], [1, 3]),
        ("[::-1]", [1, 2, 3], [3, 2, 1]),
        ("items(@)", {"items(@)": 1, "b": {"@": 2}}, [["items(@)", 1], ["b", {"@": 2}]]),
        ("a", [1], None),
        ("a.b", {"a": "text"}, None),
        ("[0]", "text", None),
        ("*", [1], None),
        ("[*]", {"a": 1}, None),
    ],
)
def test_values(text: str, data: Any, value: Any) -> None:
    found = evaluate(text, data)
    assert json.dumps(found) == json.dumps(value)


def test_keys_of_data_are_never_expressions() -> None:
    data = {"length(@)": 1, "*": 2, "a.b": 3, "a": {"b": 4}}
    assert evaluate("keys(@)", data) == list(data)
    assert evaluate('"a.b"', data) == 3
    assert evaluate('"length(@)"', data) == 1
    assert evaluate("items(@)[*][0]", data) == list(data)


def test_a_literal_is_a_new_value_every_time() -> None:
    expression = compile_expression('`{"a": [1]}`')
    first, second = (expression.evaluate(None, Budget()) for _ in range(2))
    assert first == second
    assert first is not second
    assert first["a"] is not second["a"]


def test_a_part_of_the_input_is_not_copied_or_measured() -> None:
    data = {"a": {"b": [{"c": list(range(10_000))}]}}
    for text in ["a.b", "a.b[0].c", "a.b[0] | c", "x || a.b", "a && a.b[-1].c", "@"]:
        assert evaluate(text, data, nodes=20) is not None
    assert evaluate("a.b", data, nodes=20) is data["a"]["b"]


# comparable with jmespath itself: no booleans beside numbers, no order between kinds, no `!`
_PLAIN = st.recursive(
    st.integers(-2, 2) | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=25,
)
_PATHS = [".a", ".b", ".c", "[0]", "[-1]", "[1:]", "[::-1]", "[*]", "[]", ".*", "[?a]", "[?b == `1`]", "[?a < `1`].b"]
_OTHERS = [".[a, b]", ".{x: a, y: @}", " | a", " | [0]", " | @", " || a", " && b", "[?a == b] | [0]", ".to_array(@)"]
_STEPS = st.sampled_from([*_PATHS, *_OTHERS])


@given(st.sampled_from("abc@*"), st.lists(_STEPS, max_size=5), _PLAIN)
def test_the_same_as_jmespath(start: str, steps: list[str], data: Any) -> None:
    text = start + "".join(steps)
    assume(
        re.search(r"\[-?[01]\]\[(1:|::-1)\]", text) is None
    )  # jmespath takes the slice of an index for no projection

    class Uncorrected(Parser):
        STAR_POWER = 40

    try:
        expected = jmespath.search(text, data)
    except jmespath.exceptions.JMESPathError:
        assume(False)
    assert compile_with(Uncorrected(), text).evaluate(data, Budget()) == expected


# -- bounds


@pytest.mark.parametrize(
    "text", [HALVES, f"{HALVES} | [@]", f"{{a: {HALVES}}}", f"{HALVES} | @[0]", f"not_null({HALVES})"]
)
def test_a_value_that_stands_for_a_huge_tree_is_no_result(text: str) -> None:
    with pytest.raises(TooLargeError, match="the result of the expression is larger than 32 MiB"):
        evaluate(text, 1, nodes=20_000)


def test_such_a_value_may_be_used_where_it_is_not_written_out() -> None:
    assert evaluate(f"{HALVES} | length(@)", 1, nodes=20_000) == 2


def test_results_are_bounded_by_nodes_too() -> None:
    with pytest.raises(TooLargeError, match="2,000,000 values"):
        evaluate(" | ".join(["[@, @, @, @, @, @, @, @]"] * 7), 1)


def test_a_budget_that_is_used_up_stops_every_loop() -> None:
    data = {"list": [{"a": [1, 2]}] * 1_000, "object": {str(index): {"a": 1} for index in range(1_000)}}
    loops = ["list[*].a", "list[].a[]", "list[?a].a", "object.*.a", "list[::2].b", "list[][]", "list[*].{a: a, b: b}"]
    for text in [*loops, "[list == `[]`, list[?b].x[?c]]"]:
        evaluate(text, data, nodes=20_000)
        with pytest.raises(BudgetExceeded, match="stopped after 450 visited nodes"):
            evaluate(text, data, nodes=450)


def test_nested_loops_stop_in_time() -> None:
    data = [list(range(300))] * 300
    with pytest.raises(BudgetExceeded):
        evaluate("[*][?@ == `1`] | [*][*].[@, @, @]", data, nodes=20_000)


def test_the_budget_lets_others_run_meanwhile() -> None:
    pauses: list[int] = []
    compile_expression("[*].{a: @}").evaluate(list(range(10_000)), Budget(pause=lambda: pauses.append(1)))
    assert len(pauses) > 50


class GivenUp(Exception):
    """What a pause may raise to end an evaluation."""


def test_an_evaluation_can_be_given_up() -> None:
    def give_up() -> None:
        raise GivenUp

    with pytest.raises(GivenUp):
        compile_expression("[*].{a: @}").evaluate(list(range(10_000)), Budget(pause=give_up))


@pytest.mark.parametrize(
    "text", ["[@]", "to_string(@)", "@ == [@][0]", "unique(@)", "contains(@, @)", "[*] | [@, @]", "length(@)"]
)
def test_data_nested_as_data_may_be(text: str) -> None:
    assert evaluate(text, nested(500)) is not None


@pytest.mark.parametrize(
    "text", ["[@]", "to_string(@)", "@ == [@][0]", "unique(@)", "contains(@, @)", "unique_by(@, &@)"]
)
def test_data_nested_too_deeply(text: str) -> None:
    with pytest.raises((ExpressionError, TooLargeError), match="nested too deeply"):
        evaluate(text, nested(50_000))


def test_fields_of_data_nested_too_deeply_can_be_read() -> None:
    assert evaluate("a", {"a": 1, "b": nested(50_000)}) == 1


@pytest.mark.parametrize("odd", [{1, 2}, (1, 2), object(), {"a": {1}}, [b"x"], {1: 2}, 1j])
def test_what_is_no_json_value_is_an_error_and_no_crash(odd: Any) -> None:
    for text in [
        "@",
        "[@]",
        "a",
        "*",
        "[]",
        "@ == @",
        "to_string(@)",
        "unique([@])",
        "sort_by([@], &@)",
        "@ < @",
        "keys(@)",
    ]:
        try:
            evaluate(text, odd)
        except ExpressionError as error:
            said = str(error)
            assert_nothing_shown(said)


def assert_nothing_shown(message: str) -> None:
    assert "object at" not in message
    assert "b'" not in message


# -- what an expression reads


@pytest.mark.parametrize(
    ("text", "reads", "filter_names"),
    [
        ("a", {("a",)}, set()),
        ("branches.find.result.url", {("branches", "find", "result", "url")}, set()),
        ('"a b".c', {("a b", "c")}, set()),
        ("branches.find.result[0].url", {("branches", "find", "result")}, set()),
        ("branches[0].find", {("branches",)}, set()),
        ("branches.*", {("branches",)}, set()),
        ("branches.*.result.x", {("branches",)}, set()),
        ("branches", {("branches",)}, set()),
        ("@", {()}, set()),
        ("@.a.b", {("a", "b")}, set()),
        ("*", {()}, set()),
        ("*.a", {()}, set()),
        ("[0]", {()}, set()),
        ("[1:]", {()}, set()),
        ("[]", {()}, set()),
        ("a[].b", {("a",)}, set()),
        ("a[*].b[?c].d", {("a",)}, {"c"}),
        ("a[1:].b", {("a",)}, set()),
        ("a[?b.c == d].e", {("a",)}, {"b", "d"}),
        ("a[?@.b]", {("a",)}, {"b"}),
        ("a[?contains(b, c)]", {("a",)}, {"b", "c"}),
        ("a[?b[?c]]", {("a",)}, {"b", "c"}),
        ("a[?b].branches", {("a",)}, {"b"}),
        ("[?branches.x]", {()}, {"branches"}),
        ("sort_by(a.b, &c.d)", {("a", "b")}, {"c"}),
        ("map(&branches.x, a)", {("a",)}, {"branches"}),
        ("length(branches.x.text)", {("branches", "x", "text")}, set()),
        ("length(@)", {()}, set()),
        ("a[?b == $.c.d].e", {("a",), ("c", "d")}, {"b"}),
        ("map(&[x, $.branches.a.text], b)", {("b",), ("branches", "a", "text")}, {"x"}),
        ("let $x = branches.a in [$x.text, $x.json]", {("branches", "a", "text"), ("branches", "a", "json")}, set()),
        ("let $x = branches in $x.a.text", {("branches", "a", "text")}, set()),
        ("let $x = a in b[?c == $x.d]", {("a", "d"), ("b",)}, {"c"}),
        ("a[?let $x = b in $x.c]", {("a",)}, {"b"}),
        ("a | b", {("a", "b")}, set()),
        ("a | [0] | b", {("a",)}, set()),
        ("a.length(b)", {("a", "b")}, set()),
        ("a.length(@)", {("a",)}, set()),
        ("a || b.c", {("a",), ("b", "c")}, set()),
        ("(a || b).c", {("a",), ("b",)}, set()),
        ("a.b && !c.d", {("a", "b"), ("c", "d")}, set()),
        ("a.b == c", {("a", "b"), ("c",)}, set()),
        ("[a, b.c]", {("a",), ("b", "c")}, set()),
        ("{x: a, y: {z: b.c}}", {("a",), ("b", "c")}, set()),
        ("a.{x: b, y: c.d}", {("a", "b"), ("a", "c", "d")}, set()),
        ("a.[b, @]", {("a", "b"), ("a",)}, set()),
        ("{x: branches.a}.x.branches", {("branches", "a")}, set()),
        ("a | {x: @.b}", {("a", "b")}, set()),
        ("a[*].{x: branches}", {("a",)}, set()),
        ("`1`", set(), set()),
        ("'a'.b", set(), set()),
        ("join('', [inputs.a, inputs.b])", {("inputs", "a"), ("inputs", "b")}, set()),
        ("length(@) && a", {(), ("a",)}, set()),
    ],
)
def test_what_an_expression_reads(text: str, reads: set[tuple[str, ...]], filter_names: set[str]) -> None:
    expression = compile_expression(text)
    assert expression.reads == reads
    assert expression.filter_names == filter_names


@given(st.lists(_STEPS, max_size=4), _PLAIN, _PLAIN)
def test_what_is_not_read_makes_no_difference(steps: list[str], read: Any, other: Any) -> None:
    expression: Expression = compile_expression("a" + "".join(steps))
    if any(path[:1] != ("a",) for path in expression.reads):
        return
    results = [expression.evaluate({"a": read, "z": unread}, Budget()) for unread in (None, other)]
    assert results[0] == results[1]
