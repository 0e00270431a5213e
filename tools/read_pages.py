"""The `read_pages` tool: see `fanout.serve.read_pages`."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from dify_plugin import Tool

from fanout import serve


class ReadPages(Tool):
    # not `_invoke` alone: before that the SDK makes objects of files, and fails over one without an address
    def invoke(self, tool_parameters: dict[str, Any]) -> Generator[Any]:
        yield from serve.read_pages(tool_parameters, self.session)

    _invoke = invoke
