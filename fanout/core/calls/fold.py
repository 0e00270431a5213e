"""The messages of one attempt, folded into a branch's output (contract 4.1)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, NoReturn

from .. import limits
from ..budget import Budget
from ..depth import is_deeper
from ..errors import TooLargeError
from ..texts import begins_json, unfence
from ..values import Size, clean, json_bytes, spend_text
from ..weight import is_hopeless
from .messages import Message
from .records import FileMessage
from .repeats import JsonOnceMore, may_be_json

_REPEATS = 20  # texts of one attempt that are not counted, at most one for each JSON message
_JSON_STARTS, _JSON_ENDS = "{[ \t\r\n\ufeff", "}]\n"  # of a text that may be JSON: a look before `may_be_json`
_EXACT = 2**53  # up to here a double holds every whole number
_EXACT_DIGITS, _MOST_DIGITS = 15, 17  # fewer digits are exact, more are not
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")


class Fold:
    """What one attempt has sent so far. How a text or a streamed variable was cut into messages leaves no trace.

    `size` is in bytes: text and streamed pieces as UTF-8, everything else as JSON; a variable that was replaced no
    longer counts, nor does a text that only repeats the JSON message beside it. `json_size` is the size of the list of
    JSON messages at most, and so of whatever is a part of it.
    """

    __slots__ = (
        "_comparison",
        "_files",
        "_held",
        "_json",
        "_links",
        "_metas",
        "_repeats",
        "_texts",
        "_variables",
        "json_size",
        "size",
    )

    def __init__(self) -> None:
        self.size = 0
        self._texts: list[str] = []
        self._json: list[Any] = []
        self.json_size = Size(nodes=1, bytes=2)
        self._variables: dict[str, _Variable] = {}
        self._files: list[dict[str, Any]] = []
        self._metas: list[dict[str, Any]] = []
        self._links: list[str] = []
        self._repeats: list[int] = []  # which texts only repeat the JSON
        self._held = ""  # a text that may repeat the JSON to come; it was the last
        self._comparison: JsonOnceMore | None = None

    def add(self, message: Message) -> str:
        """Take one more message, and return the text that may be shown by now.

        A text that looks like JSON is held until the next message tells whether it only repeats it. Raises
        TooLargeError when all messages are over `limits.BRANCH_BYTES`.
        """
        shown = ""
        if message.kind == "text":  # nearly all messages are: no call for ASCII, the append and the addition
            shown = message.value
            if shown:
                self._texts.append(shown)
                self.size += len(shown) if shown.isascii() else _text_bytes(shown)
                if self._held or (shown[0] in _JSON_STARTS and shown[-1] in _JSON_ENDS):
                    shown = self._hold(shown)
        elif message.kind == "json":
            shown = self._add_json(message)
        else:
            self._add_other(message)
        if self.size > limits.BRANCH_BYTES:
            raise TooLargeError(
                f"the messages of the branch are larger than {limits.BRANCH_BYTES // limits.MIB} MiB; "
                "ask the tool for less, or drop messages with `rules`"
            )
        return shown

    def release(self) -> str:
        """The text that was held; nothing comes any more that it could repeat."""
        held, self._held = self._held, ""
        return held

    @property
    def has_repeats(self) -> bool:
        """Whether a text was only the JSON once more."""
        return bool(self._repeats)

    @property
    def own_text(self) -> str:
        """The text that is more than the JSON once more."""
        if not self._repeats:
            return self.text
        return "".join(text for index, text in enumerate(self._texts) if index not in self._repeats)

    @property
    def text(self) -> str:
        """All text so far, joined."""
        if self._repeats:
            return "".join(self._texts)
        if len(self._texts) > 1:
            self._texts = ["".join(self._texts)]
        return self._texts[0] if self._texts else ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was sent; empty text is nothing."""
        return not (self._texts or self._json or self._variables or self._files or self._links)

    @property
    def files_meta(self) -> tuple[FileMessage, ...]:
        """The files as they are passed on: the wire type, the address and the meta that each came with."""
        if not self._files:
            return ()
        return tuple(
            FileMessage(file["type"], file["url"], meta) for file, meta in zip(self._files, self._metas, strict=True)
        )

    def output(self) -> dict[str, Any]:
        """`{text, json, variables, files, links}`, plain JSON. Lists and objects are new, what is in them is shared."""
        return {
            "text": self.text,
            "json": list(self._json),
            "variables": {name: variable.value for name, variable in self._variables.items()},
            "files": list(self._files),
            "links": list(self._links),
        }

    def _add_other(self, message: Message) -> None:
        value = message.value
        if message.kind == "variable":
            self._add_variable(message)
        elif message.kind == "link":
            self._links.append(value)
            self.size += _text_bytes(value)
        else:
            meta = message.meta or {}
            self._files.append(value)
            self._metas.append(meta)
            self.size += json_bytes([value, meta])

    def _add_json(self, message: Message) -> str:
        size = _size_of(message)
        self._json.append(message.value)
        self.json_size = Size(self.json_size.nodes + size.nodes, self.json_size.bytes + size.bytes + 1)
        self.size += size.bytes
        held = self.release()
        return "" if held and self._is_repeated(held) else held

    def _hold(self, text: str) -> str:
        """The text that is to be shown now that this one has come."""
        before = self.release()
        if not may_be_json(text):
            return before + text
        if not self._is_repeated(text):
            self._held = text
        return before

    def _is_repeated(self, text: str) -> bool:
        """Whether the last text repeats the last JSON message; from then on it does not count."""
        if len(self._repeats) >= min(len(self._json), _REPEATS):
            return False
        self._comparison = self._comparison or JsonOnceMore()
        if not self._comparison.is_repeated(text, self._json[-1]):
            return False
        self._repeats.append(len(self._texts) - 1)
        self.size -= _text_bytes(text)
        return True

    def _add_variable(self, message: Message) -> None:
        """A streamed piece is joined to the text that is there; whatever else comes, replaces."""
        variable = self._variables.get(message.name)
        if message.stream and isinstance(message.value, str):
            if variable is None or not variable.is_text:
                variable = self._replace(message.name, "", 0)
            size = _text_bytes(message.value)
            variable.append(message.value, size)
            self.size += size
        else:
            self._replace(message.name, message.value, _size_of(message).bytes)

    def _replace(self, name: str, value: Any, size: int) -> _Variable:
        old = self._variables.get(name)
        self.size += size - (old.size if old else -_text_bytes(name))
        variable = self._variables[name] = _Variable(value, size)
        return variable


