"""Checks what an author wrote against the models of `spec`, in words for authors; and writes their JSON Schema.

What a key accepts is said once, in the model's JSON Schema: messages are made from it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from .. import limits
from ..budget import Budget
from ..errors import Problem, join_path
from ..texts import say_joined, say_lookalike
from .copied import NODE_ID, NODE_REMEDY
from .key_types import NO_TEXT, REFUSED
from .spec import BranchSpec, CatalogEntrySpec, MergeSpec, PlanSpec, RetrySpec, RuleSpec, Spec

type Location = Sequence[str | int]

_SHOWN_CHARS = 40  # text of a plan is quoted up to this length
_SHOWN_UNKNOWN = 20  # unknown keys of one object that are reported by name
_LIKE_NUMBER = re.compile(r"[-+]?(?:[0-9]{1,15}\.?[0-9]{0,15}|\.[0-9]{1,15})")
_FORMS = {  # by key, what a value can look like where its kind alone says too little
    "branches": ", such as [duckduckgo, wikipedia]",
    "parameters": ', such as {query: "${inputs.query}"}',
    "retry": ", such as {attempts: 3}",
    "name": "; other words stand in title",
}
_PRIVATE = frozenset(("parameters", "credential_id"))  # keys whose values no message may show


def validate[S: Spec](
    model: type[S],
    data: Mapping[str, Any],
    path: str,
    problems: list[Problem],
    name_path: Callable[[str], str | None] = lambda key: None,
    budget: Budget | None = None,
) -> S:
    """Read `data` as `model`. Every mistake is added to `problems`; what is without mistakes stays usable.

    `path` is where `data` stands in what the author wrote. `name_path` may give another path for one of its keys. A
    character of an expression is a node of the `budget`.
    """
    try:
        return model.model_validate(data, context=budget)
    except ValidationError as error:
        details = error.errors(include_url=False)
    given = dict(data)
    locations = [_location_in(given, detail["loc"]) for detail in details]
    found: dict[Problem, None] = {}  # an ordered set: both sides of a union say the same
    unknown = 0
    for detail, location in zip(details, locations, strict=True):
        unknown += detail["type"] == "extra_forbidden"
        if detail["type"] != "extra_forbidden" or unknown <= _SHOWN_UNKNOWN:
            place = detail["loc"] if detail["type"] == "missing" else location
            found[Problem(_path_of(place, path, name_path), _message(model, detail))] = None
    problems.extend(found)
    if unknown > _SHOWN_UNKNOWN:
        problems.append(Problem(path, f"and {unknown - _SHOWN_UNKNOWN} more unknown keys"))
    return _without(model, given, locations)


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The known name that `name` was probably meant to be."""
    known = list(names)
    by_fold = {each.casefold(): each for each in known}
    close = difflib.get_close_matches(name.casefold()[: 2 * limits.NAME_CHARS], by_fold, n=1)
    return by_fold[close[0]] if close else None


def suggest(name: str, names: Iterable[str], known_as: str) -> str:
    """`did you mean x?`, or all the names there are: `known_as` and a list."""
    known = list(names)
    close = nearest(name, known)
    if close is not None:
        return f"did you mean {close}?"
    return f"{known_as} are {', '.join(known)}" if known else "there are none"


def describe(value: Any, *, show: bool = True) -> str:
    """What was found, for a message: short text, numbers and words as they are (if `show`), else the type alone."""
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower() if show else "a boolean"
        case int() | float():
            return str(value) if show and len(str(value)) <= _SHOWN_CHARS else "a number"
        case str():
            short = show and len(value) <= _SHOWN_CHARS and value.isprintable()
            return f'the text "{value}"' if short else "a text"
        case list():
            return f"a list of {len(value)}"
        case dict():
            return f"an object of {len(value)}"
        case _:
            return f"a {type(value).__name__}"


def accepted(model: type[Spec], *location: str | int) -> str:
    """What a key takes, in words: `a number from 0.1 to 590`."""
    return _words(_schema_at(model, location), model)


def plan_schema() -> dict[str, Any]:
    """The JSON Schema of a plan, for editors."""
    schema: dict[str, Any] = _tidy(PlanSpec.model_json_schema())
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "Fanout plan"
    schema["required"] = ["branches"]
    del schema["properties"]["branches"]["default"]  # it is there so that a plan without branches can be checked on
    return schema


# -- problems


