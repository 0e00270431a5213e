"""References: the keys of plans and the functions, from the code; the tools, from their YAML."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from fanout.core.language.functions import FUNCTIONS
from fanout.core.language.signatures import Function
from fanout.core.plans import spec
from fanout.core.plans.plan import MERGE_MODES
from fanout.core.plans.schema import accepted, plan_schema
from fanout.core.plans.spec import BranchDefaults, PlanSpec, Spec
from playground.yaml_files import read_yaml

PLAN_REQUIRES = plan_schema()["required"]


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table."""
    lines = [list(head), *map(list, rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|").strip() for cell in line) + " |" for line in lines)


# -- docs/plan.md


def keys_table(model: type[Spec], without: type[Spec] | None = None) -> str:
    """A row for each key, a model's own before those it inherits: what it takes, its default, its meaning."""
    own = [name for part in model.__mro__ for name in vars(part).get("__annotations__", {})]
    names = [name for name in own if name in model.model_fields and not (without and name in without.model_fields)]
    rows = []
    for name in names:
        field = model.model_fields[name]
        key = field.alias or name
        meaning, _, default = (field.description or "").partition(" Default: ")
        shown = "required" if _is_required(model, name) else default.removesuffix(".") or _default(field.default)
        rows.append((f"`{key}`", accepted(model, key), shown, meaning.partition(" Modes: ")[0]))
    return table(("key", "takes", "default", "meaning"), rows)


def _is_required(model: type[Spec], name: str) -> bool:
    """The plan's are those of its schema: so that it can be checked on, the model has a default for each."""
    return model.model_fields[name].is_required() or (model is PlanSpec and name in PLAN_REQUIRES)


def _default(value: Any) -> str:
    match value:
        case None | []:
            return "–"
        case bool():
            return f"`{str(value).lower()}`"
        case float():
            return f"`{value:g}`"
        case list() | tuple():
            return f"`[{', '.join(value)}]`"
        case _:
            return f"`{value}`"


def functions_table() -> str:
    rows = [(f"`{name}`", _takes(function), function.gives) for name, function in sorted(FUNCTIONS.items())]
    return table(("function", "takes", "gives"), rows)


def _takes(function: Function) -> str:
    parts = [
        parameter.words if index < function.required else f"[{parameter.words}]"
        for index, parameter in enumerate(function.parameters)
    ]
    return ", ".join(parts) + (", …" if function.is_variadic else "")


PARTS: dict[str, Callable[[], str]] = {
    "plan keys": lambda: keys_table(PlanSpec, BranchDefaults),
    "branch keys": lambda: keys_table(spec.BranchSpec),
    "retry keys": lambda: keys_table(spec.RetrySpec),
    "merge modes": lambda: table(("mode", "gives"), ([f"`{mode}`", gives] for mode, gives in MERGE_MODES.items())),
    "merge keys": lambda: keys_table(spec.MergeSpec),
    "rule keys": lambda: keys_table(spec.RuleSpec),
    "catalog keys": lambda: keys_table(spec.CatalogEntrySpec, spec.BranchBody),
    "functions": functions_table,
}


# -- docs/tools.md

_TOOLS_HEAD = """\
# The tools

Parameters marked *setting* are filled in by the person who builds the workflow; *input* arrives at run time, from
variables of the workflow, or from an agent's model. An empty parameter counts as not given. Beside the
variables of each tool stand those of every Tool node: `text`, `json` and `files`. This page is written by `make docs`
from the YAML of the tools.
"""


def tools_page(root: Path) -> str:
    """Every tool with its parameters and variables."""
    provider = read_yaml(root / "provider" / "fanout.yaml")
    tools = [read_yaml(root / name) for name in provider["tools"]]
    contents = "\n".join(f"- [{_title(tool)}](#{_title(tool).lower().replace(' ', '-')})" for tool in tools)
    return "\n".join([_TOOLS_HEAD, contents, "", *map(_tool_section, tools)]).rstrip() + "\n"


def _title(tool: dict[str, Any]) -> str:
    return str(tool["identity"]["label"]["en_US"])


def _tool_section(tool: dict[str, Any]) -> str:
    rows = [
        (
            f"`{parameter['name']}`" + (" (required)" if parameter["required"] else ""),
            "setting" if parameter["form"] == "form" else "input",
            _type(parameter),
            _with_example(parameter["human_description"]["en_US"]),
        )
        for parameter in tool["parameters"]
    ]
    variables = [
        (f"`{name}`", _schema_words(schema), schema["description"])
        for name, schema in tool["output_schema"]["properties"].items()
    ]
    return "\n".join(
        [
            f"## {_title(tool)}",
            "",
            f"`{tool['identity']['name']}`: {tool['description']['human']['en_US']}",
            "",
            f"![{_title(tool)}, filled in](pictures/{tool['identity']['name']}.png)",
            "",
            table(("parameter", "", "type", "meaning"), rows),
            "",
            table(("variable", "type", "holds"), variables),
            "",
        ]
    )


def _with_example(description: str) -> str:
    """A description whose example is set as code (it may hold backticks), and whose link leads to the page beside."""
    description = re.sub(r"JMESPath \(http\S+/docs/(\S+)\)", r"[JMESPath](\1)", description)
    meaning, _, example = description.partition(" Example: ")
    return f"{meaning} Example: `` {example} ``" if example else meaning


def _type(parameter: dict[str, Any]) -> str:
    if parameter["type"] == "select":
        return " ".join(f"`{option['value']}`" for option in parameter["options"])
    low, high = parameter.get("min"), parameter.get("max")
    if low is not None and high is not None:
        return f"{parameter['type']}, {low:g} to {high:g}"
    if high is not None:
        return f"{parameter['type']}, up to {high:g}"
    return str(parameter["type"]) if low is None else f"{parameter['type']}, from {low:g}"


def _schema_words(schema: dict[str, Any]) -> str:
    """`list of {title, url}`"""
    if schema["type"] == "array":
        return f"list of {_schema_words(schema['items'])}" if "items" in schema else "list"
    fields = ", ".join(schema.get("properties", {}))
    return f"{{{fields}}}" if fields else str(schema["type"])
