"""Bounds of one tool call on what it holds: bytes of its branches, reverse calls that it no longer listens to."""

from __future__ import annotations

from collections.abc import Callable

from ..core import limits
from ..core.errors import BranchError, TooLargeError
from ..core.plans.plan import Target


class ResourceLimits:
    """Counts bytes and given-up calls. `max_parallel`: how many given-up calls of one tool are borne."""

    def __init__(self, max_parallel: int) -> None:
        self._max_parallel = max_parallel
        self._lingering: dict[tuple[str, ...], int] = {}
        self._bytes = 0

    def refusal(self, target: Target) -> BranchError | None:
        """Why a tool is not called now: too many calls of it were given up and still hold a connection."""
        count = self._lingering.get(_tool_of(target), 0)
        if count < self._max_parallel:
            return None
        return BranchError("timeout", f"{count} earlier calls of this tool have not ended")

    def linger(self, target: Target) -> Callable[[], None]:
        """Count a call that is no longer listened to; the function returned takes it off at its end."""
        tool = _tool_of(target)
        self._lingering[tool] = self._lingering.get(tool, 0) + 1

        def end() -> None:
            self._lingering[tool] -= 1

        return end

    def hold_bytes(self, size: int) -> None:
        """Count `size` more bytes that the branches hold (or less). Raises TooLargeError over the limit."""
        self._bytes += size
        if size > 0 and self._bytes > limits.CALL_BYTES:
            raise TooLargeError(
                f"the branches of this call have sent more than {limits.CALL_BYTES // limits.MIB} MiB together; "
                "ask the tools for less"
            )


def _tool_of(target: Target) -> tuple[str, ...]:
    """One tool is one tool, whichever credential it is called with."""
    return (target.provider_type, target.provider, target.tool_name)