def _message(model: type[Spec], detail: ErrorDetails) -> str:
    location = detail["loc"]
    if detail["type"] == REFUSED:
        return str(detail["ctx"]["message"])
    if detail["type"] == "missing":
        return f"is missing; give {accepted(model, *location)}"
    if detail["type"] == "extra_forbidden":
        options = _options(_schema_at(model, location[:-1]), _schema(model))
        keys = [key for option in options for key in option.get("properties", {})]
        key = str(location[-1])
        return f"unknown key; {_home(model, key, keys) or _suggested(model, key, keys)}{say_lookalike(key)}"
    found = describe(detail["input"], show=not _PRIVATE.intersection(location))
    expected = accepted(model, *location)
    expected += _FORMS.get(str(location[-1]), "")
    if location[-1:] == ("provider",) and NODE_ID.fullmatch(str(detail["input"])):
        return NODE_REMEDY
    if detail["type"] == NO_TEXT:
        expected += ", in quotes"
    elif "number" in expected:
        number = _number_hint(detail["input"]) if isinstance(detail["input"], str) else ""
        expected += number or (", in seconds" if str(location[-1]).endswith("_s") else "")
    elif isinstance(detail["input"], str) and (close := nearest(detail["input"], _choices(model, location))):
        expected += f"; did you mean {close}?"
    lookalike = say_lookalike(detail["input"]) if isinstance(detail["input"], str) else ""
    if isinstance(detail["input"], str) and expected.startswith("a list"):
        lookalike = lookalike or say_joined(detail["input"])
    return f"got {found}; give {expected}{lookalike}"


def _suggested(model: type[Spec], key: str, keys: Sequence[str]) -> str:
    """`suggest`; what is like no key of a branch is most often a parameter of its tool."""
    tools_own = issubclass(model, BranchSpec) and "parameters" in keys and nearest(key, keys) is None
    return ("a parameter of the tool stands in parameters; " if tools_own else "") + suggest(key, keys, "the keys here")


def _choices(model: type[Spec], location: Location) -> list[str]:
    """The words that a key takes."""
    options = _options(_schema_at(model, location), _schema(model))
    return [str(word) for option in options for word in option.get("enum", ())]


def _home(model: type[Spec], key: str, here: Sequence[str]) -> str | None:
    """Where a key belongs that is none here, and what else may have been meant."""
    homes = [words.format(key) for each, words in _HOMES if each is not model and key in _keys(each)]
    close = nearest(key, here)
    other = f"; or did you mean {close}?" if close else ""
    return f"{key} belongs to {' or '.join(homes)}{other}" if homes else None


def _keys(model: type[Spec]) -> frozenset[str]:
    return frozenset(_schema(model)["properties"])


_HOMES: tuple[tuple[type[Spec], str], ...] = (
    (PlanSpec, "the plan"),
    (BranchSpec, "a branch"),
    (MergeSpec, "merge, as in merge: {{mode: …, {}: …}}"),
    (RetrySpec, "retry, as in retry: {{{}: …}}"),
    (RuleSpec, "a rule"),
    (CatalogEntrySpec, "an entry of the catalog"),
)


def _number_hint(text: str) -> str:
    """How to write the number that a text was meant to be: numbers are those of JSON, everything else is text."""
    if not _LIKE_NUMBER.fullmatch(text):
        return ""
    number = f"{float(text):g}"
    return ", without quotes" if text == number else f", such as {number}: 010, .5 and +5 are texts"


def _location_in(data: Any, location: Location) -> list[str | int]:
    """The part of an error's location that exists in the data: without the names of a union's sides."""
    found: list[str | int] = []
    for part in location:
        if isinstance(data, dict) and part in data:
            data = data[str(part)]
        elif isinstance(data, list) and isinstance(part, int) and part < len(data):
            data = data[part]
        else:
            break
        found.append(part)
    return found


def _path_of(location: Location, path: str, name_path: Callable[[str], str | None]) -> str:
    if not location:
        return path
    first, *rest = location
    return join_path(name_path(str(first)) or join_path(path, first), *rest)


def _without[S: Spec](model: type[S], data: dict[str, Any], locations: Sequence[Location]) -> S:
    """The model of what is left when everything with a mistake is taken out."""
    rest = _pruned(data, [location for location in locations if location])
    try:
        return model.model_validate({} if rest is _NOTHING else rest)
    except ValidationError:
        return model.model_construct()


_NOTHING = object()


