"""Emits messages as they stand, a blob of some size, or fails."""

import json
import time
from collections.abc import Generator
from typing import Any

from dify_plugin import Tool


class EmitTool(Tool):
    def _invoke(self, tool_parameters: dict[str, Any]) -> Generator[Any, None, None]:
        for message in json.loads(tool_parameters["messages"]):
            if "sleep" in message:
                time.sleep(message["sleep"])
            elif "blob" in message:
                yield self.create_blob_message(b"x" * message["blob"], message["meta"])
            elif "raise" in message:
                raise ValueError(message["raise"])
            else:
                yield {"meta": None, **message}
