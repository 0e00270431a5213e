"""What a branch calls: short strings, Tool nodes copied from an exported workflow, and plain objects → one form.

A `Source` is a branch (or an entry of the catalog) in the keys of a branch object, with the place in the author's
text that each key came from.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, get_args

from .. import limits
from ..errors import Problem, join_path
from ..texts import say_lookalike
from .copied import NODE_ID, NODE_REMEDY, copied_problem
from .document import PASTED_REMEDY
from .plan import ProviderType, Target
from .schema import describe, nearest, suggest
from .spec import PARAMETERS, BranchSpec

_KINDS: tuple[str, ...] = get_args(ProviderType.__value__)
_FORM = "[name =] catalog-name, or [name =] [kind:]provider/tool"
TOOL_MISSING = "the tool is missing; write the provider and the tool, such as langgenius/google/google/google_search"
_NO_TEMPLATE = (
    "takes no template: which tool is called is fixed when the plan is read; give a branch for each tool, with a `when`"
)
_NO_ID = (
    "the provider of this kind of tool ({0}) is its id, a UUID; copy a Tool node that calls it and paste it into "
    "check_plan, which writes the id"
)
_TEMPLATE = re.compile(r"\$\{|\{\{")
_WORD = re.compile(r"[A-Za-z0-9_.-]+")
_BUILTIN = re.compile(rf"{_WORD.pattern}(?:/{_WORD.pattern}/{_WORD.pattern})?")
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_BULLET = re.compile(r"([-*+•‣·▪–—]|\d{1,3}[.)、．])\s")
_CALLED = re.compile(r"((?:\w+\s*=\s*)?[\w:/.-]+)\s*[({]")  # `name = tool(parameter: value)`
_TOOL = "google_search"
_QUOTES = ('"', "'", "`")
_OWN = "fanout"  # the name of this plugin and of its provider

_NODE_MARKS = frozenset(("provider_id", "tool_parameters", "tool_configurations"))
_NODE_VALUE_TYPES = ("mixed", "constant", "variable")
_NODE_IGNORED = {  # what a node does on failure is said otherwise here
    "retry_config": "use retry",
    "error_strategy": "use on_failure, or fallback",
    "default_value": "use output",
}
_NODE_DISPLAY = frozenset(
    word
    for words in (
        # what it is called and how it looks
        "type desc selected id position positionAbsolute sourcePosition targetPosition width height zIndex",
        "extent parentId dragging draggable selectable",
        "isInIteration isInLoop isIterationStart isLoopStart iteration_id loop_id",
        # what the editor keeps about the tool
        "provider_name provider_show_name provider_icon provider_icon_dark tool_label tool_description",
        "tool_node_version version paramSchemas params output_schema is_team_authorization",
        "plugin_id plugin_unique_identifier",
    )
    for word in words.split()
)


class Written(NamedTuple):
    """A value as the author wrote it, and where."""

    value: Any
    path: str


@dataclass(slots=True)
class Source:
    """A branch or an entry of the catalog, in the keys of a branch object."""

    path: str
    keys: dict[str, Any]
    parameters: dict[str, Written] = field(default_factory=dict)  # of a Tool node; `keys` may hold further ones
    paths: dict[str, str] = field(default_factory=dict)  # of keys that do not stand at `path`.key

    def path_of(self, key: str) -> str:
        """Where the author wrote this key, or would have."""
        return self.paths.get(key) or join_path(self.path, key)


def read_source(raw: Any, path: str, problems: list[Problem], warnings: list[Problem]) -> Source | None:
    """A branch as written, in one form; None (and a problem) where it is none. Values of keys are not checked."""
    if isinstance(raw, str):
        keys = read_text(raw, path, problems)
        return None if keys is None else Source(path, keys, paths=dict.fromkeys(keys, path))
    if not isinstance(raw, dict):
        problems.append(Problem(path, f"got {describe(raw)}; give an object, or a text: {_FORM}"))
        return None
    copied = copied_problem(raw, "a branch")
    if copied is not None:
        problems.append(Problem(path, copied))
        return None
    keyed = _keyed(raw)
    if keyed is not None:
        problems.append(Problem(path, keyed))
        return None
    called = _CALLED.match(next(iter(raw))) if len(raw) == 1 else None  # in a list of YAML, a key and its value
    if called is not None:
        problems.append(Problem(path, _no_call(called[1])))
        return None
    if not _NODE_MARKS.isdisjoint(raw):
        return _Node(path, problems, warnings).read(raw, path)
    inner = raw.get("data")
    if isinstance(inner, dict) and not _NODE_MARKS.isdisjoint(inner):
        node = _Node(path, problems, warnings)
        node.take_keys({key: value for key, value in raw.items() if key != "data"}, path)
        return node.read(inner, f"{path}.data")
    return Source(path, dict(raw))


def is_wrapped(value: Any) -> bool:
    """Whether a value is one as a Tool node keeps it, `{type, value}`."""
    return isinstance(value, dict) and value.keys() <= {"type", "value"} and value.get("type") in _NODE_VALUE_TYPES


def read_text(text: str, path: str, problems: list[Problem]) -> dict[str, Any] | None:
    """`[name =] catalog-name` or `[name =] [kind:]provider/tool` → the keys of a branch object."""
    if (problem := _written_as_call(text.strip())) is not None:
        problems.append(Problem(path, problem))
        return None
    before, equals, after = text.partition("=")
    name, target = (before.strip(), after.strip()) if equals else ("", text.strip())
    keys: dict[str, Any] = {"name": name} if equals else {}
    if equals and not unicodedata.normalize("NFC", name).isidentifier():
        message = f"the name before = takes letters, digits and _ only; write {_FORM}{say_stray(name)}"
        problems.append(Problem(path, message))
        return None
    if not target:
        problems.append(Problem(path, f"names no tool; write {_FORM}"))
        return None
    kind, colon, rest = (part.strip() for part in target.partition(":"))
    if colon and kind in _KINDS and "/" not in rest:
        problems.append(Problem(path, f"{TOOL_MISSING}{say_stray(target)}"))
        return None
    if "/" not in target:
        return {**keys, "use": target}
    if colon and "/" not in kind:
        if kind not in _KINDS:
            hint = say_stray(kind) or f"; {suggest(kind, _KINDS, 'the kinds')}"
            problems.append(Problem(path, f"unknown kind {kind}{hint}"))
            return None
        keys["provider_type"], target = kind, rest
    provider, _, tool = (part.strip() for part in target.rpartition("/"))
    if not provider or not tool:
        problems.append(Problem(path, f"{TOOL_MISSING}{say_stray(target)}"))
        return None
    return {**keys, "provider": provider, "tool_name": tool}


def read_target(
    provider_type: ProviderType,
    provider: str,
    tool_name: str,
    credential_id: str | None,
    path_of: Callable[[str], str],
    problems: list[Problem],
) -> Target | None:
    """The tool that is called; None (and problems) where there cannot be such a tool, or it is this plugin's own."""
    found = {
        "provider": _provider_problem(provider_type, provider),
        "tool_name": _tool_problem(provider_type, tool_name),
        "credential_id": None if credential_id is None else _credential_problem(credential_id),
    }
    if not any(found.values()):
        return Target(provider_type, provider, tool_name, credential_id)
    mistakes = [Problem(path_of(key), message) for key, message in found.items() if message is not None]
    problems.extend(dict.fromkeys(mistakes))
    return None


