"""Regular expressions: what they give, what they refuse, and that no text and no pattern makes them slow."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanout.core import limits
from fanout.core.budget import Budget, BudgetExceeded
from fanout.core.errors import ExpressionError, TooLargeError
from fanout.core.language import patterns
from fanout.core.language.expressions import compile_expression

SECRET = "s3cr3t"


def evaluate(expression: str, data: Any = None, budget: Budget | None = None) -> Any:
    return compile_expression(expression).evaluate(data, budget or Budget())


@pytest.mark.parametrize(
    ("expression", "data", "value"),
    [
        ("regex_match(@, '^order [0-9]+$')", "order 17", True),
        ("regex_match(@, '[0-9]')", "order", False),
        ("regex_match(@, '(?i)ACCESS denied')", "Sorry: access Denied.", True),
        ("regex_match(@, 'a.c')", "a\nc", False),
        ("regex_match(@, '(?s)a.c')", "a\nc", True),
        ("regex_match(@, '^b')", "a\nb", False),
        ("regex_match(@, '(?m)^b')", "a\nb", True),
        ("regex_match(@, '')", "", True),
        ("regex_match(@, '\\pL{2}')", "天气", True),
        ("regex_find(@, '[0-9]+')", "order 17, order 204", ["17", "204"]),
        ("regex_find(@, 'order ([0-9]+)')", "order 17, order 204", ["17", "204"]),
        ("regex_find(@, '([a-z]+) ([0-9]+)')", "order 17, item 204", [["order", "17"], ["item", "204"]]),
        ("regex_find(@, '(a)|b')", "ab", ["a", None]),
        ("regex_find(@, 'x')", "ab", []),
        ("regex_find(@, '')", "é", ["", ""]),
        ("regex_find(@, 'é|😀')", "né😀x", ["é", "😀"]),
        ("regex_replace(@, '[0-9]+', '#')", "order 17, order 204", "order #, order #"),
        ("regex_replace(@, '([a-z]+) ([0-9]+)', '\\2 \\1')", "order 17", "17 order"),
        ("regex_replace(@, 'a', '<\\0>')", "cab", "c<a>b"),
        ("regex_replace(@, 'a', '\\\\1')", "cab", "c\\1b"),
        ("regex_replace(@, 'a', '\\n')", "cab", "c\\nb"),
        ("regex_replace(@, '(a)|b', '[\\1]')", "ab", "[a][]"),
        ("regex_replace(@, 'x*', '-')", "né", "-n-é-"),
        ("regex_replace(@, 'x', 'y')", "né", "né"),
        ("[?regex_match(t, p)].t", [{"t": "ab", "p": "^a"}, {"t": "ab", "p": "^b"}], ["ab"]),
    ],
)
def test_what_they_give(expression: str, data: Any, value: Any) -> None:
    assert evaluate(expression, data) == value


PLAIN = st.lists(st.sampled_from(["a", "b", ".", "a*", "b+", "(a)", "(b|c)", "[ab]", "^", "$", "c?"]), max_size=6)


@given(PLAIN.map("".join), st.text("abcé\n"))
def test_the_same_as_python(pattern: str, text: str) -> None:
    try:
        expected = [match.groups() or (match[0],) for match in re.finditer(pattern.replace("$", r"\Z"), text)]
    except re.error:
        return
    if any(match[0] == "" for match in re.finditer(pattern.replace("$", r"\Z"), text)):
        return  # where empty matches may stand, they differ
    found = evaluate("regex_find(t, p)", {"t": text, "p": pattern})
    assert [tuple(match) if isinstance(match, list) else (match,) for match in found] == expected
    assert evaluate("regex_match(t, p)", {"t": text, "p": pattern}) is bool(expected)


# -- what is refused, and when


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("regex_match(a, '(open')", "regex_match() cannot use the pattern: missing ) (column 16)"),
        ("regex_find(a, 'a(?=b)')", "no look-around"),
        ("regex_find(a, '(a)\\1')", "cannot refer to its own groups"),
        ("regex_find(a, 'a{1001}')", "at most {1000} times"),
        ("regex_match(a, '(?:a{1000}){1000}')", "at most {1000} times"),
        ("regex_match(a, '\\pL{900}')", "cannot use the pattern"),
        ("regex_match(a, '*')", "has a backslash before it"),
        ("regex_match(a, `1`)", "regex_match() takes a pattern as argument 2, got a number (column 16)"),
        ("regex_replace(a, '(b)', '\\2')", "\\2 in argument 3, and the pattern only 1 groups (column 25)"),
        (f"regex_match(a, '{'a' * 1_001}')", "at most 1,000 characters"),
    ],
)
def test_literal_patterns_are_checked_before_there_is_data(expression: str, message: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_expression(expression)
    assert message in str(caught.value)


@pytest.mark.parametrize("pattern", [f"({SECRET}", f"{SECRET}(?<x)", f"{SECRET}\\8", f"[{SECRET}", f"\\p{{{SECRET}}}"])
def test_a_pattern_that_is_data_is_not_shown(pattern: str) -> None:
    with pytest.raises(ExpressionError, match="cannot use the pattern") as caught:
        evaluate("regex_match('x', @)", pattern)
    assert SECRET not in str(caught.value)


# -- linear time


HOSTILE = [
    ("(a+)+$", "a" * 200_000 + "!"),
    ("(a|aa)+$", "a" * 200_000 + "!"),
    ("(.*)*x", "a" * 200_000),
    ("(?:a?){50}a{50}$", "a" * 200_000 + "!"),
    ("^(\\w+\\s?)*$", "a " * 100_000 + "!"),
]


@pytest.mark.parametrize(("pattern", "text"), HOSTILE)
def test_hostile_text_takes_time_in_proportion_to_its_length(pattern: str, text: str) -> None:
    started = time.process_time()
    for _ in range(2):
        assert evaluate("regex_match(t, p)", {"t": text, "p": pattern}) is False
    assert time.process_time() - started < 5  # Python's own would not end


def test_a_search_for_each_match_that_reads_on_to_the_end_is_stopped() -> None:
    counted: list[int] = []

    def measure(work: Callable[[], Any], is_long: bool) -> tuple[Any, int]:
        started = time.process_time_ns()
        result = work()
        counted.append((time.process_time_ns() - started) // 500)
        return result, counted[-1]

    with pytest.raises(BudgetExceeded):
        evaluate("regex_find(@, 'a(?:.*b)?')", "a" * 1_000_000, Budget(measure=measure))
    assert sum(counted) < 30_000_000  # fifteen times what it may take, and all would be three hundred


def test_a_long_search_is_no_work_to_be_done_at_once() -> None:
    places: list[bool] = []

    def measure(work: Callable[[], Any], is_long: bool) -> tuple[Any, int]:
        places.append(is_long)
        return work(), 1

    for size in (1_000, 1_000_000):
        evaluate("regex_match(@, '[a-z]+zz')", "a" * size, Budget(measure=measure))
    assert places == [False, True]
    with pytest.raises(BudgetExceeded):
        evaluate("regex_match(@, '[a-z]+zz')", "a" * 1_000_000, Budget(limits.INLINE_NODES))


def test_a_pattern_that_is_too_much_for_the_length_of_the_text_is_refused() -> None:
    with pytest.raises(TooLargeError, match="too long for such a pattern"):
        evaluate("regex_match(@, 'a[ab]{900}c')", "ab" * 1_000_000)


# -- bounds


def test_results_are_bounded_before_they_are_made() -> None:
    groups = "(" * 20 + ".*" + ")" * 20
    with pytest.raises(TooLargeError, match=r"the result of regex_find\(\)"):
        evaluate("regex_find(t, p)", {"t": "a" * 4_000_000, "p": groups})
    with pytest.raises(TooLargeError, match=r"the result of regex_replace\(\)"):
        evaluate("regex_replace(t, '.*', n)", {"t": "a" * 4_000_000, "n": "\\0" * 20})
    with pytest.raises(TooLargeError, match=r"the result of regex_replace\(\)"):
        evaluate("regex_replace(t, 'a', n)", {"t": "a" * 1_000, "n": "b" * 100_000})


def test_few_patterns_are_kept() -> None:
    for number in range(100):
        assert evaluate(f"regex_match('x{number}y', 'x{number}[a-z]')")
    assert patterns._cache.bytes <= patterns._CACHE_BYTES


def test_re2_is_loaded_when_it_is_needed() -> None:
    code = """
import sys
from fanout.core.language.expressions import compile_expression
compile_expression("length(a)")
assert "re2" not in sys.modules
compile_expression("regex_match(a, 'b')")
assert "re2" in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
