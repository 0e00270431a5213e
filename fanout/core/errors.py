"""What can go wrong, split by who can mend it.

    FanoutError              its text is written to be shown to the workflow's author
    ├── PlanError            the author: every problem of a plan or parameter, each with its path
    ├── ExpressionError      the author or the data: an expression that cannot be read or evaluated
    ├── TooLargeError        the author: a value over a limit (see `limits`)
    └── CallError            the providers: the call did not succeed; one line per branch

A branch that fails raises nothing: its failure is a value, `BranchError`, kept in its record. Anything that is not
in this tree is a defect of the plugin.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, NamedTuple, Self

type ErrorType = Literal[
    "not_found",
    "unauthorized",
    "invalid_parameters",
    "rate_limited",
    "timeout",
    "connection",
    "provider",
    "bad_response",
    "expression",
    "too_large",
    # for records that are no error of the provider, the type repeats the status
    "skipped",
    "rejected",
    "abandoned",
]


class FanoutError(Exception):
    """Base of all errors whose text may be shown. Holds no values of parameters or inputs."""


def join_path(path: str, *parts: str | int) -> str:
    """`branches[2]` and `retry`, `attempts` → `branches[2].retry.attempts`."""
    for part in parts:
        step = f"[{part}]" if isinstance(part, int) else f".{part}"
        path = f"{path}{step}" if path else step.removeprefix(".")
    return path


class Problem(NamedTuple):
    """One mistake of what the author wrote: where (`branches[2].select`; empty: the whole) and what to do."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


class PlanError(FanoutError):
    """Every problem of a plan (or of a tool's parameters), found before anything is called."""

    def __init__(self, problems: Iterable[Problem], what: str = "plan") -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        head = f"The {what} has {count} problem{'' if count == 1 else 's'}:"
        super().__init__("\n".join([head, *(f"- {problem}" for problem in self.problems)]))


@contextmanager
def collecting(problems: list[Problem]) -> Iterator[None]:
    """Keep the problems that the block raises, so that what is read after it can be checked as well."""
    try:
        yield
    except PlanError as error:
        problems.extend(error.problems)


class ExpressionError(FanoutError):
    """An expression (or template) that cannot be read, or failed on the data it was given.

    `column` counts from 1 and is None where the failure belongs to no place in the text. `advice`: what to write
    instead, where that is known.
    """

    def __init__(self, message: str, column: int | None = None, advice: str = "") -> None:
        self.message = message
        self.column = column
        self.advice = advice
        placed = message if column is None else f"{message} (column {column})"
        super().__init__(f"{placed}; {advice}" if advice else placed)

    def at(self, path: str) -> Self:
        """The same error with the path of the expression in front; its class stays."""
        return type(self)(f"{path}: {self.message}", self.column, self.advice)

    def moved(self, chars: int) -> Self:
        """The same error, its column counted in a text in which so many characters stand before the expression."""
        return self if self.column is None else type(self)(self.message, self.column + chars, self.advice)


class TooLargeError(FanoutError):
    """A value is larger than a limit allows."""

    def at(self, path: str) -> Self:
        """The same error with a path in front."""
        return type(self)(f"{path}: {self}")


class CallError(FanoutError):
    """The call as a whole did not succeed."""


@dataclass(frozen=True, slots=True)
class BranchError:
    """Why a branch has no result. `message` is at most `limits.ERROR_MESSAGE_CHARS` characters.

    `retry_after_s`: the wait in seconds that the service names, where it names one.
    """

    type: ErrorType
    message: str
    retry_after_s: float | None = None
