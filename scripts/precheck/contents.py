"""Which files are in the package, and whether its README says what a first user looks for."""

from __future__ import annotations

import re
import zipfile

from scripts.package import MAX_BYTES, MAX_FILES

from .package import Faults, Package, is_safe

SOURCE_HOST = r"https?://(?:www\.)?(?:github\.com|gitlab\.com|bitbucket\.org|gitee\.com|codeberg\.org|git\.sr\.ht)"

_STRAY = re.compile(  # version control, environments, caches, editors, what is built, keys, logs
    r"(^|/)(\.git|\.hg|\.svn|\.?venv|env|\.?__?pycache__?|\.\w+_cache|\.tox|\.nox|\.idea|\.vscode|node_modules|build|dist)/"
    r"|(^|/)(\.DS_Store|\.gitconfig|Thumbs\.db|desktop\.ini|id_rsa|\.env(\.(?!example$|sample$|template$).*)?)$"
    r"|\.(key|pem|p12|pfx|pyc|pyo|log|tmp|sw[op]|bak|zip|tar|gz|tgz|bz2|xz|7z|rar|dll|dylib|exe|node|pyd|so|app|bin|sh)$"
)
_PROGRAMS = (b"\x7fELF", b"MZ", b"\xfe\xed\xfa", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba")
_EXECUTABLE = 0o111
_REPOSITORY = re.compile(SOURCE_HOST + r"/[^\s)>\"]+", re.IGNORECASE)
_FENCE = re.compile(r"```.*?```", re.DOTALL)
_CHINESE = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")
_TOPICS = {
    "setup": ("setup", "install", "configure", "getting started"),
    "usage": ("usage", "example", "workflow", "chatflow"),
    "credentials": ("api key", "credential", "token", "secret"),
    "connections": ("connection", "endpoint", "base url", "proxy", "network"),
}


def safe_names(package: Package) -> Faults:
    """No name leads out of the folder that the package is unpacked to, and nothing is marked to be run."""
    with zipfile.ZipFile(package.archive) as archive:
        for info in archive.infolist():
            if not is_safe(info.filename):
                yield f"{info.filename}: leads out of the package; rename it"
            elif (info.external_attr >> 16) & _EXECUTABLE and not info.is_dir():
                yield f"{info.filename}: is marked to be run; package it with scripts/package.py"


def sizes(package: Package) -> Faults:
    """The size, packed and unpacked, and the number of files."""
    unpacked = sum(path.stat().st_size for path in package.files.values())
    for what, size in (("the package", package.archive.stat().st_size), ("what is in it", unpacked)):
        if size > MAX_BYTES:
            yield f"{what} has {size:,} bytes, and {MAX_BYTES:,} are allowed; leave out what is not run"
    if len(package.files) > MAX_FILES:
        yield f"{len(package.files):,} files, and {MAX_FILES:,} are allowed; leave out what is not run"


def stray_files(package: Package) -> Faults:
    """Nothing of systems, editors, caches and compilers, no archives, and no programs, by name or by first bytes."""
    for name, path in package.files.items():
        if _STRAY.search(name):
            yield f"{name}: does not belong there; add it to .difyignore"
        elif path.read_bytes()[:4].startswith(_PROGRAMS):
            yield f"{name}: is a program; leave it out"


def readme(package: Package) -> Faults:
    """README.md names the repository, is in English, and covers what a first user needs."""
    text = package.text("README.md")
    if not text.strip():
        yield "README.md is missing or empty"
        return
    if not _REPOSITORY.search(text):
        yield "README.md must name the address of the repository"
    if foreign := len(_CHINESE.findall(_FENCE.sub("", text))):
        yield f"README.md has {foreign} Chinese characters; translations belong in readme/"
    for topic, words in _TOPICS.items():
        if not any(word in text.lower() for word in words):
            yield f"README.md says nothing of {topic} (looked for: {', '.join(words)})"
