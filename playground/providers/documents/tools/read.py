"""Gives the text of one document, streamed paragraph by paragraph."""

from __future__ import annotations

import re
from collections.abc import Generator
from typing import Any

from dify_plugin import Tool
from dify_plugin.entities.tool import ToolInvokeMessage
from library import read  # type: ignore[import-not-found]  # found at run time, beside main.py


class ReadTool(Tool):
    def _invoke(self, tool_parameters: dict[str, Any]) -> Generator[ToolInvokeMessage, None, None]:
        url = str(tool_parameters.get("url") or "")
        document = read(str(tool_parameters.get("folder") or ""), url)
        if document is None:
            raise ValueError(f"404: no document has the address {url}")
        title, text = document
        yield self.create_text_message(f"# {title}\n\n")
        for paragraph in re.split(r"(?<=\n\n)", text.strip() + "\n"):
            yield self.create_text_message(paragraph)
