"""Warnings about texts that look like templates without their mark: `inputs.query` where `${inputs.query}` is meant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ..errors import Problem
from ..plans.outline import Outline
from ..plans.schema import join_path

_STEP = r"(?:\.\w+|\[\d+\])"
_PATH = rf"(?:inputs|branches|item){_STEP}+"  # what a parameter can see, and a field of it
_INPUT = r"(?:query|text|items|files|item)"  # what the tools' own parameters become

# (what it looks like, what is meant by the part in the first group); the mark itself, `${` and `$${`, is none
_FORMS = tuple(
    (re.compile(pattern), meant)
    for pattern, meant in (
        (rf"\A\s*({_PATH})\s*\Z", "${{{}}}"),
        (rf"(?<![$\w{{])\{{\s*({_PATH})\s*\}}", "${{{}}}"),
        (rf"\{{\{{\s*({_PATH})\s*\}}\}}", "${{{}}}"),
        (rf"(?<![$\w])\$({_PATH})", "${{{}}}"),
        (rf"\A\s*(?:\{{\s*({_INPUT})\s*\}}|\$({_INPUT}))\s*\Z", "${{inputs.{}}}"),
        (r"\A\s*\{\{\s*(\w+)\s*\}\}\s*\Z", "${{inputs.{}}}"),
        (rf"\{{\{{\s*({_INPUT})\s*\}}\}}", "${{inputs.{}}}"),
    )
)
_CURLY = re.compile("\\A\\s*[\u2018\u2019\u201c\u201d](\\$\\{.*\\})[\u2018\u2019\u201c\u201d]\\s*\\Z", re.DOTALL)
_SIGN = re.compile("(?<![$])[{]|[$](?![{])|[\u2018\u2019\u201c\u201d]")  # of what is no template, or is in quotes
_ROOTS = ("inputs", "branches", "item")
_CHARS = 20_000  # of a text that is looked at: whatever is longer is a text


def unmarked_warnings(outline: Outline) -> Iterator[Problem]:
    """One for each parameter, at any depth, that is sent as it stands and was probably not meant so."""
    for written in outline.parameters:
        if not isinstance(written.value, str):
            yield from _in_value(written.value, written.path)
        elif _may_be_odd(written.value):
            yield from _in_text(written.value, written.path)


def _in_value(value: Any, path: str) -> Iterator[Problem]:
    if isinstance(value, str):
        if _may_be_odd(value):
            yield from _in_text(value, path)
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _in_value(part, join_path(path, index))
    elif isinstance(value, dict):
        for key, part in value.items():
            if part is None and len(value) == 1:  # {inputs.query} is an object in YAML
                yield from _in_text(f"{{{key}}}", path)
            else:
                yield from _in_value(part, join_path(path, key))


def _in_text(text: str, path: str) -> Iterator[Problem]:
    quoted = _CURLY.match(text)
    if quoted is not None:
        yield Problem(path, f"the curly quotes are sent along; write {quoted[1]}")
        return
    for form, meant in _FORMS:
        found = form.search(text)
        if found is not None:
            name = next(group for group in found.groups() if group)
            message = f"{found[0].strip()} is sent as it stands, and is no value; write {meant.format(name)}"
            yield Problem(path, message)
            return


def _may_be_odd(text: str) -> bool:
    """A quick look: nearly no text is."""
    if len(text) > _CHARS:
        return False
    return _SIGN.search(text) is not None or text.lstrip().startswith(_ROOTS)
