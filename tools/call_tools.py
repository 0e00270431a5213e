"""The `call_tools` tool: see `fanout.serve.call_tools`."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from dify_plugin import Tool

from fanout import serve


class CallTools(Tool):
    # not `_invoke` alone: before that the SDK makes objects of files, and fails over one without an address
    def invoke(self, tool_parameters: dict[str, Any]) -> Generator[Any]:
        yield from serve.call_tools(tool_parameters, self.session)

    _invoke = invoke
