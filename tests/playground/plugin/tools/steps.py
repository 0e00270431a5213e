"""A tool that plays steps: emits messages, calls tools in reverse, and breaks rules where a test wants that."""

import json
import sys
import time
from collections.abc import Generator
from typing import Any

from dify_plugin import Tool
from dify_plugin.core.entities.invocation import InvokeType


class StepsTool(Tool):
    def _invoke(self, tool_parameters: dict[str, Any]) -> Generator[Any, None, None]:
        for step in json.loads(tool_parameters["steps"]):
            (kind, value), *_ = step.items()
            yield from getattr(self, f"_{kind}")(value, tool_parameters)

    def _emit(self, message: dict[str, Any], _: dict[str, Any]) -> Generator[Any, None, None]:
        yield {"meta": None, **message}

    def _text(self, text: str, _: dict[str, Any]) -> Generator[Any, None, None]:
        yield self.create_text_message(text)

    def _blob(self, blob: dict[str, Any], _: dict[str, Any]) -> Generator[Any, None, None]:
        yield self.create_blob_message(b"x" * blob["size"], blob.get("meta"))

    def _parameters(self, _: Any, parameters: dict[str, Any]) -> Generator[Any, None, None]:
        yield self.create_json_message({name: value for name, value in parameters.items() if name != "steps"})

    def _about(self, _: Any, __: dict[str, Any]) -> Generator[Any, None, None]:
        session = self.session
        about = {"app_id": session.app_id, "message_id": session.message_id, "conversation_id": session.conversation_id}
        yield self.create_json_message({**about, "credentials": self.runtime.credentials})

    def _invoke_tool(self, request: dict[str, Any], _: dict[str, Any]) -> Generator[Any, None, None]:
        """Call a tool in reverse; emit what arrived as one JSON message, `{received, error}`."""
        received: list[Any] = []
        error = None
        try:
            request = {"tool_type": "builtin", "tool_parameters": {}, **request}
            received.extend(self._raw(request))
        except Exception as failure:
            error = str(failure)
        yield self.create_json_message({"received": received, "error": error})

    def _raw(self, request: dict[str, Any]) -> Generator[Any, None, None]:
        invoke: Any = self.session.tool._backwards_invoke
        yield from invoke(InvokeType.Tool, dict, request)

    def _start(self, request: dict[str, Any], _: dict[str, Any]) -> Generator[Any, None, None]:
        """Send an invoke and do not wait for its answer. What is sent is exactly `request`."""
        yield from self._send({"type": "invoke", "data": request}, {})

    def _send(self, message: dict[str, Any], _: dict[str, Any]) -> Generator[Any, None, None]:
        line = {"event": "session", "session_id": self.session.session_id, "data": message}
        self.session.writer.write(json.dumps(line) + "\n\n")
        yield from ()

    def _print(self, text: str, _: dict[str, Any]) -> Generator[Any, None, None]:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
        yield from ()

    def _complain(self, text: str, _: dict[str, Any]) -> Generator[Any, None, None]:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
        yield from ()

    def _line(self, size: int, _: dict[str, Any]) -> Generator[Any, None, None]:
        """Write a line of exactly so many bytes for this session."""
        content = {"text": ""}
        message = {"type": "stream", "data": {"type": "text", "message": content, "meta": None}}
        line = {"event": "session", "session_id": self.session.session_id, "data": message}
        content["text"] = "x" * (size - len(json.dumps(line)))
        self.session.writer.write(json.dumps(line) + "\n")
        yield from ()

    def _sleep(self, seconds: float, _: dict[str, Any]) -> Generator[Any, None, None]:
        time.sleep(seconds)
        yield from ()

    def _raise(self, text: str, _: dict[str, Any]) -> Generator[Any, None, None]:
        yield from ()
        raise ValueError(text)
