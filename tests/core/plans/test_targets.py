"""Short strings, copied Tool nodes and objects → one form."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from fanout.core.errors import Problem
from fanout.core.plans.document import PASTED_REMEDY
from fanout.core.plans.plan import ProviderType, Target
from fanout.core.plans.spec import PARAMETERS
from fanout.core.plans.targets import Source, Written, read_source, read_target, read_text, split_tool

TEXTS: dict[str, dict[str, Any]] = {
    "tavily": {"use": "tavily"},
    " mine = tavily ": {"name": "mine", "use": "tavily"},
    "langgenius/google/google/google_search": {"provider": "langgenius/google/google", "tool_name": "google_search"},
    "time/current_time": {"provider": "time", "tool_name": "current_time"},
    "now=time/current_time": {"name": "now", "provider": "time", "tool_name": "current_time"},
    "docs = mcp:my-server/lookup": {
        "name": "docs",
        "provider_type": "mcp",
        "provider": "my-server",
        "tool_name": "lookup",
    },
    "mcp:org/server/tool": {"provider_type": "mcp", "provider": "org/server", "tool_name": "tool"},
    "workflow : 0b1c-2d / summarise": {"provider_type": "workflow", "provider": "0b1c-2d", "tool_name": "summarise"},
    "api:1b1c2d3e/list=Pets": {"provider_type": "api", "provider": "1b1c2d3e", "tool_name": "list=Pets"},
    "builtin:time/current_time": {"provider_type": "builtin", "provider": "time", "tool_name": "current_time"},
    "a/b/c/d:e": {"provider": "a/b/c", "tool_name": "d:e"},
}


@pytest.mark.parametrize("text", TEXTS)
def test_strings(text: str) -> None:
    problems: list[Problem] = []
    # a sign = in front of the kind names the branch, so it cannot stand in a name of a tool without one
    text_of_branch = f"x = {text}" if "list=Pets" in text else text
    keys = read_text(text_of_branch, "branches[0]", problems)
    assert keys == ({"name": "x", **TEXTS[text]} if text_of_branch != text else TEXTS[text])
    assert not problems


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "names no tool"),
        ("x =", "names no tool"),
        ("= tavily", "letters, digits and _"),
        ("a b = tavily", "letters, digits and _"),
        ("1a = tavily", "letters, digits and _"),
        ("a/b/c", "tool is missing"),
        ("a/b/c/d/e", "tool is missing"),
        ("/t", "tool is missing"),
        ("a/", "tool is missing"),
        ("a//b/c", "tool is missing"),
        ("mcp:/t", "tool is missing"),
        ("mcp:a/", "tool is missing"),
        ("wrkflow:a/b", "did you mean workflow?"),
        ("zzz:a/b", "builtin, workflow, api, mcp"),
    ],
)
def test_strings_that_name_no_tool(text: str, words: str) -> None:
    problems: list[Problem] = []
    assert read_text(text, "branches[0]", problems) is None
    (problem,) = problems
    assert problem.path == "branches[0]"
    assert words in problem.message


# As the editor exports it, with everything around it.
NODE = """
data:
  credential_id: 3f0f6f5a-8f5e-4d58-9d0e-1a2b3c4d5e6f
  default_value: []
  desc: ''
  error_strategy: fail-branch
  isInIteration: true
  isInLoop: false
  is_team_authorization: true
  iteration_id: '1742'
  output_schema: null
  paramSchemas:
  - {auto_generate: null, default: null, form: llm, name: query, required: true, type: string}
  params: {query: '', max_results: ''}
  plugin_id: langgenius/tavily
  plugin_unique_identifier: langgenius/tavily:0.1.2@0a1b
  provider_icon: https://example.org/icon.svg
  provider_id: langgenius/tavily/tavily
  provider_name: langgenius/tavily/tavily
  provider_type: builtin
  retry_config: {max_retries: 3, retry_enabled: true, retry_interval: 1000}
  selected: false
  title: Tavily Search
  tool_configurations:
    include_images: 0
    max_results: {type: constant, value: 5}
    search_depth: {type: mixed, value: basic}
    topic: null
    days: {type: constant, value: null}
  tool_description: A search engine.
  tool_label: Tavily Search
  tool_name: tavily_search
  tool_node_version: '2'
  tool_parameters:
    query: {type: mixed, value: '${inputs.q}'}
    include_domains: {type: constant, value: [a.org]}
    model: {type: llm, value: 3}
  type: tool
