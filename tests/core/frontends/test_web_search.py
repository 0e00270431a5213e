"""`web_search`: from its parameters to a plan, from settled engines to hits."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanout.core import limits
from fanout.core.answers.answer import Answer
from fanout.core.budget import Budget
from fanout.core.calls.failures import NO_REASON
from fanout.core.calls.judging import is_true
from fanout.core.calls.outcome import Outcome, RowOutcome
from fanout.core.calls.records import Record
from fanout.core.errors import BranchError, CallError, PlanError, Problem, TooLargeError
from fanout.core.frontends.check_plan import check
from fanout.core.frontends.web_search import (
    DEFAULT_ENGINES,
    DEFAULT_PLUGINS,
    RESULTS_MAX,
    as_hit,
    conclude_search,
    read_search,
)
from fanout.core.plans.catalog import Catalog, read_catalog
from fanout.core.plans.document import parse_document
from fanout.core.plans.plan import Plan
from scripts.catalog_check import CATALOG, read_entries

ENTRIES = read_entries(CATALOG)
SHIPPED = Catalog(ENTRIES)
DOWN = BranchError("connection", "connection refused")


def plan_for(**parameters: Any) -> Plan:
    own = parameters.get("catalog")
    return read_search({"query": "bees", **parameters}, read_catalog(own, ENTRIES))[0]


def search(*results: Any, count: int = 10, engines: str = "duckduckgo wikipedia tavily") -> Answer:
    """The answer where the engines, in order, gave these results or errors."""
    plan, inputs = read_search({"query": "bees", "engines": engines, "count": count}, SHIPPED)
    records = tuple(
        Record(branch, "failed", error=result, attempts=1)
        if isinstance(result, BranchError)
        else Record(branch, "succeeded", result=result, attempts=1)
        for branch, result in zip(plan.branches, results, strict=False)
    )
    succeeded = any(record.takes_part for record in records)
    complete = all(record.takes_part for record in records)
    return conclude_search(plan, inputs, Outcome((RowOutcome(records, "all", succeeded, complete),)), Budget)


def hit(number: int, **more: Any) -> dict[str, Any]:
    return {"title": f"T{number}", "url": f"https://a.example/{number}", "snippet": f"S{number}", **more}


# -- the plan


def test_defaults() -> None:
    plan, inputs = read_search({"query": " bees "}, SHIPPED)
    assert [branch.name for branch in plan.branches] == list(DEFAULT_ENGINES)
    assert (plan.strategy, plan.deadline_s, plan.max_parallel, plan.merge.mode) == ("all", 30, 3, "rank")
    assert inputs == {"query": " bees ", "count": 10}


def test_defaults_need_no_authorization_and_are_what_is_said_to_be_installed() -> None:
    assert not any(ENTRIES[name]["authorization"] for name in DEFAULT_ENGINES)
    assert tuple(ENTRIES[name]["provider"].rpartition("/")[0] for name in DEFAULT_ENGINES) == DEFAULT_PLUGINS


def test_settings_arrive_as_text_too() -> None:
    plan, inputs = read_search(
        {"query": 7, "count": "5", "deadline_s": "2.5", "strategy": " race ", "engines": "exa"},
        Catalog({}, {"exa": "exa/find"}),
    )
    assert (inputs, plan.deadline_s, plan.strategy) == ({"query": "7", "count": 5}, 2.5, "race")


@pytest.mark.parametrize("count", [0, -1, 101, 2.5, "many", True, [5]])
def test_counts_that_are_none(count: Any) -> None:
    with pytest.raises(PlanError, match="count: ") as raised:
        plan_for(count=count)
    assert len(raised.value.problems) == 1


def test_many_engines_are_asked_as_many_at_a_time_as_a_stock_installation_serves() -> None:
    assert plan_for(engines=" ".join(SHIPPED.names("search"))).max_parallel == 10


@pytest.mark.parametrize("name", SHIPPED.names("search"))
def test_every_engine_of_the_catalog_can_be_asked(name: str) -> None:
    [branch] = plan_for(engines=name).branches
    assert branch.name == name


@pytest.mark.parametrize(
    ("result", "accepted"),
    [
        (None, True),
        ([], True),
        ([{"title": "T", "url": None}], True),
        ([{}, {"title": None, "url": "u"}], True),
        ({"title": "T"}, True),
        ({"results": []}, False),
        ([{"name": "T"}], False),
        ([[{"title": "T"}]], False),
        ("an error as text", False),
        (["u"], False),
        (7, False),
    ],
)
def test_what_holds_no_hit_is_no_answer(result: Any, accepted: bool) -> None:
    [branch] = plan_for(engines="mine", catalog={"mine": "mine/find"}).branches
    assert branch.accept is not None
    assert is_true(branch.accept.evaluate({"result": result}, Budget())) is accepted


def test_check_plan_explains_an_engine_like_any_other_branch() -> None:
    report = check({"branches": list(DEFAULT_ENGINES), "merge": "rank"}, SHIPPED, {"query": "bees"}, Budget).report
    assert report["ok"]
    assert report["warnings"] == []
    assert [branch["name"] for branch in report["branches"]] == list(DEFAULT_ENGINES)
    assert report["branches"][1]["parameters"] == {"query": "bees", "language": "en"}


@given(st.dictionaries(st.sampled_from(["query", "engines", "count", "strategy", "deadline_s", "catalog"]), st.text()))
def test_whatever_is_given_is_a_plan_or_a_problem_of_a_parameter(parameters: dict[str, str]) -> None:
    problems: tuple[Problem, ...] = ()
    try:
        read_search(parameters, read_catalog(parameters.get("catalog"), ENTRIES))
    except PlanError as error:
        problems = error.problems
    assert all(problem.path.startswith((*parameters, "query", "catalog")) for problem in problems)


# -- the answer


def test_hits_are_ranked_and_doubles_are_one() -> None:
    answer = search([hit(1), hit(2)], [hit(2, url="http://www.a.example/2/", snippet="")], [hit(3)])
    assert [(each["title"], [source["branch"] for source in each["sources"]]) for each in answer.items] == [
        ("T2", ["duckduckgo", "wikipedia"]),
        ("T1", ["duckduckgo"]),
        ("T3", ["tavily"]),
    ]
    assert answer.items[0]["snippet"] == "S2"
    assert answer.complete


def test_count_counts_hits_and_not_what_is_left_out() -> None:
    elements = [{"title": "", "url": " "}, *(hit(number) for number in range(5))]
    assert [each["title"] for each in search(elements, count=2).items] == ["T0", "T1"]


@pytest.mark.parametrize(
    ("element", "shown"),
    [
        ({"title": " A\n b ", "url": " u ", "snippet": " s\n"}, {"title": "A b", "url": "u", "snippet": "s"}),
        ({"title": None, "url": "u"}, {"title": "u", "url": "u", "snippet": ""}),
        ({"title": "T", "url": None, "snippet": 7}, {"title": "T", "url": None, "snippet": ""}),
        (
            {"title": "T", "url": "u", "snippet": "s", "published": "2026", "author": "Ada", "image": "i"},
            {"title": "T", "url": "u", "snippet": "s", "published": "2026", "author": "Ada"},
        ),
        (
            {"title": "T", "url": "u", "snippet": "s", "published": None, "author": ""},
            {"title": "T", "url": "u", "snippet": "s"},
        ),
        ({"title": "", "url": None, "snippet": "s"}, None),
        ({"value": "https://a.example/"}, None),
        ({"title": ["T"], "url": 7}, None),
    ],
)
def test_a_hit_has_one_shape(element: dict[str, Any], shown: dict[str, Any] | None) -> None:
    found = as_hit({**element, "score": 0.1, "sources": []})
    assert found == (None if shown is None else {**shown, "score": 0.1, "sources": []})
    assert found is None or list(found)[:3] == ["title", "url", "snippet"]


def test_the_text_says_where_each_was_found() -> None:
    answer = search([hit(1)], [hit(1), {"title": "No *address*", "url": None, "snippet": ""}])
    assert answer.text == (
        "1. [T1](https://a.example/1)\n   S1\n   (found by duckduckgo, wikipedia)\n"
        "2. No *address*\n   (found by wikipedia)"
    )


def test_no_hits_are_a_success_that_says_so() -> None:
    answer = search([], None, DOWN)
    assert (answer.items, answer.text, answer.complete) == ([], "No results.", False)
    assert answer.branches[2]["error"] == {"type": "connection", "message": "connection refused"}


def test_where_no_engine_answered_the_call_failed() -> None:
    with pytest.raises(CallError) as raised:
        search(DOWN, NO_REASON)
    assert str(raised.value) == (
        "No search engine answered:\n- duckduckgo: connection refused\n"
        "- wikipedia: install langgenius/wikipedia from the Marketplace; if it is installed, Dify failed without "
        "giving a reason"
    )


def test_where_nothing_is_installed_the_error_says_what_to_install() -> None:
    with pytest.raises(CallError, match=f"they need no authorization: {', '.join(DEFAULT_PLUGINS)}"):
        search(NO_REASON, engines="tavily")


def test_hits_that_fit_in_no_line_are_refused() -> None:
    with pytest.raises(TooLargeError, match="the largest branch is duckduckgo"):
        search([hit(1, snippet="x" * limits.LINE_BYTES)])


def test_the_most_that_can_be_asked_for_is_a_list_to_read() -> None:
    answer = search([hit(number) for number in range(RESULTS_MAX + 1)], count=RESULTS_MAX)
    assert len(answer.items) == RESULTS_MAX
    assert answer.text.count("\n") == 3 * RESULTS_MAX - 1


def test_the_example_of_the_catalog_s_page_is_a_catalog() -> None:
    page = (CATALOG.parents[1] / "docs" / "catalog.md").read_text(encoding="utf-8")
    own = parse_document(page.partition("```yaml\n")[2].partition("```")[0], "catalog")
    [branch] = plan_for(engines="intranet", catalog=own).branches
    assert branch.target.tool_name == "find"
