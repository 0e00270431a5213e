"""Rules about manifest.yaml, the icons and PRIVACY.md: those of the Marketplace, and those of the plugin daemon."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any

from .package import Findings, Package, blocks, look, words

# What only a publisher knows; in the repository these values stand for it.
STAND_INS = {
    "author": ("your-name", "the name of your Marketplace or GitHub account, in lower case"),
    "repo": ("your-name/", "the address of your repository"),
    "contact": ("you@example.com", "an e-mail address that is read"),
}

SOURCE_HOST = r"https?://(?:www\.)?(?:github\.com|gitlab\.com|bitbucket\.org|gitee\.com|codeberg\.org|git\.sr\.ht)"
LANGUAGES = ("en_US", "zh_Hans", "ja_JP", "pt_BR")
MAX_TEXT = 1023  # characters of a label or description

_REQUIRED = (
    *("author", "name", "version", "type", "icon", "plugins", "privacy", "repo", "contact"),
    *("label.en_US", "description.en_US", "meta.version", "meta.arch"),
    *("meta.runner.language", "meta.runner.version", "meta.runner.entrypoint"),
)
_REPOSITORY = re.compile(SOURCE_HOST + r"/[^\s)>\"]+", re.IGNORECASE)
_MAIL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", re.ASCII)
_VERSION = re.compile(r"\d{1,4}(\.\d{1,4}){2}(-\w{1,16})?", re.ASCII)
_TAGS = words(
    "search image videos weather finance design travel social news medical productivity education business"
    " entertainment utilities agent rag other trigger"
)
_PRIVACY_TEMPLATE = "please fill in the privacy policy"
_PRIVACY_WORDS = re.compile(r"collect|store|storage|retain|persist|\blog|third.party|share|send|transmit")
# a mark in the template's icons, and the line that an older one was drawn with
_ICON_TEMPLATES = ("DIFY_MARKETPLACE_TEMPLATE_ICON_DO_NOT_USE", "M20 20 V80 M20 20 H60 Q80 20 80 40 T60 60 H20")


def fields(package: Package) -> Findings:
    """9: the fields that have to be there."""
    if not package.manifest:
        yield blocks("manifest.yaml is missing or cannot be read")
        return
    for path in _REQUIRED:
        if _at(package.manifest, path) in (None, "", [], {}):
            yield blocks(f"{path} is missing; fill it in")
    if package.manifest.get("type") != "plugin":
        yield blocks("type must be plugin")


def identity(package: Package) -> Findings:
    """What only a publisher can fill in is filled in."""
    for field, (stand_in, what) in STAND_INS.items():
        if stand_in in str(package.manifest.get(field, "")):
            yield blocks(f"fill in {field} in manifest.yaml: {what}; then run make docs")


def author(package: Package) -> Findings:
    """10: names that sound official are refused."""
    for word in ("langgenius", "dify"):
        if word in str(package.manifest.get("author", "")):
            yield blocks(f"author must not contain {word}")


def contact(package: Package) -> Findings:
    """11: an e-mail address, and not a page."""
    if not _MAIL.fullmatch(str(package.manifest.get("contact", ""))):
        yield blocks("contact must be a plain e-mail address")


def repository(package: Package) -> Findings:
    """12: the address of a repository on a host that is known for them."""
    if not _REPOSITORY.fullmatch(str(package.manifest.get("repo", ""))):
        yield blocks("repo must be the address of a repository on GitHub, GitLab, Bitbucket, Gitee, Codeberg or sr.ht")


def privacy(package: Package) -> Findings:
    """13: PRIVACY.md is there and says something; `privacy` names it or a page."""
    if "PRIVACY.md" not in package.files:
        yield blocks("PRIVACY.md is missing, and must be there also where privacy is an address")
    named = str(package.manifest.get("privacy", ""))
    if named.startswith(("http://", "https://")):
        return
    text = package.text(named.removeprefix("./")).lower()
    if not text.strip():
        yield blocks("privacy must name a file of the package that is not empty, or an address")
    elif _PRIVACY_TEMPLATE in text:
        yield blocks(f"{named} still has the sentence of the template; say what happens to data")
    elif not _PRIVACY_WORDS.search(text):
        yield look(f"{named} does not say what is collected, stored, logged, shared or sent")


def minimum_version(package: Package) -> Findings:
    """14: the oldest version of Dify that works."""
    if not _at(package.manifest, "meta.minimum_dify_version"):
        yield look("meta.minimum_dify_version is missing; name the oldest version that was tried")


def icons(package: Package) -> Findings:
    """19: the icons are files of `_assets`, and none is the template's."""
    for field in ("icon", "icon_dark"):
        name = str(package.manifest.get(field, ""))
        text = package.text(f"_assets/{name}")
        if field == "icon_dark" and not name:
            continue
        if f"_assets/{name}" not in package.files:
            yield blocks(f"{field} must be the bare name of a file in _assets")
        elif PurePosixPath(name).suffix == ".svg" and any(mark in text for mark in _ICON_TEMPLATES):
            yield blocks(f"_assets/{name} is the icon of the template; draw an own one")


def daemon(package: Package) -> Findings:
    """What the plugin daemon refuses at the latest when the plugin is installed."""
    manifest = package.manifest
    patterns = {"version": _VERSION, "author": re.compile("[a-z0-9_-]{1,64}"), "name": re.compile("[a-z0-9_-]{1,128}")}
    for field, pattern in patterns.items():
        if not pattern.fullmatch(str(manifest.get(field, ""))):
            yield blocks(f"{field} does not match {pattern.pattern}")
    created = manifest.get("created_at")
    if not isinstance(created, datetime) or created > datetime.now(UTC):
        yield blocks("created_at must be a time with its zone that has passed")
    for tag in manifest.get("tags", ()):
        if tag not in _TAGS:
            yield blocks(f"there is no tag {tag}; the tags are {', '.join(sorted(_TAGS))}")
    if not isinstance(_at(manifest, "resource.memory"), int):
        yield blocks("resource.memory must be a number of bytes")
    if _at(manifest, "resource.permission.tool.enabled") is not True:
        yield blocks("resource.permission.tool.enabled must be true; without it no tool can be called")
    if _at(manifest, "meta.runner") != {"language": "python", "version": "3.12", "entrypoint": "main"}:
        yield blocks("meta.runner must be python, 3.12, main")
    for field in ("label", "description"):
        yield from texts(field, manifest.get(field))


def texts(path: str, value: Any) -> Findings:
    """A text for people in the languages that the daemon keeps."""
    if not isinstance(value, dict):
        yield blocks(f"{path} is missing; give it in {', '.join(LANGUAGES)}")
        return
    for language in LANGUAGES:
        text = str(value.get(language) or "").strip()
        if not text and language == "en_US":
            yield blocks(f"{path}.{language} is missing")
        elif not text:
            yield look(f"{path}.{language} is missing; its users see English")
        elif len(text) > MAX_TEXT:
            yield blocks(f"{path}.{language} has {len(text)} characters, and {MAX_TEXT} are allowed")
    for language in _others(value):
        yield look(f"{path}.{language} is dropped by the daemon; it keeps {', '.join(LANGUAGES)}")


def _others(value: dict[str, Any]) -> Iterator[str]:
    return (language for language in value if language not in LANGUAGES)


def _at(value: Any, path: str) -> Any:
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value
