"""Shows the parameters and the context that arrived."""

from collections.abc import Generator
from typing import Any

from dify_plugin import Tool
from dify_plugin.entities.tool import ToolInvokeMessage


class ShowTool(Tool):
    def _invoke(self, tool_parameters: dict[str, Any]) -> Generator[ToolInvokeMessage, None, None]:
        about = {"app_id": self.session.app_id, "message_id": self.session.message_id}
        yield self.create_json_message(
            {"parameters": tool_parameters, "credentials": self.runtime.credentials, "about": about}
        )
