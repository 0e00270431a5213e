"""`web_search`: from its parameters to a plan, from settled engines to hits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanout.catalog import shipped_catalog
from fanout.core import limits
from fanout.core.answers.answer import Answer
from fanout.core.budget import Budget
from fanout.core.calls.failures import NO_REASON
from fanout.core.calls.judging import is_true
from fanout.core.calls.outcome import Outcome, RowOutcome
from fanout.core.calls.records import Record
from fanout.core.errors import BranchError, CallError, PlanError, Problem, TooLargeError
from fanout.core.frontends.check_plan import check
from fanout.core.frontends.hits import as_hit
from fanout.core.frontends.web_search import (
    DEFAULT_ENGINES,
    DEFAULT_PLUGINS,
    RESULTS_MAX,
    TOPICS,
    read_search,
)
from fanout.core.plans.catalog import Catalog, read_catalog
from fanout.core.plans.document import parse_document
from fanout.core.plans.plan import Plan

ENTRIES = shipped_catalog()
SHIPPED = Catalog(ENTRIES)
DOWN = BranchError("connection", "connection refused")


def plan_for(**parameters: Any) -> Plan:
    own = parameters.get("catalog")
    return read_search({"query": "bees", **parameters}, read_catalog(own, ENTRIES)).plan


def search(*results: Any, engines: str = "duckduckgo wikipedia tavily", **parameters: Any) -> Answer:
    """The answer where the engines, in order, gave these results or errors."""
    found = read_search({"query": "bees", "engines": engines, **parameters}, SHIPPED)
    plan = found.plan
    records = tuple(
        Record(branch, "failed", error=result, attempts=1)
        if isinstance(result, BranchError)
        else Record(branch, "succeeded", result=result, attempts=1)
        for branch, result in zip(plan.branches, results, strict=False)
    )
    succeeded = any(record.takes_part for record in records)
    complete = all(record.takes_part for record in records)
    return found.conclude(plan, found.inputs, Outcome((RowOutcome(records, "all", succeeded, complete),)), Budget)


def hit(number: int, **more: Any) -> dict[str, Any]:
    return {"title": f"T{number}", "url": f"https://a.example/{number}", "snippet": f"S{number}", **more}


# -- the plan


def test_defaults() -> None:
    found = read_search({"query": " bees "}, SHIPPED)
    plan = found.plan
    assert [branch.name for branch in plan.branches] == list(DEFAULT_ENGINES["web"])
    assert (plan.strategy, plan.deadline_s, plan.max_parallel, plan.merge.mode) == ("all", 30, 2, "rank")
    assert found.inputs == {"query": " bees ", "count": 10, "topic": None}


def test_defaults_need_no_authorization_and_are_what_is_said_to_be_installed() -> None:
    names = {name for names in DEFAULT_ENGINES.values() for name in names}
    assert not any(ENTRIES[name]["authorization"] for name in names)
    providers = [ENTRIES[name]["provider"] for name in DEFAULT_ENGINES["web"]]
    assert tuple(provider.rpartition("/")[0] for provider in providers) == DEFAULT_PLUGINS


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_reaches_the_engines_that_search_it(topic: str) -> None:
    serving = [name for name in SHIPPED.names("search") if topic in ENTRIES[name]["topics"]]
    found = read_search({"query": "bees", "topic": topic, "engines": " ".join(serving)}, SHIPPED)
    assert found.inputs["topic"] == topic
    assert "searxng" in serving
    assert set(DEFAULT_ENGINES.get(topic, ())) <= set(serving)


def test_an_engine_that_cannot_search_a_topic_is_named_with_those_that_can() -> None:
    with pytest.raises(PlanError, match=r"engines: wikipedia: cannot search news; those that do are .*searxng"):
        plan_for(topic="news", engines="searxng wikipedia")


def test_a_topic_without_engines_that_need_no_key_says_which_there_are() -> None:
    with pytest.raises(PlanError, match=r"engines: is missing; .*search videos need a key, so name some: .*searxng"):
        plan_for(topic="videos")


def test_an_entry_of_ones_own_searches_what_it_is_given() -> None:
    own = {"mine": {"provider": "mine", "tool_name": "find", "parameters": {"t": "${inputs.topic}"}}}
    assert plan_for(topic="videos", engines="mine", catalog=own).branches[0].name == "mine"


def test_a_slow_engine_has_a_time_of_its_own_and_less_once_there_is_enough() -> None:
    plan = plan_for()
    assert ({branch.timeout_s for branch in plan.branches}, plan.grace_s) == ({12}, 3)

    def enough(*results: list[str]) -> bool:
        branches = {str(index): {"status": "succeeded", "result": result} for index, result in enumerate(results)}
        assert plan.until is not None
        return is_true(plan.until.evaluate({"branches": branches, "inputs": {"count": 4}}, Budget()))

    assert enough(["a", "b"], ["c", "d"])
    assert not enough(["a", "b", "c", "d"])  # of one engine
    assert not enough(["a", "b", "c", "d"], [])
    assert not enough(["a"], ["b"])
    assert enough(["a"], [], ["b", "c", "d"])


@pytest.mark.parametrize("strategy", ["race", "fallback", "hedge"])
def test_the_first_answer_ends_the_other_strategies_at_once(strategy: str) -> None:
    plan = plan_for(strategy=strategy)
    assert (plan.until, plan.grace_s) == (None, 0)
    assert all(branch.prefer for branch in plan.branches)


def test_settings_arrive_as_text_too() -> None:
    found = read_search(
        {"query": 7, "count": "5", "deadline_s": "2.5", "strategy": " race ", "engines": "exa"},
        Catalog({}, {"exa": "exa/find"}),
    )
    assert found.inputs == {"query": "7", "count": 5, "topic": None}
    assert (found.plan.deadline_s, found.plan.strategy) == (2.5, "race")


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
        (None, False),
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
    assert branch.fits is not None
    assert branch.fits(result) is accepted


def test_check_plan_explains_an_engine_like_any_other_branch() -> None:
    names = ["duckduckgo", "wikipedia"]
    report = check({"branches": names, "merge": "rank"}, SHIPPED, {"query": "bees"}, Budget).report
    assert report["ok"]
    assert report["warnings"] == []
    assert [branch["name"] for branch in report["branches"]] == names
    assert report["branches"][1]["parameters"] == {"query": "bees", "language": "en"}


@given(
    st.dictionaries(
        st.sampled_from(["query", "engines", "topic", "count", "strategy", "deadline_s", "catalog"]), st.text()
    )
)
def test_whatever_is_given_is_a_plan_or_a_problem_of_a_parameter(parameters: dict[str, str]) -> None:
    problems: tuple[Problem, ...] = ()
    try:
        read_search(parameters, read_catalog(parameters.get("catalog"), ENTRIES))
    except PlanError as error:
        problems = error.problems
    assert all(problem.path.startswith((*parameters, "query", "engines", "catalog")) for problem in problems)


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
            {"title": "T", "url": "u", "snippet": "s", "published": "1 May 2026", "author": "Ada", "image": "i"},
            {"title": "T", "url": "u", "snippet": "s", "published": "2026-05-01", "author": "Ada", "image": "i"},
        ),
        ({"title": "T", "href": "u", "doi": "10.1/x"}, {"title": "T", "url": "u", "snippet": "", "doi": "10.1/x"}),
        (
            {
                "title": "Q&amp;A &amp;lt;b&amp;gt; &#8217;",
                "link": "https://a.example/?a=1&amp;copy=2",
                "snippet": "&eacute;",
            },
            {"title": "Q&A &lt;b&gt; ’", "url": "https://a.example/?a=1&copy=2", "snippet": "é"},
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
    found = as_hit(element)
    assert found == shown
    assert found is None or list(found)[:3] == ["title", "url", "snippet"]


def test_an_entry_that_reads_entities_itself_has_them_read_once() -> None:
    [found] = search([hit(1, title="&amp;")], engines="brave").items
    assert found["title"] == "&amp;"
    [found] = search([hit(1, title="&amp;")], engines="tavily").items
    assert found["title"] == "&"


def test_of_joined_hits_the_best_parts_are_kept() -> None:
    first = {"title": "A long ti…", "url": "http://a.example/x", "snippet": "short", "published": "2024/5/1"}
    second = {
        "title": "A long title",
        "href": "https://www.a.example/x/",
        "snippet": "a longer snippet",
        "author": "Ada",
    }
    [found] = search([first], [second]).items
    assert {key: found[key] for key in found if key not in ("score", "sources")} == {
        "title": "A long title",
        "url": "https://www.a.example/x/",
        "snippet": "a longer snippet",
        "published": "2024-05-01",
        "author": "Ada",
    }
    assert list(found)[-2:] == ["score", "sources"]


def test_images_are_shown_where_they_were_asked_for() -> None:
    picture = hit(1, image="https://a.example/1.jpg")
    answer = search([picture], engines="google_images", topic="images")
    assert "![T1](https://a.example/1.jpg) (found by google_images)" in answer.text
    assert "![" not in search([picture]).text


def test_an_engine_that_needs_no_key_is_not_to_be_authorized() -> None:
    answer = search([hit(1)], BranchError("unauthorized", "403 Forbidden"), engines="tavily stackexchange")
    assert answer.branches[1]["error"]["message"] == "403 Forbidden"
    answer = search([hit(1)], BranchError("unauthorized", "403 Forbidden"), engines="tavily searxng")
    assert answer.branches[1]["error"]["message"].startswith("allow json under search.formats")


def test_the_text_says_where_each_was_found() -> None:
    answer = search([hit(1)], [hit(1), {"title": "No *address*", "url": None, "snippet": ""}])
    assert answer.text == (
        "1. [T1](https://a.example/1)\n   S1\n   (found by duckduckgo, wikipedia)\n"
        "2. No *address*\n   (found by wikipedia)"
    )


def test_no_hits_are_a_success_that_says_so() -> None:
    answer = search([], [], DOWN)
    assert (answer.items, answer.text, answer.complete) == ([], "No results.", False)
    assert answer.branches[2]["error"] == {"type": "connection", "message": "connection refused"}


def test_where_no_engine_answered_the_call_failed() -> None:
    with pytest.raises(CallError) as raised:
        search(DOWN, NO_REASON)
    assert str(raised.value) == (
        "No search engine answered:\n- duckduckgo: failed, 1 attempt, 0 s: connection: connection refused\n"
        "- wikipedia: failed, 1 attempt, 0 s: provider: install langgenius/wikipedia from the Marketplace; if it is "
        "installed, Dify failed without giving a reason"
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
    page = (Path(__file__).parents[3] / "docs" / "catalog.md").read_text(encoding="utf-8")
    own = parse_document(page.partition("```yaml\n")[2].partition("```")[0], "catalog")
    [branch] = plan_for(engines="intranet", catalog=own).branches
    assert branch.target.tool_name == "find"
