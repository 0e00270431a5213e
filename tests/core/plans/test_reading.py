"""What an author writes → a plan, or every mistake in it at once."""

from __future__ import annotations

import json
import time
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fanout.core import limits
from fanout.core.budget import Budget
from fanout.core.errors import PlanError, Problem
from fanout.core.plans.catalog import Catalog, read_catalog
from fanout.core.plans.plan import Merge, Plan, Retry, Target
from fanout.core.plans.reading import PROBLEMS_SHOWN, examine_plan

CATALOG = Catalog(
    shipped={
        "tavily": {
            "provider": "langgenius/tavily/tavily",
            "tool_name": "tavily_search",
            "kind": "search",
            "timeout_s": 20,
            "parameters": {"query": "${inputs.query}", "n": 5},
            "select": "json[0].results",
        },
        "wikipedia": "langgenius/wikipedia/wikipedia/wikipedia_search",
    }
)
A: dict[str, Any] = {"name": "a", "provider": "a/a/a", "tool_name": "t"}
B: dict[str, Any] = {"name": "b", "provider": "b/b/b", "tool_name": "t"}


def read(plan: Any, catalog: Catalog = CATALOG, **settings: Any) -> Plan:
    reading = examine_plan(plan, catalog, **settings)
    if reading.plan is None:
        raise PlanError(reading.problems)
    return reading.plan


def problems(plan: Any, catalog: Catalog = CATALOG, **settings: Any) -> dict[str, str]:
    reading = examine_plan(plan, catalog, **settings)
    assert (reading.plan is None) == bool(reading.problems)
    return dict(reading.problems)


def paths_of_warnings(plan: Any) -> list[str]:
    reading = examine_plan(plan, CATALOG)
    assert reading.plan is not None, reading.problems
    return [warning.path for warning in reading.warnings]


# -- the smallest plans, and defaults


def test_the_smallest_plans() -> None:
    plan = read("branches: [tavily, wikipedia]\nmerge: rank")
    assert [branch.name for branch in plan.branches] == ["tavily", "wikipedia"]
    assert plan.branches[1].target == Target("builtin", "langgenius/wikipedia/wikipedia", "wikipedia_search")
    assert plan.merge == Merge("rank", sources=True)
    fallback = read("strategy: fallback\nbranches: [langgenius/jina/jina/jina_reader, time/current_time]")
    assert [branch.name for branch in fallback.branches] == ["jina_reader", "current_time"]
    assert fallback.merge == Merge("first")


def test_defaults_are_those_of_the_contract() -> None:
    plan = read({"branches": [A]})
    assert (plan.strategy, plan.need, plan.need_rows, plan.stagger_s, plan.grace_s) == ("all", 1, 1, 2, 0)
    assert (plan.deadline_s, plan.max_parallel, plan.stream, plan.on_failure) == (120, 4, "none", "fail")
    assert (plan.until, plan.for_each, plan.output, plan.text, plan.heading) == (None,) * 5
    assert plan.merge == Merge("group")
    assert not plan.trace
    (branch,) = plan.branches
    assert branch.target == Target("builtin", "a/a/a", "t")
    assert branch.parameters.source == {}
    assert (branch.when, branch.select, branch.accept, branch.family) == (None,) * 4
    assert (branch.required, branch.salvage, branch.weight, branch.timeout_s) == (False, False, 1, 60)
    assert (branch.first_message_s, branch.idle_s, branch.retry, branch.rules) == (None, None, Retry(), ())


@pytest.mark.parametrize(
    ("keys", "mode"),
    [
        ({}, "group"),
        ({"strategy": "race"}, "first"),
        ({"strategy": "race", "need": 2}, "group"),
        ({"strategy": "hedge", "need": "all"}, "group"),
        ({"strategy": "fallback", "for_each": "inputs.l"}, "first"),
        ({"strategy": "race", "merge": "concat"}, "concat"),
        ({"merge": {"mode": "deep"}}, "deep"),
    ],
)
def test_the_default_of_merge(keys: dict[str, Any], mode: str) -> None:
    assert read({"branches": [A, B], **keys}).merge.mode == mode


