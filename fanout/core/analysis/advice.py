"""The words of the analysis: what is wrong with an expression, and what was probably meant. Each gives both."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence

from ..language.signatures import Function
from ..plans.schema import nearest
from .kinds import LIST, NUMBER, OBJECT, TEXT, Kind

type Words = tuple[str, str]  # (what is wrong, what to write)

_SHOWN = 60  # characters of an expression in a message
_NAMED = 20  # names that one message lists
_COUNTS = frozenset(("length", "len", "size", "count"))
_INPUTS = frozenset(
    (
        *("query", "text", "items", "files", "url", "urls", "topic", "count"),
        *("input", "question", "q", "keyword", "language"),
    )
)
_OUTPUT = frozenset(("text", "json", "variables", "files", "links"))
_NOT_NULLS = frozenset(("None", "nil", "undefined", "NULL", "Null", "none"))
# names of fields elsewhere → of a branch
_OF_BRANCHES = {
    "output": "result",
    "value": "result",
    "data": "result",
    "content": "text",
    "state": "status",
    "message": "error.message",
    "duration": "elapsed_s",
    "elapsed": "elapsed_s",
    "time": "elapsed_s",
    "retries": "attempts",
    "tool": "tool_name",
    "file": "files",
    "link": "links",
}
# a name that only other places know → why it is not there
_ELSEWHERE = {
    "merged": "what was merged is known in output, text and until",
    "rows": "rows are known in output, text and until",
    "complete": "whether it is complete is known in output, text and until",
    "settled_by": "what ended the call is known in output, text and until",
    "failures": "what failed is known in output, text and until",
    "branches": "other branches can be named in when and parameters, and in output, text and until",
}


def as_text(name: str) -> str:
    """A text as an expression has it."""
    return json.dumps(name, ensure_ascii=False).join("``") if "\n" in name else "'" + name.replace("'", "\\'") + "'"


# -- names


def unknown_name(name: str, path: str, *, is_quoted: bool, known: Collection[str], branches: Collection[str]) -> Words:
    """A name that the scope does not have. `path`: as written, from the name on. `branches`: the plan's, by name."""
    if is_quoted:
        return quoted_name(name, "there is none of that name here")
    return f"there is no {name} here, so it is always null", _meant(name, path, known, branches)


def quoted_name(name: str, missing: str) -> Words:
    """A text in double quotes, which makes a name of it."""
    shown = json.dumps(name, ensure_ascii=False)
    return f"{shown} is the name of a field, and {missing}", f"text stands in single quotes: {as_text(name)}"


def _meant(name: str, path: str, known: Collection[str], branches: Collection[str]) -> str:
    if name in _NOT_NULLS:
        return "write null"
    if name in ("True", "False", "TRUE", "FALSE"):
        return f"write `{name.lower()}`"
    if name in branches and "branches" in known:
        alone = path == name and "merged" in known
        return f"write branches.{name}.result, or another field of it" if alone else f"write branches.{path}"
    is_output = name in _OUTPUT and "branches" in known
    if name in _INPUTS and "inputs" in known:
        return f"did you mean inputs.{path}{f', or branches.NAME.{path}' if is_output else ''}?"
    if name == "result" and "json" in known:
        return "select makes the result; it can name json, text, variables, files and links"
    if name == "result" and "merged" in known:
        return "did you mean merged, or the result of one branch, branches.NAME.result?"
    if is_output:
        return f"write branches.NAME.{path}"
    if name in _ELSEWHERE:
        return _ELSEWHERE[name]
    close = nearest(name, sorted(known))
    if close is not None:
        return f"did you mean {close}?"
    if "json" in known and "variable" not in known:
        return f"did you mean json[0].{path}, or inputs.{path}? (text stands in single quotes: {as_text(name)})"
    an_input = f"an input is inputs.{path}; " if "inputs" in known else ""
    return f"there are {', '.join(known)}; {an_input}text stands in single quotes: {as_text(name)}"


def unknown_branch(name: str, names: Sequence[str]) -> Words:
    """A branch that the plan does not have."""
    close = nearest(name, names)
    remedy = f"did you mean {close}?" if close else f"the branches are {', '.join(names[:_NAMED])}"
    return f"there is no branch {name}", remedy


def no_such_field(here: Kind, name: str, left: str) -> Words:
    """A field that a thing of a known kind does not have."""
    fields: Mapping[str, Kind] = here.fields or {}
    what = here.label or left or "the object"
    message = f"{what} has no {name}, so it is always null"
    if here.label == "a branch" and name in _OF_BRANCHES:
        return message, f"did you mean {_OF_BRANCHES[name]}?"
    close = nearest(name, list(fields))
    if close is not None:
        return message, f"did you mean {close}?"
    return message, f"there are {', '.join(list(fields)[:_NAMED])}" if fields else "it has no fields at all"


def no_fields(here: Kind, name: str, left: str) -> Words:
    """A field of what has none: a list, a text, a number."""
    message = f"{left or 'it'} is {here.described()} and has no field {name}, so that is always null"
    what = left or "@"
    if name in _COUNTS:
        return message, f"write length({what})"
    if here.types & LIST:
        if here.label == "a list of branches" and name not in (here.elements.fields or {}):
            return message, f"write {what}[?name == {as_text(name)}]"
        return message, f"write {what}[0].{name}, or {what}[].{name} for all of them"
    if here.types & TEXT:
        return message, f"where it is JSON, write parse_json({what}).{name}"
    return message, f"leave .{name} out"


def of_the_root(here: Kind, path: str) -> Words:
    """A name of the scope, inside of something that is known and has no such field."""
    what = here.label or "the object"
    return f"{what} has no {path.partition('.')[0]}", f"names are fields of it there; the scope is $: write $.{path}"


