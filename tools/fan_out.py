"""The `fan_out` tool: see `fanout.serve.fan_out`."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from dify_plugin import Tool

from fanout import serve


class FanOut(Tool):
    # not `_invoke` alone: before that the SDK makes objects of files, and fails over one without an address
    def invoke(self, tool_parameters: dict[str, Any]) -> Generator[Any]:
        yield from serve.fan_out(tool_parameters, self.session)

    _invoke = invoke
