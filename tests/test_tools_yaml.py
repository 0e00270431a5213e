"""The YAML of the tools against the contract (section 13), the code's choices, and what the platform accepts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from fanout.core import limits
from fanout.core.frontends import web_search as web
from fanout.core.frontends.parameters import NOT_SET
from fanout.core.plans import plan, spec
from playground.yaml_files import read_yaml

ROOT = Path(__file__).resolve().parent.parent

# The table of the contract: a setting that a person makes has a dot, a required parameter an exclamation mark. The
# order is that of the panel: what is needed first stands first (inputs stand above all settings, wherever they are).
CONTRACT = {
    "fan_out": """
        •plan! •items •files •inputs_object •catalog •strategy •on_failure •stream •deadline_s •max_parallel •trace
        query text inputs
    """,
    "call_tools": """
        •tools! •parameters •strategy •select •accept •merge •output •text_template •items •files •inputs_object
        •on_failure •stream •attempts •timeout_s •deadline_s •max_parallel •rate •need_rows •credential_id •catalog
        query text inputs
    """,
    "web_search": "query! •engines •topic •count •strategy •deadline_s •catalog",
    "read_pages": "urls •items •readers •strategy •min_chars •max_chars •max_parallel •deadline_s •catalog",
    "reshape": "•expression! •items •inputs_object data",
    "check_plan": "•plan! •items •inputs_object •answers •write •catalog query text inputs",
}

# Everything else is a string: what people write is parsed in the plugin, with errors that say where.
TYPES = {
    **dict.fromkeys(("strategy", "stream", "on_failure", "topic", "write"), "select"),
    "trace": "boolean",
    **dict.fromkeys(
        ("attempts", "count", "deadline_s", "max_chars", "max_parallel", "min_chars", "timeout_s"),
        "number",
    ),
    "inputs_object": "object",
    "items": "array",
    "answers": "array",
    "files": "files",
}

# All that an agent's model can fill in: data, never a plan, a target, an expression or a credential. Only text: OpenAI
# refuses a request with an array that does not say what is in it, and the platform drops what would say it.
RUN_TIME = {"data", "inputs", "query", "text", "urls"}

# The panel offers variables of these types for settings of them; everything else in a setting is text.
DOORS = {"inputs_object", "items", "answers", "files"}

CHOICES = {
    "strategy": get_args(plan.Strategy.__value__),
    "stream": get_args(plan.StreamMode.__value__),
    "on_failure": get_args(get_type_hints(plan.Plan)["on_failure"]),
    # readers are tried for one page each, never all of them
    "read_pages.strategy": tuple(value for value in get_args(plan.Strategy.__value__) if value != "all"),
    "topic": get_args(spec.Topic.__value__),
    "write": ("plan", "catalog"),
}

BOUNDS = {
    "attempts": (1, limits.RETRY_ATTEMPTS),
    "count": (1, web.RESULTS_MAX),
    "deadline_s": (limits.DEADLINE_MIN_S, limits.DEADLINE_MAX_S),
    "max_parallel": (1, limits.PARALLEL_MAX),
    "max_chars": (1, None),
    "min_chars": (0, None),
    "timeout_s": (None, limits.BRANCH_TIMEOUT_MAX_S),
}

# Every variable of every tool, with the type that Dify's editor shows for it.
VARIABLES = {
    "result": "Object",
    "items": "Array[Object]",
    "branches": "Array[Object]",
    "complete": "Boolean",
    "settled_by": "String",
    "warnings": "Array[String]",
}
VARIABLES_OF = dict.fromkeys(CONTRACT, VARIABLES) | {"check_plan": VARIABLES | {"ok": "Boolean", "plan": "String"}}
LANGUAGES = {"en_US", "zh_Hans", "ja_JP", "pt_BR"}


def read(path: str) -> Any:
    return read_yaml(ROOT / path)


PROVIDER = read("provider/fanout.yaml")
TOOLS = {name: read(f"tools/{name}.yaml") for name in CONTRACT}
PARAMETERS = {
    f"{name}.{parameter['name']}": parameter for name, tool in TOOLS.items() for parameter in tool["parameters"]
}

each_tool = pytest.mark.parametrize("name", TOOLS)


@contextmanager
def naming(name: str) -> Iterator[None]:
    """Say what a check was about where it does not hold."""
    try:
        yield
    except AssertionError as error:
        raise AssertionError(f"{name}: {error}") from error


def each_parameter(check: Callable[[dict[str, Any]], None]) -> Callable[[], None]:
    """One test over all parameters, which says of which one the check does not hold."""

    def test() -> None:
        for name, parameter in PARAMETERS.items():
            with naming(name):
                check(parameter)

    return test


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
    """But for the doors of other nodes' variables: as inputs they would stand above the plan, two screens high."""
    if parameter["form"] == "form" and parameter["name"] not in DOORS:
        assert parameter["type"] in {"string", "select", "number", "boolean"}


