"""manifest.yaml, the icons and PRIVACY.md, as the Marketplace and the plugin daemon read them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from .contents import SOURCE_HOST
from .package import Faults, Package

# What only a publisher knows; in the repository these values stand for it.
STAND_INS = {
    "author": ("your-name", "the name of your Marketplace or GitHub account, in lower case"),
    "repo": ("your-name/", "the address of your repository"),
    "contact": ("you@example.com", "an e-mail address that is read"),
}
LANGUAGES = ("en_US", "zh_Hans", "ja_JP", "pt_BR")  # that the daemon keeps

_REQUIRED = (
    *("author", "name", "version", "type", "icon", "plugins", "privacy", "repo", "contact"),
    *("label.en_US", "description.en_US", "meta.version", "meta.arch", "meta.minimum_dify_version", "resource.memory"),
)
_FIXED = {
    "type": "plugin",
    "resource.permission.tool.enabled": True,  # without it no tool can be called
    "meta.runner": {"language": "python", "version": "3.12", "entrypoint": "main"},
}
_PATTERNS = {
    "version": re.compile(r"\d{1,4}(\.\d{1,4}){2}(-\w{1,16})?", re.ASCII),
    "author": re.compile("(?!.*(dify|langgenius))[a-z0-9_-]{1,64}"),  # names that sound official are refused
    "name": re.compile("[a-z0-9_-]{1,128}"),
    "contact": re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", re.ASCII),
    "repo": re.compile(SOURCE_HOST + r"/[^\s)>\"]+", re.IGNORECASE),
}
_PRIVACY_WORDS = re.compile(r"collect|store|storage|retain|persist|\blog|third.party|share|send|transmit")
# the sentence of the template's policy; a mark in its icons, and the line that an older one was drawn with
_TEMPLATE = re.compile(
    "please fill in the privacy policy|DIFY_MARKETPLACE_TEMPLATE_ICON_DO_NOT_USE|M20 20 V80 M20 20 H60 Q80",
    re.IGNORECASE,
)


def identity(package: Package) -> Faults:
    """What only a publisher can fill in is filled in."""
    for field, (stand_in, what) in STAND_INS.items():
        if stand_in in str(package.manifest.get(field, "")):
            yield f"fill in {field} in manifest.yaml: {what}; then run make docs"


def fields(package: Package) -> Faults:
    """The fields that have to be there, and what may stand in them."""
    if not package.manifest:
        yield "manifest.yaml is missing or cannot be read"
        return
    for path in _REQUIRED:
        if _at(package.manifest, path) in (None, "", [], {}):
            yield f"{path} is missing; fill it in"
    for path, value in _FIXED.items():
        if _at(package.manifest, path) != value:
            yield f"{path} must be {value}"
    for field, pattern in _PATTERNS.items():
        if not pattern.fullmatch(str(package.manifest.get(field, ""))):
            yield f"{field} does not match {pattern.pattern}"
    created = package.manifest.get("created_at")
    if not isinstance(created, datetime) or created > datetime.now(UTC):
        yield "created_at must be a time with its zone that has passed"


def privacy(package: Package) -> Faults:
    """PRIVACY.md is there and says something; `privacy` names it."""
    named = str(package.manifest.get("privacy", ""))
    text = package.text(named.removeprefix("./"))
    if not text.strip():
        yield "privacy must name a file of the package that is not empty"
    elif _TEMPLATE.search(text):
        yield f"{named} still has the sentence of the template; say what happens to data"
    elif not _PRIVACY_WORDS.search(text.lower()):
        yield f"{named} does not say what is collected, stored, logged, shared or sent"


def icons(package: Package) -> Faults:
    """The icons are files of `_assets`, and none is the template's."""
    for field in ("icon", "icon_dark"):
        name = str(package.manifest.get(field) or "")
        if field == "icon_dark" and not name:
            continue
        if f"_assets/{name}" not in package.files:
            yield f"{field} must be the bare name of a file in _assets"
        elif _TEMPLATE.search(package.text(f"_assets/{name}")):
            yield f"_assets/{name} is the icon of the template; draw an own one"


def _at(value: Any, path: str) -> Any:
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value