def test_all_keys_reach_the_plan() -> None:
    plan = read(
        """
        strategy: hedge
        need: all
        need_rows: 2
        stagger_s: 0.5
        until: complete
        grace_s: 1
        deadline_s: 590
        max_parallel: 500
        for_each: inputs.urls
        output: merged[0]
        text: "${result}"
        stream: live
        heading: ""
        on_failure: report
        trace: true
        merge: {mode: concat, key: id, limit: 3, sources: true, sort_by: n, descending: true}
        branches:
          - name: a
            provider_type: mcp
            provider: srv
            tool_name: look/up
            credential_id: 3f0f6f5a-8f5e-4d58-9d0e-1a2b3c4d5e6f
            when: inputs.deep
            select: json
            accept: length(text) > `1`
            required: true
            weight: 2
            family: f
            timeout_s: 235
            first_message_s: 5
            idle_s: 2.5
            salvage: true
            retry: {attempts: 3, wait_s: 1, factor: 3, max_wait_s: 9, jitter: none, if: [timeout]}
        """
    )
    assert (plan.strategy, plan.need, plan.need_rows, plan.stagger_s, plan.grace_s) == ("hedge", None, 2, 0.5, 1)
    assert (plan.deadline_s, plan.max_parallel, plan.stream, plan.on_failure) == (590, 500, "live", "report")
    texts = [each.text for each in (plan.until, plan.for_each, plan.output, plan.text, plan.heading) if each]
    assert texts == ["complete", "inputs.urls", "merged[0]", "${result}", ""]
    merge = plan.merge
    assert merge.key is not None
    assert merge.sort_by is not None
    assert (merge.mode, merge.key.text, merge.limit, merge.sources) == ("concat", "id", 3, True)
    assert (merge.sort_by.text, merge.descending, plan.trace) == ("n", True, True)
    (branch,) = plan.branches
    assert branch.target == Target("mcp", "srv", "look/up", "3f0f6f5a-8f5e-4d58-9d0e-1a2b3c4d5e6f")
    assert branch.when is not None
    assert branch.select is not None
    assert branch.accept is not None
    assert (branch.required, branch.weight, branch.family, branch.timeout_s) == (True, 2, "f", 235)
    assert (branch.first_message_s, branch.idle_s, branch.salvage) == (5, 2.5, True)
    assert branch.retry == Retry(3, 1, 3, 9, "none", frozenset(("timeout",)))


# -- layers


def test_a_branch_wins_over_its_entry_and_that_over_the_plan() -> None:
    plan = read(
        {"timeout_s": 10, "select": "text", "idle_s": 3, "branches": ["tavily", {"use": "tavily", "timeout_s": 5}, A]}
    )
    assert [branch.timeout_s for branch in plan.branches] == [20, 5, 10]
    assert [branch.select and branch.select.text for branch in plan.branches] == [
        "json[0].results",
        "json[0].results",
        "text",
    ]
    assert [branch.idle_s for branch in plan.branches] == [3, 3, 3]


def test_parameters_go_catalog_plan_branch_key_by_key_at_the_top() -> None:
    plan = read(
        {
            "parameters": {"n": 6, "lang": "en", "deep": {"a": 1}},
            "branches": ["tavily", {"use": "tavily", "parameters": {"n": 7, "deep": {"b": 2}, "query": None}}],
        }
    )
    assert [branch.parameters.source for branch in plan.branches] == [
        {"query": "${inputs.query}", "n": 6, "lang": "en", "deep": {"a": 1}},
        {"query": None, "n": 7, "lang": "en", "deep": {"b": 2}},
    ]


def test_a_retry_replaces_the_plans_as_a_whole() -> None:
    plan = read({"retry": {"attempts": 5, "wait_s": 9}, "branches": [A, {**B, "retry": {"attempts": 2}}]})
    assert [branch.retry for branch in plan.branches] == [Retry(5, 9), Retry(2, 0.5)]


def test_rules_of_a_branch_come_before_the_plans() -> None:
    plan = read(
        {
            "rules": [{"types": ["text"], "from": ["b"], "drop": True}],
            "branches": [A, {**B, "rules": [{"where": "text == 'x'", "emit": "upper(text)"}]}],
        }
    )
    assert [[rule.path for rule in branch.rules] for branch in plan.branches] == [
        ["rules[0]"],
        ["branches[1].rules[0]", "rules[0]"],
    ]
    own, common = plan.branches[1].rules
    assert (own.types, own.branches, own.emit and own.emit.text) == (None, None, "upper(text)")
    assert (common.types, common.branches, common.emit) == (frozenset(("text",)), frozenset("b"), None)


