"""The `reshape` tool: see `fanout.serve.reshape`."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from dify_plugin import Tool

from fanout import serve


class Reshape(Tool):
    def _invoke(self, tool_parameters: dict[str, Any]) -> Generator[Any]:
        yield from serve.reshape(tool_parameters, self.session)
