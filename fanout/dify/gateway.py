"""Reverse invocation: one gateway per tool call, over the full-duplex channel or by HTTP."""

from __future__ import annotations

from asyncio import AbstractEventLoop
from collections.abc import Callable

from dify_plugin.config.config import InstallMethod
from dify_plugin.core.runtime import Session as Session  # for `serve`, which knows the SDK through here alone

from ..core.errors import FanoutError
from .duplex import DuplexGateway
from .http import HttpGateway
from .loop_queue import LoopQueue
from .messages import ErrorName as ErrorName
from .messages import Wire, error_line, stream_line
from .router import router_of

LOST = "the connection to the platform was lost while the call ran; what the tools still answer cannot arrive"


class ConnectionLost(FanoutError):
    """The platform has gone away, and with it every call that it made."""


def open_gateway(
    session: Session,
    loop: AbstractEventLoop,
    write: Callable[[str], None],
    on_lost: Callable[[ConnectionLost], None],
) -> DuplexGateway | HttpGateway:
    """The gateway of one tool call.

    `write` takes request lines, in the loop, and must not wait. `on_lost` is told, from any greenlet, that the
    platform is gone and the call with it.
    """
    if session.install_method is InstallMethod.Serverless:
        return HttpGateway(session, LoopQueue(loop))
    return DuplexGateway(session, router_of(session, loop), write, lambda: on_lost(ConnectionLost(LOST)))


def holds_connections(session: Session) -> bool:
    """Whether reverse calls hold connections that calls nested in them need: not where the platform scales."""
    return session.install_method is not InstallMethod.Serverless


def write_lines(session: Session, lines: str) -> None:
    """Write request lines to the platform, from the tool's own greenlet. Raises ConnectionLost."""
    try:
        session.writer.write(lines)
    except Exception:  # the SDK raises bare exceptions, and what they say names hosts
        raise ConnectionLost(LOST) from None


def write_error(session: Session, error_type: ErrorName, text: str) -> None:
    """Write why a call failed; the SDK writes its end behind it. Raises ConnectionLost."""
    write_lines(session, error_line(session.session_id, error_type, text))


def write_message(session: Session, message: Wire) -> None:
    """Write a message of the tool, as the SDK would. Raises ConnectionLost.

    The SDK makes three models of it on the way, which takes five times as long as writing it.
    """
    write_lines(session, stream_line(session.session_id, message))
