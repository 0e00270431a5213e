"""What a plugin declares: its manifest, its provider, the parameters of its tools."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .yaml_files import read_yaml


@dataclass(frozen=True)
class Parameter:
    """One declared parameter of a tool. `form` is `llm`, `form` or `schema`; `options` the values of a select."""

    name: str
    type: str
    form: str
    required: bool = False
    default: Any = None
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tool:
    """A declared tool, with the output variables of its schema."""

    name: str
    parameters: tuple[Parameter, ...] = ()
    outputs: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> Parameter | None:
        return next((parameter for parameter in self.parameters if parameter.name == name), None)


@dataclass(frozen=True)
class Declaration:
    """A plugin as the platform knows it. `id` is what others call its provider by: author/plugin/provider."""

    name: str
    author: str
    provider: str
    entrypoint: str
    may_invoke_tools: bool
    needs_credentials: bool
    tools: dict[str, Tool] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return f"{self.author}/{self.name}/{self.provider}"


def read_folder(folder: Path) -> Declaration:
    """The declaration of an unpacked plugin, from its YAML files."""
    manifest = _load(folder / "manifest.yaml")
    provider = _load(folder / manifest["plugins"]["tools"][0])
    tools = [_load(folder / path) for path in provider.get("tools") or []]
    return from_wire(manifest, {**provider, "tools": tools})


def from_wire(manifest: dict[str, Any], provider: dict[str, Any]) -> Declaration:
    """The declaration from the manifest and the provider with its tools in it, as remote debugging sends them."""
    permission = ((manifest.get("resource") or {}).get("permission") or {}).get("tool") or {}
    runner = (manifest.get("meta") or {}).get("runner") or {}
    tools = [_tool(tool) for tool in provider.get("tools") or []]
    return Declaration(
        name=manifest["name"],
        author=manifest.get("author") or "",
        provider=provider["identity"]["name"],
        entrypoint=runner.get("entrypoint") or "main",
        may_invoke_tools=bool(permission.get("enabled")),
        needs_credentials=bool(provider.get("credentials_for_provider") or provider.get("credentials_schema")),
        tools={tool.name: tool for tool in tools},
    )


def _tool(declared: dict[str, Any]) -> Tool:
    schema = declared.get("output_schema") or {}
    return Tool(
        name=declared["identity"]["name"],
        parameters=tuple(_parameter(parameter) for parameter in declared.get("parameters") or []),
        outputs=tuple(schema.get("properties") or {}),
    )


def _parameter(declared: dict[str, Any]) -> Parameter:
    return Parameter(
        name=declared["name"],
        type=declared["type"],
        form=declared["form"],
        required=bool(declared.get("required")),
        default=declared.get("default"),
        options=tuple(str(option["value"]) for option in declared.get("options") or []),
    )


def _load(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = read_yaml(path)
    return loaded
