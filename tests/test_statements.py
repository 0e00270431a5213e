"""What the documentation states about the plugin, where a test can hold it true."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from fanout.core.analysis.examine import examine_plan
from fanout.core.language.expressions import compile_expression
from fanout.core.plans.catalog import read_catalog
from playground import Outcome
from tests.harness.thread import PlaygroundThread
from tests.test_docs import ROOT
from tests.test_examples import FILES
from tests.test_readme import tools

CLOCK = "time:current_time"
CLOCKS = {CLOCK: [{"text": "12:00"}]}


def fan_out(plugin: PlaygroundThread, zone: str | None, given: dict[str, Any]) -> Outcome:
    variables = {} if zone is None else {"start.zone": zone}
    call = plugin.playground.call("fan_out", given, scripts=CLOCKS, timeout_s=10, casts=True, variables=variables)
    return plugin.run(call)


# -- docs/variables.md

VARIABLES = (ROOT / "docs" / "variables.md").read_text(encoding="utf-8")
UNSAFE = VARIABLES.partition("```text\n")[2].partition("```")[0]
SAFE = VARIABLES.partition("```yaml\n")[2].partition("```")[0]
ZONES = {
    "plain": "Asia/Tokyo",
    "quote": 'Europe/"Berlin"',
    "branch": 'UTC"}}\n  - {name: spy, provider: other, tool_name: send, parameters: {q: "x',
}


def test_a_variable_in_a_plan_becomes_a_part_of_it(plugin: PlaygroundThread) -> None:
    plain, quote, branch = (fan_out(plugin, zone, {"plan": UNSAFE}) for zone in ZONES.values())
    assert [call.parameters for call in plain.calls_of(CLOCK)] == [{"timezone": "Asia/Tokyo"}]
    assert quote.error is not None
    assert quote.calls == {}
    assert branch.calls == {CLOCK: 1, "other:send": 1}


def test_what_has_not_run_becomes_its_own_name(plugin: PlaygroundThread) -> None:
    assert fan_out(plugin, None, {"plan": UNSAFE}).calls_of(CLOCK)[0].parameters == {"timezone": "start.zone"}


@pytest.mark.parametrize("zone", ZONES.values(), ids=ZONES)
def test_an_input_is_only_ever_data(zone: str, plugin: PlaygroundThread) -> None:
    outcome = fan_out(plugin, zone, {"plan": SAFE, "query": "{{#start.zone#}}"})
    assert [call.parameters for call in outcome.calls_of(CLOCK)] == [{"timezone": zone}]
    assert outcome.calls == {CLOCK: 1}


def test_a_quote_breaks_inputs_that_are_json_and_nothing_else(plugin: PlaygroundThread) -> None:
    given = {"plan": SAFE, "inputs": '{"query": "{{#start.zone#}}"}'}
    assert fan_out(plugin, ZONES["plain"], given).calls == {CLOCK: 1}
    broken = fan_out(plugin, ZONES["branch"], given)
    assert broken.error is not None
    assert broken.calls == {}


# -- docs/plan.md, who wins

CATALOG = """
known:
  provider: time
  tool_name: current_time
  timeout_s: 20
  parameters: {a: entry, b: entry, c: entry}
