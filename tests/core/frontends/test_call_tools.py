"""`call_tools`: settings → a plan, and problems in the names of its fields."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanout.core.errors import PlanError
from fanout.core.frontends.call_tools import examine_call, read_call
from fanout.core.plans.catalog import Catalog
from fanout.core.plans.plan import Plan, Retry, Target
from fanout.core.plans.reading import Reading

CATALOG = Catalog({"tavily": {"provider": "langgenius/tavily/tavily", "tool_name": "tavily_search"}})

FIELDS = [
    *("parameters", "strategy", "select", "accept", "merge", "output", "stream", "max_parallel", "timeout_s"),
    *("deadline_s", "attempts", "need_rows", "credential_id", "on_failure", "items"),
]


CREDENTIAL = "3f0f6f5a-8f5e-4d58-9d0e-1a2b3c4d5e6f"


def read(**parameters: Any) -> Plan:
    return read_call(parameters, CATALOG)


def examine(**parameters: Any) -> Reading:
    reading = examine_call(parameters, CATALOG)
    assert (reading.plan is None) == bool(reading.problems)
    return reading


def problems(**parameters: Any) -> dict[str, str]:
    return dict(examine(**parameters).problems)


def test_a_line_per_branch() -> None:
    plan = read(tools="# engines\n\ntavily\n  docs = mcp:srv/look  \n#x\ntime/now\n")
    assert [branch.name for branch in plan.branches] == ["tavily", "docs", "now"]
    assert plan.branches[1].target == Target("mcp", "srv", "look")
    assert [branch.path for branch in plan.branches] == ["tools line 3", "tools line 4", "tools line 6"]
    assert (plan.merge.mode, plan.strategy, plan.for_each) == ("group", "all", None)


def test_settings_arrive_as_text_number_or_boolean() -> None:
    plan = read(
        tools="tavily\ntime/now",
        parameters="q: ${inputs.text}\nn: 3",
        strategy="race",
        select="json[0]",
        accept="text",
        merge='{"mode": "concat", "limit": 3}',
        output="merged",
        stream="live",
        max_parallel="2",
        timeout_s="7.5",
        deadline_s=30,
        attempts="3",
        on_failure="report",
        query="ignored here",
    )
    assert (plan.strategy, plan.stream, plan.on_failure) == ("race", "live", "report")
    assert (plan.max_parallel, plan.deadline_s) == (2, 30)
    assert (plan.merge.mode, plan.merge.limit) == ("concat", 3)
    assert plan.output is not None
    for branch in plan.branches:
        assert (branch.timeout_s, branch.retry) == (7.5, Retry(attempts=3))
        assert branch.parameters.source == {"q": "${inputs.text}", "n": 3}
        assert branch.select is not None
        assert branch.accept is not None


def test_settings_that_are_empty_are_not_given() -> None:
    plan = read(tools="tavily\ntime/now", **dict.fromkeys(FIELDS, " "))
    assert (plan.strategy, plan.merge.mode, plan.for_each, plan.max_parallel) == ("all", "group", None, 4)
    assert (plan.branches[0].select, plan.branches[0].retry, plan.branches[0].timeout_s) == (None, Retry(), 60)
    assert plan.branches[0].target.credential_id is None


@pytest.mark.parametrize(
    ("parameters", "mode"),
    [
        ({"tools": "tavily"}, "first"),
        ({"tools": "tavily", "merge": "group"}, "group"),
        ({"tools": "tavily\ntavily"}, "group"),
        ({"tools": "tavily\ntavily", "strategy": "fallback"}, "first"),
        ({"tools": "tavily\ntavily", "strategy": "race", "merge": "mode: rank"}, "rank"),
    ],
)
def test_the_default_of_merge(parameters: dict[str, Any], mode: str) -> None:
    assert read(**parameters).merge.mode == mode


def test_items_run_the_tools_once_each() -> None:
    plan = read(tools="tavily", items='["a"]', need_rows="all")
    assert plan.for_each is not None
    assert plan.for_each.text == "inputs.items"
    assert plan.need_rows is None
    assert read(tools="tavily", items=[], need_rows=3.0).need_rows == 3
    assert read(tools="tavily", need_rows="3").for_each is None


def test_parameters_may_be_an_object() -> None:
    assert read(tools="tavily", parameters={"q": 1}).branches[0].parameters.source == {"q": 1}


def test_a_credential_goes_with_one_line() -> None:
    for line in ("tavily", "x = time/now"):
        (branch,) = read(tools=line, credential_id=CREDENTIAL).branches
        assert branch.target.credential_id == CREDENTIAL
    assert list(problems(tools="tavily\ntavily", credential_id=CREDENTIAL)) == ["credential_id"]
    assert list(problems(tools="tavly", credential_id=CREDENTIAL)) == ["tools line 1.use"]


MISTAKES: list[tuple[dict[str, Any], dict[str, str]]] = [
    ({}, {"tools": "required"}),
    ({"tools": " \n"}, {"tools": "required"}),
    ({"tools": "# only a comment"}, {"tools": "names no tool"}),
    ({"tools": "tavily\n" * 101}, {"tools": "1 to 100"}),
    ({"tools": "tavily\n\ntavly"}, {"tools line 3": "did you mean tavily?"}),
    ({"tools": "a/b/c"}, {"tools line 1": "tool is missing"}),
    ({"tools": "fanout/call_tools"}, {"tools line 1": "itself"}),
    ({"tools": "a = tavily\na = time/now"}, {"tools line 2": "already"}),
    ({"tools": "tavily", "attempts": "30"}, {"attempts": "1 to 20"}),
    ({"tools": "tavily", "attempts": "many"}, {"attempts": "whole number"}),
    ({"tools": "tavily", "strategy": "rce"}, {"strategy": "race"}),
    ({"tools": "tavily", "select": "a b"}, {"select": "column 3"}),
    ({"tools": "tavily", "accept": "lenght(text)"}, {"accept": "length"}),
    ({"tools": "tavily", "output": "("}, {"output": "column"}),
    ({"tools": "tavily", "timeout_s": "0"}, {"timeout_s": "580"}),
    ({"tools": "tavily", "deadline_s": "soon"}, {"deadline_s": "590"}),
    ({"tools": "tavily", "max_parallel": "1.5"}, {"max_parallel": "500"}),
    ({"tools": "tavily", "parameters": "q: ${inputs.}"}, {"parameters.q": "column"}),
    ({"tools": "tavily", "parameters": "just text"}, {"parameters": "object"}),
    ({"tools": "tavily", "parameters": "a: [\nb: 1"}, {"parameters line 2, column 1": "brackets"}),
    ({"tools": "tavily", "parameters": "q: '{{#n.v#}}'"}, {"parameters.q": "inputs"}),
    ({"tools": "tavily", "merge": "fuse"}, {"merge": "concat"}),
    ({"tools": "tavily", "merge": "{mode: rank, limit: 0}"}, {"merge.limit": "from 1"}),
    ({"tools": "tavily", "merge": "["}, {"merge line 1, column 1": "brackets"}),
    ({"tools": "tavily", "items": ["a"], "need_rows": "some"}, {"need_rows": "or all"}),
    ({"tools": "tavily", "stream": "yes"}, {"stream": "ordered"}),
    ({"tools": "tavily", "on_failure": "x"}, {"on_failure": "report"}),
    (
        {"tools": "tavly", "attempts": "0", "parameters": "[", "credential_id": "c", "merge": "x"},
        {
            "parameters line 1, column 1": "brackets",
            "attempts": "1 to 20",
            "merge": "rank",
            "tools line 1.use": "tavily",
        },
    ),
]


@pytest.mark.parametrize(
    ("parameters", "expected"), MISTAKES, ids=[f"{i}-{next(iter(each[1]))}" for i, each in enumerate(MISTAKES)]
)
def test_mistakes_are_named_by_their_fields(parameters: dict[str, Any], expected: dict[str, str]) -> None:
    found = problems(**parameters)
    assert list(found) == list(expected)
    for path, words in expected.items():
        assert words in found[path]


def test_the_error_is_about_the_call() -> None:
    with pytest.raises(PlanError, match="The call has 1 problem:\n- tools: "):
        read()


_VALUES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.lists(st.text(max_size=2), max_size=2)
)


@given(st.dictionaries(st.sampled_from(["tools", *FIELDS]), _VALUES))
def test_any_settings_give_a_plan_or_an_error(parameters: dict[str, Any]) -> None:
    for extra in ({}, {"tools": "tavily"}):
        examine(**{**parameters, **extra})


# -- later keys


def test_a_text_and_a_rate_of_its_own() -> None:
    plan = read(tools="tavily", text_template=" got ${merged} ", rate=" 30/m ")
    assert plan.text is not None
    assert (plan.text.text, plan.rate) == (" got ${merged} ", 0.5)
    assert list(problems(tools="tavily", text_template="${", rate="often")) == ["rate", "text_template"]


@pytest.mark.parametrize(
    ("parameters", "for_each"),
    [
        ({"items": [1]}, "inputs.items"),
        ({"items": [1], "files": [{}]}, "inputs.items"),
        ({"items": [None], "files": [{"filename": "a"}]}, "inputs.files"),
        ({"items": []}, "inputs.items"),
        ({"items": [""], "files": [None]}, None),
    ],
)
def test_tools_are_called_once_per_item_else_per_file(parameters: dict[str, Any], for_each: str | None) -> None:
    plan = read(tools="tavily", **parameters)
    assert (plan.for_each.text if plan.for_each else None) == for_each


def test_settings_that_an_agent_fills_in_with_nothing_are_not_set() -> None:
    nothing = {"strategy": "", "stream": "default", "on_failure": "default", "attempts": None, "rate": "", "merge": ""}
    plan, plain = read(tools="tavily", **nothing), read(tools="tavily")
    assert replace(plan, branches=()) == replace(plain, branches=())
    assert plan.branches[0].retry == plain.branches[0].retry


COPIED = '{"kind": "dify-workflow-clipboard", "nodes": [\n{"data": {}}]}'


@pytest.mark.parametrize("tools", [COPIED, f"```json\n{COPIED}\n```", "app: {mode: chat}\nkind: app\nworkflow: {}"])
def test_copied_nodes_are_one_problem(tools: str) -> None:
    found = problems(tools=tools)
    assert list(found) == ["tools"]
    assert "check_plan" in found["tools"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("- b/b/b/t", "begins with -"),
        ("2) b/b/b/t", "begins with 2)"),
        ("'b/b/b/t'", "quotes"),
        ("b/b/b/t  # the best", "comment"),
        ("b/b／b/t", "full-width solidus"),
        ("b/b/b/the tool", "blanks"),
        ("b/b/b/t, c/c/c/t", "a comma: write one name a line"),
        ("workflow:My flow/run", "a UUID"),
        ("${inputs.tool}/t", "takes no template"),
    ],
)
def test_what_stands_around_a_tool_is_named_with_its_line(line: str, words: str) -> None:
    found = problems(tools=f"a/a/a/t\n\n{line}")
    assert len(found) == 1
    [(path, message)] = found.items()
    assert path.startswith("tools line 3")
    assert words in message


def test_what_a_field_swallows_is_a_warning() -> None:
    reading = examine(tools="time/now", parameters="q: ${inputs.query} # the query")
    assert [warning.path for warning in reading.warnings] == ["parameters line 1, column 20"]
    assert reading.plan is not None
    assert reading.plan.warnings == reading.warnings
