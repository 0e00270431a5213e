"""Rules about README.md and its translations."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from .manifest import LANGUAGES, SOURCE_HOST
from .package import Findings, Package, blocks, look

_REPOSITORY = re.compile(SOURCE_HOST + r"/[^\s)>\"]+", re.IGNORECASE)
_FENCE = re.compile(r"```.*?```", re.DOTALL)
_CHINESE = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")
_TOPICS = {
    "setup": ("setup", "install", "configure", "configuration", "getting started"),
    "usage": ("usage", "use", "example", "workflow", "chatflow"),
    "credentials": ("api key", "credential", "token", "secret", "auth"),
    "connections": ("connect", "endpoint", "base url", "host", "proxy", "network"),
}
_TRANSLATION = re.compile(r"README_[a-z]{2}_[A-Za-z]{2,}\.md")
_ODD_TRANSLATION = re.compile(r"README[_-][A-Za-z_-]+\.md")


def readme(package: Package) -> Findings:
    """15: README.md names the repository, is in English, and covers what a first user needs."""
    text = package.text("README.md")
    if not text.strip():
        yield blocks("README.md is missing or empty")
        return
    if not _REPOSITORY.search(text):
        yield blocks("README.md must name the address of the repository")
    foreign = len(_CHINESE.findall(_FENCE.sub("", text)))
    if foreign:
        yield blocks(f"README.md has {foreign} Chinese characters; translations belong in readme/")
    for topic, words in _TOPICS.items():
        if not any(word in text.lower() for word in words):
            yield look(f"README.md says nothing of {topic} (looked for: {', '.join(words)})")


def translations(package: Package) -> Findings:
    """16: translations are where the daemon reads them, under the names that it reads."""
    for name in package.files:
        path = PurePosixPath(name)
        if str(path.parent) == "." and _ODD_TRANSLATION.fullmatch(path.name):
            yield look(f"{name}: translations belong in readme/, as README_xx_Yyyy.md")
        if str(path.parent) == "readme" and not _TRANSLATION.fullmatch(path.name):
            yield look(f"{name}: is not read; call it README_xx_Yyyy.md")
    for language in LANGUAGES[1:]:
        if f"readme/README_{language}.md" not in package.files:
            yield look(f"readme/README_{language}.md is missing; its readers see English")
