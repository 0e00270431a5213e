"""Which branches wait for which, and what cannot be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanout.core.errors import Problem
from fanout.core.plans.references import Reads, circle_problem, find_circles, find_dependencies


def reads(*paths: str) -> list[Reads]:
    return [Reads("here", frozenset(tuple(path.split(".")) for path in paths))]


def test_dependencies_come_in_plan_order() -> None:
    problems: list[Problem] = []
    found = find_dependencies(
        {"a": reads("inputs.q", "item"), "b": reads("branches.c.text", "branches.a.result.x", "branches.a"), "c": []},
        "all",
        problems,
    )
    assert found == {"a": (), "b": ("a", "c"), "c": ()}
    assert not problems


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("branches", "name of one branch"),
        ("branches.a.text", "itself"),
        ("branches.bb.text", "did you mean b?"),
        ("branches.zzz", "the other branches are b"),
    ],
)
def test_what_cannot_be_followed(path: str, words: str) -> None:
    problems: list[Problem] = []
    assert find_dependencies({"a": reads(path), "b": []}, "all", problems) == {"a": (), "b": ()}
    assert [problem.path for problem in problems] == ["here"]
    assert words in problems[0].message


def test_a_branch_alone_hears_that_there_is_no_other() -> None:
    problems: list[Problem] = []
    find_dependencies({"search": reads("branches.serch")}, "all", problems)
    assert problems == [("here", "no branch serch; the only one is search itself")]


def test_unknown_names_pass_where_not_all_are_known() -> None:
    problems: list[Problem] = []
    find_dependencies({"a": reads("branches.zzz")}, "all", problems, are_all=False)
    assert not problems


@pytest.mark.parametrize("strategy", ["race", "fallback", "hedge"])
def test_only_all_allows_references(strategy: str) -> None:
    problems: list[Problem] = []
    find_dependencies({"a": [], "b": reads("branches.a")}, strategy, problems)
    assert strategy in problems[0].message


@pytest.mark.parametrize(
    ("dependencies", "circles"),
    [
        ({"a": [], "b": ["a"], "c": ["a", "b"]}, []),
        ({"a": ["b"], "b": ["a"]}, [["a", "b"]]),
        ({"a": ["b"], "b": ["c"], "c": ["b"]}, [["b", "c"]]),
        ({"a": ["b"], "b": ["c"], "c": ["a"], "d": ["e"], "e": ["d"]}, [["a", "b", "c"], ["d", "e"]]),
        ({"a": ["b", "c"], "b": ["a"], "c": ["a"]}, [["a", "b"]]),
    ],
)
def test_circles_are_named_in_the_order_of_their_references(
    dependencies: Mapping[str, Sequence[str]], circles: list[list[str]]
) -> None:
    assert find_circles(dependencies) == circles


def test_the_message_names_the_circle() -> None:
    assert "circle: a → b → c → a" in circle_problem(["a", "b", "c"], "branches[0]").message


_NAMES = [f"b{i}" for i in range(7)]
_GRAPHS = st.fixed_dictionaries({name: st.lists(st.sampled_from(_NAMES), unique=True, max_size=3) for name in _NAMES})


@given(_GRAPHS)
def test_there_is_an_order_exactly_if_there_is_no_circle(graph: dict[str, list[str]]) -> None:
    circles = find_circles(graph)
    for circle in circles:
        for name, after in zip(circle, [*circle[1:], circle[0]], strict=True):
            assert after in graph[name]
    done: set[str] = set()
    while ready := [name for name in graph if name not in done and done.issuperset(graph[name])]:
        done.update(ready)
    assert bool(circles) == (len(done) < len(graph))


def test_the_longest_chain_and_the_densest_graph_are_quick() -> None:
    names = [f"b{i}" for i in range(100)]
    assert find_circles({name: names[i + 1 : i + 2] for i, name in enumerate(names)}) == []
    assert len(find_circles({name: [other for other in names if other != name] for name in names})) <= 50
