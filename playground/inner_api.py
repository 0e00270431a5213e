"""The platform's side of a reverse call: permission, a connection, finding the tool, and passing on what it sends."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .calls import ReverseCall
from .casting import CastError, parameters_for_reverse_call
from .dify import READ_TIMEOUT, bad_request, not_installed, request_problem
from .files import FileStore, Forwarder
from .plugin import Plugin
from .scripts import ToolFailure, play
from .sessions import CallReply, InnerSession, Session
from .transports import Answers
from .wire import Answer

READ_TIMEOUT_S = 240.0  # DIFY_BACKWARDS_INVOCATION_READ_TIMEOUT: one reverse call, whole
PERMISSION_DENIED = "permission denied, you need to enable tool access in plugin manifest"
PLAYED_TYPES = ("tool",)


@dataclass(frozen=True)
class Authorization:
    """A credential of a provider, as a workspace keeps it."""

    id: str
    credentials: Mapping[str, Any]
    is_default: bool = False


@dataclass
class InnerApi:
    """Answers reverse calls. `connections` is how many the API container serves at once, None for any number."""

    connections: int | None
    providers: dict[str, Plugin]
    authorizations: Mapping[str, list[Authorization]]
    files: FileStore
    read_timeout_s: float = READ_TIMEOUT_S
    _free: asyncio.Semaphore | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self._free = asyncio.Semaphore(self.connections) if self.connections else None

    async def answer(self, session: Session, invoke: dict[str, Any], answers: Answers) -> None:
        """Serve one reverse call until its end, or until the session that made it is over."""
        request = invoke["request"]
        record = session.call.begin(request)
        reply = CallReply(session.call, record, Answer(session.id, invoke["backwards_request_id"]), answers)
        try:
            self._check(session, invoke)
            async with self._connection(session, record):
                ended = await self._within_time(session, request, reply)
            if not ended:
                await asyncio.Event().wait()
            reply.end()
        except ToolFailure as failure:
            reply.error(str(failure))
        except asyncio.CancelledError:
            reply.cut()
            raise

    def _check(self, session: Session, invoke: dict[str, Any]) -> None:
        if invoke["type"] not in PLAYED_TYPES:
            raise ToolFailure(f"unsupported invoke type: {invoke['type']} (the playground plays tools only)")
        if not session.plugin.declaration.may_invoke_tools:
            raise ToolFailure(PERMISSION_DENIED)
        wrong = request_problem(invoke["request"])
        if wrong:
            raise ToolFailure(f"unmarshal backwards invoke request failed: {wrong}")

    @contextlib.asynccontextmanager
    async def _connection(self, session: Session, record: ReverseCall) -> AsyncIterator[None]:
        async with self._free or contextlib.nullcontext():
            record.connected_s = session.call.elapsed()
            record.status = "running"
            session.call.changed(record)
            yield

    async def _within_time(self, session: Session, request: dict[str, Any], reply: CallReply) -> bool:
        try:
            async with asyncio.timeout(self.read_timeout_s):
                return await self._route(session, request, reply)
        except TimeoutError:
            raise ToolFailure(READ_TIMEOUT) from None

    async def _route(self, session: Session, request: dict[str, Any], reply: CallReply) -> bool:
        """Play a script or call a provider's process; False where no end is to be sent."""
        scripts = session.call.scripts
        steps = scripts.next(f"{request['provider']}:{request['tool']}") if scripts else None
        if steps is not None:
            return await play(steps, request, reply)
        await self._call_provider(session, request, reply)
        return True

    async def _call_provider(self, session: Session, request: dict[str, Any], reply: CallReply) -> None:
        plugin = self._provider(request)
        tool = plugin.declaration.tools.get(request["tool"])
        if tool is None:
            raise bad_request(f"Tool with name {request['tool']} not found")
        credentials = self._credentials(plugin, request)
        try:
            parameters = parameters_for_reverse_call(tool, request.get("tool_parameters") or {})
        except CastError as error:
            raise bad_request(str(error)) from None
        inner = InnerSession(plugin, session.call, self, reply, Forwarder(self.files))
        inner.id = plugin.open(inner, tool.name, parameters, credentials)
        try:
            await inner.done
        finally:
            inner.close()

    def _provider(self, request: dict[str, Any]) -> Plugin:
        provider = request["provider"]
        name = provider if provider.count("/") == 2 else f"langgenius/{provider}/{provider}"
        plugin = self.providers.get(name) if request["tool_type"] == "builtin" else None
        if plugin is None or not plugin.running:
            raise not_installed()
        return plugin

    def _credentials(self, plugin: Plugin, request: dict[str, Any]) -> dict[str, Any]:
        """The credential by its id; without one the default, then the oldest."""
        if not plugin.declaration.needs_credentials:
            return {}
        known = self.authorizations.get(plugin.declaration.id, [])
        wanted = request.get("credential_id")
        if _is_uuid(wanted):
            everybody = [one for several in self.authorizations.values() for one in several]
            chosen = next((one for one in everybody if one.id == wanted), None)
            if chosen is None:
                raise bad_request(f"provider has been deleted: {wanted}")
        else:
            chosen = next((one for one in known if one.is_default), known[0] if known else None)
        if chosen is None:
            raise bad_request(f"no default provider for {request['provider']}")
        return dict(chosen.credentials)


def _is_uuid(text: Any) -> bool:
    try:
        uuid.UUID(str(text))
    except ValueError:
        return False
    return True
