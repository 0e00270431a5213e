"""Full-text search. Sends one JSON message for every hit."""

from __future__ import annotations

import re
from collections.abc import Generator
from typing import Any

from dify_plugin import Tool
from dify_plugin.entities.tool import ToolInvokeMessage
from library import search  # type: ignore[import-not-found]  # found at run time, beside main.py

COUNT = 10


class SearchTool(Tool):
    def _invoke(self, tool_parameters: dict[str, Any]) -> Generator[ToolInvokeMessage, None, None]:
        query, folder = str(tool_parameters.get("query") or ""), str(tool_parameters.get("folder") or "")
        for title, url, snippet in search(folder, query, int(tool_parameters.get("count") or COUNT)):
            text = re.sub(r"\s+", " ", snippet).strip()
            yield self.create_json_message({"title": title, "url": url, "snippet": text})
