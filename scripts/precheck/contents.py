"""Which files are in the package, and what its README says."""

from __future__ import annotations

import re

from .package import Faults, Package

SOURCE_HOST = r"https?://(?:www\.)?(?:github\.com|gitlab\.com|bitbucket\.org|gitee\.com|codeberg\.org|git\.sr\.ht)"

_STRAY = re.compile(  # version control, environments, caches, editors, what is built, keys, logs
    r"(^|/)(\.git|\.hg|\.svn|\.?venv|env|\.?__?pycache__?|\.\w+_cache|\.tox|\.nox|\.idea|\.vscode|node_modules|build|dist)/"
    r"|(^|/)(\.DS_Store|\.gitconfig|Thumbs\.db|desktop\.ini|id_rsa|\.env(\.(?!example$|sample$|template$).*)?)$"
    r"|\.(key|pem|p12|pfx|pyc|pyo|log|tmp|sw[op]|bak|zip|tar|gz|tgz|bz2|xz|7z|rar|dll|dylib|exe|node|pyd|so|app|bin|sh)$"
)
_REPOSITORY = re.compile(SOURCE_HOST + r"/[^\s)>\"]+", re.IGNORECASE)
_FENCE = re.compile(r"```.*?```", re.DOTALL)
_CHINESE = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")


def stray_files(package: Package) -> Faults:
    """Nothing of systems, editors, caches and compilers, no archives and no programs, by their names."""
    for name in package.files:
        if _STRAY.search(name):
            yield f"{name}: does not belong there; add it to .difyignore"


def readme(package: Package) -> Faults:
    """README.md names the repository, and is in English."""
    text = package.text("README.md")
    if not _REPOSITORY.search(text):
        yield "README.md must name the address of the repository"
    if foreign := len(_CHINESE.findall(_FENCE.sub("", text))):
        yield f"README.md has {foreign} Chinese characters; translations belong in readme/"
