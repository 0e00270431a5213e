"""Short strings, copied Tool nodes and objects → one form."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from fanout.core.errors import Problem
from fanout.core.plans.catalog import Catalog
from fanout.core.plans.document import PASTED_REMEDY
from fanout.core.plans.plan import ProviderType, Target
from fanout.core.plans.reading import examine_plan
from fanout.core.plans.spec import PARAMETERS
from fanout.core.plans.targets import Source, Written, read_source, read_target, read_text, say_stray, split_tool

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
        ("/t", "tool is missing"),
        ("a/", "tool is missing"),
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


@pytest.mark.parametrize(
    "raw",
    [
        "a = tavily(query: x)",
        "a = tavily(query='x', n=5)",
        "a = tavily {query: x}",
        {"a = tavily(query": "x)"},  # what YAML makes of the first as an element of a list
        {"a = tavily {query": "x}"},
    ],
)
def test_a_tool_is_named_without_its_parameters(raw: Any) -> None:
    source, [problem], _ = read(raw)
    assert source is None
    assert problem.path == "branches[0]"
    assert "write a = tavily, and what it is called with in parameters" in problem.message


def test_brackets_may_be_a_part_of_a_name() -> None:
    source, problems, _ = read("a = mcp:server (staging)/look(up)")
    assert source is not None
    assert (source.keys["provider"], source.keys["tool_name"], problems) == ("server (staging)", "look(up)", [])


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
        "title": "Tavily Search",
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
    assert source.keys.keys() <= {"provider", "tool_name", "title"}
    assert not problems


@pytest.mark.parametrize(("title", "kept"), [("Find", "Find"), (" ", None), (3, None), ("t" * 300, "t" * 200)])
def test_the_title_of_a_node_is_that_of_the_branch(title: Any, kept: str | None) -> None:
    source, problems, _ = read({"provider_id": "a/a/a", "tool_name": "t", "title": title})
    assert source is not None
    assert (source.keys.get("title"), problems) == (kept, [])


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
        ("builtin", "a/b/c/d", "missing"),
        ("builtin", "a/b/c/d/e", "missing"),
        ("workflow", "0b1c2d3e-0000-4000-8000-00000000000A", None),
        ("api", "0b1c2d3e-0000-4000-8000-00000000000a", None),
        ("workflow", "0b1c", "a UUID"),
        ("api", "My API", "check_plan"),
        ("workflow", "“0b1c2d3e-0000-4000-8000-00000000000a”", "curly quote"),
        ("builtin", "- a/b/c", "begins with -"),
        ("builtin", "2. a/b/c", "begins with 2."),
        ("builtin", '"a/b/c', "quotes"),
        ("builtin", "a /b/c", "blanks"),
        ("builtin", "a／b／c", "full-width solidus"),
        ("builtin", "a/b/c\u200b", "zero-width space"),
        ("builtin", "a/b/ç", "it holds ç"),
        ("builtin", "${inputs.p}", "takes no template"),
        ("mcp", "${inputs.p}", "takes no template"),
        ("workflow", "{{p}}", "takes no template"),
        ("mcp", "my server: 検索", None),
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


@pytest.mark.parametrize(
    ("tool_name", "words"),
    [
        ("t", None),
        ("google-search_v1.2", None),
        ("google:google_search", "slash, not a colon"),
        ("t # the first", "comment"),
        ("t,", "comma"),
        ("t”", "curly quote"),
        ("${inputs.tool}", "takes no template"),
        ("検索", "it holds 検 (U+691C"),
        ("t\u0430", "cyrillic small letter a"),
        ("a/b/c/t", "provider: a/b/c and tool_name: t"),
    ],
)
def test_tools(tool_name: str, words: str | None) -> None:
    problems: list[Problem] = []
    read_target("builtin", "a/b/c", tool_name, None, lambda key: f"x.{key}", problems)
    assert [problem.path for problem in problems] == ([] if words is None else ["x.tool_name"])
    assert words is None or words in problems[0].message


@pytest.mark.parametrize(
    ("credential_id", "is_good"),
    [
        ("3f0f6f5a-8f5e-4d58-9d0e-1a2b3c4d5e6f", True),
        ("3F0F6F5A-8F5E-4D58-9D0E-1A2B3C4D5E6F", True),
        ("Client B", False),
        ("${inputs.cred}", False),
        ("3f0f6f5a-8f5e-4d58-9d0e-1a2b3c4d5e6f ", False),
        ("sk-3f0f6f5a", False),
    ],
)
def test_credentials_are_named_by_their_id(credential_id: str, is_good: bool) -> None:
    problems: list[Problem] = []
    target = read_target("builtin", "a/b/c", "t", credential_id, lambda key: f"x.{key}", problems)
    assert (target is not None) is is_good
    assert [problem.path for problem in problems] == ([] if is_good else ["x.credential_id"])
    assert credential_id not in str(problems)


def test_a_text_with_several_mistakes_says_each_once() -> None:
    problems: list[Problem] = []
    read_target("builtin", "${a}", "${b}", "${c}", lambda key: "branches[0]", problems)
    assert len(problems) == 1


PLUGINS = Catalog(
    {
        "tavily": {"provider": "langgenius/tavily/tavily", "tool_name": "tavily_search"},
        "tavily_extract": {"provider": "langgenius/tavily/tavily", "tool_name": "tavily_extract"},
        "google": {"provider": "langgenius/google/google", "tool_name": "google_search"},
        "webscraper": {"provider": "webscraper", "tool_name": "webscraper"},
    }
)


@pytest.mark.parametrize(
    ("branch", "words"),
    [
        ("langgenius/tavily", ["tavily (langgenius/tavily/tavily/tavily_search)", "tavily_extract"]),
        ("x = langgenius/tavily/tavily_search", ["langgenius/tavily is the id of a plugin", "tavily_extract"]),
        ("langgenius/google:google_search", ["google (langgenius/google/google/google_search)"]),
        ({"provider": "langgenius/tavily", "tool_name": "t"}, ["tavily_extract"]),
        ("langgenius/unheard_of", ["the tool is missing", "none of it"]),
    ],
)
def test_the_id_of_a_plugin_is_no_tool(branch: Any, words: list[str]) -> None:
    [problem] = examine_plan({"branches": [branch]}, PLUGINS).problems
    assert problem.path.startswith("branches[0]")
    for word in words:
        assert word in problem.message


@pytest.mark.parametrize(
    "branch", ["time/current_time", "webscraper/webscraper", "other/thing", "mcp:langgenius/tavily"]
)
def test_tools_of_two_parts_stay_tools(branch: str) -> None:
    assert examine_plan({"branches": [branch]}, PLUGINS).problems == ()


@pytest.mark.parametrize(
    "line", ["- tavily", "1. tavily", "“tavily”", "tavily  # the best", "`tavily`", "tavily, google"]
)
def test_what_stands_around_a_name_of_the_catalog_is_named(line: str) -> None:
    [problem] = examine_plan({"branches": [line]}, PLUGINS).problems
    assert problem.message.startswith(f"the catalog has no {line}; ")
    assert say_stray(line) in problem.message
    assert say_stray(line)
