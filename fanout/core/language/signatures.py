"""What functions take: types of arguments in words and in Python, and calling with checked arguments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..budget import Budget
from ..values import NUMBERS

type Evaluate = Callable[[Any, Budget], Any]


class ArgumentError(Exception):
    """A function was given something that it does not take."""


class Type(NamedTuple):
    """What one argument may be: in words, as Python types, and for arrays which element types go together."""

    words: str
    kinds: frozenset[type]
    elements: tuple[frozenset[type], ...] = ()


@dataclass(frozen=True, slots=True)
class Function:
    """A function: `parameters` in order, of which the first `required` must be given.

    If `is_variadic`, the last parameter may be given any number of times.
    """

    name: str
    parameters: tuple[Type, ...]
    required: int
    is_variadic: bool
    body: Callable[..., Any]

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
            if type(argument) not in expected.kinds:
                if expected is not EXPRESSION:
                    raise self.refusal(index, describe(argument))
            elif expected.elements:
                budget.spend(len(argument) if type(argument) is list else 0)
                if not _are_elements_fit(argument, expected):
                    raise self.refusal(index, describe_array(argument, expected))
        return self.body(budget, *arguments)

    def refusal(self, index: int, found: str) -> ArgumentError:
        """The error about the argument at `index`. `found`: its type in words, never its value."""
        return ArgumentError(f"{self.name}() takes {self.parameter(index).words} as argument {index + 1}, got {found}")


NULL = type(None)
STRINGS = frozenset((str,))
BOOLEANS = frozenset((bool,))
ARRAYS = frozenset((list,))
OBJECTS = frozenset((dict,))

ANY = Type("any value", frozenset((NULL, bool, int, float, str, list, dict)))
NUMBER = Type("a number", NUMBERS)
STRING = Type("a string", STRINGS)
TEXT_OR_NULL = Type("a string or null", STRINGS | {NULL})
ARRAY = Type("an array", ARRAYS)
OBJECT = Type("an object", OBJECTS)
ARRAY_OR_STRING = Type("an array or a string", ARRAYS | STRINGS)
COUNTABLE = Type("a string, an array or an object", ARRAYS | STRINGS | OBJECTS)
NUMBER_ARRAY = Type("an array of numbers", ARRAYS, (NUMBERS,))
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


def _are_elements_fit(array: Any, expected: Type) -> bool:
    if type(array) is not list:
        return True
    kinds = set(map(type, array))
    return any(kinds <= allowed for allowed in expected.elements)


def registrar(table: dict[str, Function]) -> Callable[..., Callable[[Callable[..., Any]], Callable[..., Any]]]:
    """A decorator that puts functions in `table`, by name. The last `optional` parameters may be left out."""

    def function(
        name: str, *parameters: Type, optional: int = 0, variadic: bool = False
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        def register(body: Callable[..., Any]) -> Callable[..., Any]:
            table[name] = Function(name, parameters, len(parameters) - optional, variadic, body)
            return body

        return register

    return function
