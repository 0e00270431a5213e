"""The `reshape` tool: see `fanout.serve.reshape`."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from dify_plugin import Tool

from fanout import serve


class Reshape(Tool):
    # not `_invoke` alone: before that the SDK makes objects of files, and fails over one without an address
    def invoke(self, tool_parameters: dict[str, Any]) -> Generator[Any]:
        yield from serve.reshape(tool_parameters, self.session)

    _invoke = invoke
