"""The YAML of the tools against the contract (section 13), the code's choices, and what the platform accepts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
import yaml

from fanout.core import limits
from fanout.core.frontends import web_search as web
from fanout.core.plans import plan

ROOT = Path(__file__).resolve().parent.parent

# The table of the contract: a setting that a person makes has a dot, a required parameter an exclamation mark.
CONTRACT = {
    "fan_out": """
        •plan! •catalog •strategy •stream •deadline_s •max_parallel •on_failure •trace
        query text inputs inputs_object items
    """,
    "call_tools": """
        •tools! •parameters •strategy •select •accept •merge •output •stream •max_parallel •timeout_s •deadline_s
        •attempts •need_rows •credential_id •on_failure •catalog query text inputs inputs_object items
    """,
    "web_search": "query! •engines •count •strategy •deadline_s •catalog",
    "read_pages": "urls items •readers •strategy •min_chars •max_parallel •deadline_s •catalog",
    "reshape": "•expression! data inputs_object items",
    "check_plan": "•plan! •catalog query text inputs inputs_object items",
}

# Everything else is a string: what people write is parsed in the plugin, with errors that say where.
TYPES = {
    "strategy": "select",
    "stream": "select",
    "on_failure": "select",
    "trace": "boolean",
    **dict.fromkeys(
        ("attempts", "count", "deadline_s", "max_parallel", "min_chars", "timeout_s"),
        "number",
    ),
    "inputs_object": "object",
    "items": "array",
}

# All that an agent's model can fill in: data, never a plan, a target, an expression or a credential.
RUN_TIME = {"data", "inputs", "inputs_object", "items", "query", "text", "urls"}

CHOICES = {
    "strategy": get_args(plan.Strategy.__value__),
    "stream": get_args(plan.StreamMode.__value__),
    "on_failure": get_args(get_type_hints(plan.Plan)["on_failure"]),
    # readers are tried for one page each, never all of them
    "read_pages.strategy": tuple(value for value in get_args(plan.Strategy.__value__) if value != "all"),
}

BOUNDS = {
    "attempts": (1, limits.RETRY_ATTEMPTS),
    "count": (1, web.RESULTS_MAX),
    "deadline_s": (limits.DEADLINE_MIN_S, limits.DEADLINE_MAX_S),
    "max_parallel": (1, limits.PARALLEL_MAX),
    "min_chars": (0, None),
    "timeout_s": (None, limits.BRANCH_TIMEOUT_MAX_S),
}

VARIABLES = {"result": "object", "items": "array", "branches": "array", "complete": "boolean", "settled_by": "string"}
LANGUAGES = {"en_US", "zh_Hans", "ja_JP", "pt_BR"}


def read(path: str) -> Any:
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


PROVIDER = read("provider/fanout.yaml")
TOOLS = {name: read(f"tools/{name}.yaml") for name in CONTRACT}
PARAMETERS = {
    f"{name}.{parameter['name']}": parameter for name, tool in TOOLS.items() for parameter in tool["parameters"]
}

each_tool = pytest.mark.parametrize("name", TOOLS)
each_parameter = pytest.mark.parametrize("parameter", PARAMETERS.values(), ids=PARAMETERS.keys())


@each_tool
def test_parameters_are_those_of_the_contract(name: str) -> None:
    written = [
        f"{'•' if parameter['form'] == 'form' else ''}{parameter['name']}{'!' if parameter['required'] else ''}"
        for parameter in TOOLS[name]["parameters"]
    ]
    assert written == CONTRACT[name].split()


@each_parameter
def test_types(parameter: dict[str, Any]) -> None:
    assert parameter["type"] == TYPES.get(parameter["name"], "string")


@each_parameter
def test_a_model_fills_in_data_and_nothing_else(parameter: dict[str, Any]) -> None:
    assert parameter["form"] in {"form", "llm"}
    assert (parameter["form"] == "llm") == (parameter["name"] in RUN_TIME)
    assert ("llm_description" in parameter) == (parameter["form"] == "llm")


@each_parameter
def test_settings_are_of_the_four_types_that_the_panel_can_leave_empty(parameter: dict[str, Any]) -> None:
    if parameter["form"] == "form":
        assert parameter["type"] in {"string", "select", "number", "boolean"}


@each_parameter
def test_defaults_are_in_the_code_alone(parameter: dict[str, Any]) -> None:
    """The platform fills in none at run time, so one that the panel shows could only differ from the real one."""
    assert "default" not in parameter


@pytest.mark.parametrize("path", PARAMETERS)
def test_choices_are_those_of_the_code(path: str) -> None:
    parameter = PARAMETERS[path]
    options = tuple(option["value"] for option in parameter.get("options", []))
    assert options == CHOICES.get(path, CHOICES.get(parameter["name"], ()))


@each_parameter
def test_bounds_are_those_of_the_code(parameter: dict[str, Any]) -> None:
    assert (parameter.get("min"), parameter.get("max")) == BOUNDS.get(parameter["name"], (None, None))


@each_parameter
def test_descriptions_are_one_line_and_carry_an_example(parameter: dict[str, Any]) -> None:
    for text in parameter["human_description"].values():
        assert "\n" not in text
    # an id made up would look like a secret, to people and to the Marketplace's scanner
    if parameter["name"] != "credential_id":
        assert re.search(r"Example: \S", parameter["human_description"]["en_US"])


@pytest.mark.parametrize("name", sorted({parameter["name"] for parameter in PARAMETERS.values()}))
def test_the_same_parameter_is_called_the_same_everywhere(name: str) -> None:
    if name == "inputs_object":
        return  # elsewhere it adds to the inputs; in `reshape` it is the data itself
    labels = [parameter["label"] for parameter in PARAMETERS.values() if parameter["name"] == name]
    assert all(label == labels[0] for label in labels)


def texts_for_people(node: Any, path: str = "") -> Iterator[tuple[str, dict[str, str]]]:
    """Every text of a declaration that Dify shows in the language of its user."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key in {"label", "human", "human_description"} or (key == "description" and "en_US" in value):
                yield f"{path}.{key}", value
            elif key != "output_schema":
                yield from texts_for_people(value, f"{path}.{key}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from texts_for_people(value, f"{path}[{index}]")


@pytest.mark.parametrize("file", ["manifest.yaml", "provider/fanout.yaml", *(f"tools/{name}.yaml" for name in TOOLS)])
def test_every_text_is_there_in_four_languages(file: str) -> None:
    texts = dict(texts_for_people(read(file)))
    assert texts
    for path, languages in texts.items():
        assert languages.keys() == LANGUAGES, path
        assert all(0 < len(text.strip()) < 1024 for text in languages.values()), path


@each_tool
def test_every_variable_is_declared(name: str) -> None:
    schema = TOOLS[name]["output_schema"]
    assert schema["type"] == "object"
    declared = {variable: value["type"] for variable, value in schema["properties"].items()}
    assert declared == (VARIABLES | {"ok": "boolean"} if name == "check_plan" else VARIABLES)
    for variable in ("items", "branches"):
        assert schema["properties"][variable]["items"]["type"] == "object"


def declared_fields(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    for name, field in schema.get("properties", {}).items():
        yield f"{path}.{name}", field
        yield from declared_fields(field, f"{path}.{name}")
        yield from declared_fields(field.get("items", {}), f"{path}.{name}[]")


@each_tool
def test_every_field_of_a_variable_has_a_type_and_a_description(name: str) -> None:
    for path, field in declared_fields(TOOLS[name]["output_schema"]):
        assert field["type"] in {"object", "array", "string", "number", "integer", "boolean"}, path
        assert field["description"].strip(), path


@each_tool
def test_identity(name: str) -> None:
    tool = TOOLS[name]
    assert tool["identity"]["name"] == name
    assert re.fullmatch(r"[a-zA-Z0-9_-]+", name)
    assert tool["description"]["llm"].strip()
    assert tool["extra"]["python"]["source"] == f"tools/{name}.py"
    assert (ROOT / "tools" / f"{name}.py").is_file()


def test_the_provider_lists_every_tool_and_asks_for_no_credentials() -> None:
    assert PROVIDER["tools"] == [f"tools/{name}.yaml" for name in TOOLS]
    assert {path.stem for path in (ROOT / "tools").glob("*.yaml")} == TOOLS.keys()
    # any credential, even an optional one, would make every user create an authorization first
    assert not {"credentials_for_provider", "credentials_schema", "oauth_schema"} & PROVIDER.keys()


def test_identity_of_the_publisher_is_in_the_manifest_alone() -> None:
    assert {declaration["identity"]["author"] for declaration in [PROVIDER, *TOOLS.values()]} == {"fanout"}
