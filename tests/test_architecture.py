"""The layers, read from the imports: who may know whom, and where each outside dependency lives."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable
from graphlib import TopologicalSorter
from importlib.util import resolve_name
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# a part of the project → the parts that it may import
LAYERS = {
    "fanout.core": {"fanout.core"},
    "fanout.engine": {"fanout.core", "fanout.engine"},
    "fanout.dify": {"fanout.core", "fanout.dify"},
    "fanout.catalog": {"fanout.core"},
    "fanout.serve": {"fanout.core", "fanout.engine", "fanout.dify", "fanout.catalog", "fanout.serve"},
    "tools": {"fanout.serve"},
    "provider": set(),
    "main": {"fanout.dify"},
}

# the packages of the core, each using only those before it; the modules beside them use none
CORE_PACKAGES = ("language", "plans", "analysis", "calls", "answers", "frontends")

# an outside dependency → the only parts that may import it
HOMES = {
    "anyio": {"fanout.engine.scheduler", "fanout.engine.call", "fanout.dify.portal"},
    "dify_plugin": {"fanout.dify", "tools", "provider", "main"},
    "gevent": {"fanout.dify"},
    "httpx": {"fanout.dify.http"},
    "idna": {"fanout.core.urls"},
    "orjson": {"fanout.dify.lines"},
    "pydantic": {"fanout.core.plans.key_types", "fanout.core.plans.spec", "fanout.core.plans.schema"},
    "pydantic_core": {"fanout.core.plans.key_types", "fanout.core.plans.schema"},
    "re2": {"fanout.core.language.patterns"},
    "yaml": {"fanout.core.plans.writing", "fanout.core.plans.document"},
}

# what would let a clock, a thread, chance or the outside world into the pure part
IMPURE = {
    *("asyncio", "concurrent", "multiprocessing", "queue", "select", "selectors", "signal", "threading"),
    *("datetime", "sched", "time", "random", "secrets", "uuid"),
    *("http", "io", "os", "pathlib", "shutil", "socket", "ssl", "subprocess", "tempfile", "urllib.request"),
    *("logging", "sys"),
}


def source_files() -> dict[str, Path]:
    """Module name → file, of everything that is packaged."""
    files = [ROOT / "main.py"]
    for folder in ("fanout", "provider", "tools"):
        files += sorted((ROOT / folder).rglob("*.py"))
    names = {}
    for file in files:
        parts = file.relative_to(ROOT).with_suffix("").parts
        names[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return names


FILES = source_files()
TREES = {name: ast.parse(file.read_text(encoding="utf-8")) for name, file in FILES.items()}
NODES = {name: tuple(ast.walk(tree)) for name, tree in TREES.items()}


def imports(name: str, nodes: Iterable[ast.AST]) -> set[str]:
    """What these nodes of a module import, by full names: `from a import b` is `a.b` where that is a module of ours."""
    package = name if FILES[name].name == "__init__.py" else name.rpartition(".")[0]
    found = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = resolve_name("." * node.level + (node.module or ""), package) if node.level else node.module or ""
            submodules = {f"{module}.{alias.name}" for alias in node.names} & FILES.keys()
            found |= submodules or {module}
    return found


def for_types_only(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


IMPORTS = {name: imports(name, nodes) for name, nodes in NODES.items()}
OWN = {name.partition(".")[0] for name in FILES}


def within(name: str, parts: set[str]) -> bool:
    return any(name == part or name.startswith(f"{part}.") for part in parts)


def layer(name: str) -> str | None:
    return next((part for part in LAYERS if within(name, {part})), None)


def test_layers() -> None:
    for name in FILES:
        part = layer(name)
        if part is None:
            assert name == "fanout"  # the package itself: a docstring
            assert not IMPORTS[name] - {"__future__"}
            continue
        own = {imported for imported in IMPORTS[name] if imported.partition(".")[0] in OWN}
        strangers = {imported for imported in own if not within(imported, LAYERS[part])}
        assert not strangers, f"{name} may import from {sorted(LAYERS[part])} only"


def core_level(name: str) -> int:
    """How far down the core a module stands; 0 for what all of it shares."""
    package = name.removeprefix("fanout.core.").partition(".")[0]
    return CORE_PACKAGES.index(package) + 1 if package in CORE_PACKAGES else 0


def test_the_packages_of_the_core_look_one_way() -> None:
    core = [name for name in FILES if within(name, {"fanout.core"})]
    own = [(name, imported) for name in core for imported in IMPORTS[name] if within(imported, {"fanout.core"})]
    assert not [(name, imported) for name, imported in own if core_level(imported) > core_level(name)]


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = {name: {imported for imported in IMPORTS[name] if imported in FILES} - {name} for name in FILES}
    assert list(TopologicalSorter(graph).static_order())  # raises CycleError, and says which


def test_every_dependency_has_one_home() -> None:
    tops = {(name, imported.partition(".")[0]) for name in FILES for imported in IMPORTS[name]}
    for name, top in sorted(tops):
        if top in OWN or top in sys.stdlib_module_names:
            continue
        assert top in HOMES, f"{name} imports {top}, which has no home yet"
        assert within(name, HOMES[top]), f"{name} imports {top}, whose home is {sorted(HOMES[top])}"


def test_the_core_is_pure() -> None:
    core = [name for name in FILES if within(name, {"fanout.core"})]
    assert not [(name, imported) for name in core for imported in IMPORTS[name] if within(imported, IMPURE)]


def test_no_module_imports_itself_by_way_of_others() -> None:
    at_run_time = {
        name: imports(name, (node for top in tree.body if not for_types_only(top) for node in ast.walk(top)))
        for name, tree in TREES.items()
    }
    tuple(TopologicalSorter(at_run_time).static_order())  # raises CycleError, which names the circle


def test_stdout_is_left_to_the_protocol() -> None:
    calls = [(name, node) for name, nodes in NODES.items() for node in nodes if isinstance(node, ast.Call)]
    assert not [
        (name, call.lineno) for name, call in calls if isinstance(call.func, ast.Name) and call.func.id == "print"
    ]


@pytest.mark.parametrize("name", [name for name in FILES if within(name, {"tools"})])
def test_a_tool_file_is_thin(name: str) -> None:
    """The SDK counts every Tool in a file's namespace and loads the file apart from other modules: no state here."""
    body = [node for node in TREES[name].body if not isinstance(node, ast.Import | ast.ImportFrom | ast.Expr)]
    assert [type(node) for node in body] == [ast.ClassDef]
    assert len(FILES[name].read_text(encoding="utf-8").splitlines()) <= 20