def test_null_counts_as_not_given() -> None:
    plan = read(
        {"branches": [{**A, "select": None, "retry": None, "timeout_s": None}], "deadline_s": None, "select": "text"}
    )
    assert plan.deadline_s == 120
    assert plan.branches[0].select is not None
    assert plan.branches[0].timeout_s == 60


def test_settings_win_over_the_plan() -> None:
    plan = read(
        {"strategy": "nonsense", "deadline_s": 5, "branches": [A]}, overrides={"strategy": "race", "trace": None}
    )
    assert (plan.strategy, plan.deadline_s, plan.merge.mode) == ("race", 5, "first")
    found = problems({"branches": [A]}, overrides={"strategy": "rac", "max_parallel": "many"})
    assert list(found) == ["strategy", "max_parallel"]


# -- names


def test_names_are_made_unique_and_fit() -> None:
    plan = read(
        {
            "branches": [
                "tavily",
                "tavily",
                {"use": "tavily", "name": "tavily_2"},
                "tavily",
                "mcp:srv/7 días?",
                "mcp:srv/" + "x" * 80,
                "mcp:srv/" + "x" * 80,
            ]
        }
    )
    names = [branch.name for branch in plan.branches]
    assert names == ["tavily", "tavily_3", "tavily_2", "tavily_4", "_7_días_", "x" * 64, "x" * 62 + "_2"]


def test_a_name_given_twice_is_a_mistake() -> None:
    found = problems({"branches": [A, "a = time/current_time", "b = time/current_time", B]})
    assert list(found) == ["branches[1]", "branches[3].name"]
    assert "branches[0].name" in found["branches[1]"]


# -- references


def test_dependencies_are_found_in_when_and_parameters() -> None:
    plan = read(
        {
            "branches": [
                A,
                {**B, "parameters": {"x": "${branches.c.text}", "y": ["${ {z: branches.a.result} }"]}},
                {"name": "c", "provider": "c/c/c", "tool_name": "t", "when": "branches.a.status == 'failed'"},
            ],
            "parameters": {"p": "${inputs.q}"},
        }
    )
    assert [branch.depends_on for branch in plan.branches] == [(), ("a", "c"), ("a",)]


# -- mistakes: plan → path → words of the message

