"""Scripted tools: steps played for a reverse call, as conformance cases write them.

A script is a list of steps, or `{calls: [steps, …]}` with one list per invocation in turn, the last of which repeats.
Messages are turned into bytes once, when the script is read: playing one is only writing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from . import gojson

BATCH = 64  # messages between two looks at whether the plugin keeps up


@dataclass(frozen=True, slots=True)
class Step:
    """One step: `message` sends `payload`, `error` fails with `text`, `echo` answers with the request."""

    kind: Literal["message", "echo", "error", "hang", "silence"]
    after_s: float = 0.0
    payload: bytes = b""
    text: str = ""


class ScriptError(ValueError):
    """A script that cannot be read."""


class ToolFailure(Exception):
    """A tool or the platform failed; the text is what the caller reads."""


class Reply(Protocol):
    """Where a script writes its messages."""

    def message(self, payload: bytes, count: int = 1) -> None:
        """Send one message, already encoded."""

    async def drain(self) -> None:
        """Wait while the plugin is far behind."""


@dataclass
class Scripts:
    """The scripts of one tool call, by `provider:tool`, and how often each has been played."""

    by_target: dict[str, list[list[Step]]]
    _played: dict[str, int] = field(default_factory=dict)

    def next(self, target: str) -> list[Step] | None:
        """The steps of the next invocation of a tool; None for a tool without a script."""
        turns = self.by_target.get(target)
        if turns is None:
            return None
        played = self._played.get(target, 0)
        self._played[target] = played + 1
        return turns[min(played, len(turns) - 1)]

    @property
    def depend_on_time(self) -> bool:
        """Whether some step waits or never ends, or invocations differ, so that it matters when requests arrive."""
        turns = list(self.by_target.values())
        waits = any(step.after_s or step.kind == "hang" for several in turns for steps in several for step in steps)
        return waits or any(len(several) > 1 for several in turns)

    def fresh(self) -> Scripts:
        """The same scripts for another call, not yet played."""
        return Scripts(self.by_target)


def read_scripts(providers: Mapping[str, Any]) -> Scripts:
    """Read the `providers` of a case. Raises ScriptError with the place of what is wrong."""
    return Scripts({target: _turns(target, script) for target, script in providers.items()})


def _turns(target: str, script: Any) -> list[list[Step]]:
    if ":" not in target:
        provider, _, tool = target.rpartition("/")
        raise ScriptError(f"the script has {target}, not {provider or 'provider'}:{tool}: write provider:tool_name")
    if isinstance(script, Mapping) and set(script) == {"calls"}:
        turns = script["calls"]
        if not isinstance(turns, list) or not turns:
            raise ScriptError(f"{target}.calls: expected a list of lists of steps")
        return [_steps(f"{target}.calls[{index}]", steps) for index, steps in enumerate(turns)]
    return [_steps(target, script)]


def _steps(where: str, steps: Any) -> list[Step]:
    if not isinstance(steps, list):
        raise ScriptError(f"{where}: expected a list of steps or {{calls: […]}}")
    return [_step(f"{where}[{index}]", step) for index, step in enumerate(steps)]


def _step(where: str, step: Any) -> Step:
    if not isinstance(step, Mapping):
        raise ScriptError(f"{where}: expected an object such as {{text: hello}}")
    after_s = float(step.get("after_s", 0))
    kinds = [key for key in step if key not in ("after_s", "meta")]
    if len(kinds) != 1 or kinds[0] not in _KINDS:
        raise ScriptError(f"{where}: expected exactly one of {', '.join(_KINDS)}; found {', '.join(kinds) or 'none'}")
    kind = kinds[0]
    if kind == "error":
        return Step("error", after_s, text=str(step[kind]))
    if kind in ("echo", "hang", "silence"):
        return Step(kind, after_s)
    if kind == "raw":
        return Step("message", after_s, gojson.encode(step[kind]))
    message = {**_MESSAGES[kind](step[kind]), "meta": step.get("meta")}
    if kind == "file_marker":
        message["meta"] = step["meta"] if "meta" in step else step[kind]
    return Step("message", after_s, gojson.encode(gojson.round_trip(message)))


def _text(kind: str, text: Any) -> dict[str, Any]:
    return {"type": kind, "message": {"text": text}}


def _variable(value: Any, stream: bool) -> dict[str, Any]:
    name, content = value
    return {"type": "variable", "message": {"variable_name": name, "variable_value": content, "stream": stream}}


_MESSAGES: dict[str, Callable[[Any], dict[str, Any]]] = {
    "text": lambda value: _text("text", value),
    "json": lambda value: {"type": "json", "message": {"json_object": value, "suppress_output": False}},
    "variable": lambda value: _variable(value, False),
    "stream": lambda value: _variable(value, True),
    "link": lambda value: _text("link", value),
    "image_link": lambda value: _text("image_link", value),
    "binary_link": lambda value: _text("binary_link", value),
    "file_marker": lambda value: {"type": "file", "message": {"file_marker": "file_marker"}},
    "log": lambda value: {"type": "log", "message": value},
}
_KINDS = (*_MESSAGES, "echo", "error", "hang", "silence", "raw")


async def play(steps: Sequence[Step], request: Mapping[str, Any], reply: Reply) -> bool:
    """Play a script. Returns False where no `end` is to follow until the call is over. Raises ToolFailure."""
    for played, step in enumerate(steps, 1):
        if step.after_s:
            await asyncio.sleep(step.after_s)
        if step.kind == "message":
            reply.message(step.payload)
        elif step.kind == "echo":
            reply.message(_echo(request))
        elif step.kind == "error":
            raise ToolFailure(step.text)
        elif step.kind == "silence":
            return False
        else:
            await asyncio.Event().wait()
        if played % BATCH == 0:
            await reply.drain()
    return True


def _echo(request: Mapping[str, Any]) -> bytes:
    fields = ("credential_id", "provider", "tool", "tool_parameters", "tool_type")
    content = {name: request.get(name) for name in fields}
    return gojson.encode({"type": "json", "message": {"json_object": content, "suppress_output": False}, "meta": None})
