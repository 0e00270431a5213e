"""How lines travel between the playground and a plugin process: stdio, TCP (remote debugging) and HTTP (serverless).

A transport starts the process, carries requests to it and hands every line that it writes to a `Listener`, together
with the place where answers to a reverse call in that line belong. On stdio and TCP that is the one shared channel; a
serverless plugin has a connection of its own for each reverse call, and its outer calls cannot carry any.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

START_TIMEOUT_S = 120.0


class Answers(Protocol):
    """Where the lines that answer a reverse call go. `shared`: the channel is also that of other calls."""

    shared: bool

    def write(self, line: bytes) -> None:
        """Queue one line, without its newline."""

    async def drain(self) -> None:
        """Wait while the plugin is far behind."""

    def done(self) -> None:
        """No further line of this reverse call follows."""


class Listener(Protocol):
    """What hears a transport."""

    def on_line(self, line: bytes, answers: Answers | None) -> bool:
        """A line of the plugin, False if it is no JSON. Without `answers` a reverse call in it cannot be answered."""

    def on_transaction(self, line: bytes, answers: Answers) -> tuple[int, bytes] | None:
        """A reverse call on a connection of its own; an HTTP status and a body where it is refused."""

    def on_request_over(self, session_id: str, error: tuple[str, str] | None) -> None:
        """The channel of one call ended by itself (serverless only); `error` where that was a failure."""

    def on_open(self) -> None:
        """The plugin has connected again."""

    def on_closed(self, kind: str, reason: str) -> None:
        """The connection to the process is gone; `kind` is the type of error that open calls are told."""


class Transport(Protocol):
    """One running plugin process and the connection to it."""

    declared: dict[str, Any] | None
    """What the plugin said of itself on the wire (TCP only): `manifest`, `tools`, `assets`."""

    async def start(self, folder: Path, entrypoint: str) -> None:
        """Start the process; returns when it is ready for requests. Raises PluginStartError."""

    def request(self, session_id: str, line: bytes, action: str) -> None:
        """Send the line that starts a call."""

    def hang_up(self, session_id: str) -> None:
        """The call is over for the platform, whatever the plugin still does."""

    async def stop(self) -> None:
        """End the process."""

    @property
    def last_words(self) -> str:
        """The end of the process's standard error."""

    @property
    def pid(self) -> int | None:
        """The process, where there is one."""


class PluginStartError(Exception):
    """A plugin process did not become ready."""


def make_transport(kind: str, listener: Listener) -> Transport:
    """A transport by name: `stdio`, `tcp` or `serverless`."""
    from .serverless import ServerlessTransport
    from .stdio import StdioTransport
    from .tcp import TcpTransport

    known: dict[str, type[StdioTransport] | type[TcpTransport] | type[ServerlessTransport]] = {
        "stdio": StdioTransport,
        "tcp": TcpTransport,
        "serverless": ServerlessTransport,
    }
    return known[kind](listener)
