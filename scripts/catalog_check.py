"""Compare the shipped catalog with the plugins it names: `make catalog-check DIR=…`.

DIR holds copies of plugins: checkouts, unpacked packages, or git directories without a work tree (their HEAD is read),
at any depth. Compared are the names, types, options, ranges and forms of parameters, what must be given, and whether
an authorisation is needed. Tools that are part of Dify are looked for in a copy of Dify. Then each tool is run against
a scripted service (see `catalog_run`); libraries that plugins need are found through PYTHONPATH. What is not in DIR is
reported and no mismatch. Exit status: 0 all that was found agrees, 1 something does not, 2 nothing was found.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

import yaml

from fanout.core.budget import Budget
from fanout.core.errors import ExpressionError
from fanout.core.language.templates import compile_value
from fanout.core.plans.document import parse_document

CATALOG = Path(__file__).parents[1] / "fanout" / "catalog"

_SKIPPED_FOLDERS = frozenset((".git", ".venv", "node_modules", "__pycache__"))
_BUILTIN_FOLDER = "builtin_tool/providers"  # of Dify: <provider>/<provider>.yaml and <provider>/tools/*.yaml
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MANY = 1_000  # more results than any tool gives: an entry must keep to the tool's own limit

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "secret-input": (str,),
    "select": (str,),
    "number": (int, float),
    "boolean": (bool,),
}


class Tree(Protocol):
    """Some files: their paths, and the text of one (None where it cannot be read)."""

    def paths(self) -> list[str]: ...

    def read(self, path: str) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Folder:
    """The files of a folder of the file system."""

    root: Path

    def paths(self) -> list[str]:
        found = []
        for folder, names, files in os.walk(self.root):
            names[:] = [name for name in names if name not in _SKIPPED_FOLDERS and not is_git_dir(Path(folder, name))]
            found += [Path(folder, file).relative_to(self.root).as_posix() for file in files]
        return found

    def read(self, path: str) -> str | None:
        try:
            return (self.root / path).read_text(encoding="utf-8")
        except (OSError, UnicodeError):
            return None


@dataclass(frozen=True, slots=True)
class Repository:
    """The files of the newest commit in a git directory without a work tree."""

    git_dir: Path

    def paths(self) -> list[str]:
        return (self._git("ls-tree", "-r", "-z", "--name-only", "HEAD") or "").split("\0")

    def read(self, path: str) -> str | None:
        return self._git("show", f"HEAD:{path}")

    def _git(self, *arguments: str) -> str | None:
        command = ["git", f"--git-dir={self.git_dir}", *arguments]
        done = subprocess.run(command, capture_output=True, check=False)
        return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None


def is_git_dir(folder: Path) -> bool:
    return (folder / "HEAD").is_file() and (folder / "objects").is_dir() and (folder / "refs").is_dir()


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a plugin declares of one tool; where its code is, if it is no git directory."""

    version: str
    needs_authorization: bool
    parameters: Mapping[str, Mapping[str, Any]]
    folder: Path | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One entry and what was found: `declared` is None where the tool is not in DIR, or `problems` say why."""

    name: str
    entry: Mapping[str, Any]
    declared: Declaration | None
    problems: tuple[str, ...] = ()

    @property
    def verdict(self) -> str:
        if self.problems:
            return f"{len(self.problems)} mismatch{'' if len(self.problems) == 1 else 'es'}"
        return "ok" if self.declared else "not in DIR"


# -- what is there


class Copies:
    """All plugins, and the built-in tools of Dify, below one folder."""

    def __init__(self, directory: Path) -> None:
        self._plugins: dict[str, list[tuple[Tree, PurePosixPath, Any]]] = {}
        self._builtins: list[tuple[Tree, str]] = []
        for tree in _find_trees(directory):
            for path in tree.paths():
                self._take(tree, path)

    def find(self, provider: str, tool_name: str) -> Declaration | str | None:
        """The declaration of a tool; None where there is no copy of its plugin; text: what the copy lacks."""
        author, _, rest = provider.partition("/")
        if not rest:
            return self._find_builtin(provider, tool_name)
        plugin, _, name = rest.partition("/")
        copies = self._plugins.get(f"{author}/{plugin}", [])
        found = [self._find_in(tree, folder, manifest, name, tool_name) for tree, folder, manifest in copies]
        declared = [each for each in found if isinstance(each, Declaration)]
        return max(declared, key=_version_key) if declared else next(iter(found), None)

    def _take(self, tree: Tree, path: str) -> None:
        where = PurePosixPath(path)
        if where.name == "manifest.yaml":
            manifest = _load(tree, path)
            if isinstance(manifest, dict) and manifest.get("type") == "plugin":
                key = f"{manifest.get('author')}/{manifest.get('name')}"
                self._plugins.setdefault(key, []).append((tree, where.parent, manifest))
        elif f"{_BUILTIN_FOLDER}/" in path and where.suffix == ".yaml":
            self._builtins.append((tree, path))

    @staticmethod
    def _find_in(tree: Tree, folder: PurePosixPath, manifest: Any, name: str, tool_name: str) -> Declaration | str:
        providers = _files(tree, folder, (manifest.get("plugins") or {}).get("tools"))
        provider = next((each for each in providers if _name(each) == name), None)
        if provider is None:
            return f"the plugin has no provider {name}"
        tool = next((each for each in _files(tree, folder, provider.get("tools")) if _name(each) == tool_name), None)
        if tool is None:
            return f"the provider has no tool {tool_name}"
        root = tree.root.resolve() / folder if isinstance(tree, Folder) else None
        source = ((tool.get("extra") or {}).get("python") or {}).get("source") or ""
        return replace(_declaration(str(manifest.get("version")), provider, tool), folder=root, source=source)

    def _find_builtin(self, provider: str, tool_name: str) -> Declaration | str | None:
        folder = f"{_BUILTIN_FOLDER}/{provider}/"
        paths = [(tree, path) for tree, path in self._builtins if folder in path]
        found = [(path, document) for tree, path in paths if isinstance(document := _load(tree, path), dict)]
        tools = [document for path, document in found if "/tools/" in path and _name(document) == tool_name]
        declared = [document for path, document in found if path.endswith(f"{folder}{provider}.yaml")]
        if not declared:
            return None
        return _declaration("", declared[0], tools[0]) if tools else f"the provider has no tool {tool_name}"


def _find_trees(directory: Path) -> Iterator[Tree]:
    if is_git_dir(directory):
        yield Repository(directory)
        return
    yield Folder(directory)
    for folder, names, _ in os.walk(directory):
        git_dirs = [name for name in names if name != ".git" and is_git_dir(Path(folder, name))]
        yield from (Repository(Path(folder, name)) for name in git_dirs)
        names[:] = [name for name in names if name not in _SKIPPED_FOLDERS and name not in git_dirs]


def _files(tree: Tree, folder: PurePosixPath, paths: Any) -> list[dict[str, Any]]:
    documents = (_load(tree, str(folder / str(path).lstrip("/"))) for path in paths or ())
    return [document for document in documents if isinstance(document, dict)]


def _load(tree: Tree, path: str) -> Any:
    text = tree.read(path)
    try:
        return None if text is None else yaml.load(text, _LOADER)  # the loader is PyYAML's safe one
    except yaml.YAMLError:
        return None


def _name(document: Mapping[str, Any]) -> Any:
    return (document.get("identity") or {}).get("name")


def _declaration(version: str, provider: Mapping[str, Any], tool: Mapping[str, Any]) -> Declaration:
    needs = bool(provider.get("credentials_for_provider") or provider.get("oauth_schema"))
    return Declaration(version, needs, {each["name"]: each for each in tool.get("parameters") or ()})


def _version_key(declaration: Declaration) -> list[int]:
    return [int(part) if part.isdigit() else 0 for part in declaration.version.split(".")]


# -- what is compared


def check_entry(name: str, entry: Mapping[str, Any], copies: Copies) -> Finding:
    found = copies.find(entry["provider"], entry["tool_name"])
    if isinstance(found, str):
        return Finding(name, entry, None, (found,))
    return Finding(name, entry, found, tuple(_mismatches(entry, found)) if found else ())


def _mismatches(entry: Mapping[str, Any], declared: Declaration) -> Iterator[str]:
    if entry.get("authorization", False) != declared.needs_authorization:
        yield f"authorization: the provider {'wants' if declared.needs_authorization else 'wants no'} credentials"
    given = entry.get("parameters") or {}
    for parameter, rule in declared.parameters.items():
        if parameter not in given and rule.get("required") and _must_be_given(rule):
            yield f"{parameter}: required, and not given"
    for parameter, value in given.items():
        if parameter not in declared.parameters:
            yield f"{parameter}: the tool has no such parameter"
            continue
        problems = [_misfit(each, declared.parameters[parameter]) for each in _sample_values(entry, value)]
        yield from dict.fromkeys(f"{parameter}: {problem}" for problem in problems if problem)


def _must_be_given(rule: Mapping[str, Any]) -> bool:
    """A reverse call fills in defaults of settings (`form: form`) only."""
    return rule.get("form") != "form" or rule.get("default") in (None, "")


def _sample_values(entry: Mapping[str, Any], value: Any) -> list[Any]:
    """The parameter as it would be sent: with few results and with many, or for a page."""
    page = "https://example.org/page"
    searches = [{"inputs": {"query": "bees", "count": count}, "item": None, "index": None} for count in (10, _MANY)]
    scopes = searches if entry.get("kind") == "search" else [{"inputs": {"url": page}, "item": page, "index": 0}]
    template = compile_value(value, _raise, "")
    return [template.render(scope, Budget()) for scope in scopes]


def _raise(path: str, error: ExpressionError) -> None:
    raise error


def _misfit(value: Any, rule: Mapping[str, Any]) -> str | None:
    """Why Dify, or the tool, would not take this value."""
    kind = rule.get("type", "string")
    kinds = _TYPES.get(kind)
    if kinds is None or not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        return f"the tool takes {kind} (form {rule.get('form')}), not {type(value).__name__}"
    options = [option.get("value") for option in rule.get("options") or ()]
    if options and isinstance(value, str) and value not in options:
        return f"not one of its options: {', '.join(map(str, options))}"
    low, high = rule.get("min"), rule.get("max")
    if kind == "number" and ((low is not None and value < low) or (high is not None and value > high)):
        return f"{value} is outside its range, {low} to {high}"
    return None


# -- what is shown


def read_entries(folder: Path) -> dict[str, Any]:
    entries: dict[str, Any] = {}
    for file in sorted(folder.glob("*.yaml")):
        entries.update(parse_document(file.read_text(encoding="utf-8"), file.name))
    return entries


def table(findings: Sequence[Finding]) -> str:
    rows = [("entry", "tool", "checked", "found", "")]
    for finding in findings:
        tool = f"{finding.entry['provider']}/{finding.entry['tool_name']}"
        version = finding.declared.version if finding.declared else ""
        rows.append((finding.name, tool, str(finding.entry.get("checked", "")), version, finding.verdict))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    problems = [f"{finding.name}: {problem}" for finding in findings for problem in finding.problems]
    return "\n".join([*lines, *([""] if problems else []), *problems])


def _run(findings: Sequence[Finding], entries: Mapping[str, Any]) -> list[str]:
    """Run the tools of which there is a copy; what they do wrong. Keeps what comes out for the catalog's page."""
    from scripts import catalog_run  # it needs what is declared here

    runnable = {finding.name: finding.declared for finding in findings if finding.declared and finding.declared.source}
    results = {name: catalog_run.run_entry(name, entries, declared) for name, declared in runnable.items()}
    for name, result in results.items():
        if isinstance(result, str):
            print(f"{name}: not run: {result}")
    answers = {name: result for name, result in results.items() if not isinstance(result, str)}
    problems = [f"{name}: {problem}" for name in answers for problem in catalog_run.misbehaviour(name, answers[name])]
    if answers:
        catalog_run.keep(answers)
        print(f"{len(answers)} tools were run; make docs writes their table", *problems, sep="\n")
    return problems


def main(arguments: Sequence[str], catalog: Path = CATALOG) -> int:
    if len(arguments) != 1 or not arguments[0] or not Path(arguments[0]).is_dir():
        print("usage: make catalog-check DIR=<a folder with copies of plugins>", file=sys.stderr)
        return 2
    copies = Copies(Path(arguments[0]))
    findings = [check_entry(name, entry, copies) for name, entry in read_entries(catalog).items()]
    print(table(findings))
    misbehaviours = _run(findings, read_entries(catalog))
    if misbehaviours or any(finding.problems for finding in findings):
        return 1
    if not any(finding.declared for finding in findings):
        print("\nDIR has none of these plugins", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
