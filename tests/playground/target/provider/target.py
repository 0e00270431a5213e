from typing import Any

from dify_plugin import ToolProvider


class TargetProvider(ToolProvider):
    def _validate_credentials(self, credentials: dict[str, Any]) -> None:
        """Any will do."""
