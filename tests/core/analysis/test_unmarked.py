"""Parameters that look like templates without their mark."""

from __future__ import annotations

from typing import Any

import pytest

from fanout.core.analysis.examine import examine_plan
from fanout.core.errors import Problem
from fanout.core.plans.catalog import Catalog


def warnings(value: Any, key: str = "p", **plan: Any) -> list[Problem]:
    branch = {"name": "a", "provider": "a/a/a", "tool_name": "t", "parameters": {key: value}}
    reading = examine_plan({"branches": [branch], **plan}, Catalog())
    assert reading.problems == ()
    assert reading.plan is not None
    assert reading.plan.warnings == reading.warnings
    return list(reading.warnings)


ODD = [  # (what is written, what is meant)
    ("inputs.query", "${inputs.query}"),
    (" inputs.rows[0].url ", "${inputs.rows[0].url}"),
    ("{inputs.query}", "${inputs.query}"),
    ("Find {inputs.query} for me", "${inputs.query}"),
    ("{ inputs.query }", "${inputs.query}"),
    ("{{query}}", "${inputs.query}"),
    ("{{ inputs.query }}", "${inputs.query}"),
    ("about {{inputs.query}}", "${inputs.query}"),
    ("about {{query}}", "${inputs.query}"),
    ("$inputs.query", "${inputs.query}"),
    ("about $inputs.query", "${inputs.query}"),
    ("$query", "${inputs.query}"),
    ("{query}", "${inputs.query}"),
    ("item.url", "${item.url}"),
    ("{item.url}", "${item.url}"),
    ("branches.b.text", "${branches.b.text}"),
    ("\u201c${inputs.query}\u201d", "${inputs.query}"),
    ("\u2018${inputs.query}\u2019", "${inputs.query}"),
    ({"inputs.query": None}, "${inputs.query}"),
    ("${inputs.a} and {inputs.b}", "${inputs.b}"),
    ("{{item}}", "${item}"),
    ("$item", "${item}"),
    ("about {{ item }}", "${item}"),
    ("{{inputs}}", "${inputs}"),
    ("$(inputs.query)", "${inputs.query}"),
    ("1700000000000.zone", "${inputs.zone}"),
    ("bees in 1700000000000.city, please", "${inputs.city}"),
    ("$\uff5binputs.query\uff5d", "${inputs.query}"),
]


@pytest.mark.parametrize(("written", "meant"), ODD, ids=[str(each[0]) for each in ODD])
def test_what_is_sent_as_it_stands_is_named(written: Any, meant: str) -> None:
    [(path, message)] = warnings(written)
    assert path == "branches[0].parameters.p"
    assert f"write {meant}" in message


@pytest.mark.parametrize(
    "written",
    [
        "${inputs.query}",
        "$${inputs.query}",
        "a $${inputs.query} b",
        "text",
        "inputs",
        "the inputs.query of a tool",  # words about it
        "item",
        "item.",
        "Hello {{name}}, welcome",  # a template of the tool's own
        "Translate \u201c${inputs.query}\u201d to English",
        "\u201cquoted\u201d",
        "{name}",
        '{"a": 1}',
        "US$5 and $HOME",
        "${ {a: inputs.query} }",
        "f(x){x}",
        "1700000000000.5 and 1700000000000. Then",
        "https://example.org/1700000000000.html",
        {"a": None, "b": 1},
        {"a": None},
        ["text", 3, None, True],
        "a" * 30_000 + "{inputs.query}",  # whatever is as long is a text
    ],
)
def test_what_is_meant_so_is_silent(written: Any) -> None:
    assert warnings(written) == []


def test_places_at_any_depth_are_named() -> None:
    found = warnings({"list": [{"deep": "{{query}}"}]})
    assert [path for path, _ in found] == ["branches[0].parameters.p.list[0].deep"]


def test_parameters_that_branches_share_are_said_once() -> None:
    plan = {"parameters": {"q": "inputs.query"}, "branches": ["time/now", "time/then"]}
    assert [warning.path for warning in examine_plan(plan, Catalog()).warnings] == ["parameters.q"]


SHOWN_ODD = [  # (key of the plan, what is written, what is said)
    ("text", "merged.a", "${merged.a}"),
    ("text", "result", "${result}"),
    ("text", "so {{merged.a}} it is", "${merged.a}"),
    ("text", "{result}", "${result}"),
    ("text", "of $result.n and more", "${result.n}"),
    ("text", r"one\ntwo ${result}", r"\n"),
    ("heading", "## {title}", "${title}"),
    ("heading", "## {{ branch }}", "${branch}"),
    ("heading", r"## ${title}\n", r"\n"),
]


@pytest.mark.parametrize(("key", "written", "said"), SHOWN_ODD, ids=[each[1] for each in SHOWN_ODD])
def test_what_is_shown_as_it_stands_is_named(key: str, written: str, said: str) -> None:
    [(path, message)] = warnings("x", **{"stream": "live", key: written})
    assert path == key
    assert said in message


@pytest.mark.parametrize(
    ("key", "written"),
    [
        ("text", "the result: ${result}"),
        ("text", "a result"),
        ("text", "$${result} is ${result}"),
        ("text", "{title} of ${result}"),
        ("text", "costs $5, ${result}"),
        ("text", r"C:\new is ${result}"),
        ("text", "one\ntwo ${result}"),
        ("heading", "## ${title}\n\n"),
        ("heading", "{inputs.query}"),
    ],
)
def test_other_shown_text_is_silent(key: str, written: str) -> None:
    assert warnings("x", **{"stream": "live", key: written}) == []
