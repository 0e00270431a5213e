"""Searches the docstrings of Python's standard library. Gives everything as JSON text."""

from __future__ import annotations

import json
from collections.abc import Generator
from typing import Any

from dify_plugin import Tool
from dify_plugin.entities.tool import ToolInvokeMessage
from docstrings import search  # type: ignore[import-not-found]  # found at run time, beside main.py

COUNT = 10


class SearchTool(Tool):
    def _invoke(self, tool_parameters: dict[str, Any]) -> Generator[ToolInvokeMessage, None, None]:
        found = search(str(tool_parameters.get("query") or ""), int(tool_parameters.get("count") or COUNT))
        results = [{"title": one.title, "url": one.url, "snippet": one.snippet} for one in found]
        yield self.create_text_message(json.dumps({"results": results}, ensure_ascii=False))
