"""The analysis against evaluation: it claims nothing that data contradicts, and keeps nothing to itself.

For any expression and any data that fits its scope:

- the value is one that the inferred kind allows (so whatever is concluded from kinds is true);
- where a path was found to be only null, it is null, or holds nothing else;
- where nothing was found, and the expression does not say null itself, its kind is not known to be only null. So a
  plan whose check is silent never gives a null that the analysis could have seen.

What it cannot see: fields of what a tool or a person sent (`json[0].resuts`), lists and objects that happen to be
empty, and whether conditions over them are ever true.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fanout.core.analysis.expressions import find
from fanout.core.analysis.inference import infer
from fanout.core.analysis.kinds import ANYTHING, BOOLEAN, LIST, NULL, NUMBER, OBJECT, TEXT, Kind
from fanout.core.analysis.scopes import DATA, Scope, scope_of
from fanout.core.budget import Budget
from fanout.core.errors import ExpressionError
from fanout.core.language.expressions import Expression, compile_expression
from fanout.core.plans.outline import Outline
from tests.properties import each_of_many

TYPES = {type(None): NULL, bool: BOOLEAN, int: NUMBER, float: NUMBER, str: TEXT, list: LIST, dict: OBJECT}
NAMES = (
    *("text", "json", "variables", "files", "links", "inputs", "item", "index", "branches", "merged", "failures"),
    *("rows", "complete", "settled_by", "result", "first", "title", "url", "filename", "status", "error", "type", "a"),
)


def scope(key: str, has_rows: bool, merge_mode: Any) -> Scope:
    return scope_of(
        key, Outline(places=(), parameters=(), names=(), merge_mode=merge_mode, has_rows=has_rows, plan=None)
    )


SCOPES = [
    DATA,
    scope("select", False, "group"),
    scope("accept", True, "group"),
    scope("parameters", False, "group"),
    scope("output", False, "group"),
    scope("output", True, "rank"),
    scope("output", False, "vote"),
    scope("until", True, "concat"),
    scope("where", False, "group"),
]

_LEAVES = st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(["", "a", "x", "https://a.example"])
_NAMED = st.sampled_from(("a", "first", "title", "url", "text", "x"))
_JSON = st.recursive(
    _LEAVES, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_NAMED, inner, max_size=2), max_leaves=5
)


def values(kind: Kind) -> st.SearchStrategy[Any]:
    """Any value of a kind."""
    if kind is ANYTHING:
        return _JSON
    options: list[st.SearchStrategy[Any]] = []
    if kind.types & NULL:
        options.append(st.none())
    if kind.types & BOOLEAN:
        options.append(st.booleans())
    if kind.types & NUMBER:
        options.append(st.integers(-2, 2) | st.just(0.5))
    if kind.types & TEXT:
        options.append(st.sampled_from(sorted(kind.words) if kind.words else ["", "a", "x,y"]))
    if kind.types & LIST:
        options.append(st.lists(values(kind.elements), max_size=2))
    if kind.types & OBJECT:
        options.append(_objects(kind))
    return st.one_of(options)


def _objects(kind: Kind) -> st.SearchStrategy[Any]:
    if kind.fields is None:
        return st.dictionaries(_NAMED, _JSON, max_size=2)
    known = st.fixed_dictionaries({name: values(each) for name, each in kind.fields.items()})
    if kind.rest is None:
        return known
    return st.dictionaries(st.sampled_from(("first", "a")), values(kind.rest), max_size=2)


DATA_OF = {each.id: values(each.kind) for each in SCOPES}


def allows(kind: Kind, value: Any) -> bool:
    """Whether a value is of a kind."""
    if not TYPES[type(value)] & kind.types:
        return False
    if isinstance(value, str):
        return kind.words is None or value in kind.words
    if isinstance(value, list):
        return all(allows(kind.elements, each) for each in value)
    if isinstance(value, dict) and kind.fields is not None:
        return all(allows(kind.fields.get(name) or kind.rest or Kind(0), each) for name, each in value.items())
    return True


def _paths(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    names = st.sampled_from(NAMES)
    steps = st.sampled_from(("[0]", "[-1]", "[]", "[*]", ".*", "[:1]", "[?a]", "[?type == 'x']", "[?@]")) | names.map(
        ".{}".format
    )
    return st.tuples(inner, steps).map("".join)


PATHS = st.recursive(st.sampled_from(NAMES), _paths, max_leaves=5)


def _wider(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pair = st.tuples(inner, inner)
    one = ("length({})", "keys({})", "values({})", "type({})", "to_array({})", "to_string({})", "sort({})", "max({})")
    more = (
        "reverse({})",
        "not_null({})",
        "!{}",
        "({})",
        "[{}]",
        "{{a: {}}}",
        "map(&a, {})",
        "sort_by({}, &a)",
        "items({})",
    )
    two = ("{} || {}", "{} && {}", "{} == {}", "{} < {}", "{} | {}", "[{}, {}]", "contains({}, {})", "not_null({}, {})")
    more_of_two = ("{}[?{}]", "{{a: {}, b: {}}}.a", "let $v = {} in [$v, {}]", "join({}, {})", "merge({}, {})")
    return (
        _paths(inner.map("({})".format))
        | st.tuples(st.sampled_from(one + more), inner).map(lambda made: made[0].format(made[1]))
        | st.tuples(st.sampled_from(two + more_of_two), pair).map(lambda made: made[0].format(*made[1]))
    )


EXPRESSIONS = st.recursive(
    PATHS | st.sampled_from(("`1`", "'a'", "`null`", "null", '`[1, "a"]`', '`{"a": 1}`', "@", "$")),
    _wider,
    max_leaves=6,
)


def compiled(text: str) -> Expression:
    try:
        return compile_expression(text)
    except ExpressionError:
        assume(False)
        raise


@pytest.mark.parametrize("scope", SCOPES, ids=lambda scope: scope.id)
@each_of_many
@given(text=EXPRESSIONS, data=st.data())
def test_values_are_of_the_kind_that_was_inferred(scope: Scope, text: str, data: st.DataObject) -> None:
    expression = compiled(text)
    kind = infer(expression.tree, text, scope.kind).kind
    value_of = data.draw(DATA_OF[scope.id])
    try:
        value = expression.evaluate(value_of, Budget())
    except ExpressionError:
        return
    assert allows(kind, value)


@pytest.mark.parametrize("scope", [each for each in SCOPES if each is not DATA], ids=lambda scope: scope.id)
@each_of_many
@given(text=PATHS, data=st.data())
def test_paths_that_were_found_to_be_null_are_null_or_empty(scope: Scope, text: str, data: st.DataObject) -> None:
    expression = compiled(text)
    found = find(expression, scope)
    assume(any(finding.is_error for finding in found.certain) or any(not name.of for name in found.named))
    assert is_nothing(expression.evaluate(data.draw(DATA_OF[scope.id]), Budget()))


def is_nothing(value: Any) -> bool:
    """Null, or lists of nothing else."""
    return value is None or (isinstance(value, list) and all(map(is_nothing, value)))


@pytest.mark.parametrize("scope", SCOPES, ids=lambda scope: scope.id)
@each_of_many
@given(text=EXPRESSIONS)
def test_nothing_that_is_known_to_be_null_is_kept_secret(scope: Scope, text: str) -> None:
    assume("null" not in text.replace("not_null", ""))
    expression = compiled(text)
    found = find(expression, scope)
    if not found.certain and not found.named:
        assert not infer(expression.tree, text, scope.kind).kind.only(NULL)