class _Variable:
    """A variable and its size in bytes. Streamed pieces are kept apart until somebody asks for the value."""

    __slots__ = ("_pieces", "_value", "size")

    def __init__(self, value: Any, size: int) -> None:
        self._value = value
        self._pieces: list[str] = []
        self.size = size

    @property
    def is_text(self) -> bool:
        return isinstance(self._value, str)

    @property
    def value(self) -> Any:
        if self._pieces:
            self._value = "".join((self._value, *self._pieces))
            self._pieces.clear()
        return self._value

    def append(self, piece: str, size: int) -> None:
        self._pieces.append(piece)
        self.size += size


def default_result(output: Mapping[str, Any], budget: Budget) -> Any:
    """The result where there is no `select`: tools that send the same data as text and JSON give it once.

    The single JSON message; the list of them, if several; else the variables, if any; else the text, parsed where it
    is a JSON object or array; else null.
    """
    messages = output["json"]
    if messages:
        return messages[0] if len(messages) == 1 else messages
    if output["variables"]:
        return output["variables"]
    text = output["text"]
    return _parsed(text, budget) if text else None


def _parsed(text: str, budget: Budget) -> Any:
    """The JSON object or array that the text is, also in one Markdown fence, or else the text itself.

    Text stays where it is nested too deeply, and so does a whole number that would change, such as an id of 19 digits.
    """
    written, text = text, unfence(text)
    if not begins_json(text) or is_hopeless(text):
        return written
    spend_text(len(text), budget)
    try:
        value = json.loads(text.removeprefix("\ufeff"), parse_constant=_refuse, parse_float=_float, parse_int=_int)
        if _SURROGATE_ESCAPE.search(text):  # all else is clean by now, and to look takes four times as long as to parse
            value = clean(value)
    except (ValueError, RecursionError, TooLargeError):
        return written
    return written if is_deeper(value, limits.DATA_DEPTH, budget) else value


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def _float(number: str) -> Any:
    return clean(float(number))


def _int(number: str) -> int | str:
    """The number; as text where a double, which is what the platform reads, does not hold it."""
    if len(number) <= _EXACT_DIGITS:
        return int(number)
    return number if len(number) > _MOST_DIGITS or abs(int(number)) > _EXACT else int(number)


def _text_bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _size_of(message: Message) -> Size:
    if message.size is not None:
        return message.size
    return Size.at_most(json_bytes(message.value))