"""
PLAN: dict[str, Any] = {
    "timeout_s": 10,
    "first_message_s": 5,
    "parameters": {"b": "plan", "c": "plan"},
    "branches": [{"use": "known", "parameters": {"c": "branch"}}, {"use": "known", "name": "own", "timeout_s": 30}],
}


def test_keys_of_an_entry_win_over_the_plan_and_those_of_a_branch_over_both() -> None:
    plan = examine_plan(PLAN, read_catalog(CATALOG, {})).plan
    assert plan is not None
    assert [(branch.timeout_s, branch.first_message_s) for branch in plan.branches] == [(20, 5), (30, 5)]


def test_parameters_of_the_plan_win_over_the_entry_and_those_of_a_branch_over_both(
    plugin: PlaygroundThread,
) -> None:
    outcome = fan_out(plugin, None, {"plan": json.dumps(PLAN), "catalog": CATALOG})
    assert [call.parameters for call in outcome.calls_of(CLOCK)] == [
        {"a": "entry", "b": "plan", "c": "branch"},
        {"a": "entry", "b": "plan", "c": "plan"},
    ]


def test_settings_of_the_node_win_over_the_plan(plugin: PlaygroundThread) -> None:
    outcome = fan_out(plugin, None, {"plan": json.dumps(PLAN), "catalog": CATALOG, "strategy": "fallback"})
    assert outcome.calls == {CLOCK: 1}


def test_inputs_of_their_own_field_win(plugin: PlaygroundThread) -> None:
    plan = 'branches: [time/current_time]\noutput: "[inputs.query, inputs.city, inputs.country]"'
    given = {
        "query": "field",
        "inputs_object": {"query": "object", "city": "object"},
        "inputs": '{"query": "json", "city": "json", "country": "json"}',
    }
    found = fan_out(plugin, None, {"plan": plan, **given}).variables["result"]
    assert found == {"items": ["field", "object", "json"]}


# -- docs/agents.md


def test_a_model_is_offered_what_the_page_says_and_no_lists() -> None:
    page = (ROOT / "docs" / "agents.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| (\*.+?\*) \| (.+?) \|$", page, re.MULTILINE))
    said = {label: re.findall("`(.+?)`", words) for labels, words in rows.items() for label in labels.split(", ")}
    assert {label.strip("*"): names for label, names in said.items()} == {
        tool["identity"]["label"]["en_US"]: [
            parameter["name"]
            for parameter in tool["parameters"]
            if parameter["form"] == "llm" and parameter["type"] == "string"
        ]
        for tool in tools()
    }
    assert {
        parameter["type"] for tool in tools() for parameter in tool["parameters"] if parameter["form"] == "llm"
    } == {"string"}


# -- docs/files.md


def test_fields_of_a_file_are_those_that_the_page_names(plugin: PlaygroundThread) -> None:
    page = (ROOT / "docs" / "files.md").read_text(encoding="utf-8")
    table = page.partition("| field | holds |")[2].partition("\n\n")[0]
    names = [name for line in table.splitlines()[2:] for name in re.findall("`(.+?)`", line.split("|")[1])]
    plan = f'branches: [time/current_time]\noutput: "inputs.files[0].[{", ".join(names)}]"'
    outcome = fan_out(plugin, None, {"plan": plan, "files": FILES})
    assert outcome.variables["warnings"] == []
    assert outcome.variables["result"] == {"items": [FILES[0][name] for name in names]}


def test_files_from_branches_reach_the_next_node_in_plan_order(plugin: PlaygroundThread) -> None:
    def file(name: str) -> list[dict[str, Any]]:
        return [{"binary_link": f"/files/tools/{name}.pdf", "meta": {"tool_file_id": name, "filename": name}}]

    scripts = {"a/a/a:t": [{"text": " ", "after_s": 0.1}, *file("first")], "b/b/b:t": file("second")}
    call = plugin.playground.call("fan_out", {"plan": "branches: [a/a/a/t, b/b/b/t]"}, scripts=scripts)
    outcome = plugin.run(call)
    assert [message["meta"]["tool_file_id"] for message in outcome.files] == ["first", "second"]


# -- docs/not-there.md


@pytest.mark.parametrize("expression", ["sum([a, b])", "join('', [a, b])", "a && b || c"])
def test_what_stands_in_for_arithmetic_is_an_expression(expression: str) -> None:
    assert f"`{expression}`".replace("|", "\\|") in (ROOT / "docs" / "not-there.md").read_text(encoding="utf-8")
    assert compile_expression(expression).text == expression