MISTAKES: list[tuple[Any, dict[str, list[str]]]] = [
    (None, {"plan": ["empty", "branches"]}),
    ("", {"plan": ["empty"]}),
    ("tavily", {"plan": ["text", "branches"]}),
    ("- tavily", {"plan": ["list", "branches"]}),
    ({}, {"branches": ["missing", "1 to 100"]}),
    ({"branches": []}, {"branches": ["1 to 100"]}),
    ({"branches": ["tavily"] * 101}, {"branches": ["101", "1 to 100"]}),
    ({"branches": "tavily"}, {"branches": ["text", "list"]}),
    ({"branches": [A], "strategi": "race"}, {"strategi": ["unknown key", "did you mean strategy?"]}),
    ({"branches": [A], "zzz": None}, {"zzz": ["unknown key", "branches", "max_parallel"]}),
    ({"branches": [{**A, "selct": "a"}]}, {"branches[0].selct": ["did you mean select?"]}),
    ({"branches": [A], "deadline_s": 0}, {"deadline_s": ["got 0", "0.1 to 590"]}),
    ({"branches": [A], "deadline_s": "30"}, {"deadline_s": ["number", "without quotes"]}),
    ({"branches": [A], "deadline_s": True}, {"deadline_s": ["got true", "number"]}),
    ({"branches": [A], "max_parallel": 2.5}, {"max_parallel": ["2.5", "whole number from 1 to 500"]}),
    ({"branches": [A], "trace": "yes"}, {"trace": ["true or false"]}),
    ({"branches": [A], "need": 0}, {"need": ["from 1, or all"]}),
    ({"branches": [A], "need": "some"}, {"need": ["from 1, or all"]}),
    ({"branches": [A, B], "need": 3}, {"need": ["got 3", "2 branches"]}),
    ({"branches": [A], "need_rows": 2}, {"need_rows": ["for_each"]}),
    ({"branches": [A], "strategy": "quorum"}, {"strategy": ["quorum", "all, race, fallback, hedge"]}),
    ({"branches": [A], "merge": "fuse"}, {"merge": ["fuse", "rank"]}),
    ({"branches": [A], "merge": {"mode": "fuse"}}, {"merge.mode": ["fuse", "rank"]}),
    ({"branches": [A], "merge": {"limit": 3}}, {"merge.mode": ["missing", "concat"]}),
    (
        {"branches": [A], "merge": {"mode": "rank", "limit": 0, "kye": "a"}},
        {"merge.limit": ["1"], "merge.kye": ["key"]},
    ),
    ({"branches": [A], "until": 3}, {"until": ["got 3", "expression as text", "quotes"]}),
    ({"branches": [A], "output": ["a"]}, {"output": ["list", "expression as text"]}),
    ({"branches": [A], "text": "a ${b"}, {"text": ["column 3"]}),
    ({"branches": [A], "select": "a b"}, {"select": ["column 3"]}),
    ({"branches": [{**A, "select": "lenght(text)"}]}, {"branches[0].select": ["lenght", "column 1", "length"]}),
    ({"branches": [{**A, "accept": "length()"}]}, {"branches[0].accept": ["length"]}),
    ({"branches": [{**A, "retry": {"attempts": 21}}]}, {"branches[0].retry.attempts": ["21", "1 to 20"]}),
    ({"branches": [{**A, "retry": {"if": ["eror"]}}]}, {"branches[0].retry.if[0]": ["error, timeout, rejected"]}),
    ({"branches": [{**A, "retry": 3}]}, {"branches[0].retry": ["got 3", "object"]}),
    ({"branches": [{**A, "timeout_s": 581}]}, {"branches[0].timeout_s": ["581", "580"]}),
    ({"branches": [{**A, "weight": 0}]}, {"branches[0].weight": ["over 0"]}),
    ({"branches": [{**A, "name": "1 a"}]}, {"branches[0].name": ["letters, digits"]}),
    ({"branches": [{**A, "name": "a" * 65}]}, {"branches[0].name": ["64"]}),
    ({"branches": [{**A, "parameters": ["x"]}]}, {"branches[0].parameters": ["list", "object"]}),
    ({"branches": [{**A, "parameters": {"q": ["${x.}"]}}]}, {"branches[0].parameters.q[0]": ["column"]}),
    ({"branches": [A, B], "parameters": {"q": "${x.}"}}, {"parameters.q": ["column"]}),
    ({"branches": [{"name": "c", "tool_name": "t"}]}, {"branches[0].provider": ["missing"]}),
    ({"branches": [{"provider": "a/b/c/d"}]}, {"branches[0].tool_name": ["missing", "a/b/c", "tool_name: d"]}),
    ({"branches": [{"name": "c"}]}, {"branches[0].provider": ["names no tool", "use"]}),
    ({"branches": [{"use": "tavly"}]}, {"branches[0].use": ["tavly", "did you mean tavily?", "wikipedia"]}),
    ({"branches": ["zzz"]}, {"branches[0]": ["zzz", "tavily, wikipedia"]}),
    ({"branches": [None, 3, ["x"]]}, {"branches[0]": ["null"], "branches[1]": ["3"], "branches[2]": ["list"]}),
    ({"branches": [{**A, "provider": "a/b"}]}, {"branches[0].provider": ["one part, or three"]}),
    ({"branches": [{**A, "provider": "someone/fanout/fanout"}]}, {"branches[0].provider": ["itself"]}),
    ({"branches": ["fanout/fan_out"]}, {"branches[0]": ["itself"]}),
    ({"branches": [{**A, "when": "branches.a.text"}]}, {"branches[0].when": ["itself"]}),
    ({"branches": [A, {**B, "when": "branches.aa.text"}]}, {"branches[1].when": ["aa", "did you mean a?"]}),
    ({"branches": [A, {**B, "parameters": {"x": "${branches}"}}]}, {"branches[1].parameters.x": ["one branch"]}),
    ({"branches": [A, {**B, "parameters": {"x": "${branches.*.text}"}}]}, {"branches[1].parameters.x": ["one branch"]}),
    (
        {"strategy": "race", "branches": [A, {**B, "when": "branches.a.text"}]},
        {"branches[1].when": ["only with strategy all", "race"]},
    ),
    (
        {"branches": [{**A, "when": "branches.b.text"}, {**B, "when": "branches.a.text"}]},
        {"branches[0]": ["circle", "a → b → a"]},
    ),
    ({"branches": [A], "rules": [{"types": ["txt"], "drop": True}]}, {"rules[0].types[0]": ["txt", "variable"]}),
    ({"branches": [A], "rules": [{"from": ["b"], "drop": True}]}, {"rules[0].from": ["no branch b", "a"]}),
    ({"branches": [A], "rules": [{}]}, {"rules[0]": ["exactly one of drop"]}),
    ({"branches": [A], "rules": [{"drop": False}]}, {"rules[0]": ["exactly one of drop"]}),
    ({"branches": [A], "rules": [{"types": [], "drop": True}]}, {"rules[0].types": ["an empty list"]}),
    ({"branches": [{**A, "rules": [{"from": [], "drop": True}]}]}, {"branches[0].rules[0].from": ["an empty list"]}),
    ({"branches": [A], "limit": 3}, {"limit": ["limit belongs to merge", "merge: {mode: …, limit: …}"]}),
    ({"branches": [A], "wait_s": 3}, {"wait_s": ["belongs to retry", "retry: {wait_s: …}"]}),
    ({"branches": "duckduckgo, wikipedia"}, {"branches": ["a list of 1 to 100", "such as [duckduckgo, wikipedia]"]}),
    ({"branches": [A], "retry": 3}, {"retry": ["got 3", "such as {attempts: 3}"]}),
    ({"branches": [A], "parameters": "q=x"}, {"parameters": ["an object", 'such as {query: "${inputs.query}"}']}),
    ({"branches": [{**A, "timezone": "UTC"}]}, {"branches[0].timezone": ["stands in parameters", "the keys here"]}),
    ({"branches": [{**A, "name": "my branch"}]}, {"branches[0].name": ["letters, digits and _", "in title"]}),
    ({"branches": [{"webscraper": {"timeout_s": 5}}]}, {"branches[0]": ["as a key", "{use: NAME, …}"]}),
    ({"branches": [{"time/current_time": {}}]}, {"branches[0]": ["as a key", "provider and tool_name"]}),
    ({"branches": [{"parametres": {}}]}, {"branches[0].parametres": ["mean parameters?"], "branches[0].provider": []}),
    ({"branches": [{**A, "provider": "1700000000001"}]}, {"branches[0].provider": ["id of a node", "check_plan"]}),
    ({"branches": [{**A, "provider": 1700000000001}]}, {"branches[0].provider": ["id of a node", "check_plan"]}),
    ({"branches": [{**A, "provider": 7}]}, {"branches[0].provider": ["got 7; give a text"]}),
    ({"branches": [{**A, "tool_name": ["t"]}]}, {"branches[0].tool_name": ["got a list of 1"]}),
    ("branches: [a]\nparameters: {q: ${inputs.query}}", {"plan line 2, column 18": ["in quotes", '"${inputs.query}"']}),
    ({"branches": [{**A, "strategy": "race"}]}, {"branches[0].strategy": ["belongs to the plan"]}),
    ({"branches": [{**A, "empty": "error.message"}]}, {"branches[0].empty": ["an entry of the catalog"]}),
    ({"branches": [{**A, "requires": ["x"]}]}, {"branches[0].requires": ["an entry of the catalog", "mean required?"]}),
    ("branches:[a/a/a/t]", {"plan": ["a blank belongs after the colon"]}),
    ("branches:\n  -a/a/a/t\n  -b/b/b/t", {"branches": ["a blank belongs after each -"]}),
    ("branches:\n- a/a/a/t\nmerge:rank", {"plan line 3, column 1": ["a blank belongs after the colon"]}),
    ({"branches": ["mcp:server"]}, {"branches[0]": ["the tool is missing"]}),
    ({"branches": [A], "rules": [{"drop": True, "emit": "text"}]}, {"rules[0]": ["exactly one of drop"]}),
    ({"branches": [{**A, "rules": [{"whre": "a", "drop": True}]}]}, {"branches[0].rules[0].whre": ["where"]}),
    ({"branches": [A], "rules": {"drop": True}}, {"rules": ["object", "list"]}),
    ({"branches": [{**A, "parameters": {"q": "{{#n.v#}}"}}]}, {"branches[0].parameters.q": ["{{#", "${inputs."]}),
    ({"branches": [{**A, "select": "{{#n.v#}}"}]}, {"branches[0].select": ["{{#", "${inputs."]}),
    ("branches: [time/current_time]\n# was {{#n.v#}}", {"plan line 2, column 7": ["{{#", "${inputs."]}),
    ("branches: [a\nmerge: x", {"plan line 2, column 6": ["brackets"]}),
]


