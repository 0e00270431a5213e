"""Answers late, or fails, or both."""

from __future__ import annotations

import re
import time
from collections.abc import Generator
from typing import Any

from dify_plugin import Tool
from dify_plugin.entities.tool import ToolInvokeMessage

MAX_SECONDS = 300.0


class AnswerTool(Tool):
    def _invoke(self, tool_parameters: dict[str, Any]) -> Generator[ToolInvokeMessage, None, None]:
        seconds = min(float(tool_parameters.get("seconds") or 0), MAX_SECONDS)
        text = str(tool_parameters.get("text") or "")
        pieces = re.findall(r"\S+\s*", text) if tool_parameters.get("words") else [text] if text else []
        for piece in pieces:
            time.sleep(seconds / len(pieces))
            yield self.create_text_message(piece)
        if not pieces:
            time.sleep(seconds)
        if tool_parameters.get("fail"):
            raise RuntimeError(str(tool_parameters["fail"]))
