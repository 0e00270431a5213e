"""What functions take: types of arguments in words and in Python, and calling with checked arguments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..budget import Budget
from ..values import NUMBERS

type Evaluate = Callable[[Any, Budget], Any]


class ArgumentError(Exception):
    """A function was given something that it does not take. `advice`: what to write instead, where that is known."""

    def __init__(self, message: str, advice: str = "") -> None:
        self.advice = advice
        super().__init__(message)


class Type(NamedTuple):
    """What one argument may be: in words, as Python types, and for arrays which element types go together."""

    words: str
    kinds: frozenset[type]
    elements: tuple[frozenset[type], ...] = ()


class Like(NamedTuple):
    """A result that is what the argument at `argument` is, or (`is_element`) one of its elements, or null."""

    argument: int
    is_element: bool = False


@dataclass(frozen=True, slots=True)
class Function:
    """A function: `parameters` in order, of which the first `required` must be given, and what it `returns`.

    If `is_variadic`, the last parameter may be given any number of times.
    """

    name: str
    parameters: tuple[Type, ...]
    returns: Type | Like
    required: int
    is_variadic: bool
    body: Callable[..., Any]

    @property
    def gives(self) -> str:
        """What it gives, in one sentence, as Markdown."""
        return (self.body.__doc__ or "").partition("\n")[0]

    def parameter(self, index: int) -> Type:
        """What the argument at `index` may be; counts from 0."""
        return self.parameters[min(index, len(self.parameters) - 1)]

    def takes(self, count: int) -> bool:
        """Whether it can be called with that many arguments."""
        return count >= self.required and (self.is_variadic or count <= len(self.parameters))

    def takes_words(self) -> str:
        """`takes 2 or 3 arguments`"""
        most = len(self.parameters)
        plural = "" if most == 1 else "s"
        if self.is_variadic:
            return f"takes at least {self.required} argument{'' if self.required == 1 else 's'}"
        return (
            f"takes {self.required} or {most} arguments" if self.required < most else f"takes {most} argument{plural}"
        )

    def call(self, arguments: Sequence[Any], budget: Budget) -> Any:
        """Call with evaluated arguments (an `&expression` as an `Evaluate`). Raises ArgumentError or TooLargeError."""
        for index, argument in enumerate(arguments):
            expected = self.parameter(index)
            if type(argument) not in expected.kinds or expected.elements:
                self.check(index, argument, budget)
        return self.body(budget, *arguments)

    def check(self, index: int, argument: Any, budget: Budget) -> None:
        """Raise ArgumentError where the function does not take this value as the argument at `index`."""
        expected = self.parameter(index)
        if type(argument) not in expected.kinds:
            if expected is not EXPRESSION:
                raise self.refusal(index, describe(argument))
        elif expected.elements:
            budget.spend(len(argument) if type(argument) is list else 0)
            if not _are_elements_fit(argument, expected):
                raise self.refusal(index, describe_array(argument, expected))

    def refusal(self, index: int, found: str) -> ArgumentError:
        """The error about the argument at `index`. `found`: its type in words, never its value."""
        expected = self.parameter(index)
        message = f"{self.name}() takes {expected.words} as argument {index + 1}, got {found}"
        if expected is EXPRESSION or found == "an &expression":
            return ArgumentError(message, self._example())
        return ArgumentError(message, _remedy(expected, found))

    def _example(self) -> str:
        if EXPRESSION not in self.parameters:
            return "write it without &"
        arguments = ("&name" if each is EXPRESSION else "list" for each in self.parameters)
        return f"write {self.name}({', '.join(arguments)})"


NULL = type(None)
NULLS = frozenset((NULL,))
STRINGS = frozenset((str,))
BOOLEANS = frozenset((bool,))
ARRAYS = frozenset((list,))
OBJECTS = frozenset((dict,))

BOOLEAN = Type("a boolean", BOOLEANS)
ANY = Type("any value", frozenset((NULL, bool, int, float, str, list, dict)))
NUMBER = Type("a number", NUMBERS)
STRING = Type("a string", STRINGS)
PATTERN = Type("a pattern", STRINGS)
STRING_OR_NULL = Type("a string or null", STRINGS | NULLS)
NUMBER_OR_NULL = Type("a number or null", NUMBERS | NULLS)
ARRAY = Type("an array", ARRAYS)
OBJECT = Type("an object", OBJECTS)
ARRAY_OR_STRING = Type("an array or a string", ARRAYS | STRINGS)
COUNTABLE = Type("a string, an array or an object", ARRAYS | STRINGS | OBJECTS)
NUMBER_ARRAY = Type("an array of numbers", ARRAYS, (NUMBERS,))
OBJECT_ARRAY = Type("an array of objects", ARRAYS, (OBJECTS,))
STRING_ARRAY = Type("an array of strings", ARRAYS, (STRINGS,))
SORTABLE_ARRAY = Type("an array of numbers or of strings", ARRAYS, (NUMBERS, STRINGS))
ITEM_ARRAY = Type("an array of [key, value] pairs", ARRAYS, (ARRAYS,))
EXPRESSION = Type("an &expression", frozenset())

_KIND_WORDS = {
    NULL: "null",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    str: "a string",
    list: "an array",
    dict: "an object",
}


def describe(value: Any) -> str:
    """The type of a value in words. Never the value."""
    return _KIND_WORDS.get(type(value), "an &expression")


def describe_array(array: list[Any], expected: Type) -> str:
    """What about an array's elements does not fit: `an array with null`."""
    found = list(dict.fromkeys(map(describe, array)))
    accepted = {_KIND_WORDS[kind] for kinds in expected.elements for kind in kinds}
    strange = [words for words in found if words not in accepted]
    return "an array with " + (strange[0] if strange else " and ".join(found))