def scope_name(path: str, *, in_filter: bool) -> Words:
    """A name of the scope where a field of an element is meant."""
    where = "inside [?…] and &… names are" if in_filter else "behind a dot, [] and | a name is"
    fields = "fields of the element" if in_filter else "a field of what stands before it"
    return f"{where} {fields}, and {path} is null there unless it has it", f"the scope is $: write $.{path}"


def quoted_in_filter(name: str) -> Words:
    """A name in double quotes that is compared inside a filter."""
    return f'"{name}" is the name of a field', f"if the text is meant, write {as_text(name)}"


# -- kinds


def always_true(shown: str) -> Words:
    """A number where it is asked whether something is true."""
    what = shown or "what stands here"
    return f"{what} is a number, and a number is always true, 0 too", f"compare it: {shown or '…'} > `0`"


def text_as_condition(value: str) -> Words:
    """A text where a condition belongs."""
    return f"{as_text(value)[:_SHOWN]} is a text and always true", "write the condition without quotes around the whole"


def no_rows(shown: str, kind: Kind) -> Words:
    """What `for_each` cannot take."""
    what = f"{shown} is {kind.described()}" if shown else f"this is {kind.described()}"
    remedy = "name a list, such as inputs.items"
    if kind.types & TEXT:
        remedy += "; split(text, ',') makes one of a text"
    return f"for_each takes a list, and {what}", remedy


def same_for_all(text: str) -> Words:
    """A literal where a field of each element is asked for."""
    shown = text if len(text) <= _SHOWN else "it"
    return f"{shown} is the same for every element", "write the name of a field, without quotes"


def no_json(shown: str) -> Words:
    """Backticks around what looks like JSON and is none; the language takes it for a text."""
    return (
        f"{shown or 'this'} is no JSON, so it is a text",
        'put names and texts in it in double quotes, such as `{"a": "b"}`',
    )


def name_in_elements(name: str) -> Words:
    """A name of the plan's scope over an element of a list."""
    return f"here names are fields of an element, and {name} is null unless it has it", "name a field of the elements"


def no_index(here: Kind, position: int, left: str) -> Words:
    """A position in what is no list."""
    message = f"{left or 'it'} is {here.described()}, and only lists have positions, so it is always null"
    if here.names_of and here.types & OBJECT:
        return message, f"write {left or '@'}.NAME, with the name of a branch"
    if here.types & TEXT:
        return message, f"a part of a text is {left or '@'}[{position}:{position + 1 or ''}]"
    return message, "write .name for a field"


def no_list(sign: str, here: Kind, left: str) -> Words:
    """A projection of what is no list."""
    shown = left or "what stands before it"
    message = f"{sign} is for lists, and {shown} is {here.described()}, so it is always null"
    if sign == "[]" and not left:
        return message, "an empty list is `[]`, between backticks"
    if here.types & OBJECT:
        return message, f"its values are {left or '…'}.*, and as a list values({left or '…'})"
    if here.types & TEXT:
        return message, f"split({left or '…'}, ',') makes a list of it, parse_json({left or '…'}) reads JSON"
    return message, f"leave {sign} out"


def no_values(here: Kind, left: str) -> Words:
    """`.*` of what is no object."""
    shown = left or "what stands before it"
    remedy = f"write {left or '…'}[] for its elements" if here.types & LIST else "leave .* out"
    return f".* is for objects, and {shown} is {here.described()}, so it is always null", remedy


def never_equal(one: str, other: str, meant: str) -> Words:
    """A comparison of what can never be equal. `meant`: what was probably meant, where that is known."""
    remedy = f"write {meant}" if meant else "compare a text with 'text', a number with `1`"
    return f"{one} and {other}: they are never equal", remedy


def never_this_word(shown: str, words: Collection[str], found: str) -> Words:
    """A text that something can never be."""
    close = nearest(found, sorted(words))
    remedy = f"did you mean {as_text(close)}?" if close else f"it is one of {', '.join(sorted(words))}"
    return f"{shown} is never {as_text(found)}", remedy


def no_order(symbol: str, side: str, kind: Kind) -> Words:
    """`<` and `>` of what is no number."""
    remedy = {LIST: "length(…) counts its elements", OBJECT: "name one of its fields"}.get(kind.types)
    if kind.types & TEXT:
        remedy = "length(…) counts its characters, to_number(…) makes a number of it"
    return f"{symbol} is for numbers, and {side}, so it is always null", remedy or "name a number"


def wrong_argument(function: Function, index: int, side: str, kind: Kind) -> Words:
    """An argument that a function never takes."""
    message = f"{function.name}() takes {function.parameter(index).words} as argument {index + 1}, and {side}"
    if function.name == "join" and index == 1 and kind.types & TEXT:
        return message, "what stands between comes first: join(', ', list)"
    refusal = function.refusal(index, _signature_words(kind))
    return message, refusal.advice or "name something else"


def _signature_words(kind: Kind) -> str:
    words = {TEXT: "a string", NUMBER: "a number", LIST: "an array", OBJECT: "an object"}
    if kind.types == LIST and kind.element is not None and kind.element.types & OBJECT:
        return "an array with an object"
    return words.get(kind.types, "a boolean")


def contains_no_text(side: str) -> Words:
    """`contains(text, …)` of what is no text."""
    return (
        f"a text contains only texts, and {side}, so it is always false",
        "a number as text is '5'; to_string(…) makes a text of anything",
    )


def backslash(value: str) -> Words:
    """An escape in single quotes."""
    shown = value if len(value) <= _NAMED else f"{value[:_NAMED]}…"
    meant = json.dumps(shown, ensure_ascii=False).replace("\\\\", "\\")
    return f"'{shown}' holds a backslash as it stands", f"if the character is meant, write `{meant}`"