def _pruned(value: Any, locations: Sequence[Location]) -> Any:
    """`value` without what stands at the locations in it; `_NOTHING` where one of them is the value itself."""
    inside: dict[str | int, list[Location]] = {}
    for location in locations:
        if not location:
            return _NOTHING
        inside.setdefault(location[0], []).append(location[1:])
    if isinstance(value, list):
        parts = [_pruned(part, inside[index]) if index in inside else part for index, part in enumerate(value)]
        return [part for part in parts if part is not _NOTHING] or _NOTHING
    parts_by_key = {key: _pruned(part, inside[key]) if key in inside else part for key, part in value.items()}
    return {key: part for key, part in parts_by_key.items() if part is not _NOTHING}


# -- words from the JSON Schema


@cache
def _schema(model: type[Spec]) -> dict[str, Any]:
    return model.model_json_schema()


def _schema_at(model: type[Spec], location: Location) -> dict[str, Any]:
    """The schema of what stands at `location`; of the innermost known part where the rest names a union's side."""
    root = _schema(model)
    schema = root
    for part in location:
        for option in _options(schema, root):
            inner = option.get("items") if isinstance(part, int) else option.get("properties", {}).get(part)
            if inner is not None:
                schema = inner
                break
        else:
            break
    return schema if location else root


def _options(schema: dict[str, Any], root: dict[str, Any]) -> list[dict[str, Any]]:
    """The schema itself, or the sides of a union; references followed, null left out."""
    if "$ref" in schema:
        return _options(root["$defs"][schema["$ref"].rpartition("/")[2]], root)
    if "anyOf" in schema:
        return [option for side in schema["anyOf"] for option in _options(side, root)]
    return [] if schema.get("type") == "null" else [schema]


def _words(schema: dict[str, Any], model: type[Spec]) -> str:
    return ", or ".join(_words_of(option, model) for option in _options(schema, _schema(model))) or "null"


def _words_of(schema: dict[str, Any], model: type[Spec]) -> str:
    if "const" in schema:
        return str(schema["const"])
    if "enum" in schema:
        return f"one of {', '.join(map(str, schema['enum']))}"
    match schema.get("type"):
        case "integer":
            return "a whole number" + _range(schema)
        case "number":
            return "a number" + _range(schema)
        case "boolean":
            return "true or false"
        case "string" if schema.get("format") == "identifier":
            return f"a text of letters, digits and _, at most {schema['maxLength']}, not beginning with a digit"
        case "string" if "format" in schema:
            return f"{'an' if schema['format'][0] in 'aeiou' else 'a'} {schema['format']} as text"
        case "string" if "examples" in schema:
            return f"a text such as {', '.join(schema['examples'])}"
        case "string" if "maxLength" in schema:
            return f"a text of at most {schema['maxLength']} characters"
        case "string":
            return "a text"
        case "array":
            return _list_words(schema, model)
        case _ if "maxProperties" in schema:
            return f"an object of at most {schema['maxProperties']:,} keys"
        case _:
            return "an object"


def _range(schema: dict[str, Any]) -> str:
    """` from 1 to 9`, ` from 1`, ` over 0, up to 9`, or nothing."""
    lowest, highest, over = (schema.get(key) for key in ("minimum", "maximum", "exclusiveMinimum"))
    if over is not None:
        return f" over {_plain(over)}" + ("" if highest is None else f", up to {_plain(highest)}")
    if lowest is not None:
        return f" from {_plain(lowest)}" + ("" if highest is None else f" to {_plain(highest)}")
    return ""


def _list_words(schema: dict[str, Any], model: type[Spec]) -> str:
    lowest, highest = schema.get("minItems"), schema.get("maxItems")
    words = "a list"
    if highest is not None:
        words += f" of at most {highest}" if lowest is None else f" of {lowest} to {highest}"
    options = _options(schema["items"], _schema(model))
    return f"{words}, each {_words_of(options[0], model)}" if len(options) == 1 else words


def _plain(number: float) -> str:
    return f"{int(number) if number == int(number) else number:,}"


def _tidy(schema: Any) -> Any:
    """Without the titles and nulls that pydantic adds; authors are not helped by them."""
    if isinstance(schema, list):
        return [_tidy(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    tidied = {
        key: _tidy(part)
        for key, part in schema.items()
        if not (key == "title" and isinstance(part, str)) and not (key == "default" and part is None)
    }
    sides = [side for side in tidied.get("anyOf", []) if side != {"type": "null"}]
    if len(sides) == 1:
        del tidied["anyOf"]
        return {**sides[0], **tidied}
    if sides:
        tidied["anyOf"] = sides
    return tidied
