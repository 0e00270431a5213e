"""Rules about which files are in the package, and what they are made of."""

from __future__ import annotations

import zipfile
from pathlib import PurePosixPath

from scripts.package import MAX_BYTES, MAX_FILES

from .package import Findings, Package, blocks, is_safe, look, words

_FOLDERS = words(
    ".git .hg .svn .venv venv env __pycache__ pycache .pytest_cache .ruff_cache .mypy_cache .tox .nox .idea .vscode"
    " node_modules"
)
_FILES = frozenset((".DS_Store", ".gitconfig", "Thumbs.db", "desktop.ini", "id_rsa"))
_ENV_EXAMPLES = frozenset((".env.example", ".env.sample", ".env.template"))
_SUFFIXES = words(".key .pem .p12 .pfx .pyc .pyo .log .tmp .swp .swo .bak")
_ODD_FOLDERS = frozenset(("build", "dist"))
_ARCHIVES = words(".zip .tar .gz .tgz .bz2 .xz .7z .rar")

_BINARY_STARTS = {
    b"\x7fELF": "a Linux program",
    b"MZ": "a Windows program",
    b"\xfe\xed\xfa\xce": "a macOS program",
    b"\xfe\xed\xfa\xcf": "a macOS program",
    b"\xce\xfa\xed\xfe": "a macOS program",
    b"\xcf\xfa\xed\xfe": "a macOS program",
    b"\xca\xfe\xba\xbe": "a macOS program",
    b"\xca\xfe\xba\xbf": "a macOS program",
}
_BINARIES = words(".dll .dylib .exe .node .pyd .so")
_ODD_BINARIES = words(".app .bin .command .run .sh")
_EXECUTABLE = 0o111


def safe_names(package: Package) -> Findings:
    """2: no name leads out of the folder that the package is unpacked to."""
    with zipfile.ZipFile(package.archive) as archive:
        for info in archive.infolist():
            if not is_safe(info.filename):
                yield blocks(f"{info.filename}: leads out of the package; rename it")


def sizes(package: Package) -> Findings:
    """3: the size, packed and unpacked, and the number of files."""
    unpacked = sum(path.stat().st_size for path in package.files.values())
    for what, size in (("the package", package.archive.stat().st_size), ("what is in it", unpacked)):
        if size > MAX_BYTES:
            yield blocks(f"{what} has {size:,} bytes, and {MAX_BYTES:,} are allowed; leave out what is not run")
    if len(package.files) > MAX_FILES:
        yield blocks(f"{len(package.files):,} files, and {MAX_FILES:,} are allowed; leave out what is not run")


def forbidden_folders(package: Package) -> Findings:
    """4: nothing of version control, environments, caches and editors."""
    for folder in sorted(_folders(package)):
        if PurePosixPath(folder).name in _FOLDERS:
            yield blocks(f"{folder}/: add it to .difyignore")


def forbidden_files(package: Package) -> Findings:
    """5: nothing of systems, secrets, logs and compilers."""
    for name in package.files:
        path = PurePosixPath(name)
        is_environment = path.name == ".env" or path.name.startswith(".env.")
        if (
            path.name in _FILES
            or path.suffix.lower() in _SUFFIXES
            or (is_environment and path.name not in _ENV_EXAMPLES)
        ):
            yield blocks(f"{name}: add it to .difyignore")


def odd_files(package: Package) -> Findings:
    """6: folders of build tools and archives are looked at."""
    for folder in sorted(_folders(package)):
        if PurePosixPath(folder).name in _ODD_FOLDERS:
            yield look(f"{folder}/: a folder for what is built; rename it or leave it out")
    for name in package.files:
        if PurePosixPath(name).suffix.lower() in _ARCHIVES:
            yield look(f"{name}: an archive; unpack it or leave it out")


def binaries(package: Package) -> Findings:
    """8: no programs, by their first bytes and by their names; nothing that is marked to be run."""
    for name, path in package.files.items():
        suffix = path.suffix.lower()
        start = path.read_bytes()[:4]
        kind = next((kind for magic, kind in _BINARY_STARTS.items() if start.startswith(magic)), None)
        if kind or suffix in _BINARIES or path.name.startswith("dify-plugin-"):
            yield blocks(f"{name}: {kind or 'a program by its name'}; leave it out")
        elif suffix in _ODD_BINARIES:
            yield look(f"{name}: looks like a program by its name; leave it out")
    with zipfile.ZipFile(package.archive) as archive:
        for info in archive.infolist():
            if (info.external_attr >> 16) & _EXECUTABLE and not info.is_dir():
                yield look(f"{info.filename}: is marked to be run; package it with scripts/package.py")


def _folders(package: Package) -> set[str]:
    parents = (parent for name in package.files for parent in PurePosixPath(name).parents)
    return {parent.as_posix() for parent in parents} - {"."}
