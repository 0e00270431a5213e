"""What other languages write, and what to write here: each message, with the column of the place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanout.core.errors import ExpressionError
from fanout.core.language.expressions import compile_expression
from fanout.core.language.functions import FUNCTIONS
from fanout.core.language.remedies import function_remedy

ARITHMETIC = "there is no arithmetic; sum([a, b]) adds numbers, join('', [a, b]) puts texts together"
ALREADY = "this field is an expression already: write it without ${…} and {{…}}"
CONDITION = "there is no ? :; write condition && this || that"


def mistake(text: str) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        compile_expression(text)
    return caught.value


@pytest.mark.parametrize(
    ("text", "column", "advice"),
    [
        # templates of other kinds
        ("${x}", 2, ALREADY),
        ("{{x}}", 2, ALREADY),
        ("{{ x.y }} == 'a'", 2, ALREADY),
        ("${length(text) > `5`}", 2, ALREADY),
        ("a == ${x}", 7, ALREADY),
        # operators
        ("a + b", 3, ARITHMETIC),
        ("a - b", 3, ARITHMETIC),
        ("a -1", 3, ARITHMETIC),
        ("-a", 1, ARITHMETIC),
        ("a * b", 3, ARITHMETIC),
        ("a / b", 3, ARITHMETIC),
        ("a % `2`", 3, ARITHMETIC),
        ("a × b", 3, ARITHMETIC),
        ("a ? b : c", 3, CONDITION),
        ("if a then b", 4, CONDITION),
        ("a ?? b", 3, "a default is a || b"),
        ("a?.b", 2, "every step may be missing: write . for ?."),
        ("a = b", 3, "equality is =="),
        ("a === b", 5, "write =="),
        ("a !== b", 5, "write !="),
        ("a <> b", 4, "write !="),
        ("a =< b", 3, "write <="),
        ("a => b", 3, "write >= for at least; there are no => functions, &name is an expression for each element"),
        ("a ≥ b", 3, "write >="),
        ("a ≠ b", 3, "write !="),
        ("a & b", 3, "write && for and"),
        ("a and b", 3, "write && for and"),
        ("a OR b", 3, "write || for OR"),
        ("not a", 5, "write ! for not"),
        ("a is b", 3, "write == for is"),
        ("a in b", 3, "write contains(list, value) for in"),
        ("a contains b", 3, "write contains(text, 'word') for contains"),
        ("a matches 'x'", 3, "write regex_match(text, 'pattern') for matches"),
        ("a ~ 'x'", 3, "for patterns there is regex_match(text, 'pattern')"),
        # paths
        ("first-name", 6, 'names with other characters stand in double quotes: "first-name"'),
        ("a.0", 3, "write [0]"),
        ("a.[0]", 3, "an index follows its list without a dot"),
        ('a["x"]', 3, "a field is read with a dot: .x"),
        ("a['first name']", 3, 'a field is read with a dot: ."first name"'),
        ("a.'x'", 3, "a field is read with a dot: .x"),
        ("a[b]", 3, "a field is read with a dot, an element by its number, and a filter begins with [?"),
        (".a", 1, "a path begins with a name, without a dot"),
        ("$..a", 3, "there is no ..; write every step, or * for all fields"),
        ("a.$b", 3, 'write .b, or ."$b" where the $ belongs to the name'),
        ("a.@type", 3, 'names with other characters stand in double quotes: "first-name"'),
        ("a.first name", 9, 'a name with blanks stands in double quotes: "first name"'),
        ("a desc", 3, "descending: true beside sort_by turns the order"),
        ("map(a, &b)", 1, "write map(&name, list)"),
        # values
        ("a > 200", 5, "write numbers between backticks: `200`"),
        ("a > 0.75", 5, "write numbers between backticks: `0.75`"),
        ("a > '500'", 5, "write `500`"),
        ("a < 'x'", 5, "to_number(…) makes a number of a text"),
        ('`"5"` <= a', 1, "write `5`"),
        ("a == true", 6, "write `true`"),
        ("[?done == false]", 11, "write `false`"),
        ("a == ‘x’", 6, "write straight quotes: 'text'"),
        ("a == “x”", 6, "text stands in straight single quotes: 'text'"),
        ("a == 'it's'", 10, "a quote inside single quotes is written \\'"),
        (
            "a == 'x",
            6,
            (
                "a quote inside single quotes is written \\'; "
                "in YAML ' #' begins a comment, so put the whole in quotes there"
            ),
        ),
        ("{a}", 3, "write {a: a}"),
        # characters that look like others
        ("length（a）", 7, "write ("),
        ("join('', [a，b])", 12, "write ,"),
        ("a\u00a0b", 2, "take it out, or write an ordinary space"),
        ("a\u200b", 2, "take it out, or write an ordinary space"),
        # the rest
        ("$x", 1, "write x, inside [?…] and &… $.x; a variable is made by let $x = … in …"),
        ("# a", 1, "an expression has no comments"),
        ("a // b", 3, "an expression has no comments"),
        ("a; b", 2, "one expression has no ; join parts with [a, b] or {x: a, y: b}"),
    ],
)
def test_a_remedy(text: str, column: int, advice: str) -> None:
    error = mistake(text)
    assert (error.column, error.advice) == (column, advice)
    assert str(error).endswith(f"(column {column}); {advice}")


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("not", "write !(…)"),
        ("concat", "join('', [a, b]) puts texts together, [a, b][] joins lists"),
        ("count", "here it is length()"),
        ("len", "here it is length()"),
        ("int", "here it is to_number()"),
        ("format", "join('', ['a ', b]) puts texts together"),
        ("slice", "a part of a text is text[0:100]"),
        ("substring", "a part of a text is text[0:100]"),
        ("json_parse", "here it is parse_json()"),
        ("toLower", "here it is lower()"),
        ("strip", "here it is trim()"),
        ("if", "write condition && this || that"),
        ("matches", "here it is regex_match()"),
        ("first", "write list[0]"),
        ("lenght", "did you mean length?"),
    ],
)
def test_a_function_of_another_language(name: str, advice: str) -> None:
    assert mistake(f"x && {name}(a)").advice == advice


def test_remedies_name_functions_that_exist() -> None:
    for other in ("count", "int", "string", "loads", "match", "findall", "gsub", "uniq", "strip", "coalesce", "mean"):
        named = function_remedy(other, FUNCTIONS).removeprefix("here it is ").removesuffix("()")
        assert named in FUNCTIONS


@given(st.text("a.;\"' ", max_size=80), st.text("b; \n", max_size=200))
def test_the_column_stays_out_of_what_is_quoted(before: str, after: str) -> None:
    quoted = before.replace("'", "").replace('"', "")
    error = mistake(f"'{quoted}; {quoted}' + b || '{after}'")
    assert str(error) == f"{error.message} (column {error.column}); {ARITHMETIC}"
    assert error.column == len(f"'{quoted}; {quoted}' ") + 1


def test_of_a_long_expression_the_place_is_shown() -> None:
    text = f"{'a || ' * 100}b c || {'d || ' * 100}e"
    error = mistake(text)
    assert error.column == text.index(" c ") + 2
    assert "|| b c ||" in error.message
    assert len(error.message) < 100
