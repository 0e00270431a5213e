"""Names of the catalog as a parameter of a tool."""

from __future__ import annotations

from typing import Any

import pytest

from fanout.core.errors import PlanError
from fanout.core.frontends.chosen import choose, fit_only, read_chosen
from fanout.core.frontends.parameters import Settings
from fanout.core.plans.catalog import Catalog, read_catalog
from fanout.core.plans.plan import Plan

SHIPPED: dict[str, Any] = {
    "alpha": {"kind": "search", "provider": "alpha", "tool_name": "find", "accept": "json || text"},
    "beta": {"kind": "search", "provider": "beta", "tool_name": "find"},
    "gamma": {"kind": "reader", "provider": "gamma", "tool_name": "read"},
    "delta": {"kind": "other", "provider": "delta", "tool_name": "tell"},
}


def chosen(text: Any, own: Any = None, kind: str = "search") -> tuple[list[str], list[str]]:
    """The names that were chosen, and the problems."""
    settings = Settings({"engines": text})
    names = choose(settings, "engines", read_catalog(own, SHIPPED), kind, ["alpha"])
    return names, [str(problem) for problem in settings.problems]


@pytest.mark.parametrize(
    "text",
    [
        "beta,alpha",
        " beta\nalpha ",
        "beta , alpha,beta",
        "beta;alpha\n\n,",
        "1、beta\n2、alpha",
        "1. beta 2. alpha",
        "['beta',\n 'alpha']",
        "beta，\ufeffalpha\u200b",
    ],
)
def test_names_are_separated_by_what_people_write(text: str) -> None:
    assert chosen(text) == (["beta", "alpha"], [])


@pytest.mark.parametrize("text", [None, "", "  \n"])
def test_without_names_there_are_defaults(text: Any) -> None:
    assert chosen(text) == (["alpha"], [])


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("alhpa", "the catalog has no alhpa, did you mean alpha?"),
        ("zzz", "the catalog has no zzz"),
        ("gamma", "gamma is a page reader, not a search tool"),
        ("delta", "delta is a tool of another kind, not a search tool, did you mean beta?"),
        ("beta/find", "beta/find is a tool or plugin; the catalog has of it beta"),
        ("time/current_time", "time/current_time is no name of the catalog (give the tool an entry"),
        ("x" * 200, f"the catalog has no {'x' * 63}…"),
    ],
)
def test_an_unfit_name_is_said_with_the_nearest_and_all(name: str, message: str) -> None:
    names, problems = chosen(f"beta {name}")
    assert names == ["beta"]
    assert len(problems) == 1
    assert problems[0].startswith(f"engines: {message}")
    assert problems[0].endswith("; the search tools are alpha, beta")


def test_a_sentence_is_one_problem() -> None:
    _, [problem] = chosen(" ".join(f"word{number}" for number in range(500)))
    assert "and 490 more that are not there" in problem
    assert len(problem) < 600


def test_an_empty_catalog_says_so() -> None:
    settings = Settings({"engines": "x"})
    choose(settings, "engines", Catalog(), "search", [])
    assert str(settings.problems[0]) == "engines: the catalog has no x; the catalog has no search tool"


@pytest.mark.parametrize(
    "entry",
    [
        "mine/find",
        {"provider": "mine", "tool_name": "find"},
        {"kind": "search", "provider": "mine", "tool_name": "find"},
        {"kind": ["search"], "provider": "mine", "tool_name": "find"},  # its own problem, said by its own path
    ],
)
@pytest.mark.parametrize("name", ["mine", "alpha", "gamma"])
def test_own_entries_need_no_kind_and_win(name: str, entry: Any) -> None:
    assert chosen(name, {name: entry}) == ([name], [])


@pytest.mark.parametrize("kind", ["reader", "other"])
def test_an_own_entry_that_says_another_kind_is_unfit(kind: str) -> None:
    names, [problem] = chosen("alpha", {"alpha": {"kind": kind, "provider": "mine", "tool_name": "find"}})
    assert names == []
    assert problem.endswith("the search tools are beta")


def test_names_are_not_unknown_where_the_catalog_cannot_be_read() -> None:
    assert chosen("mine beta", "mine: [") == (["beta"], [])


# -- the plan


def read(names: list[str], plan: dict[str, Any], own: Any = None) -> Plan:
    return read_chosen(plan, names, "engines", read_catalog(own, SHIPPED), Settings({}))


def problems_of(names: list[str], plan: dict[str, Any], own: Any = None) -> list[str]:
    with pytest.raises(PlanError) as raised:
        read(names, plan, own)
    return [str(problem) for problem in raised.value.problems]


def test_the_plan_calls_the_entries_by_their_names() -> None:
    plan = read(["beta", "alpha"], {"merge": "rank"})
    assert [(branch.name, branch.target.provider) for branch in plan.branches] == [("beta", "beta"), ("alpha", "alpha")]
    assert [branch.path for branch in plan.branches] == ["engines beta", "engines alpha"]


def test_problems_have_the_names_of_the_parameters() -> None:
    own = {"mine": {"provider": "fanout", "tool_name": "fan_out", "when": "branches.x", "weight": 0, "select": "["}}
    problems = problems_of(["mine"], {"deadline_s": 0, "strategy": "fallback"}, own)
    assert {problem.split(": ")[0] for problem in problems} == {
        "deadline_s",
        *(f"catalog.mine.{key}" for key in ("provider", "select", "weight", "when")),
    }


def test_too_many_names() -> None:
    own = {f"mine{number}": "mine/find" for number in range(101)}
    [problem] = problems_of(list(own), {}, own)
    assert problem.startswith("engines: got a list of 101; give a list of 1 to 100")


def test_without_a_usable_name_the_plan_adds_no_problem_of_its_own() -> None:
    settings = Settings({"engines": "zzz"})
    names = choose(settings, "engines", Catalog(SHIPPED), "search", [])
    with pytest.raises(PlanError) as raised:
        read_chosen({}, names, "engines", Catalog(SHIPPED), settings)
    assert len(raised.value.problems) == 1


def test_a_further_condition_is_on_every_branch() -> None:
    plan = fit_only(read(["alpha", "beta"], {}), bool)
    assert [branch.fits for branch in plan.branches] == [bool, bool]
    assert [branch.accept.text for branch in plan.branches if branch.accept] == ["json || text"]


def test_what_only_the_tool_wrote_is_no_mistake_of_its_author() -> None:
    picky = {"kind": "search", "provider": "p", "tool_name": "find", "prefer": "length(result) > `2`"}
    settings = Settings({"engines": "picky", "grace_s": 3})
    plan = {"strategy": "fallback", "prefer": "result", "stagger_s": 9, "grace_s": 3}
    read = read_chosen(plan, ["picky"], "engines", read_catalog({"picky": picky}, SHIPPED), settings)
    assert [warning.path for warning in read.warnings] == ["grace_s"]
