"""Searches the installed Python packages. Gives everything in one JSON message."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from dify_plugin import Tool
from dify_plugin.entities.tool import ToolInvokeMessage
from packages import search  # type: ignore[import-not-found]  # found at run time, beside main.py

COUNT = 10


class SearchTool(Tool):
    def _invoke(self, tool_parameters: dict[str, Any]) -> Generator[ToolInvokeMessage, None, None]:
        found = search(str(tool_parameters.get("query") or ""), int(tool_parameters.get("count") or COUNT))
        results = [{"title": one.name, "url": one.url, "snippet": one.summary} for one in found]
        yield self.create_json_message({"results": results})
