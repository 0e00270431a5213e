"""From the canvas to a plan (contract 4, 13): copied Tool nodes, or an exported app, as the branches they amount to.

What Dify writes of a workflow holds variables, which are replaced before anything of ours sees them: one whose node
has not run becomes `NODE.field`, and that is told from other text by the look of a node's id.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from ..errors import PlanError, Problem
from ..plans.copied import CLIPBOARD, is_clipboard, is_exported_app
from ..plans.document import parse_document
from ..plans.drafts import as_name, unused_name
from ..plans.targets import is_own, is_wrapped
from ..texts import some_of

type Write = Literal["plan", "catalog"]

REPLACED = (
    "variables of the system, of the environment and of the conversation, and those of nodes that have run, were "
    "replaced by their values before this text arrived: write ${inputs.…} where such a value stands"
)

_BROKEN = (
    "the copied nodes cannot be read: the value of a variable in them holds a quote or a line break; run this node "
    "with ${inputs.NAME} as the value of each variable, by its name"
)
_FIELD = r"[A-Za-z_]\w*(?:\.\w+)*"
_MARKED = re.compile(r"\{\{#([\w-]+(?:\.[\w-]+)+)#\}\}")  # {{#NODE.field#}}
_UNRESOLVED = re.compile(rf"(?<![\w.])[0-9]{{10,}}\w*\.({_FIELD})")  # what is left of one
_NAMED = 20  # nodes that one message names


@dataclass(slots=True)
class Made:
    """What copied nodes amount to: `source` is a plan, or a catalog. `notes` say what was left out or changed."""

    write: Write
    entries: dict[str, dict[str, Any]]
    notes: list[Problem]

    @property
    def source(self) -> dict[str, Any]:
        """As the author would have written it."""
        if self.write == "catalog":
            return self.entries
        return {"branches": [{"name": name, **entry} for name, entry in self.entries.items()]}


def read_copied(source: Any) -> Mapping[str, Any] | None:
    """The copied nodes or the exported app that a text or an object is; None where it is neither.

    Raises PlanError for copied nodes that cannot be read any more.
    """
    value = source
    if isinstance(source, str):
        try:
            value = parse_document(source, "plan")
        except PlanError as error:
            if CLIPBOARD not in source:
                return None  # it is a problem of the plan that it was to be
            raise PlanError([Problem("plan", _BROKEN), *error.problems]) from None
    return value if is_clipboard(value) or is_exported_app(value) else None


def make_plan(copied: Mapping[str, Any], write: Write) -> Made:
    """A branch for each Tool node, in their order. Raises PlanError where there is none."""
    nodes = [node for node in _nodes(copied) if isinstance(node, dict)]
    found = [(str(node.get("id")), data) for node in nodes if _is_tool(data := _data(node))]
    tools = [each for each in found if not _is_own(each[1])] or found
    own = [_title(data) for _, data in found if _is_own(data)] if tools is not found else []
    others = [_title(data) for node in nodes if not _is_tool(data := _data(node))]
    if not tools:
        there = f"; there are {some_of(others, _NAMED)}" if others else ""
        raise PlanError([Problem("plan", f"no Tool node is among what was copied{there}; copy Tool nodes")])
    variables = _Variables()
    entries: dict[str, dict[str, Any]] = {}
    names: dict[str, str] = {}
    for node_id, data in tools:
        name = unused_name(as_name(str(data.get("title") or data.get("tool_name") or "")), entries)
        names[node_id] = name
        entries[name] = _entry(name, data, variables)
    branches = names if write == "plan" else {}
    left_out = [*_left_out(own, "the plugin must not call itself"), *_left_out(others, "only Tool nodes can be called")]
    return Made(write, entries, [*left_out, *variables.notes(), *variables.of_branches(branches)])


def _nodes(copied: Mapping[str, Any]) -> Sequence[Any]:
    if is_clipboard(copied):
        nodes = copied.get("nodes")
    else:
        workflow = copied.get("workflow", copied)
        nodes = workflow["graph"].get("nodes") if isinstance(workflow, dict) and "graph" in workflow else None
    return nodes if isinstance(nodes, list) else ()


def _data(node: Mapping[str, Any]) -> Mapping[str, Any]:
    data = node.get("data")
    return data if isinstance(data, dict) else {}


def _is_tool(data: Mapping[str, Any]) -> bool:
    return data.get("type") == "tool" and bool(data.get("provider_id")) and bool(data.get("tool_name"))


def _is_own(data: Mapping[str, Any]) -> bool:
    return data.get("provider_type", "builtin") in ("builtin", "plugin") and is_own(str(data["provider_id"]))


def _title(data: Mapping[str, Any]) -> str:
    kind = str(data.get("type") or "note")
    title = str(data.get("title") or "")
    return f"{title} ({kind})" if title else kind


def _left_out(others: Sequence[str], reason: str) -> Iterator[Problem]:
    if others:
        yield Problem("plan", f"left out, as {reason}: {some_of(others, _NAMED)}")


def _entry(name: str, data: Mapping[str, Any], variables: _Variables) -> dict[str, Any]:
    """The keys of a branch object without its name; what is the default stays unsaid."""
    title = str(data.get("title") or "")
    kind = str(data.get("provider_type") or "builtin")
    entry: dict[str, Any] = {
        "title": title if title != name else "",
        "provider_type": "" if kind in ("builtin", "plugin") else kind,
        "provider": data["provider_id"],
        "tool_name": data["tool_name"],
        "credential_id": data.get("credential_id"),
        "parameters": _parameters(data, variables),
    }
    return {key: value for key, value in entry.items() if value}


def _parameters(data: Mapping[str, Any], variables: _Variables) -> dict[str, Any]:
    """Settings, then inputs; the platform, too, leaves out what has no value."""
    parameters: dict[str, Any] = {}
    for group in ("tool_configurations", "tool_parameters"):
        values = data.get(group)
        for key, value in values.items() if isinstance(values, dict) else ():
            plain = _plain(value, variables)
            if plain is not None:
                parameters[key] = plain
    return parameters


def _plain(value: Any, variables: _Variables) -> Any:
    """A parameter without what the canvas wraps around it."""
    if not is_wrapped(value):
        return variables.replaced(value)
    if value["type"] == "variable" and isinstance(value.get("value"), list):
        return variables.named(list(map(str, value["value"])))
    return variables.replaced(value.get("value"))


@dataclass(slots=True)
class _Variables:
    """Turns variables of the canvas into templates, and remembers which were there."""

    _fields: dict[str, set[str]] = field(default_factory=dict)  # the field of `inputs` → what it stood for

    def replaced(self, value: Any) -> Any:
        """The value with every variable in its texts, at any depth, as `${inputs.field}`."""
        if isinstance(value, str):
            text = _MARKED.sub(lambda found: self.named(found[1].split(".")), value)
            return _UNRESOLVED.sub(lambda found: self.named(found[0].split(".")), text)
        if isinstance(value, list):
            return [self.replaced(part) for part in value]
        if isinstance(value, dict):
            return {key: self.replaced(part) for key, part in value.items()}
        return value

    def named(self, selector: Sequence[str]) -> str:
        """The template for a selector: the node's id, then the path of a field in its output."""
        path = ".".join(map(_step, selector[1:])) or _step(selector[0])
        self._fields.setdefault(path, set()).add(".".join(selector))
        return f"${{inputs.{path}}}"

    def notes(self) -> Iterator[Problem]:
        """Which inputs the plan has now, and which of them stand for several variables."""
        if self._fields:
            shown = ", ".join(f"${{inputs.{path}}}" for path in list(self._fields)[:_NAMED])
            yield Problem("plan", f"variables became {shown}: hand these over in inputs")
        for path, selectors in self._fields.items():
            if len(selectors) > 1:
                written = ", ".join(sorted(selectors)[:_NAMED])
                yield Problem("plan", f"${{inputs.{path}}} stands for {written}; give one of them another name")

    def of_branches(self, names: Mapping[str, str]) -> Iterator[Problem]:
        """Which inputs stand for what another branch gives now; `names` are the branches, by the node's id."""
        for path, selectors in self._fields.items():
            for name in (names[node] for node in _nodes_of(selectors) if node in names):
                message = f"${{inputs.{path}}} stands for an output of {name}, which is a branch now"
                yield Problem("plan", f"{message}; write ${{branches.{name}.result}}, or what you need of it")


def _nodes_of(selectors: set[str]) -> list[str]:
    return sorted({selector.partition(".")[0] for selector in selectors})


def _step(name: str) -> str:
    """One name of a path, in quotes where it is no name by itself."""
    return name if name.isidentifier() else '"' + name.replace('"', '\\"') + '"'
