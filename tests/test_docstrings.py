"""Everything public of the plugin says what it is: modules, classes, functions, methods."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILES = [ROOT / "main.py", *sorted((ROOT / "fanout").rglob("*.py"))]

type Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def public(node: Documented, name: str) -> Iterator[tuple[str, Documented]]:
    """The node itself, and what is public in it; what is defined inside functions is not."""
    yield name, node
    if isinstance(node, ast.Module | ast.ClassDef):
        for child in node.body:
            if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not child.name.startswith(
                "_"
            ):
                yield from public(child, f"{name}.{child.name}")


def test_what_is_public_has_a_docstring() -> None:
    without = [
        f"{file.relative_to(ROOT)}, line {getattr(node, 'lineno', 1)}: {name}"
        for file in FILES
        for name, node in public(ast.parse(file.read_text(encoding="utf-8")), file.stem)
        if not ast.get_docstring(node)
    ]
    assert without == []
