"""Rule 17: what is installed beside the plugin comes from the registry, in versions that have two ends."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from .package import Findings, Package, blocks, look, words

_SDK = "dify-plugin"
_SDK_MINIMUM = Version("0.9.0")
_LOWER = frozenset((">=", ">", "=="))
_UPPER = frozenset(("<", "<=", "==", "~=", "==="))
_LARGE = words(
    "chromadb faiss-cpu faiss-gpu jax llama-cpp-python opencv-contrib-python opencv-python opencv-python-headless"
    " paddlepaddle playwright pyppeteer selenium spacy tensorflow tensorflow-cpu torch torchaudio torchvision"
    " transformers"
)


def dependencies(package: Package) -> Findings:
    """17: both lists, and the development group too; the SDK is new enough."""
    if "requirements.txt" not in package.files:
        yield blocks("requirements.txt is missing; many installations use it instead of uv.lock")
    for place, line in (*_requirements(package), *_pyproject(package)):
        yield from _requirement(place, line)


def _requirement(place: str, line: str) -> Findings:
    try:
        requirement = Requirement(line)
    except InvalidRequirement:
        yield blocks(f"{place}: {line}: give a name and a range; no paths, options and addresses")
        return
    name = canonicalize_name(requirement.name)
    operators = {part.operator for part in requirement.specifier}
    if requirement.url:
        yield blocks(f"{place}: {name} comes from an address; give a version from the registry")
    elif not operators:
        yield blocks(f"{place}: {name} has no version; give a range")
    elif not operators & _UPPER:
        yield look(f"{place}: {name} has no upper end; give one")
    if name == _SDK and not any(
        part.operator in _LOWER and Version(part.version) >= _SDK_MINIMUM for part in requirement.specifier
    ):
        yield blocks(f"{place}: dify_plugin must be {_SDK_MINIMUM} or newer")
    if name in _LARGE:
        yield look(f"{place}: {name} is large; say why it is needed")


def _requirements(package: Package) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(package.text("requirements.txt").splitlines(), start=1):
        requirement = line.split(" #")[0].strip()
        if requirement and not requirement.startswith("#"):
            yield f"requirements.txt:{number}", requirement


def _pyproject(package: Package) -> Iterator[tuple[str, str]]:
    document: dict[str, Any] = tomllib.loads(package.text("pyproject.toml"))
    project = document.get("project", {})
    groups = {
        "dependencies": project.get("dependencies", []),
        **project.get("optional-dependencies", {}),
        **document.get("dependency-groups", {}),
    }
    for group, lines in groups.items():
        for line in lines:
            if isinstance(line, str):  # what includes another group is an object
                yield f"pyproject.toml:{group}", line
