"""Calls a tool in reverse although the manifest does not allow it; tells what it heard."""

from collections.abc import Generator
from typing import Any

from dify_plugin import Tool
from dify_plugin.entities.tool import ToolInvokeMessage


class AskTool(Tool):
    def _invoke(self, tool_parameters: dict[str, Any]) -> Generator[ToolInvokeMessage, None, None]:
        try:
            list(self.session.tool.invoke_builtin_tool(tool_parameters["provider"], "t", {}))
        except Exception as failure:
            yield self.create_text_message(str(failure))
