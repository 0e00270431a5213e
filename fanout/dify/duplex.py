"""Full duplex (local, remote debugging): requests are lines of the channel, which their call's own greenlet writes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dify_plugin.core.runtime import Session

from ..core.plans.plan import Target
from .loop_queue import Receive
from .requests import Requests
from .router import AnswerRouter, Listener


class DuplexGateway:
    """The gateway of one tool call. `write` takes a line and must not wait, since nothing in the loop may."""

    def __init__(
        self, session: Session, router: AnswerRouter, write: Callable[[str], None], on_lost: Callable[[], None]
    ) -> None:
        self._session_id = session.session_id
        self._router = router
        self._write = write
        self._on_lost = on_lost
        self._requests = Requests(session)
        self._ids: list[str] = []
        router.on_lost.add(on_lost)

    def send(self, target: Target, parameters: dict[str, Any], receive: Receive) -> None:
        """Call a tool; see `Gateway`."""
        request_id, line = self._requests.line(target, parameters)
        self._ids.append(request_id)
        self._router.listeners[request_id] = Listener(self._session_id, receive)  # before an answer can come
        self._write(line)

    def close(self) -> None:
        """Forget every call."""
        self._router.on_lost.discard(self._on_lost)
        for request_id in self._ids:
            self._router.listeners.pop(request_id, None)
