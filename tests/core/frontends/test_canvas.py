"""From the canvas to a plan: what copied nodes and exported apps amount to."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from fanout.core.analysis.examine import examine_plan
from fanout.core.budget import Budget
from fanout.core.errors import PlanError
from fanout.core.frontends.canvas import make_plan, read_copied
from fanout.core.frontends.check_plan import Check, check
from fanout.core.plans.catalog import Catalog
from fanout.core.plans.document import parse_document
from fanout.core.plans.writing import write_document

WORKFLOW_ID = "0b1c2d3e-0000-4000-8000-000000000001"
API_ID = "0b1c2d3e-0000-4000-8000-000000000002"
CREDENTIAL_ID = "0b1c2d3e-0000-4000-8000-00000000000a"


def node(id: str, **data: Any) -> dict[str, Any]:
    """A node with all that the canvas keeps about where it stands."""
    return {
        "id": id,
        "type": "custom",
        "data": {"selected": False, "desc": "", **data},
        "position": {"x": 384, "y": 282},
        "positionAbsolute": {"x": 384, "y": 282},
        "width": 242,
        "height": 90,
        "sourcePosition": "right",
        "targetPosition": "left",
        "selected": True,
    }


def tool(id: str, title: str, **parameters: Any) -> dict[str, Any]:
    """A node that calls a tool with these parameters."""
    about = {"provider_type": "builtin", "provider_id": "a/a/a", "tool_name": "t"}
    return node(id, type="tool", title=title, **about, tool_parameters=parameters)


PLUGIN = node(
    "1700000000001",
    type="tool",
    title="Web search",
    provider_type="builtin",
    provider_id="acme/finder/finder",
    provider_name="acme/finder/finder",
    plugin_id="acme/finder",
    plugin_unique_identifier="acme/finder:0.1.0@0123",
    credential_id=CREDENTIAL_ID,
    is_team_authorization=True,
    tool_name="find",
    tool_label="Find",
    tool_description="Finds pages.",
    tool_node_version="2",
    paramSchemas=[{"name": "q", "type": "string"}, {"name": "size", "type": "number"}],
    params={"q": "", "size": ""},
    tool_configurations={
        "size": {"type": "constant", "value": 7},
        "kinds": {"type": "constant", "value": ["news", "web"]},
        "model": {"provider": "acme/llm/llm", "model": "small", "completion_params": {"temperature": 0}},
        "empty": {"type": "constant", "value": None},
        "on": True,
    },
    tool_parameters={"q": {"type": "mixed", "value": "about {{#1700000000000.query#}}, please"}},
    retry_config={"retry_enabled": True, "max_retries": 3, "retry_interval": 1000},
)
FLOW = node(
    "1700000000002",
    type="tool",
    title="Sum up",
    provider_type="workflow",
    provider_id=WORKFLOW_ID,
    provider_name="sum_up",
    tool_name="sum_up",
    tool_label="Sum up",
    tool_configurations={},
    tool_parameters={
        "text": {"type": "variable", "value": ["1700000000003", "body", "content"]},
        "files": {"type": "variable", "value": ["sys", "files"]},
    },
)
API = node(
    "1700000000003",
    type="tool",
    title="天气",
    provider_type="api",
    provider_id=API_ID,
    provider_name="Weather",
    tool_name="getWeather",
    tool_configurations={},
    tool_parameters={
        "city": {"type": "mixed", "value": "1700000000000.city"},
        "unit": {"type": "mixed", "value": "${inputs.unit}"},
    },
)
MCP = node(
    "1700000000004",
    type="tool",
    title="Web search",
    provider_type="mcp",
    provider_id="docs-server",
    provider_name="Docs",
    tool_name="look-up",
    tool_parameters={
        "words": {"type": "mixed", "value": "it's 3.14 and 2026-01-02"},
        "depth": {"type": "constant", "value": 2},
    },
    tool_configurations={},
)
OTHERS = [
    node("1700000000000", type="start", title="Start", variables=[]),
    node("1700000000009", type="llm", title="Sum it up", model={"provider": "x", "name": "y"}),
    {**node("1700000000008"), "type": "custom-note", "data": {"type": "", "text": "a note", "title": ""}},
]
ALL = [OTHERS[0], PLUGIN, FLOW, API, MCP, *OTHERS[1:]]


def clipboard(*nodes: dict[str, Any]) -> str:
    edges = [{"id": "e", "source": "1700000000000", "target": "1700000000001"}]
    return json.dumps({"kind": "dify-workflow-clipboard", "version": "0.6.0", "nodes": nodes, "edges": edges})


def exported(*nodes: dict[str, Any]) -> str:
    app = {
        "app": {"name": "Mine", "mode": "workflow", "icon": "🤖"},
        "dependencies": [],
        "kind": "app",
        "version": "0.6.0",
        "workflow": {"features": {}, "graph": {"nodes": list(nodes), "edges": []}, "environment_variables": []},
    }
    return str(yaml.safe_dump(app, allow_unicode=True))


def checked(text: str, write: Any = "plan") -> Check:
    return check(text, Catalog(), {}, Budget, write=write)


def made(text: str, write: Any = "plan") -> dict[str, Any]:
    found = checked(text, write)
    assert found.report["errors"] == []
    source: dict[str, Any] = parse_document(found.plan, "plan")
    return source


BRANCHES = [
    {
        "name": "Web_search",
        "title": "Web search",
        "provider": "acme/finder/finder",
        "tool_name": "find",
        "credential_id": CREDENTIAL_ID,
        "parameters": {
            "size": 7,
            "kinds": ["news", "web"],
            "model": {"provider": "acme/llm/llm", "model": "small", "completion_params": {"temperature": 0}},
            "on": True,
            "q": "about ${inputs.query}, please",
        },
    },
    {
        "name": "Sum_up",
        "title": "Sum up",
        "provider_type": "workflow",
        "provider": WORKFLOW_ID,
        "tool_name": "sum_up",
        "parameters": {"text": "${inputs.body.content}", "files": "${inputs.files}"},
    },
    {
        "name": "天气",
        "provider_type": "api",
        "provider": API_ID,
        "tool_name": "getWeather",
        "parameters": {"city": "${inputs.city}", "unit": "${inputs.unit}"},
    },
    {
        "name": "Web_search_2",
        "title": "Web search",
        "provider_type": "mcp",
        "provider": "docs-server",
        "tool_name": "look-up",
        "parameters": {"words": "it's 3.14 and 2026-01-02", "depth": 2},
    },
]


@pytest.mark.parametrize("text", [clipboard(*ALL), exported(*ALL)], ids=["clipboard", "app"])
def test_a_branch_for_each_tool_node_of_all_four_kinds(text: str) -> None:
    assert made(text) == {"branches": BRANCHES}


def test_entries_of_a_catalog() -> None:
    entries = {branch["name"]: {key: value for key, value in branch.items() if key != "name"} for branch in BRANCHES}
    assert made(clipboard(*ALL), "catalog") == entries


def test_a_made_plan_calls_what_the_nodes_would_have_called() -> None:
    inputs = {"query": "cats", "body": {"content": "long"}, "files": [], "city": "Lima", "unit": "C"}
    plan = examine_plan(checked(clipboard(*ALL)).plan, Catalog()).plan
    assert plan is not None
    for branch, copied in zip(plan.branches, (PLUGIN, FLOW, API, MCP), strict=True):
        data = copied["data"]
        target = branch.target
        assert (target.provider_type, target.provider, target.tool_name, target.credential_id) == (
            data["provider_type"],
            data["provider_id"],
            data["tool_name"],
            data.get("credential_id"),
        )
    sent = [branch.parameters.render({"inputs": inputs}, Budget()) for branch in plan.branches]
    assert sent[0]["q"] == "about cats, please"
    assert sent[1:] == [
        {"text": "long", "files": []},
        {"city": "Lima", "unit": "C"},
        {"words": "it's 3.14 and 2026-01-02", "depth": 2},
    ]


def test_what_was_left_out_and_what_became_of_variables_is_said() -> None:
    text = checked(clipboard(*ALL)).text
    for words in ("Sum it up (llm)", "Start (start)", "note", "${inputs.query}", "${inputs.city}", "that have run"):
        assert words in text
    assert text.startswith("```yaml\nbranches:\n")


def test_one_input_for_two_variables_is_said() -> None:
    values = {
        "a": {"type": "mixed", "value": "1700000000001.text"},
        "b": {"type": "mixed", "value": "1700000000002.text"},
    }
    warnings = " ".join(checked(clipboard(tool("1", "x", **values))).warnings)
    assert "${inputs.text} stands for 1700000000001.text, 1700000000002.text" in warnings


@pytest.mark.parametrize("value", [["1700000000001", "text"], ["1700000000001", "json", "hits"]])
def test_an_output_of_another_copied_node_is_said_to_be_one_of_a_branch(value: list[str]) -> None:
    first = tool("1700000000001", "look", q={"type": "variable", "value": ["1700000000000", "q"]})
    second = tool("1700000000002", "sum up", text={"type": "variable", "value": value})
    warnings = [each for each in checked(clipboard(first, second)).warnings if "a branch" in each]
    assert len(warnings) == 1
    assert f"${{inputs.{'.'.join(value[1:])}}} stands for an output of look" in warnings[0]
    assert "write ${branches.look.result}" in warnings[0]
    entries = checked(clipboard(first, second), "catalog")
    assert not [each for each in entries.warnings if "a branch" in each]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("{{#1700000000000.query#}}", "${inputs.query}"),
        ("{{#sys.query#}}", "${inputs.query}"),
        ("{{#env.KEY#}}", "${inputs.KEY}"),
        ("{{#node_a.structured_output.first-name#}}", '${inputs.structured_output."first-name"}'),
        ("1700000000000.query", "${inputs.query}"),
        ("1700000000000.a.b", "${inputs.a.b}"),
        ("a 1700000000000.query, b", "a ${inputs.query}, b"),
        ("1700000000000", "1700000000000"),
        ("1700000000000.5", "1700000000000.5"),
        ("v1700000000000.query", "v1700000000000.query"),
        ("example.com/12.html", "example.com/12.html"),
        ("${inputs.q}", "${inputs.q}"),
    ],
)
def test_variables_become_inputs(written: str, meant: str) -> None:
    copied = json.loads(clipboard(tool("1", "x", q={"type": "mixed", "value": written}, deep={"a": [written]})))
    parameters = make_plan(copied, "plan").entries["x"]["parameters"]
    assert parameters == {"q": meant, "deep": {"a": [meant]}}


@pytest.mark.parametrize("nodes", [[], OTHERS, ["x", None, {"data": 3}]])
def test_without_a_tool_node_there_is_no_plan(nodes: list[Any]) -> None:
    copied = read_copied(json.dumps({"kind": "dify-workflow-clipboard", "nodes": nodes}))
    assert copied is not None
    with pytest.raises(PlanError, match="no Tool node"):
        make_plan(copied, "plan")


def test_copied_nodes_that_a_value_has_broken_say_how_to_copy_them() -> None:
    text = clipboard(PLUGIN).replace("please", 'a "quote" here')
    [first, *_] = checked(text).report["errors"]
    assert "${inputs.NAME}" in first["message"]


@pytest.mark.parametrize("value", ["branches: [a/a/a/t]", {"branches": []}, "", None, 3, "[", {"app": 3}])
def test_what_is_neither_is_left_alone(value: Any) -> None:
    assert read_copied(value) is None


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=8), _JSON, max_size=4))
def test_what_is_written_is_read_back_as_it_was(value: dict[str, Any]) -> None:
    assert parse_document(write_document(value), "plan") == parse_document(json.dumps(value), "plan")


@pytest.mark.parametrize(
    "text", ["1e3", "007", "null", "~", "true", "on", "", " a ", "a: b", "- a", "#", "a\nb", "a\n", "\n", "`", "@x"]
)
def test_texts_that_look_like_something_else_stay_texts(text: str) -> None:
    assert parse_document(write_document({"k": [text]}), "plan") == {"k": [text]}


OWN = node(
    "1700000000009",
    type="tool",
    title="Check it",
    provider_type="builtin",
    provider_id="anyone/fanout/fanout",
    tool_name="check_plan",
    tool_configurations={"plan": {"type": "mixed", "value": "{{#1700000000008.plan#}}"}},
    tool_parameters={},
)


def test_nodes_of_the_plugin_itself_are_left_out_and_named() -> None:
    made = make_plan({"kind": "dify-workflow-clipboard", "nodes": [OWN, PLUGIN]}, "plan")
    assert list(made.entries) == ["Web_search"]
    [note] = [note.message for note in made.notes if "itself" in note.message]
    assert note == "left out, as the plugin must not call itself: Check it (tool)"
    assert not any("1700000000008" in note.message or "inputs.plan" in note.message for note in made.notes)


def test_where_only_nodes_of_the_plugin_itself_were_copied_they_are_what_the_errors_are_about() -> None:
    made = make_plan({"kind": "dify-workflow-clipboard", "nodes": [OWN]}, "plan")
    assert list(made.entries) == ["Check_it"]
