"""Warnings about texts that look like templates without their mark: `inputs.query` where `${inputs.query}` is meant.

Parameters, and `text` and `heading`, which have other names to read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ..errors import Problem, join_path
from ..language.templates import Template
from ..plans.outline import Outline

_STEP = r"(?:\.\w+|\[\d+\])"
_PATH = rf"(?:inputs|branches|item){_STEP}+"  # what a parameter can see, and a field of it
_INPUT = r"(?:query|text|items|files)"  # what the tools' own parameters become
_ROOT = r"(?:inputs|item|index)"  # what a parameter can see as a whole

# (what it looks like, what is meant by the part in the first group); the mark itself, `${` and `$${`, is none
_FORMS = tuple(
    (re.compile(pattern), meant)
    for pattern, meant in (
        (rf"\A\s*({_PATH})\s*\Z", "${{{}}}"),
        (rf"(?<![$\w{{])\{{\s*({_PATH})\s*\}}", "${{{}}}"),
        (rf"\{{\{{\s*({_PATH})\s*\}}\}}", "${{{}}}"),
        (rf"(?<![$\w])\$({_PATH})", "${{{}}}"),
        (rf"\$[(\uff5b]\s*({_PATH})\s*[)}}\uff5d]", "${{{}}}"),
        (rf"\A\s*(?:\{{\s*({_ROOT})\s*\}}|\$({_ROOT}))\s*\Z", "${{{}}}"),
        (rf"\{{\{{\s*({_ROOT})\s*\}}\}}", "${{{}}}"),
        (rf"\A\s*(?:\{{\s*({_INPUT})\s*\}}|\$({_INPUT}))\s*\Z", "${{inputs.{}}}"),
        (r"\A\s*\{\{\s*(\w+)\s*\}\}\s*\Z", "${{inputs.{}}}"),
        (rf"\{{\{{\s*({_INPUT})\s*\}}\}}", "${{inputs.{}}}"),
        (r"(?<![\w./])[0-9]{13}\.([A-Za-z_]\w*)", "${{inputs.{}}}"),  # what Dify makes of a variable without a value
    )
)
_ESCAPE = re.compile(r"\A(?:(?!\b[A-Za-z]:\\).)*?(?<!\\)(\\[nt])", re.DOTALL)  # not in a path such as C:\new
_CURLY = re.compile("\\A\\s*[\u2018\u2019\u201c\u201d](\\$\\{.*\\})[\u2018\u2019\u201c\u201d]\\s*\\Z", re.DOTALL)
_ODD_STARTS = ("inputs", "branches", "item", *"\u2018\u2019\u201c\u201d")
_NODE_DIGITS = re.compile(r"[0-9]{13}\.")
_CHARS = 20_000  # of a text that is looked at: whatever is longer is a text


def _shown_forms(names: str) -> tuple[re.Pattern[str], ...]:
    """How a value that a text can show looks without its mark, `names` being those of its scope."""
    path = rf"(?:{names}){_STEP}*"
    return tuple(
        re.compile(pattern)
        for pattern in (
            rf"\A\s*({path})\s*\Z",
            rf"(?<![$\w{{])\{{\s*({path})\s*\}}",
            rf"\{{\{{\s*({path})\s*\}}\}}",
            rf"(?<![$\w])\$({path})(?!\w)",
        )
    )


_SHOWN_FORMS = {  # by the key of the plan
    "text": _shown_forms("result|merged|branches|failures|rows|inputs|complete|settled_by"),
    "heading": _shown_forms("branch|title|item|index"),
}


def unmarked_warnings(outline: Outline) -> Iterator[Problem]:
    """One for each template, parameters at any depth, that stays as it stands and was probably not meant so."""
    yield from _in_parameters(outline)
    for path, key, source in outline.places:
        if key in _SHOWN_FORMS and isinstance(source, Template):
            yield from _in_shown(source, path, _SHOWN_FORMS[key])


def _in_shown(template: Template, path: str, forms: tuple[re.Pattern[str], ...]) -> Iterator[Problem]:
    literal = template.literal[:_CHARS]
    found = next((match for form in forms if (match := form.search(literal)) is not None), None)
    if found is not None:
        yield Problem(path, f"{found[0].strip()} is shown as it stands, and is no value; write ${{{found[1]}}}")
    escape = _ESCAPE.search(literal)
    if escape is not None:
        message = f"{escape[1]} is shown as it stands: in single quotes YAML keeps the backslash"
        yield Problem(path, f"{message}; write the text in double quotes")


def _in_parameters(outline: Outline) -> Iterator[Problem]:
    for path, template in outline.parameters:
        value = template.source
        if not isinstance(value, str):
            yield from _in_value(value, path)
        elif _may_be_odd(value):
            yield from _in_text(value, path)


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
    marks = text.count("${")
    if text.count("{") > marks or text.count("$") > marks or text.lstrip().startswith(_ODD_STARTS):
        return True
    return "." in text and _NODE_DIGITS.search(text) is not None