@pytest.mark.parametrize(
    ("plan", "expected"), MISTAKES, ids=[f"{i}-{next(iter(each[1]))}" for i, each in enumerate(MISTAKES)]
)
def test_mistakes_are_named_with_their_path(plan: Any, expected: dict[str, list[str]]) -> None:
    found = problems(plan)
    assert list(found) == list(expected)
    for path, words in expected.items():
        for word in words:
            assert word in found[path], f"{path}: {found[path]}"


def test_every_mistake_is_reported_at_once_in_the_order_of_the_branches() -> None:
    catalog = read_catalog("mine: {provider: x, tool_nam: t}", CATALOG.shipped)
    found = problems(
        {
            "zzz": 1,
            "branches": [
                {**A, "select": "a b", "weight": 0},
                {**B, "name": "a"},
                "tavly",
                {"use": "mine", "accept": "x("},
                {"use": "tavily", "when": "branches.zzz.text"},
            ],
            "rules": [{"from": ["nobody"], "drop": True, "where": "("}],
            "need": 9,
        },
        catalog,
    )
    assert list(found) == [
        "rules[0].where",
        "zzz",
        "catalog.mine.tool_nam",
        "need",
        "rules[0].from",
        "branches[0].select",
        "branches[0].weight",
        "branches[1].name",
        "branches[2]",
        "branches[3].accept",
        "branches[3].tool_name",
        "branches[4].when",
    ]


