"""What only a publisher knows, at the top of manifest.yaml; tests look after the rest of it."""

from __future__ import annotations

import re

from .contents import SOURCE_HOST
from .package import Faults, Package

# field → what stands for it in the repository, and what belongs there
STAND_INS = {
    "author": ("your-name", "the name of your Marketplace or GitHub account, in lower case"),
    "repo": ("your-name/", "the address of your repository"),
    "contact": ("you@example.com", "an e-mail address that is read"),
}
_PATTERNS = {  # of the plugin daemon and the Marketplace
    "author": re.compile("(?!.*(dify|langgenius))[a-z0-9_-]{1,64}"),  # names that sound official are refused
    "contact": re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", re.ASCII),
    "repo": re.compile(SOURCE_HOST + r"/[^\s)>\"]+", re.IGNORECASE),
    "version": re.compile(r"\d{1,4}(\.\d{1,4}){2}(-\w{1,16})?", re.ASCII),
}


def identity(package: Package) -> Faults:
    """What only a publisher can fill in is filled in."""
    for field, (stand_in, what) in STAND_INS.items():
        if stand_in in str(package.manifest.get(field, "")):
            yield f"fill in {field} in manifest.yaml: {what}; then run make docs"


def fields(package: Package) -> Faults:
    """What was filled in is what the Marketplace takes."""
    for field, pattern in _PATTERNS.items():
        if not pattern.fullmatch(str(package.manifest.get(field, ""))):
            yield f"{field} does not match {pattern.pattern}"


def named_files(package: Package) -> Faults:
    """The files that the manifest names are in the package."""
    for field, folder in {"privacy": "", "icon": "_assets/", "icon_dark": "_assets/"}.items():
        name = folder + str(package.manifest.get(field))
        if not package.text(name).strip():
            yield f"{field} names {name}, which is not in the package or empty"
