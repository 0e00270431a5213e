"""What the playground knows of a tool call: its outcome, and a record of each reverse call that it made."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from .wire import FILE_TYPES

Status = Literal["waiting", "running", "streaming", "done", "failed", "abandoned"]


@dataclass(slots=True)
class ReverseCall:
    """One reverse call. Times are seconds since the tool call began, None for what has not happened.

    `waiting` for a connection, `running` before its first message, `abandoned` where the tool call ended first.
    """

    number: int
    tool_type: str
    provider: str
    tool: str
    parameters: dict[str, Any]
    asked_s: float
    status: Status = "waiting"
    connected_s: float | None = None
    first_s: float | None = None
    ended_s: float | None = None
    messages: int = 0
    error: str | None = None

    @property
    def target(self) -> str:
        return f"{self.provider}:{self.tool}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came out of one tool call.

    `messages` are those that the plugin emitted, as the daemon passes them on (`{type, message, meta}`). `error` is
    `(type, message)` where the call raised, and `error_line` the JSON text of all that its line held. `calls` counts
    the reverse calls sent, by `provider:tool`. `longest_line` is the longest line that the plugin wrote for this call,
    in bytes. Seconds count from the request.
    """

    messages: list[dict[str, Any]]
    error: tuple[str, str] | None
    wall_s: float
    first_text_s: float | None
    max_in_flight: int
    longest_line: int
    timeline: list[ReverseCall] = field(default_factory=list)
    error_line: str = ""

    @property
    def text(self) -> str:
        """The text of all text messages, joined."""
        return "".join(str(content.get("text", "")) for content in self._contents("text"))

    @property
    def json(self) -> list[Any]:
        """The objects of all JSON messages."""
        return [content["json_object"] for content in self._contents("json") if "json_object" in content]

    @property
    def variables(self) -> dict[str, Any]:
        """Every variable, streamed ones joined; of a name given twice the last value."""
        found: dict[str, Any] = {}
        for content in self._contents("variable"):
            name, value = str(content.get("variable_name")), content.get("variable_value")
            found[name] = found.get(name, "") + value if content.get("stream") else value
        return found

    @property
    def files(self) -> list[dict[str, Any]]:
        """The messages that carry a file."""
        return [message for message in self.messages if message["type"] in FILE_TYPES]

    @property
    def types(self) -> list[str]:
        """The types of all messages in order, repeats folded into one."""
        types: list[str] = []
        for message in self.messages:
            if not types or types[-1] != message["type"]:
                types.append(message["type"])
        return types

    @property
    def calls(self) -> dict[str, int]:
        counts: dict[str, int] = {}
        for call in self.timeline:
            counts[call.target] = counts.get(call.target, 0) + 1
        return counts

    def calls_of(self, target: str) -> list[ReverseCall]:
        """The reverse calls of one `provider:tool`, in the order in which they were asked for."""
        return [call for call in self.timeline if call.target == target]

    def _contents(self, kind: str) -> list[dict[str, Any]]:
        return [message["message"] or {} for message in self.messages if message["type"] == kind]