# what a library calls by its name
_CALLED_BY_LIBRARIES = {"ignore_aliases", "model_config"}


def defined(nodes: Iterable[ast.AST]) -> set[str]:
    """Names that nodes of a module define, also in classes; what is decorated may be registered, and is left out."""
    found: set[str] = set()
    for node in nodes:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() if not node.decorator_list:
                found.add(node.name)
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                found.add(name)
            case ast.TypeAlias(name=ast.Name(id=name)):
                found.add(name)
    return {name for name in found if not name.startswith("__")}


def used(nodes: Iterable[ast.AST]) -> set[str]:
    """Names that are read: alone, behind a dot, as an argument, or in a text that is nothing but a name."""
    found: set[str] = set()
    for node in nodes:
        match node:
            case ast.Name(id=name, ctx=ast.Load()) | ast.Attribute(attr=name) | ast.keyword(arg=str(name)):
                found.add(name)
            case ast.Constant(value=str(name)):
                found.add(name)
    return found


def test_nothing_is_there_for_tests_alone() -> None:
    programs = [ast.walk(ast.parse(file.read_text(encoding="utf-8"))) for file in (ROOT / "scripts").rglob("*.py")]
    known = set().union(*map(used, [*NODES.values(), *programs])) | _CALLED_BY_LIBRARIES
    unused = {name: left for name in FILES if within(name, {"fanout"}) and (left := defined(NODES[name]) - known)}
    assert not unused


FUNCTION_LINES = 30  # what stands after the docstring


@pytest.mark.parametrize("folder", ["fanout", "playground", "scripts"])
def test_functions_are_short(folder: str) -> None:
    long = []
    for file in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                first = node.body[1 if ast.get_docstring(node) and len(node.body) > 1 else 0]
                if (node.end_lineno or 0) - first.lineno >= FUNCTION_LINES:
                    long.append(f"{file.relative_to(ROOT)}: {node.name}")
    assert long == []
