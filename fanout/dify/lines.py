"""Lines of the protocol: JSON, written and read. Of what comes, none may be lost that a call waits for.

The SDK's readers rebuild a `TypeAdapter` for every line (27 of about 32 µs) and drop what its parser does not take:
lone surrogates, and values nested more than 200 deep. A branch whose messages are dropped succeeds with nothing; a
request that is dropped leaves its caller waiting. So what the fast parser refuses is read by the interpreter's own,
and what neither reads ends the call that it belongs to.
"""

from __future__ import annotations

import json
import re
from importlib.metadata import version
from typing import Any

import orjson
from dify_plugin.core.server.tcp import request_reader as tcp_reader

from ..core import limits
from ..core.depth import is_deeper
from ..core.values import compact

TESTED_SDKS = ("0.9.", "0.10.")
ANSWER, REQUEST = "backwards_response", "request"
HEAD_BYTES = 4 * limits.KIB  # where the ids stand: the platform writes them before all else
MOST_DEPTH = limits.DATA_DEPTH + 6  # levels of a line: those around the value that a tool sent, too
# More values than fit into what a branch may hold, each with its comma: to read them would hold up everybody for a
# second, and to no end.
HOPELESS_BYTES = limits.BRANCH_BYTES
HOPELESS_COMMAS = limits.BRANCH_BYTES // 2

_SESSION_ID = re.compile(rb'"session_id"\s*:\s*"([\w-]{1,100})"')
_REQUEST_ID = re.compile(rb'"backwards_request_id"\s*:\s*"([\w-]{1,100})"')

# read in place of a line that is for nobody: an event of a kind that we do not know
FOR_NOBODY: dict[str, Any] = {"session_id": "", "event": ANSWER, "data": {}}


class UnreadableLine(ValueError):
    """A line that is no JSON object, or too large a one. Says nothing of what it holds."""


class LineCutter:
    """Cuts a stream of bytes into lines, in time proportional to their length."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._rest: list[bytes] = []
        self._size = 0

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that are complete now, without blank ones. Raises UnreadableLine over the limit."""
        *lines, rest = data.split(b"\n")
        if lines:
            lines[0] = b"".join([*self._rest, lines[0]])
            self._rest, self._size = [], 0
        self._rest.append(rest)
        self._size += len(rest)
        if self._size > self._limit:
            raise UnreadableLine(f"an answer is too large: a line of more than {self._limit // limits.MIB} MiB")
        return [line for line in lines if line.strip()]


def write_json(value: Any) -> str:
    """JSON in one line. What orjson does not write (depth, large numbers), the interpreter does, more slowly.

    Raises TooLargeError for what is nested too deeply.
    """
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return compact(value)


def read_line(line: bytes) -> dict[str, Any]:
    """The object that a line is. Raises UnreadableLine, also for what is too large or too deep to work with."""
    if _is_hopeless(line):
        raise UnreadableLine(f"an answer is too large: more than {HOPELESS_COMMAS:,} values in one message")
    try:
        value = _parse(line)
    except RecursionError:
        raise _too_deep() from None
    except ValueError:
        raise UnreadableLine("an answer that is not JSON") from None
    if not isinstance(value, dict):
        raise UnreadableLine("an answer that is not JSON of the platform's")
    if line.count(b"[") + line.count(b"{") > limits.DATA_DEPTH and is_deeper(value, MOST_DEPTH):
        raise _too_deep()
    return value


def _parse(line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except ValueError:  # lone surrogates, bytes that are no UTF-8, numbers beyond all bounds
        return json.loads(line.decode("utf-8", "replace"))


def _is_hopeless(line: bytes) -> bool:
    return len(line) > HOPELESS_BYTES and line.count(b",") > HOPELESS_COMMAS


def _too_deep() -> UnreadableLine:
    return UnreadableLine(f"an answer is too large: nested more than {limits.DATA_DEPTH} levels deep")


# -- lines of the platform


def read_inbound(line: bytes) -> dict[str, Any]:
    """The object of a line; a harmless one where it is for nobody. Raises UnreadableLine where it is no JSON."""
    try:
        value = read_line(line)
    except UnreadableLine as error:
        stand_in = _stand_in(line[:HEAD_BYTES], str(error))
        if stand_in is None:
            raise
        return stand_in
    if value.get("event") in (ANSWER, REQUEST) and "session_id" in value and "data" in value:
        return value
    return FOR_NOBODY


def _stand_in(head: bytes, why: str) -> dict[str, Any] | None:
    """What ends the call to which an unreadable line belongs; None where its head does not say which."""
    session_id, request_id = _SESSION_ID.search(head), _REQUEST_ID.search(head)
    if session_id is None:
        return None
    session = session_id[1].decode()
    if request_id is not None:
        data = {"backwards_request_id": request_id[1].decode(), "event": "error", "message": why}
        return {"session_id": session, "event": ANSWER, "data": data}
    if b'"event":"request"' in head:
        # a request without its fields: the SDK answers it with an error, and the caller does not wait
        return {"session_id": session, "event": REQUEST, "data": {"type": "tool", "action": "invoke_tool"}}
    return None


class LineAdapter:
    """Stands where the SDK makes a `TypeAdapter` for each line."""

    def __init__(self, kind: Any) -> None:
        """There is one kind of lines."""

    validate_json = staticmethod(read_inbound)


def read_every_line() -> None:
    """Put the adapter in the place of the one for TCP. Only SDKs that this was tested with; others stay as they are."""
    if version("dify_plugin").startswith(TESTED_SDKS) and hasattr(tcp_reader, "TypeAdapter"):
        tcp_reader.TypeAdapter = LineAdapter