def split_tool(provider: str) -> str | None:
    """What to write instead of a provider whose last part looks like the tool; None where it does not."""
    *parts, tool = provider.split("/")
    is_whole = len(parts) in (1, 3) and all(parts) and tool
    return f"write provider: {'/'.join(parts)} and tool_name: {tool}" if is_whole else None


def say_stray(text: str) -> str:
    """`; it begins with a bullet …`: what stands in or around a name that is no part of it; or nothing."""
    if _TEMPLATE.search(text):
        return f"; {_NO_TEMPLATE}"
    stray = _BULLET.match(text)
    if stray is not None:
        return f"; it begins with {stray[1]}: write the name alone"
    if text.startswith(_QUOTES) or text.endswith(_QUOTES):
        return "; it stands in quotes: write it without"
    if "#" in text:
        return "; a comment stands in a line of its own"
    lookalike = say_lookalike(text)
    if lookalike:
        return lookalike
    if "," in text:
        return "; it holds a comma: write one name a line"
    return "; it holds blanks: write one name, without blanks" if any(map(str.isspace, text)) else ""


def _keyed(raw: dict[str, Any]) -> str | None:
    """What to write instead of `tavily: {timeout_s: 5}`; None for what is not of that form."""
    (name, value), *more = raw.items() or (("", None),)
    if more or not isinstance(value, dict) or name == "data" or nearest(name, BranchSpec.model_fields) is not None:
        return None
    return "the tool stands here as a key; write {use: NAME, …} for a name of the catalog, else provider and tool_name"


def _written_as_call(text: str) -> str | None:
    called = _CALLED.match(text)
    rest = text[called.end() :] if called else ""
    return _no_call(called[1]) if called and rest.endswith((")", "}")) and (":" in rest or "=" in rest) else None


def _no_call(tool: str) -> str:
    return f"a tool is named without its parameters; write {tool}, and what it is called with in parameters"


def _provider_problem(provider_type: ProviderType, provider: str) -> str | None:
    if provider_type == "builtin":
        return _builtin_problem(provider)
    if provider_type != "mcp" and _UUID.fullmatch(provider):
        return None
    if _TEMPLATE.search(provider):
        return _NO_TEMPLATE
    return None if provider_type == "mcp" else f"{_NO_ID.format(provider_type)}{say_stray(provider)}"


