"""Texts of the platform's errors, as they reach a plugin that called a tool in reverse."""

from __future__ import annotations

import json
import uuid
from typing import Any

from .scripts import ToolFailure

NOT_INSTALLED = '{"message": "Internal Server Error", "code": "unknown", "status": 500}'
PASSED_BARE = frozenset(
    {
        "InvokeRateLimitError",
        "InvokeAuthorizationError",
        "InvokeBadRequestError",
        "InvokeConnectionError",
        "InvokeServerUnavailableError",
        "CredentialsValidateFailedError",
    }
)
READ_TIMEOUT = "read tool response failed: http: read on closed response body"


def http_failure(status: int, body: str) -> ToolFailure:
    """The inner API answered with an HTTP error, before anything streamed."""
    return ToolFailure(f"invoke tool failed: request failed with status code: {status} and respond with: {body}")


def not_installed() -> ToolFailure:
    return http_failure(500, NOT_INSTALLED)


def bad_request(message: str) -> ToolFailure:
    """A ValueError of the API: no authorisation, a parameter, a tool that the provider does not have."""
    return http_failure(400, json.dumps({"code": "invalid_param", "message": message, "status": 400}))


def stream_failure(kind: str, text: str, description: str) -> str:
    """What `str()` of the exception is that the API makes of a plugin's error."""
    if kind in PASSED_BARE:
        return text
    return f"req_id: {uuid.uuid4().hex[:10]} PluginInvokeError: {description}"


def request_problem(request: dict[str, Any]) -> str | None:
    """What the daemon's validator refuses in a reverse tool call, None if it takes it."""
    parameters = request.get("tool_parameters")
    if not (parameters is None or isinstance(parameters, dict)):
        kind = type(parameters).__name__
        return f"error decoding map: 1 error(s) decoding:\n\n* 'tool_parameters' expected a map, got '{kind}'"
    for name, path in (("tool_type", "ToolType"), ("provider", "Provider"), ("tool", "Tool")):
        value = request.get(name)
        if not isinstance(value, str) or not value:
            return _validation(path, "required")
    if request["tool_type"] not in ("builtin", "workflow", "api", "mcp"):
        return _validation("ToolType", "tool_type")
    return None


def _validation(name: str, tag: str) -> str:
    where = f"InvokeToolRequest.{'' if name == 'ToolType' else 'InvokeToolSchema.'}{name}"
    return f"error validating struct: Key: '{where}' Error:Field validation for '{name}' failed on the '{tag}' tag"
