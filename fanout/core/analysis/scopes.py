"""What the expressions of a plan can name, place by place (contract 4, 6, 8, 10), as kinds."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Literal, get_args

from ..errors import ErrorType
from ..language.cache import BoundedCache
from ..plans.outline import Outline
from ..plans.plan import MergeMode, MessageKind
from .findings import Findings
from .kinds import ANYTHING, BOOLEAN, LIST, NULL, NUMBER, OBJECT, TEXT, Kind, nullable

# what an expression is for: a truth, a list of rows, a field of each element of a list; None: any value
type Purpose = Literal["condition", "rows", "element"] | None

_FINDINGS_BYTES = 256 * 1024  # of one scope; there are some forty
STATUSES = ("succeeded", "failed", "timed_out", "rejected", "skipped", "abandoned")
REASONS = ("required", "until", "need", "all", "exhausted", "deadline")


def _object(label: str, **fields: Kind) -> Kind:
    return Kind(OBJECT, fields=fields, label=label)


def _one_of(words: tuple[str, ...]) -> Kind:
    return Kind(TEXT, words=frozenset(words))


_BY_NAME = "an object by the names of the branches"
_TEXT, _NUMBER, _BOOLEAN = Kind(TEXT), Kind(NUMBER), Kind(BOOLEAN)
_BRANCH_NAME = Kind(TEXT, names_of="branches")
_JSON = Kind(OBJECT | LIST)  # a message; a rule may emit a list
_FILE = _object("a file", **dict.fromkeys(("type", "url", "mime_type", "filename", "tool_file_id"), Kind(TEXT | NULL)))
_ERROR = _object("an error", type=nullable(_one_of(get_args(ErrorType.__value__))), message=Kind(TEXT | NULL))
_INPUTS = Kind(OBJECT, label="an object")
_REASON = nullable(_one_of(REASONS))

_ROW = {"inputs": _INPUTS, "item": ANYTHING, "index": Kind(NUMBER | NULL)}
_OUTPUT = {
    "text": _TEXT,
    "json": Kind(LIST, element=_JSON, label="a list of objects"),
    "variables": Kind(OBJECT, label="an object"),
    "files": Kind(LIST, element=_FILE, label="a list of files"),
    "links": Kind(LIST, element=_TEXT, label="a list of addresses"),
}
_RECORD = _object(
    "a branch",
    **_OUTPUT,
    name=_BRANCH_NAME,
    title=_TEXT,
    status=_one_of(STATUSES),
    provider=_TEXT,
    tool_name=_TEXT,
    elapsed_s=_NUMBER,
    attempts=_NUMBER,
    error=_ERROR,
    partial=_BOOLEAN,
    shared=Kind(BOOLEAN | NULL),
    row=Kind(NUMBER | NULL),
    result=ANYTHING,
)
_BRANCHES = Kind(OBJECT, fields={}, rest=nullable(_RECORD), label=_BY_NAME, names_of="branches")
_RECORDS = Kind(LIST, element=_RECORD, label="a list of branches")
_MESSAGE = {
    "branch": _BRANCH_NAME,
    "type": _one_of(get_args(MessageKind.__value__)),
    "index": _NUMBER,
    "elapsed_s": _NUMBER,
    "text": Kind(TEXT | NULL),
    "json": nullable(_JSON),
    "variable": nullable(_object("a variable", name=_TEXT, value=ANYTHING)),
    "link": Kind(TEXT | NULL),
    "file": nullable(_FILE),
}
_VOTE = _object(
    "a vote", value=ANYTHING, votes=_NUMBER, of=_NUMBER, branches=Kind(LIST, element=_TEXT, label="a list of names")
)
_MERGED: Mapping[MergeMode, Kind] = {  # of any other mode, anything
    "group": Kind(OBJECT, fields={}, rest=ANYTHING, label=_BY_NAME, names_of="merged"),
    "concat": Kind(LIST | NULL, label="a list"),
    "zip": Kind(LIST | NULL, element=Kind(OBJECT), label="a list"),
    "rank": Kind(LIST | NULL, element=Kind(OBJECT), label="a list"),
    "vote": nullable(_VOTE),
}


class Scope:
    """What an expression can name. `has_rows`: whether there is a `for_each`.

    `findings`: those of expressions that were judged over it, by their text; they depend on nothing else.
    """

    __slots__ = ("findings", "has_rows", "id", "kind", "purpose")

    def __init__(self, id: str, kind: Kind, has_rows: bool = False, purpose: Purpose = None) -> None:
        self.id = id
        self.findings = BoundedCache[Findings](_FINDINGS_BYTES)
        self.kind = kind
        self.has_rows = has_rows
        self.purpose = purpose


_PURPOSES: Mapping[str, Purpose] = {
    "for_each": "rows",
    **dict.fromkeys(("when", "accept", "prefer", "empty", "until", "where"), "condition"),
}
DATA = Scope("data", ANYTHING)  # of `reshape`: nobody knows
ELEMENT = Scope("element", ANYTHING, purpose="element")  # of what runs over the elements of a merge


def scope_of(key: str, outline: Outline) -> Scope:
    """The scope of the expressions that stand under a key of the plan."""
    return _scope(key, outline.has_rows, outline.merge_mode)


@cache
def _scope(key: str, has_rows: bool, merge_mode: MergeMode) -> Scope:
    fields = _fields_of(key, has_rows, merge_mode)
    if fields is None:
        return ELEMENT
    name = f"{key} {has_rows} {merge_mode}" if "merged" in fields else f"{key} {has_rows}"
    return Scope(name, Kind(OBJECT, fields=fields, is_scope=True), has_rows, _PURPOSES.get(key))


def _fields_of(key: str, has_rows: bool, merge_mode: MergeMode) -> Mapping[str, Kind] | None:
    match key:
        case "for_each":
            return {"inputs": _INPUTS}
        case "parameters" | "when":
            return {**_ROW, "branches": _BRANCHES}
        case "select":
            return {**_OUTPUT, **_ROW}
        case "accept" | "prefer":
            return {**_OUTPUT, "result": ANYTHING, **_ROW}
        case "empty":
            return {"error": _ERROR}
        case "where" | "emit":
            return _MESSAGE
        case "heading":
            return {"branch": _BRANCH_NAME, "title": _TEXT, "item": ANYTHING, "index": Kind(NUMBER | NULL)}
        case "until":
            return {**_state(False, merge_mode), "item": ANYTHING, "index": Kind(NUMBER | NULL)}
        case "output":
            return _state(has_rows, merge_mode)
        case "text":
            return {**_state(has_rows, merge_mode), "result": ANYTHING}
        case _:
            return None


def _state(has_rows: bool, merge_mode: MergeMode) -> dict[str, Kind]:
    merged = _MERGED.get(merge_mode, ANYTHING)
    of_row = nullable(merged)
    row = _object("a row", index=_NUMBER, item=ANYTHING, merged=of_row, complete=_BOOLEAN, settled_by=_REASON)
    return {
        "inputs": _INPUTS,
        "merged": Kind(LIST, element=of_row, label="a list") if has_rows else merged,
        "branches": _RECORDS if has_rows else _BRANCHES,
        "failures": _RECORDS,
        "rows": Kind(LIST, element=row, label="a list of rows"),
        "complete": _BOOLEAN,
        "settled_by": _REASON,
    }