_NO_NULLS = "[] leaves nulls out, as in merged[]"
# (what is expected, what came instead) → how to mend it
_REMEDIES = {
    (STRING, "null"): "where it may be missing, write name || ''",
    (STRING, "a number"): "to_string(…) makes a text of it",
    (STRING, "a boolean"): "to_string(…) makes a text of it",
    (STRING, "an array"): "join(', ', list) makes a text of it, list[0] is its first element",
    (STRING, "an object"): "to_string(…) makes JSON text of it, .name is a part of it",
    (NUMBER, "a string"): "to_number(…) makes a number of it",
    (NUMBER, "null"): "where it may be missing, write name || `0`",
    (OBJECT, "null"): "where it may be missing, write name || `{}`",
    (OBJECT, "an array"): "list[0] is its first element",
    (OBJECT, "a string"): "parse_json(…) reads JSON",
    (STRING_ARRAY, "an array with null"): _NO_NULLS,
    (NUMBER_ARRAY, "an array with null"): _NO_NULLS,
    (SORTABLE_ARRAY, "an array with null"): _NO_NULLS,
    (OBJECT_ARRAY, "an array with null"): _NO_NULLS,
    (STRING_ARRAY, "an array with a number"): "map(&to_string(@), list) makes texts of them",
    (STRING_ARRAY, "an array with an object"): "list[].name are their fields",
    (NUMBER_ARRAY, "an array with a string"): "map(&to_number(@), list)[] makes numbers of them",
    (NUMBER_ARRAY, "an array with an object"): "list[].name are their fields",
    (SORTABLE_ARRAY, "an array with an object"): "sort_by(list, &name) goes by a field",
    (COUNTABLE, "null"): "where it may be missing, write name || ''",
    (COUNTABLE, "a number"): "length(to_string(…)) counts its digits",
    (ARRAY_OR_STRING, "null"): "where it may be missing, write name || ''",
}
_ARRAY_REMEDIES = {
    "null": "where it may be missing, write name || `[]`",
    "an object": "values(…) and items(…) make arrays of it",
    "a string": "split(text, ',') makes an array of it, and parse_json(…) reads JSON",
}


def _remedy(expected: Type, found: str) -> str:
    if expected.kinds == ARRAYS and found in _ARRAY_REMEDIES:
        return _ARRAY_REMEDIES[found]
    return _REMEDIES.get((expected, found), "")


def _are_elements_fit(array: Any, expected: Type) -> bool:
    if type(array) is not list:
        return True
    kinds = set(map(type, array))
    return any(kinds <= allowed for allowed in expected.elements)


def registrar(table: dict[str, Function]) -> Callable[..., Callable[[Callable[..., Any]], Callable[..., Any]]]:
    """A decorator that puts functions in `table`, by name. The last `optional` parameters may be left out."""

    def function(
        name: str, *parameters: Type, returns: Type | Like, optional: int = 0, variadic: bool = False
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        def register(body: Callable[..., Any]) -> Callable[..., Any]:
            table[name] = Function(name, parameters, returns, len(parameters) - optional, variadic, body)
            return body

        return register

    return function
