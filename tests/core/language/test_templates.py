"""Texts with expressions in them."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanout.core.budget import Budget, BudgetExceeded
from fanout.core.errors import ExpressionError, TooLargeError
from fanout.core.language.templates import ValueTemplate, compile_template, compile_value

SCOPE = {"inputs": {"q": "cats", "n": 5, "none": None, "list": [1, "ü"], "o": {"b": 1, "a": None}, "t": "${inputs.q}"}}
HALVES = " | ".join(["[@, @]"] * 40)


def render(text: str, scope: Any = SCOPE) -> Any:
    return compile_template(text).render(scope, Budget())


def problems(value: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    compile_value(value, lambda path, error: found.update({path: str(error)}), "p")
    return found


def compiled(value: Any) -> ValueTemplate:
    def refuse(path: str, error: ExpressionError) -> None:
        raise AssertionError(path)

    return compile_value(value, refuse, "p")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", ""),
        ("plain $ {text} } $", "plain $ {text} } $"),
        ("${inputs.q}", "cats"),
        ("${ inputs.n }", 5),
        ("${inputs.none}", None),
        ("${inputs.list}", [1, "ü"]),
        ("${inputs.missing}", None),
        ("n=${inputs.n}", "n=5"),
        (" ${inputs.n}", " 5"),
        ("${inputs.n}${inputs.n}", "55"),
        ("[${inputs.none}]", "[]"),
        ("list: ${inputs.list}", 'list: [1,"ü"]'),
        ("object: ${inputs.o}", 'object: {"b":1,"a":null}'),
        ("is ${inputs.n > `3`}", "is true"),
        ("${ {k: inputs.n} }", {"k": 5}),
        ("both ${ {k: {l: inputs.n}} }", 'both {"k":{"l":5}}'),
        ("${'}'}", "}"),
        ("${'{'}", "{"),
        ("${'it\\'s }'}", "it's }"),
        ('${"}" || `"{"`}', "{"),
        ('${`{"a": "}"}`}', {"a": "}"}),
        ('${`"\\`}"`}', "`}"),
        ("$${inputs.q}", "${inputs.q}"),
        ("$${", "${"),
        ("$$${inputs.n}", "$${inputs.n}"),
        ("$${x} ${inputs.n}", "${x} 5"),
        ("$", "$"),
        ("$$", "$$"),
        ("a$", "a$"),
        ("${inputs.q}\n", "cats\n"),
    ],
)
def test_rendering(text: str, value: Any) -> None:
    assert render(text) == value


def test_what_data_says_is_only_data() -> None:
    assert render("${inputs.t}") == "${inputs.q}"
    assert render("x ${inputs.t}") == "x ${inputs.q}"
    assert render("${inputs.o}", {"inputs": {"o": {"${inputs.q}": "${inputs.q}"}}}) == {"${inputs.q}": "${inputs.q}"}


@pytest.mark.parametrize(
    ("text", "shown"), [("${inputs.n}", "5"), ("${inputs.none}", ""), ("${inputs.list}", '[1,"ü"]')]
)
def test_rendering_as_text(text: str, shown: str) -> None:
    assert compile_template(text).render_text(SCOPE, Budget()) == shown


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a ${", "${ is not closed (column 3); a } ends it; where ${ is meant as text, write $${"),
        ("a ${b", "${ is not closed (column 3); a } ends it; where ${ is meant as text, write $${"),
        ("${ {a: b }", "${ is not closed (column 1); a } ends it; where ${ is meant as text, write $${"),
        ("${it's}", "' inside ${…} is not closed (column 5)"),
        ("${`}", "` inside ${…} is not closed (column 3)"),
        ("${'a\\'}", "' inside ${…} is not closed (column 3)"),
        ("x${}", "${} is empty (column 2)"),
        ("x${  }", "${} is empty (column 2)"),
        ("a ${inputs.}", '"inputs." ends too early (column 12)'),
        ("a ${lenght(b)}", "no function named lenght (column 5); did you mean length?"),
        (
            "${a} ${length()}",
            (
                "length() takes 1 argument, got 0 (column 8); "
                "the value stands between the brackets: length(value), not value.length()"
            ),
        ),
    ],
)
def test_mistakes_are_found_early_and_have_a_column(text: str, message: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_template(text)
    assert str(caught.value) == message
    assert caught.value.column is not None


def test_failures_count_columns_in_the_template() -> None:
    with pytest.raises(ExpressionError) as caught:
        render("text ${ join('', inputs.list) }")
    assert caught.value.column == 9


def test_a_used_up_budget_stays_one() -> None:
    with pytest.raises(BudgetExceeded):
        compile_template("n ${inputs.list[*]}").render(SCOPE, Budget(2))


@pytest.mark.parametrize("text", [f"${{{HALVES}}}", f"x${{{HALVES}}}", "${@}" * 40, "${[@, @]}" * 20])
def test_nothing_is_written_out_before_its_size_is_known(text: str) -> None:
    with pytest.raises(TooLargeError, match="larger than 32 MiB"):
        render(text, "x" * 2**20)


def test_many_parts_that_are_each_within_the_limit_are_not_together() -> None:
    with pytest.raises(TooLargeError, match="the text is larger than 32 MiB"):
        render("${@}" * 33, "x" * 2**20)


def test_reads_are_those_of_all_expressions() -> None:
    template = compile_template("${branches.a.text} $${no} ${length(branches.b.links)} ${inputs.q}")
    assert template.reads == {("branches", "a", "text"), ("branches", "b", "links"), ("inputs", "q")}
    assert [expression.text for expression in template.expressions] == [
        "branches.a.text",
        "length(branches.b.links)",
        "inputs.q",
    ]


def test_templates_of_one_text_are_equal() -> None:
    assert compile_template("a ${b}") == compile_template("a ${b}")
    assert len({compile_template("a ${b}"), compile_template("a ${b}"), compile_template("a ${c}")}) == 2


@given(st.text() | st.text("${}'\"`\\ ab.@[]"))
def test_any_text_is_a_template_or_an_error(text: str) -> None:
    column: int | None = 1
    try:
        json.dumps(render(text), allow_nan=False)
    except ExpressionError as error:
        column = error.column
    assert column is None or 1 <= column <= len(text) + 1


@given(st.text(), st.text())
def test_escaped_text_comes_out_as_it_is(before: str, text: str) -> None:
    written = text.replace("${", "$${").rstrip("$")
    assert render(written) == compile_template(written).render_text(None, Budget()) == text.rstrip("$")


# -- values


def test_texts_at_any_depth_are_templates_and_keys_are_not() -> None:
    value = {"${inputs.q}": ["${inputs.n}", {"a": "q=${inputs.q}", "b": 1, "c": None, "d": True}], "x": "$${y}"}
    before = copy.deepcopy(value)
    template = compiled(value)
    assert template.render(SCOPE, Budget()) == {
        "${inputs.q}": [5, {"a": "q=cats", "b": 1, "c": None, "d": True}],
        "x": "${y}",
    }
    assert template.source == value == before
    assert template.reads == {("inputs", "n"), ("inputs", "q")}
    assert not template.is_constant


def test_a_value_without_expressions_is_constant() -> None:
    template = compiled({"a": ["x", 1, "$${b}"]})
    assert template.is_constant
    assert template.reads == frozenset()
    assert template.render(None, Budget(0)) == {"a": ["x", 1, "${b}"]}
    assert compiled("text").is_constant
    assert not compiled("${@}").is_constant


def test_every_mistake_in_a_value_has_its_path() -> None:
    value = {"q": "${inputs.}", "list": ["ok", "${", {"deep": "${f()}"}]}
    found = problems(value)
    assert found.keys() == {"p.q", "p.list[1]", "p.list[2].deep"}
    assert found["p.q"] == '"inputs." ends too early (column 10)'


def test_a_rendered_value_is_measured() -> None:
    template = compiled({"a": ["${@}", "${@}"] * 20})
    with pytest.raises(TooLargeError, match="larger than 32 MiB"):
        template.render("x" * 2**20, Budget())


def test_values_nested_too_deeply_are_errors() -> None:
    value: Any = "${a}"
    for _ in range(5_000):
        value = [value]
    assert problems(value) == {"p": "the value is nested too deeply"}


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.sampled_from(["${inputs.n}", "a${inputs.q}", "${", "${x("]),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(JSON)
def test_any_value_is_a_template(value: Any) -> None:
    before = copy.deepcopy(value)
    errors: list[str] = []
    template = compile_value(value, lambda path, error: errors.append(path), "")
    rendered = template.render(SCOPE, Budget())
    assert value == template.source == before
    if "$" not in json.dumps(value):
        assert template.is_constant
        assert rendered == value
