"""Requests of a tool call: what is asked of the platform, as the lines that carry it."""

from __future__ import annotations

import json
import uuid
from typing import Any

from dify_plugin.core.runtime import Session

from ..core import limits
from ..core.errors import TooLargeError
from ..core.plans.plan import Target
from ..core.values import clean
from .lines import write_json


class Requests:
    """Makes the request lines of one tool call, each with an id that no other call of the process can guess or meet."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._prefix = uuid.uuid4().hex
        self._count = 0
        self._head = json.dumps({"event": "session", "session_id": session.session_id})[:-1]

    def line(self, target: Target, parameters: dict[str, Any]) -> tuple[str, str]:
        """The id and the line of one more request. Raises TooLargeError over what the platform takes."""
        request_id = f"{self._prefix}{self._count:04x}"
        self._count += 1
        request = payload(self._session, target, parameters)
        invoke = {"type": "tool", "backwards_request_id": request_id, "request": request}
        return request_id, f'{self._head}, "data": {{"type": "invoke", "data": {to_line(invoke)}}}}}\n\n'


def payload(session: Session, target: Target, parameters: dict[str, Any]) -> dict[str, Any]:
    """The request as the SDK's `session.tool.invoke` builds it."""
    request: dict[str, Any] = {
        "tool_type": target.provider_type,
        "provider": target.provider,
        "tool": target.tool_name,
        "tool_parameters": clean(parameters),
    }
    if session.app_id:
        request["app_id"] = session.app_id
    credential_id = target.credential_id or session.context.credentials.get_credential_id(target.provider)
    if credential_id:
        request["credential_id"] = credential_id
    return request


def to_line(value: dict[str, Any]) -> str:
    """JSON in one line. Raises TooLargeError over what the platform takes."""
    try:
        line = write_json(value)
    except TooLargeError:
        raise TooLargeError("the request is nested too deeply to be written out; give the tool less") from None
    size = len(line) if line.isascii() else len(line.encode())
    if size > limits.LINE_BYTES - limits.LINE_ENVELOPE_BYTES:
        raise TooLargeError(
            f"the request is {size / limits.MIB:.1f} MiB, at most {limits.LINE_BYTES // limits.MIB} MiB are sent; "
            "give the tool less"
        )
    return line