@each_parameter
def test_what_a_model_fills_in_is_text(parameter: dict[str, Any]) -> None:
    assert parameter["form"] == "form" or parameter["type"] == "string"


@each_parameter
def test_defaults_are_in_the_code_alone(parameter: dict[str, Any]) -> None:
    """The platform fills in none at run time, so one that the panel shows could only differ from the real one.

    A select is never empty again once it was chosen: it has an option for *not set*, and shows that at first.
    """
    assert parameter.get("default") == (NOT_SET if parameter["type"] == "select" else None)
    assert [option["value"] for option in parameter.get("options", [])][:1] in ([], [NOT_SET])


@pytest.mark.parametrize("path", PARAMETERS)
def test_choices_are_those_of_the_code(path: str) -> None:
    parameter = PARAMETERS[path]
    options = tuple(option["value"] for option in parameter.get("options", [])[1:])
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


@each_parameter
def test_help_that_stands_under_a_label_is_short(parameter: dict[str, Any]) -> None:
    """The panel shows it under text fields; of everything else it is a tooltip."""
    if parameter["type"] == "string":
        texts = (re.sub(r"https://[^ )]+", "", text) for text in parameter["human_description"].values())
        assert all(len(text) <= 180 for text in texts)


@pytest.mark.parametrize(
    "path", ["fan_out.plan", "reshape.expression", *(f"call_tools.{name}" for name in ("select", "accept", "output"))]
)
def test_help_leads_from_expressions_to_their_page(path: str) -> None:
    page = f"{read('manifest.yaml')['repo']}/blob/main/docs/expressions.md"
    assert (ROOT / "docs" / "expressions.md").is_file()
    # Dify takes all up to the next blank for the address
    assert all(f"{page} " in text for text in PARAMETERS[path]["human_description"].values())


@pytest.mark.parametrize("path", ["fan_out.plan", "call_tools.parameters", "call_tools.select", "reshape.expression"])
def test_help_says_that_variables_become_part_of_what_is_written(path: str) -> None:
    assert re.search(r"variable in here|variables in here", PARAMETERS[path]["human_description"]["en_US"])
    assert "become part" in PARAMETERS[path]["human_description"]["en_US"]


@pytest.mark.parametrize("name", sorted({parameter["name"] for parameter in PARAMETERS.values()}))
def test_the_same_parameter_is_called_the_same_everywhere(name: str) -> None:
    if name == "inputs_object":
        return  # elsewhere it adds to the inputs; in `reshape` it is the data itself
    labels = [parameter["label"] for parameter in PARAMETERS.values() if parameter["name"] == name]
    assert all(label == labels[0] for label in labels)


def test_help_names_every_mode_of_merging() -> None:
    for text in PARAMETERS["call_tools.merge"]["human_description"].values():
        assert [mode for mode in get_args(plan.MergeMode.__value__) if mode not in text] == []


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


def shown_type(schema: dict[str, Any]) -> str:
    """The type that Dify's editor shows for a variable, by its matching of schemas.

    An object of which no property has a type matches the schema that the editor has for files.
    """
    match schema.get("type"):
        case "object":
            return "Object" if any("type" in field for field in schema.get("properties", {}).values()) else "File"
        case "array":
            return f"Array[{shown_type(schema.get('items', {'type': 'object'}))}]"
        case "integer" | "number":
            return "Number"
        case other:
            return str(other).capitalize()


@each_tool
def test_the_editor_shows_every_variable_with_its_type(name: str) -> None:
    schema = TOOLS[name]["output_schema"]
    assert schema["type"] == "object"
    assert {variable: shown_type(value) for variable, value in schema["properties"].items()} == VARIABLES_OF[name]


@each_tool
def test_nothing_inside_a_variable_looks_like_a_file(name: str) -> None:
    for path, field in declared_fields(TOOLS[name]["output_schema"]):
        assert "File" not in shown_type(field), path


@pytest.mark.parametrize(
    ("schema", "shown"),
    [
        ({"type": "object"}, "File"),
        ({"type": "object", "properties": {}}, "File"),
        ({"type": "object", "properties": {"a": {}}}, "File"),
        ({"type": "object", "properties": {"a": {"type": "string"}}}, "Object"),
        ({"type": "array"}, "Array[File]"),
        ({"type": "array", "items": {"type": "object"}}, "Array[File]"),
        ({"type": "array", "items": {"type": "string"}}, "Array[String]"),
    ],
)
def test_how_the_editor_reads_a_schema(schema: dict[str, Any], shown: str) -> None:
    """As was seen in a real Dify."""
    assert shown_type(schema) == shown


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