def test_names_are_not_judged_while_a_branch_cannot_be_read() -> None:
    found = problems({"branches": ["/z", {**B, "when": "branches.x.text"}], "rules": [{"from": ["x"], "drop": True}]})
    assert list(found) == ["branches[0]"]


def test_a_catalog_that_cannot_be_read_hides_no_mistake_of_the_plan() -> None:
    found = problems({"branches": ["mine", {**A, "weight": 0}]}, read_catalog("mine: [", {}))
    assert list(found) == ["catalog line 1, column 1", "branches[1].weight"]


def test_messages_hold_no_values_of_parameters() -> None:
    secret = {
        "provider": "a",
        "tool_name": "t",
        "credential_id": 77712345,
        "parameters": "s3cr3t",
        "tool_parameters": "s3cr3t",
    }
    with pytest.raises(PlanError) as caught:
        read({"branches": [{**secret, "parameters": {"k": {"{{#s": "s3cr3t"}}}, secret]})
    assert "s3cr3t" not in str(caught.value)
    assert "777" not in str(caught.value)


def test_paths_can_be_renamed() -> None:
    found = problems({"branches": [{**A, "weight": 0}]}, rename=lambda path: path.replace("branches[0]", "tool"))
    assert list(found) == ["tool.weight"]
    plan = read({"branches": [A]}, rename=lambda path: path.replace("branches[0]", "tool"))
    assert plan.branches[0].path == "tool"


def test_long_keys_and_many_mistakes_stay_readable() -> None:
    reading = examine_plan(
        {"branches": [A], "k" * 100_000: 1, "parameters": {str(i): "${" for i in range(1_000)}}, CATALOG
    )
    assert len(reading.problems) == PROBLEMS_SHOWN + 1
    assert reading.problems[-1] == Problem("", "and more problems")
    assert max(len(str(problem)) for problem in reading.problems) < 2_000


def test_the_text_of_a_plan_error_lists_all_problems() -> None:
    with pytest.raises(PlanError) as caught:
        read({"branches": [], "zzz": 1})
    assert str(caught.value).startswith("The plan has 2 problems:\n- branches: ")


# -- warnings


def test_keys_without_effect_are_warned_of() -> None:
    assert paths_of_warnings(
        {"branches": [A], "stagger_s": 1, "grace_s": 1, "heading": "x", "weight": 2, "family": "f"}
    ) == [
        "stagger_s",
        "grace_s",
        "heading",
        "weight",
        "family",
    ]
    assert paths_of_warnings({"branches": [A], "merge": {"mode": "group", "limit": 1, "k": 1, "descending": True}}) == [
        "merge.k",
        "merge.descending",
        "merge.limit",
    ]
    assert (
        paths_of_warnings({"branches": [A], "strategy": "hedge", "stagger_s": 1, "grace_s": 1, "merge": "rank"}) == []
    )


def test_what_a_copied_node_does_on_failure_is_warned_of() -> None:
    node = {"provider_id": "a/a/a", "tool_name": "t", "retry_config": {}, "error_strategy": "none", "default_value": []}
    assert paths_of_warnings({"branches": [node]}) == [
        "branches[0].retry_config",
        "branches[0].error_strategy",
        "branches[0].default_value",
    ]