extent: parent
height: 90
id: '1742000000000'
parentId: '1742'
position: {x: 1, y: 2}
positionAbsolute: {x: 1, y: 2}
selected: false
sourcePosition: right
targetPosition: left
type: custom
width: 244
zIndex: 1002
"""


def read(raw: Any) -> tuple[Source | None, list[Problem], list[Problem]]:
    problems: list[Problem] = []
    warnings: list[Problem] = []
    return read_source(raw, "branches[0]", problems, warnings), problems, warnings


def test_an_exported_node_becomes_a_branch() -> None:
    node = yaml.safe_load(NODE)
    source, problems, warnings = read({**node, "name": "web", "timeout_s": 20})
    assert source is not None
    assert not problems
    assert source.keys == {
        "credential_id": "3f0f6f5a-8f5e-4d58-9d0e-1a2b3c4d5e6f",
        "provider_type": "builtin",
        "provider": "langgenius/tavily/tavily",
        "tool_name": "tavily_search",
        "name": "web",
        "timeout_s": 20,
    }
    assert source.path_of("provider") == "branches[0].data.provider_id"
    assert source.path_of("timeout_s") == "branches[0].timeout_s"
    assert {key: written.value for key, written in source.parameters.items()} == {
        "include_images": 0,
        "max_results": 5,
        "search_depth": "basic",
        "query": "${inputs.q}",
        "include_domains": ["a.org"],
        "model": {"type": "llm", "value": 3},
    }
    assert source.parameters["query"] == Written("${inputs.q}", "branches[0].data.tool_parameters.query")
    assert [warning.path for warning in warnings] == [
        "branches[0].data.default_value",
        "branches[0].data.error_strategy",
        "branches[0].data.retry_config",
    ]


@pytest.mark.parametrize("mark", [{"provider_id": "a/a/a"}, {"tool_parameters": {}}, {"tool_configurations": None}])
def test_a_node_is_known_by_its_keys(mark: dict[str, Any]) -> None:
    source, problems, _ = read({**mark, "tool_name": "t", "title": "T", "tool_label": "T", "selected": False})
    assert source is not None
    assert source.keys.keys() <= {"provider", "tool_name"}
    assert not problems


def test_plugin_is_another_word_for_builtin_in_nodes() -> None:
    source, _, _ = read({"provider_id": "a/a/a", "provider_type": "plugin", "tool_name": "t"})
    assert source is not None
    assert source.keys["provider_type"] == "builtin"


def test_keys_that_are_not_of_a_node_are_kept_and_so_reported() -> None:
    source, _, _ = read({"provider_id": "a/a/a", "tool_name": "t", "retri": 3})
    assert source is not None
    assert source.keys["retri"] == 3


def test_variables_of_the_workflow_give_the_remedy() -> None:
    _, problems, _ = read({"provider_id": "a", "tool_parameters": {"q": {"type": "variable", "value": ["n", "v"]}}})
    assert problems == [Problem("branches[0].tool_parameters.q", PASTED_REMEDY)]
    assert "${inputs." in PASTED_REMEDY


@pytest.mark.parametrize("values", ["x", ["x"], {str(i): 1 for i in range(PARAMETERS + 1)}])
def test_values_of_a_node_are_an_object(values: Any) -> None:
    _, problems, _ = read({"tool_parameters": values})
    assert [problem.path for problem in problems] == ["branches[0].tool_parameters"]


def test_other_values_are_no_branch() -> None:
    for raw in (None, 3, ["tavily"]):
        source, problems, _ = read(raw)
        assert source is None
        assert len(problems) == 1
    source, _, _ = read({"data": {"x": 1}})
    assert source == Source("branches[0]", {"data": {"x": 1}})


# -- targets


@pytest.mark.parametrize(
    ("provider_type", "provider", "words"),
    [
        ("builtin", "time", None),
        ("builtin", "a/b/c", None),
        ("builtin", "a/b", "missing"),
        ("builtin", "a/b/c/d", "tool_name: d"),
        ("builtin", "a//c", "missing"),
        ("builtin", "", "missing"),
        ("mcp", "a/b/c/d", None),
        ("workflow", "0b1c", None),
        ("builtin", "fanout", "itself"),
        ("builtin", "someone/fanout/fanout", "itself"),
        ("builtin", "Someone/Fanout/Fanout", "itself"),
        ("builtin", "someone/fanout/other", None),
        ("mcp", "fanout", None),
    ],
)
def test_providers(provider_type: ProviderType, provider: str, words: str | None) -> None:
    problems: list[Problem] = []
    target = read_target(provider_type, provider, "t", None, lambda key: f"x.{key}", problems)
    if words is None:
        assert target == Target(provider_type, provider, "t")
        assert not problems
    else:
        assert target is None
        assert [problem.path for problem in problems] == ["x.provider"]
        assert words in problems[0].message


def test_a_provider_with_the_tool_in_it() -> None:
    assert split_tool("a/b/c/d") == "write provider: a/b/c and tool_name: d"
    assert split_tool("time/current_time") == "write provider: time and tool_name: current_time"
    assert split_tool("a/b/c") is None
    assert split_tool("a") is None
