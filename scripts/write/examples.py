"""The example apps of `examples/`, as files that Dify imports, made from `examples/apps.yaml` and `examples/plans`.

A plan is written and read by people, as a file of its own; an app is what Dify's export makes of a workflow. The
apps differ in a few words; everything else about their files is the same for all, and stands here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from playground.yaml_files import read_yaml

DSL_VERSION = "0.6.0"  # of the oldest Dify that is supported; a newer one takes it without asking

# An editor lays nodes out from left to right.
_LEFT, _TOP, _STEP = 80, 282, 304
_FIXED: dict[str, Any] = read_yaml(Path(__file__).with_name("app.yaml"))


@dataclass(frozen=True, slots=True)
class Call:
    """A node that calls a tool of ours, or one that an agent can call.

    `settings` and `inputs` are parameters by name. Text may hold variables (`{{#start.query#}}`); a list names a
    variable of any type, a node and a field. `plan` names a file of `examples/plans`.
    """

    tool: str
    title: str
    plan: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    inputs: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class App:
    """An app: what it is, what it asks its user for, what it calls, and what it answers.

    `asks` are fields of the start node (name → `{label, default}`; a line of text, or a paragraph where the default
    has several; files where there is none). `gives` are variables that the app returns, of the last call, or of the
    one that is named (`call1.plan`); a chat answers `answer` instead, which may be that of a model
    (`{{#model.text#}}`) to the question `prompt`. An agent has `instruction`, and calls as its model sees fit.
    """

    title: str
    description: str
    icon: str
    calls: list[Call]
    asks: dict[str, dict[str, str]] = field(default_factory=dict)
    gives: Sequence[str] = ()
    answer: str = ""
    prompt: str = ""
    instruction: str = ""
    environment: dict[str, str] = field(default_factory=dict)  # name → a file of examples/plans


def apps(root: Path) -> dict[str, App]:
    """The apps of `examples/apps.yaml`, by name."""
    written = read_yaml(root / "examples" / "apps.yaml")
    return {name: App(**{**app, "calls": [Call(**call) for call in app["calls"]]}) for name, app in written.items()}


def examples(root: Path, author: str) -> dict[str, str]:
    """The files of `examples/` → their text. `author` is the plugin's, which is a part of its tools' addresses."""
    return {f"examples/{name}.yml": _dump(_Writer(root, author).write(app)) for name, app in apps(root).items()}


class _Writer:
    def __init__(self, root: Path, author: str) -> None:
        self._plans = root / "examples" / "plans"
        self._plugin = f"{author}/fanout"
        self._labels = {
            file.stem: read_yaml(file)["identity"]["label"]["en_US"] for file in (root / "tools").glob("*.yaml")
        }

    def write(self, app: App) -> dict[str, Any]:
        mode = "agent-chat" if app.instruction else "advanced-chat" if app.answer else "workflow"
        words = {"description": app.description, "icon": app.icon, "mode": mode, "name": app.title}
        document: dict[str, Any] = {
            "app": {**_FIXED["app"], **words},
            # nothing to be installed is named: that would need the checksums of packages
            "dependencies": [],
            "kind": "app",
            "version": DSL_VERSION,
        }
        if mode == "agent-chat":
            return document | {"model_config": self._agent(app)}
        nodes = [self._start(app), *self._calls(app), *self._model(app), self._end(app)]
        return document | {
            "workflow": {
                "conversation_variables": [],
                "environment_variables": [
                    self._environment(number, name, file) for number, (name, file) in enumerate(app.environment.items())
                ],
                "features": _FIXED["features"],
                "graph": {
                    "edges": list(_edges(nodes)),
                    "nodes": [_placed(node, place) for place, node in enumerate(nodes)],
                    "viewport": {"x": 0, "y": 0, "zoom": 1},
                },
            }
        }

    def _start(self, app: App) -> dict[str, Any]:
        variables = [_variable(name, **asked) for name, asked in app.asks.items()]
        return {"id": "start", "data": {"title": "Start", "type": "start", "variables": variables}}

    def _calls(self, app: App) -> list[dict[str, Any]]:
        return [{"id": f"call{number}", "data": self._tool(call)} for number, call in enumerate(app.calls, start=1)]

    def _model(self, app: App) -> list[dict[str, Any]]:
        if not app.prompt:
            return []
        template = [{"id": "question", "role": "user", "text": app.prompt}]
        return [{"id": "model", "data": {**_FIXED["model"], "prompt_template": template}}]

    def _end(self, app: App) -> dict[str, Any]:
        if app.answer:
            return {"id": "answer", "data": {**_FIXED["answer"], "answer": app.answer}}
        last = f"call{len(app.calls)}"
        objects = dict.fromkeys(("items", "branches"), "array[object]")
        types = {**objects, "result": "object", "complete": "boolean", "warnings": "array[string]"}
        named = [name.split(".") if "." in name else [last, name] for name in app.gives]
        outputs = [
            {"value_selector": [node, name], "value_type": types.get(name, "string"), "variable": name}
            for node, name in named
        ]
        return {"id": "end", "data": {"outputs": outputs, "title": "End", "type": "end"}}

    def _tool(self, call: Call) -> dict[str, Any]:
        settings = {name: _value(value) for name, value in self._settings(call).items()}
        inputs = {name: _value(value) for name, value in call.inputs.items()}
        node = {"plugin_id": self._plugin, "title": call.title, "tool_configurations": settings}
        return {**_FIXED["tool"], **self._address(call), **node, "tool_parameters": inputs}

    def _address(self, call: Call) -> dict[str, str]:
        provider = f"{self._plugin}/fanout"
        names = {"tool_label": self._labels[call.tool], "tool_name": call.tool}
        return {"provider_id": provider, "provider_name": provider, **names}

    def _settings(self, call: Call) -> dict[str, Any]:
        plan = {"plan": self._plan(call.plan)} if call.plan else {}
        return plan | call.settings

    def _plan(self, file: str) -> str:
        return (self._plans / file).read_text(encoding="utf-8")

    def _environment(self, number: int, name: str, file: str) -> dict[str, Any]:
        variable = {"id": f"00000000-0000-4000-8000-{number:012}", "name": name, "selector": ["env", name]}
        return {**_FIXED["environment"], **variable, "value": self._plan(file)}

    def _agent(self, app: App) -> dict[str, Any]:
        tools = [
            {**_FIXED["agent tool"], **self._address(call), "tool_parameters": self._settings(call)}
            for call in app.calls
        ]
        mode = {**_FIXED["agent mode"], "tools": tools}
        return {**_FIXED["agent"], "agent_mode": mode, "pre_prompt": app.instruction}


def _value(value: Any) -> dict[str, Any]:
    """A parameter as a node stores it: a variable by its path, text that may hold variables, or a constant."""
    kind = "variable" if isinstance(value, list) else "mixed" if isinstance(value, str) else "constant"
    return {"type": kind, "value": value}


def _variable(name: str, label: str, default: str | None = None) -> dict[str, Any]:
    if default is None:
        return {**_FIXED["files"], "label": label, "variable": name}
    kind = "paragraph" if "\n" in default else "text-input"
    return {**_FIXED["variable"], "default": default, "label": label, "type": kind, "variable": name}


def _edges(nodes: Sequence[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    for source, target in pairwise(nodes):
        types = {"sourceType": source["data"]["type"], "targetType": target["data"]["type"]}
        yield {
            **_FIXED["edge"],
            "data": {"isInIteration": False, "isInLoop": False, **types},
            "id": f"{source['id']}-source-{target['id']}-target",
            "source": source["id"],
            "target": target["id"],
        }


def _placed(node: dict[str, Any], place: int) -> dict[str, Any]:
    position = {"x": _LEFT + place * _STEP, "y": _TOP}
    data = {"desc": "", "selected": False, **node["data"]}
    return {**_FIXED["node"], "data": data, "id": node["id"], "position": position, "positionAbsolute": dict(position)}


class _Dumper(yaml.SafeDumper):
    """As Dify's export, but texts of several lines stay readable."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: _Dumper, text: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


def _dump(document: dict[str, Any]) -> str:
    return yaml.dump(document, Dumper=_Dumper, allow_unicode=True, width=120)