# -- whatever is given

JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.sampled_from(
        ["", "a", "all", "race", "tavily", "${inputs.q}", "${", "branches.a.text", "a/a/a/t", "{{#", "\ud800"]
    )
    | st.text(max_size=8),
    lambda children: (
        st.lists(children, max_size=4)
        | st.dictionaries(
            st.sampled_from(["a", "type", "value", "mode", "drop", "emit", "attempts", "data"]), children, max_size=4
        )
    ),
    max_leaves=8,
)
_BRANCH_KEYS = [
    *(
        "name",
        "use",
        "provider",
        "provider_type",
        "tool_name",
        "parameters",
        "when",
        "select",
        "rules",
        "retry",
        "weight",
    ),
    *("provider_id", "tool_parameters", "tool_configurations", "data", "timeout_s", "credential_id"),
]
_PLAN_KEYS = [
    *(
        "strategy",
        "need",
        "need_rows",
        "until",
        "for_each",
        "merge",
        "rules",
        "parameters",
        "text",
        "heading",
        "stream",
    ),
    *("deadline_s", "retry", "select", "x"),
]
BRANCHES = JSON_VALUES | st.dictionaries(st.sampled_from(_BRANCH_KEYS), JSON_VALUES, max_size=6)
PLANS = st.builds(
    lambda keys, branches: {**keys, "branches": branches},
    st.dictionaries(st.sampled_from(_PLAN_KEYS), JSON_VALUES, max_size=5),
    st.lists(BRANCHES, max_size=4) | JSON_VALUES,
)


@given(PLANS | JSON_VALUES)
@example({"branches": [{**A, "weight": 10**400}], "deadline_s": 10**400})
def test_any_value_is_a_plan_or_an_error(value: Any) -> None:
    reading = examine_plan(value, CATALOG)
    for problem in reading.problems:
        str(problem).encode()
    if not isinstance(value, str):
        as_text = examine_plan(json.dumps(value), CATALOG)
        assert (as_text.plan is None) == (reading.plan is None) or "out of range" in str(as_text.problems)


def test_deep_values_are_refused() -> None:
    deep: Any = "x"
    for _ in range(100_000):
        deep = [deep]
    assert list(problems({"branches": deep})) == ["plan"]


HARMFUL: dict[str, str] = {
    "10,000 branches": "branches: [" + ",".join(["a/b/c/t"] * 10_000) + "]",
    "20,000 unknown keys": "".join(f"k{i}: 1\n" for i in range(20_000)),
    "1,000 parameters for 100 branches": "branches: ["
    + ",".join(["a/b/c/t"] * 100)
    + "]\nparameters:\n"
    + "".join(f" k{i}: '${{inputs.a}}'\n" for i in range(1_000)),
    "12,000 broken templates": "branches: [a/b/c/t]\nparameters: {l: [" + ",".join(["'${lenght(a)}'"] * 12_000) + "]}",
    "20,000 rules": "branches: [a/b/c/t]\nrules: [" + ",".join(["{whre: 1}"] * 20_000) + "]",
    "a list for 100 branches": "branches: ["
    + ",".join(["a/b/c/t"] * 100)
    + "]\nparameters: {l: ["
    + ",".join(["x"] * 100_000)
    + "]}",
}


@pytest.mark.parametrize("text", HARMFUL.values(), ids=HARMFUL)
def test_no_plan_takes_long_to_read(text: str) -> None:
    assert len(text) < limits.PLAN_BYTES
    started = time.thread_time()
    examine_plan(text, CATALOG)
    assert time.thread_time() - started < 5  # a guard against what grows faster than the text, not a measurement


# -- keys that the engine obeys


def test_what_a_plan_says_of_rates_titles_and_preferences() -> None:
    plan = read({"rate": "30/m", "prefer": "result", "branches": [{**A, "title": "Mine"}, {**B, "prefer": "text"}]})
    assert plan.rate == 0.5
    assert [branch.prefer.text for branch in plan.branches if branch.prefer] == ["result", "text"]
    assert [branch.title for branch in plan.branches] == ["Mine", "b"]


