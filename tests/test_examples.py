"""The example apps: what Dify imports agrees with the tools that it calls, and every plan can be read and run."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from fanout.catalog import shipped_catalog
from fanout.core.analysis.examine import examine_plan
from fanout.core.plans.catalog import Catalog, read_catalog
from playground import Outcome
from playground.yaml_files import read_yaml
from tests.harness.thread import PlaygroundThread

ROOT = Path(__file__).resolve().parent.parent
PLUGIN = read_yaml(ROOT / "manifest.yaml")["author"] + "/fanout"
PLANS = ROOT / "examples" / "plans"

# tools that every Dify has, and a plugin that needs no key
FREE = {"time", "webscraper", "langgenius/dify_extractor/dify_extractor"}
STARTED = {"file-list": "array[file]"}
STANDARD = {"text": "string", "json": "array[object]", "files": "array[file]"}
VARIABLE = re.compile(r"\{\{#(\w+)\.(\w+)#\}\}")
COPIED = re.compile(r"\{\{#17\d+\.\w+#\}\}")  # of the app that nodes were copied from
KINDS = {
    "string": "mixed",
    "select": "mixed",
    "number": "constant",
    "boolean": "constant",
    "array": "variable",
    "object": "variable",
    "files": "variable",
}
FITS: dict[str, tuple[type, ...]] = {"mixed": (str,), "constant": (int, float, bool), "variable": (list,)}

# time zones that Dify's own clock offers; it refuses others
ZONES = re.compile(r"\b(?:Africa|America|Asia|Atlantic|Australia|Europe|Indian|Pacific)/\w+")
OFFERED = {
    *("UTC", "America/New_York", "America/Los_Angeles", "America/Chicago", "America/Sao_Paulo", "Asia/Shanghai"),
    *("Asia/Ho_Chi_Minh", "Asia/Tokyo", "Asia/Dubai", "Asia/Kolkata", "Asia/Seoul", "Asia/Singapore"),
    *("Europe/London", "Europe/Berlin", "Europe/Moscow", "Australia/Sydney", "Pacific/Auckland", "Africa/Cairo"),
}

# What the tools that the examples call would say, in their own shapes (see tests/catalog/cases).
PARAGRAPHS = [{"text": f"{number}. A hive stands dry and out of the wind."} for number in range(1, 9)]
PAGE = f"\nTITLE: Keeping bees\nAUTHOR: \nTEXT:\n\n{PARAGRAPHS}\n"
SCRIPTS: dict[str, Any] = {
    "time:current_time": [{"text": "12:00"}],
    "webscraper:webscraper": [{"text": PAGE}],
    "langgenius/wikipedia/wikipedia:wikipedia_search": [{"text": "Page: Honey bee\nSummary: An insect."}],
    "langgenius/duckduckgo/duckduckgo:ddgo_search": [
        {"json": {"title": "Honey bee", "href": "https://en.wikipedia.org/wiki/Honey_bee", "body": "A bee."}},
        {"json": {"title": "Hives compared", "href": "https://hives.example/", "body": "Five hives."}},
    ],
    "langgenius/stackexchange/stackexchange:searchStackExQuestions": [
        {"json": {"items": [{"title": "Which hive?", "link": "https://bees.example/q/1", "tags": []}]}}
    ],
    "langgenius/dify_extractor/dify_extractor:dify_extractor": [{"text": "What stands in the file."}],
}
# what the user uploads, and what an agent's model fills in
FILES = [
    {
        "dify_model_identity": "__dify__file__",
        "url": f"https://files.example/{name}",
        "mime_type": "application/pdf",
        "filename": name,
        "extension": ".pdf",
        "size": 3,
        "type": "document",
    }
    for name in ("a.pdf", "b.pdf")
]
ASKED = {
    "read_pages": {"urls": "https://en.wikipedia.org/wiki/Honey_bee\nhttps://hives.example/"},
}


APPS = {file.name: read_yaml(file) for file in sorted((ROOT / "examples").glob("*.yml"))}
GRAPHS = {name: app["workflow"] for name, app in APPS.items() if "workflow" in app}
TOOLS = {file.stem: read_yaml(file) for file in sorted((ROOT / "tools").glob("*.yaml"))}
SCHEMA = Draft202012Validator(json.loads((ROOT / "fanout" / "plan.schema.json").read_text(encoding="utf-8")))

each_app = pytest.mark.parametrize("name", APPS)
each_graph = pytest.mark.parametrize("name", GRAPHS)
each_plan = pytest.mark.parametrize("name", sorted(file.name for file in PLANS.glob("*.yaml")))


def nodes(name: str) -> dict[str, dict[str, Any]]:
    return {node["id"]: node["data"] for node in GRAPHS[name]["graph"]["nodes"]}


def calls(name: str) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """(tool, settings, inputs) of every place where an app calls a tool of ours; values without their kinds."""
    if name not in GRAPHS:
        for tool in APPS[name]["model_config"]["agent_mode"]["tools"]:
            yield tool["tool_name"], tool["tool_parameters"], {}
        return
    for node in nodes(name).values():
        if node["type"] == "tool":
            groups = (node["tool_configurations"], node["tool_parameters"])
            settings, inputs = ({key: value["value"] for key, value in group.items()} for group in groups)
            yield node["tool_name"], settings, inputs


def environment(name: str) -> dict[str, str]:
    variables = GRAPHS[name]["environment_variables"] if name in GRAPHS else []
    return {variable["name"]: variable["value"] for variable in variables}


# -- what Dify reads


def test_there_is_one_for_every_kind_of_use() -> None:
    modes = {name: app["app"]["mode"] for name, app in APPS.items()}
    assert len(modes) >= 6
    assert set(modes.values()) == {"workflow", "advanced-chat", "agent-chat"}
    assert any(environment(name) for name in APPS)


@each_app
def test_the_envelope(name: str) -> None:
    app = APPS[name]
    assert app["kind"] == "app"
    assert app["version"] == "0.6.0"
    assert app["app"]["name"].startswith("Fanout: ")
    assert app["app"]["description"]


@each_graph
def test_nodes_and_edges_hang_together(name: str) -> None:
    graph, by_id = GRAPHS[name]["graph"], nodes(name)
    assert len(by_id) == len(graph["nodes"])
    for node in graph["nodes"]:
        assert node["type"] == "custom"
        assert node["position"] == node["positionAbsolute"]
    for edge in graph["edges"]:
        assert edge["id"] == f"{edge['source']}-source-{edge['target']}-target"
        assert (edge["sourceHandle"], edge["targetHandle"]) == ("source", "target")
        assert edge["data"]["sourceType"] == by_id[edge["source"]]["type"]
        assert edge["data"]["targetType"] == by_id[edge["target"]]["type"]


@each_graph
def test_every_node_lies_on_the_way_from_the_start_to_the_end(name: str) -> None:
    by_id, edges = nodes(name), GRAPHS[name]["graph"]["edges"]
    followers = {edge["source"]: edge["target"] for edge in edges}
    way = ["start"]
    while way[-1] in followers:
        way.append(followers[way[-1]])
    assert sorted(way) == sorted(by_id)
    last = "answer" if APPS[name]["app"]["mode"] == "advanced-chat" else "end"
    assert by_id[way[-1]]["type"] == last


def known_variables(name: str) -> dict[tuple[str, str], str]:
    """(node, field) → type, of all that can be referred to."""
    known = {("sys", "query"): "string", **{("env", variable): "string" for variable in environment(name)}}
    for node, data in nodes(name).items():
        if data["type"] == "start":
            known |= {
                (node, variable["variable"]): STARTED.get(variable["type"], "string") for variable in data["variables"]
            }
        if data["type"] == "llm":
            known[node, "text"] = "string"
        if data["type"] == "tool":
            properties = TOOLS[data["tool_name"]]["output_schema"]["properties"]
            own = {
                key: f"array[{each['items']['type']}]" for key, each in properties.items() if each["type"] == "array"
            }
            known |= {(node, key): each["type"] for key, each in properties.items()}
            known |= {(node, key): kind for key, kind in (STANDARD | own).items()}
    return known


def selectors(data: dict[str, Any]) -> list[list[str]]:
    """The variables that parameters of a node are bound to as they are."""
    given = [*data.get("tool_configurations", {}).values(), *data.get("tool_parameters", {}).values()]
    return [value["value"] for value in given if value["type"] == "variable"]


@each_graph
def test_every_variable_that_is_referred_to_exists(name: str) -> None:
    known = known_variables(name)
    for data in nodes(name).values():
        texts = json.dumps(
            [data.get(key) for key in ("answer", "prompt_template", "tool_configurations", "tool_parameters")]
        )
        assert set(VARIABLE.findall(COPIED.sub("", texts))) <= known.keys()
        assert {tuple(selector) for selector in selectors(data)} <= known.keys()
        for output in data.get("outputs", []):
            assert output["value_type"] == known[tuple(output["value_selector"])]


# -- what our tools take


@each_app
def test_calls_name_our_tools(name: str) -> None:
    called = list(calls(name))
    assert called
    assert {tool for tool, _, _ in called} <= TOOLS.keys()
    assert f"{PLUGIN}/fanout" in json.dumps(APPS[name])


@each_app
def test_parameters_are_those_of_the_tool(name: str) -> None:
    for tool, settings, inputs in calls(name):
        declared = {parameter["name"]: parameter for parameter in TOOLS[tool]["parameters"]}
        for given, form in ((settings, "form"), (inputs, "llm")):
            wanted = {key for key, parameter in declared.items() if parameter["form"] == form}
            required = {key for key in wanted if declared[key]["required"]}
            assert given.keys() <= wanted
            # what a model fills in is not there yet
            assert required <= given.keys() or (form == "llm" and name not in GRAPHS)


@each_graph
def test_values_have_the_kinds_that_their_types_ask_for(name: str) -> None:
    for data in nodes(name).values():
        declared = {
            each["name"]: each for each in TOOLS.get(data.get("tool_name", ""), {"parameters": []})["parameters"]
        }
        for key, value in data.get("tool_configurations", {}).items():
            assert value["type"] == KINDS[declared[key]["type"]]
        for key, value in data.get("tool_parameters", {}).items():
            assert value["type"] == KINDS[declared[key]["type"]]
        for key, value in {**data.get("tool_configurations", {}), **data.get("tool_parameters", {})}.items():
            assert isinstance(value["value"], FITS[value["type"]])
            options = [each["value"] for each in declared[key].get("options", [])]
            assert not options or value["value"] in options


# -- plans


@cache
def catalog_of(name: str) -> Catalog:
    """The shipped catalog, with the entries that stand beside a plan."""
    own = PLANS / name.replace(".yaml", ".catalog.yaml")
    return read_catalog(own.read_text(encoding="utf-8") if own.is_file() else None, shipped_catalog())


@each_app
def test_apps_hold_the_plans_that_are_files(name: str) -> None:
    texts = {file.read_text(encoding="utf-8") for file in PLANS.iterdir()}
    held = {settings["plan"] for _, settings, _ in calls(name) if "plan" in settings}
    assert held | set(environment(name).values()) <= texts
    assert not held or (PLANS / name.replace(".yml", ".yaml")).read_text(encoding="utf-8") in held


@each_plan
def test_plans_fit_the_schema_and_can_be_read(name: str) -> None:
    if name.endswith(".catalog.yaml"):
        assert not catalog_of(name.replace(".catalog", "")).problems
        return
    SCHEMA.validate(read_yaml(PLANS / name))
    reading = examine_plan((PLANS / name).read_text(encoding="utf-8"), catalog_of(name))
    assert (reading.problems, reading.warnings) == ((), ())


@each_plan
def test_plans_need_no_key(name: str) -> None:
    free = {entry["provider"] for entry in shipped_catalog().values() if not entry["authorization"]} | FREE
    plan = examine_plan((PLANS / name).read_text(encoding="utf-8"), catalog_of(name)).plan
    if plan is not None:
        assert {branch.target.provider for branch in plan.branches} <= free


@each_app
def test_time_zones_are_those_that_dify_offers(name: str) -> None:
    assert set(ZONES.findall(json.dumps(APPS[name]))) <= OFFERED


# -- running


def values_of(name: str) -> dict[str, Any]:
    """What the variables of an app are when its user leaves the fields as they are, and uploads two files."""
    asked = nodes(name)["start"]["variables"] if name in GRAPHS else []
    return {
        "sys.query": "honey bee",
        **{f"start.{variable['variable']}": variable.get("default", FILES) for variable in asked},
        **{f"env.{key}": value for key, value in environment(name).items()},
    }


def outcomes(name: str, plugin: PlaygroundThread) -> list[Outcome]:
    """What the calls of an app give, one after the other: later ones see the variables of earlier ones."""
    values = values_of(name)
    found: list[Outcome] = []
    for number, (tool, settings, inputs) in enumerate(calls(name), start=1):
        asked = inputs if name in GRAPHS else ASKED.get(tool, {"query": "honey bee"})
        given = {key: bound(value, values) for key, value in {**settings, **asked}.items()}
        call = plugin.playground.call(tool, given, scripts=SCRIPTS, timeout_s=30, casts=True, variables=values)
        found.append(plugin.run(call))
        values |= {f"call{number}.{key}": value for key, value in found[-1].variables.items()}
    return found


def bound(value: Any, values: dict[str, Any]) -> Any:
    """A value, or that of the variable which a list names."""
    return values[".".join(value)] if isinstance(value, list) else value


@each_app
def test_apps_run(name: str, plugin: PlaygroundThread) -> None:
    for outcome in outcomes(name, plugin):
        assert outcome.error is None
        assert outcome.variables["items"]


def test_what_one_of_them_gives(plugin: PlaygroundThread) -> None:
    (searched,) = outcomes("search-and-rank.yml", plugin)
    assert [(item["title"], len(item["sources"])) for item in searched.variables["items"]] == [
        ("Honey bee", 2),
        ("Hives compared", 1),
        ("Which hive?", 1),
    ]
    (chained,) = outcomes("chained-and-streamed.yml", plugin)
    assert chained.text.startswith("#### What Wikipedia says\n\nPage: Honey bee")
    assert "#### The first hit\n\n1. A hive stands dry and out of the wind.\n\n2. A hive" in chained.text
    assert "6. A hive" not in chained.text
    assert chained.timeline[-1].parameters == {"url": "https://en.wikipedia.org/wiki/Honey_bee"}
    (mapped,) = outcomes("map-over-urls.yml", plugin)
    assert [item["url"] for item in mapped.variables["items"]] == [
        *("https://example.com/", "https://example.org/", "https://example.net/"),
    ]
    assert [item["title"] for item in mapped.variables["items"]] == ["Keeping bees"] * 3
    (page,) = outcomes("read-with-fallback.yml", plugin)
    assert page.variables["result"]["content"].startswith("1. A hive stands dry and out of the wind.\n\n2.")


def test_what_the_newer_ones_give(plugin: PlaygroundThread) -> None:
    (majority,) = outcomes("majority.yml", plugin)
    assert majority.variables["settled_by"] == "until"
    assert majority.text.startswith("In most of the places that answered it is 12:00 (")
    (spaced,) = outcomes("one-a-second.yml", plugin)
    times = [call.asked_s for call in spaced.timeline]
    assert len(times) == 4
    assert times[-1] - times[0] > 2.9
    (files,) = outcomes("user-files.yml", plugin)
    assert [call.parameters["file"]["filename"] for call in files.timeline] == ["a.pdf", "b.pdf"]
    searched, pages = outcomes("research-chat.yml", plugin)
    assert [page["url"] for page in pages.variables["items"]] == [hit["url"] for hit in searched.variables["items"]]


def test_the_plan_that_copied_nodes_become_is_the_one_that_is_run(plugin: PlaygroundThread) -> None:
    written, _ = outcomes("copied-nodes.yml", plugin)
    assert written.variables["plan"] == (PLANS / "copied-nodes.yaml").read_text(encoding="utf-8")


def test_every_app_has_a_part_of_the_page() -> None:
    page = (ROOT / "examples" / "README.md").read_text(encoding="utf-8")
    shown = re.findall(r"^## ([\w-]+)$", page, re.MULTILINE)
    assert sorted(shown) == sorted(name.removesuffix(".yml") for name in APPS)
    assert re.findall(r"^\| \[([\w-]+)\]", page, re.MULTILINE) == shown
