"""The messages of a branch, as values: what `dify.messages` reads from the wire, and rules, fold and streaming see.

Five kinds; everything else that a provider sends (logs, retriever resources, markers, malformed messages) is ignored
at the border.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..plans.plan import MessageKind
from ..values import Size


@dataclass(frozen=True, slots=True)
class Message:
    """One message of an attempt.

    `value` by `kind`: `text` a string; `json` an object or a list; `variable` the value of the variable `name` (a
    string piece where `stream`); `link` the address; `file` an object `{type, url, mime_type, filename,
    tool_file_id}` (null where unknown), whose `type` is the type of the message it is re-emitted as (`image_link`,
    `binary_link`, `image` or `link`), and `meta` the meta it came with. `size`: that of `json` and `variable` values,
    where somebody has counted (of large ones at most so many nodes).
    """

    kind: MessageKind
    value: Any
    name: str = ""
    stream: bool = False
    meta: dict[str, Any] | None = None
    size: Size | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Ended:
    """The last event of an attempt; `error` is the platform's text where the tool failed."""

    error: str | None = None


type Incoming = Message | Ended | None  # None: something came that is of no use (a log), but shows that the tool lives
