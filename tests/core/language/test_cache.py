"""The cache of compiled expressions: bounded in bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanout.core.budget import Budget
from fanout.core.language import expressions
from fanout.core.language.cache import BoundedCache
from fanout.core.language.expressions import Expression, compile_expression, compile_with
from fanout.core.language.parser import Parser
from tests.memory import traced_bytes


def test_what_was_used_longest_ago_goes_first() -> None:
    cache: BoundedCache[int] = BoundedCache(80)
    for value in range(8):
        cache.put(str(value), value, 10)
    assert cache.get("0") == 0
    cache.put("8", 8, 10)
    assert [cache.get(key) for key in ("0", "1", "2", "8")] == [0, None, 2, 8]


def test_what_would_fill_the_cache_is_not_kept() -> None:
    cache: BoundedCache[int] = BoundedCache(80)
    cache.put("small", 1, 10)
    cache.put("large", 2, 11)
    assert (cache.get("small"), cache.get("large")) == (1, None)


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(1, 20))))
def test_it_never_holds_more_than_it_may(entries: list[tuple[str, int]]) -> None:
    cache: BoundedCache[str] = BoundedCache(100)
    for key, size in entries:
        cache.put(key, key, size)
        assert cache.bytes <= 100
        assert cache.get(key) in (key, None)


DENSE = ["[" + ",".join(["*"] * 400) + "]", "[" + ",".join(["*==*"] * 200) + "]", "[" + ",".join(["[:]"] * 200) + "]"]


@pytest.mark.parametrize("text", DENSE)
def test_a_compiled_expression_takes_no_more_than_it_is_estimated_at(text: str) -> None:
    def compiled() -> Expression:
        expression = compile_with(Parser(), text)
        expression.evaluate({"a": 1}, Budget())
        return expression

    taken, _ = traced_bytes(compiled)
    assert taken < len(text) * expressions._BYTES_PER_CHAR


def test_many_long_expressions_stay_within_the_bound() -> None:
    for number in range(200):
        compile_expression(f"[{','.join(['*'] * 500)}, a{number}]")
    assert expressions._cache.bytes <= expressions._CACHE_BYTES
