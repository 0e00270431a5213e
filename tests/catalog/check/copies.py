"""Copies of plugins, and of Dify: what they declare of their tools."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

import yaml

from playground.yaml_files import parse_yaml

_SKIPPED_FOLDERS = frozenset((".git", ".venv", "node_modules", "__pycache__"))
_BUILTIN_FOLDER = "builtin_tool/providers"  # of Dify: <provider>/<provider>.yaml and <provider>/tools/*.yaml


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
        return None if text is None else parse_yaml(text)
    except yaml.YAMLError:
        return None


def _name(document: Mapping[str, Any]) -> Any:
    return (document.get("identity") or {}).get("name")


def _declaration(version: str, provider: Mapping[str, Any], tool: Mapping[str, Any]) -> Declaration:
    needs = bool(provider.get("credentials_for_provider") or provider.get("oauth_schema"))
    return Declaration(version, needs, {each["name"]: each for each in tool.get("parameters") or ()})


def _version_key(declaration: Declaration) -> list[int]:
    return [int(part) if part.isdigit() else 0 for part in declaration.version.split(".")]
