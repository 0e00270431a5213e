"""The provider: nothing to authorize, so nothing to validate."""

from __future__ import annotations

from typing import Any

from dify_plugin import ToolProvider


class FanoutProvider(ToolProvider):
    def _validate_credentials(self, credentials: dict[str, Any]) -> None:
        """Never called: the provider declares no credentials."""
