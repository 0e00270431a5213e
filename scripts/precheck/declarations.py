"""Rules about the YAML of the provider and of the tools. The packager does not look at them; the daemon does, late."""

from __future__ import annotations

import re
from typing import Any

from .manifest import texts
from .package import Findings, Package, blocks, look, words

_NAME = re.compile(r"[a-zA-Z0-9_-]+")
_TYPES = words(
    "string number boolean select secret-input file files app-selector model-selector any dynamic-select array object"
    " checkbox date date-range"
)
_FORMS = frozenset(("schema", "form", "llm"))
_PARAMETER_KEYS = words(
    "name label human_description llm_description type form required default min max precision multiple options"
    " auto_generate template scope"
)
_CREDENTIALS = words("secret-input text-input select boolean app-selector model-selector array[tools]")
_RESERVED = frozenset(("text", "json", "files"))
_MAX_NAME = 1023


def provider(package: Package) -> Findings:
    """The provider: its identity, its icon, its tools, and what it asks its users for."""
    for name in _listed(package.manifest.get("plugins"), "tools"):
        document = package.document(name)
        if not document:
            yield blocks(f"{name}: is missing or cannot be read")
            continue
        yield from _identity(name, document)
        yield from texts(f"{name}: identity.description", _identity_of(document).get("description"))
        icon = _identity_of(document).get("icon")
        if f"_assets/{icon}" not in package.files:
            yield blocks(f"{name}: identity.icon must be the bare name of a file in _assets")
        yield from _source(name, document, package)
        for key, credential in (document.get("credentials_for_provider") or {}).items():
            if credential.get("type") not in _CREDENTIALS:
                yield blocks(f"{name}: credential {key} has a type that the daemon does not know")


def tools(package: Package) -> Findings:
    """Every tool: its identity, its parameters, its variables, its code."""
    for provider_name in _listed(package.manifest.get("plugins"), "tools"):
        names = _listed(package.document(provider_name), "tools")
        if not names:
            yield blocks(f"{provider_name}: lists no tools")
        for name in names:
            document = package.document(name)
            if not document:
                yield blocks(f"{name}: is missing or cannot be read")
                continue
            yield from _tool(name, document, package)


def _tool(name: str, document: dict[str, Any], package: Package) -> Findings:
    yield from _identity(name, document)
    description = document.get("description") or {}
    yield from texts(f"{name}: description.human", description.get("human"))
    if not str(description.get("llm") or "").strip():
        yield blocks(f"{name}: description.llm is missing; a model chooses tools by it")
    for parameter in document.get("parameters") or []:
        yield from _parameter(f"{name}: parameter {parameter.get('name')}", parameter)
    schema = document.get("output_schema") or {"type": "object"}
    if schema.get("type") != "object":
        yield blocks(f"{name}: output_schema must be an object")
    for variable in _RESERVED & (schema.get("properties") or {}).keys():
        yield blocks(f"{name}: the variable {variable} exists already; call it something else")
    yield from _source(name, document, package)


def _identity(name: str, document: dict[str, Any]) -> Findings:
    identity = _identity_of(document)
    if not _NAME.fullmatch(str(identity.get("name", ""))):
        yield blocks(f"{name}: identity.name takes letters, digits, _ and - only")
    if not identity.get("author"):
        yield blocks(f"{name}: identity.author is missing")
    yield from texts(f"{name}: identity.label", identity.get("label"))


def _parameter(path: str, parameter: dict[str, Any]) -> Findings:
    if not 1 <= len(str(parameter.get("name") or "")) <= _MAX_NAME:
        yield blocks(f"{path}: has no name")
    if parameter.get("type") not in _TYPES:
        yield blocks(f"{path}: the daemon knows no type {parameter.get('type')}")
    if parameter.get("form") not in _FORMS:
        yield blocks(f"{path}: form must be one of {', '.join(sorted(_FORMS))}")
    for key in sorted(parameter.keys() - _PARAMETER_KEYS):
        yield look(f"{path}: {key} is dropped by the daemon")
    yield from texts(f"{path}: label", parameter.get("label"))
    yield from texts(f"{path}: human_description", parameter.get("human_description"))
    for option in parameter.get("options") or []:
        yield from texts(f"{path}: option {option.get('value')}", option.get("label"))


def _source(name: str, document: dict[str, Any], package: Package) -> Findings:
    source = ((document.get("extra") or {}).get("python") or {}).get("source")
    if source not in package.files:
        yield blocks(f"{name}: extra.python.source must name a file of the package")


def _identity_of(document: dict[str, Any]) -> dict[str, Any]:
    identity = document.get("identity")
    return identity if isinstance(identity, dict) else {}


def _listed(document: Any, key: str) -> list[str]:
    listed = document.get(key) if isinstance(document, dict) else None
    return [str(name) for name in listed or []]
