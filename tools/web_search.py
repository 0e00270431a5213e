"""The `web_search` tool: see `fanout.serve.web_search`."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from dify_plugin import Tool

from fanout import serve


class WebSearch(Tool):
    def _invoke(self, tool_parameters: dict[str, Any]) -> Generator[Any]:
        yield from serve.web_search(tool_parameters, self.session)