def _builtin_problem(provider: str) -> str | None:
    if NODE_ID.fullmatch(provider):
        return NODE_REMEDY
    if _BUILTIN.fullmatch(provider):
        return "the plugin must not call itself; name another tool" if is_own(provider) else None
    if _TEMPLATE.search(provider):
        return _NO_TEMPLATE
    parts = provider.split("/")
    if not all(map(_WORD.fullmatch, parts)):
        return _no_word(provider, "a builtin provider", "langgenius/google/google")
    split = split_tool(provider) if len(parts) == 4 else None
    hint = TOOL_MISSING if split is None else f"{TOOL_MISSING} ({split})"
    return f"a builtin provider has one part, or three such as langgenius/google/google; {hint}"


def _tool_problem(provider_type: ProviderType, tool_name: str) -> str | None:
    if _WORD.fullmatch(tool_name):
        return None
    if _TEMPLATE.search(tool_name):
        return _NO_TEMPLATE
    if provider_type != "builtin":
        return None
    split = split_tool(tool_name)
    return f"is the tool alone, without its provider; {split}" if split else _no_word(tool_name, "the tool", _TOOL)


def _credential_problem(credential_id: str) -> str | None:
    if _UUID.fullmatch(credential_id):
        return None
    if _TEMPLATE.search(credential_id):
        return _NO_TEMPLATE
    return (
        "is no id of a credential, which is a UUID (not its name); check_plan shows it where a copied Tool node is "
        f"given to it. Leave it out to use the default credential{say_stray(credential_id)}"
    )


def _no_word(text: str, what: str, example: str) -> str:
    stray = say_stray(text) or _stray_character(text)
    return f"{what} is made of letters, digits, _, - and . only, such as {example}{stray}"


def _stray_character(text: str) -> str:
    if text.count(":") == 1:
        return "; the tool stands after a slash, not a colon"
    stray = next((character for character in text if not _WORD.fullmatch(character) and character != "/"), None)
    return f"; it holds {_spelled(stray)}" if stray is not None else f"; one of its parts is empty, or {TOOL_MISSING}"


def _spelled(character: str) -> str:
    """A letter that may look like another one, by its name."""
    name = unicodedata.name(character, "")
    return f"{character} (U+{ord(character):04X}{f', {name.lower()}' if name else ''})"


def is_own(provider: str) -> bool:
    """Whether a builtin provider is this plugin's own, whoever publishes it."""
    provider = provider.lower()
    return provider == _OWN or provider.endswith(f"/{_OWN}/{_OWN}")


class _Node:
    """Reads one Tool node of an exported workflow."""

    def __init__(self, path: str, problems: list[Problem], warnings: list[Problem]) -> None:
        self._source = Source(path, {})
        self._problems = problems
        self._warnings = warnings

    def read(self, node: Mapping[str, Any], path: str) -> Source:
        self.take_keys({key: value for key, value in node.items() if key not in _NODE_MARKS}, path)
        if node.get("provider_id") is not None:
            self._put("provider", node["provider_id"], f"{path}.provider_id")
        if self._source.keys.get("provider_type") == "plugin":
            self._source.keys["provider_type"] = "builtin"
        for group in ("tool_configurations", "tool_parameters"):
            self._take_values(node.get(group), f"{path}.{group}")
        return self._source

    def take_keys(self, keys: Mapping[str, Any], path: str) -> None:
        """Keys of the node itself: those that only the editor needs are left out."""
        for key, value in keys.items():
            if key in _NODE_IGNORED:
                self._warnings.append(
                    Problem(f"{path}.{key}", f"the node's {key} has no effect here; {_NODE_IGNORED[key]}")
                )
            elif key == "title":
                self._take_title(value, f"{path}.{key}")
            elif key not in _NODE_DISPLAY:
                self._put(key, value, f"{path}.{key}")

    def _take_title(self, title: Any, path: str) -> None:
        """The node's title is what people know it by; the editor lets it be anything."""
        if isinstance(title, str) and title.strip():
            self._put("title", title.strip()[: limits.TITLE_CHARS], path)

    def _put(self, key: str, value: Any, path: str) -> None:
        self._source.keys[key] = value
        self._source.paths[key] = path

    def _take_values(self, values: Any, path: str) -> None:
        if values is None:
            return
        if not isinstance(values, dict) or len(values) > PARAMETERS:
            problem = Problem(
                path, f"got {describe(values, show=False)}; give an object of at most {PARAMETERS:,} keys"
            )
            self._problems.append(problem)
            return
        for key, value in values.items():
            place = f"{path}.{key}"
            wrapped = is_wrapped(value)
            plain = value.get("value") if wrapped else value
            if wrapped and value["type"] == "variable":
                self._problems.append(Problem(place, PASTED_REMEDY))
            elif plain is not None:  # the platform, too, leaves out what has no value
                self._source.parameters[key] = Written(plain, place)