def test_an_entry_requires_only_the_inputs_that_its_parameters_still_read() -> None:
    entry = {
        "provider": "a/a/a",
        "tool_name": "t",
        "requires": ["query", "place"],
        "parameters": {"q": "${inputs.query}", "where": "near ${inputs.place.name}"},
    }
    branches = [
        {"use": "mine"},
        {"use": "mine", "parameters": {"q": "cats"}},
        {"use": "mine", "parameters": {"q": "${inputs}"}},
    ]
    plan = read({"branches": branches}, Catalog({}, {"mine": entry}))
    assert [branch.requires for branch in plan.branches] == [("query", "place"), ("place",), ("query", "place")]


@pytest.mark.parametrize(
    ("of_plan", "of_entry", "of_branch", "asked"),
    [
        ({}, {}, {}, None),
        ({}, {"accept": "json"}, {}, None),  # it speaks of answers of the tool
        ({"accept": "text"}, {"accept": "json"}, {}, None),
        ({"accept": "text"}, {}, {}, "text"),
        ({}, {"accept": "json"}, {"accept": "result"}, "result"),
    ],
)
def test_what_an_entry_accepts_is_not_asked_about_an_error_that_says_that_there_is_nothing(
    of_plan: dict[str, Any], of_entry: dict[str, Any], of_branch: dict[str, Any], asked: str | None
) -> None:
    entry = {"provider": "a/a/a", "tool_name": "t", "empty": "error.message == 'No hits'", **of_entry}
    plan = read({**of_plan, "branches": [{"use": "mine", **of_branch}]}, Catalog({}, {"mine": entry}))
    [branch] = plan.branches
    assert branch.empty is not None
    assert (branch.empty_accept.text if branch.empty_accept else None) == asked


# -- what is given as an object


@pytest.mark.parametrize(
    "value",
    [
        {"branches": [A] * 100, "parameters": {"q": "x" * limits.PLAN_BYTES}},
        {"branches": [A], "parameters": {"q": [[]] * 200_000}},
        {"branches": [[[{}] * 50] * 50] * 50_000},
    ],
    ids=["long", "wide", "shared"],
)
def test_an_object_has_the_limit_of_its_text(value: Any) -> None:
    started = time.thread_time()
    assert list(problems(value)) == ["plan"]
    assert time.thread_time() - started < 2


def test_an_own_catalog_has_it_too() -> None:
    found = problems({"branches": ["mine"]}, read_catalog({"mine": {"parameters": {"q": "x" * limits.PLAN_BYTES}}}, {}))
    assert list(found) == ["catalog"]


@pytest.mark.parametrize(
    ("plan", "path", "words"),
    [
        ("branches： [a/a/a/t]", "plan", "full-width colon"),
        ("“strategy”: race\nbranches: [time/now]", "“strategy”", "curly quote"),
        ("strategy: “race”\nbranches: [time/now]", "strategy", "curly quote"),
        ("deadline_s: 010\nbranches: [time/now]", "deadline_s", "such as 10"),
        ("deadline_s: .5\nbranches: [time/now]", "deadline_s", "such as 0.5"),
        ("max_parallel: +5\nbranches: [time/now]", "max_parallel", "such as 5"),
        ("max_parallel: '5'\nbranches: [time/now]", "max_parallel", "without quotes"),
    ],
)
def test_what_only_looks_right_is_named(plan: str, path: str, words: str) -> None:
    found = problems(plan)
    assert list(found) == [path]
    assert words in found[path]


def test_what_yaml_swallows_is_a_warning_of_the_plan() -> None:
    reading = examine_plan("branches: [time/now]\nstream: live\nheading: ## ${branch}", Catalog())
    assert [warning.path for warning in reading.warnings] == ["plan line 3, column 10"]


def test_others_can_run_between_the_expressions_of_a_plan() -> None:
    """The largest plan and catalog take seconds to compile; no stretch of that takes longer than one expression."""
    pauses: list[float] = []
    expression = "json[0]" + ".a" * 15_000
    tool = {"provider": "a/a/a", "tool_name": "t"}
    entries = {f"e{index}": {**tool, "select": f"{expression}.e{index}"} for index in range(4)}
    catalog = read_catalog(entries, {}, Budget(pause=lambda: pauses.append(time.thread_time())))
    plan = {"branches": [{"use": f"e{index}", "accept": f"{expression}.b{index}"} for index in range(4)]}

    pauses.append(time.thread_time())
    read(plan, catalog)
    pauses.append(time.thread_time())

    assert len(pauses) >= 8
    assert max(later - earlier for earlier, later in pairwise(pauses)) < 1
