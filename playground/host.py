"""A small local Dify: plugins as processes, and reverse calls routed between them and scripted tools."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from .calls import Outcome, ReverseCall
from .casting import parameters_for_reverse_call, parameters_from_node
from .files import FileStore
from .inner_api import READ_TIMEOUT_S, Authorization, InnerApi
from .plugin import Plugin
from .scripts import Scripts, read_scripts
from .sessions import Call, OuterSession

CONNECTIONS = 10  # what a stock self-hosted API container serves at once
MAX_EXECUTION_S = 600.0  # PLUGIN_MAX_EXECUTION_TIMEOUT
APP_ID = "00000000-0000-4000-8000-0000000000a1"  # comes with every call but those of Agent nodes and other plugins


class Playground:
    """Runs one plugin under test and provider plugins, and calls tools.

    `scripts` are the scripted tools of calls that bring none of their own (see `playground.scripts`). `connections`
    is how many reverse calls are served at once, None for any number. `transport` is `stdio`, `tcp` or `serverless`
    and concerns the plugin under test; providers always speak stdio.
    """

    def __init__(
        self,
        plugin: Path,
        providers: Iterable[Path] = (),
        scripts: Mapping[str, Any] | None = None,
        connections: int | None = CONNECTIONS,
        transport: str = "stdio",
        authorizations: Mapping[str, list[Authorization]] | None = None,
        read_timeout_s: float = READ_TIMEOUT_S,
    ) -> None:
        self.files = FileStore()
        self.plugin = Plugin(plugin, transport)
        self.providers = {one.declaration.id: one for one in map(Plugin, providers)}
        self._scripts = None if scripts is None else read_scripts(scripts)
        self._settings = (connections, authorizations or {}, read_timeout_s)
        self._inner_api: InnerApi | None = None
        self._starting = asyncio.Lock()

    async def __aenter__(self) -> Playground:
        connections, authorizations, read_timeout_s = self._settings
        everybody = {**self.providers, self.plugin.declaration.id: self.plugin}
        self._inner_api = InnerApi(connections, everybody, authorizations, self.files, read_timeout_s)
        try:
            started = await asyncio.gather(*(plugin.start() for plugin in everybody.values()), return_exceptions=True)
            for failure in filter(None, started):
                raise failure
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def targets(self) -> set[str]:
        """The tools of the provider plugins, as `provider:tool`."""
        return {f"{name}:{tool}" for name, plugin in self.providers.items() for tool in plugin.declaration.tools}

    async def stop(self) -> None:
        """End every process."""
        await asyncio.gather(*(plugin.stop() for plugin in [self.plugin, *self.providers.values()]))

    async def call(
        self,
        tool: str,
        parameters: Mapping[str, Any],
        *,
        scripts: Mapping[str, Any] | Scripts | None = None,
        timeout_s: float = MAX_EXECUTION_S,
        casts: bool = False,
        from_agent: bool = False,
        variables: Mapping[str, Any] | None = None,
        about: Mapping[str, Any] | None = None,
        on_change: Callable[[ReverseCall], None] | None = None,
    ) -> Outcome:
        """Call a tool of the plugin under test and wait for its end.

        `from_agent`: the call is a reverse invocation of an Agent node, so no app id comes with it. With `casts`,
        parameters go through what a workflow's Tool node does to them, or what a reverse invocation does, which
        fills in every setting (`[None]`, `{}`, `False`, `""`); without, they arrive as given. `variables` are what a
        Tool node puts in the place of `{{#node.name#}}`.
        After `timeout_s` the call ends with the platform's own error. `about`: app_id, conversation_id, message_id.
        `on_change` hears of every change of a reverse call. Raises CastError where the platform refuses a value.
        """
        about = {"app_id": None if from_agent else APP_ID, **(about or {})}
        values = self._cast(tool, parameters, from_agent, variables) if casts else dict(parameters)
        session = await self._open(tool, values, Call(self._scripts_for_call(scripts), on_change), about)
        try:
            await asyncio.wait([session.done], timeout=timeout_s)
            if not session.done.done():
                session.on_error("PluginDaemonInternalServerError", "killed by timeout", "killed by timeout")
        finally:
            session.close()
        await asyncio.sleep(0)  # let the reverse calls that were cut write their records
        return session.outcome()

    def _cast(
        self, tool: str, given: Mapping[str, Any], from_agent: bool, variables: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        declared = self.plugin.declaration.tools.get(tool)
        if declared is None:
            return dict(given)
        if from_agent:
            return parameters_for_reverse_call(declared, given)
        return parameters_from_node(declared, given, variables)

    async def _open(self, tool: str, values: dict[str, Any], call: Call, about: dict[str, Any]) -> OuterSession:
        if self._inner_api is None:
            raise RuntimeError("use the playground as `async with Playground(…) as playground`")
        await self._restart_if_dead()
        session = OuterSession(self.plugin, call, self._inner_api)
        session.id = self.plugin.open(session, tool, values, about=about)
        return session

    def _scripts_for_call(self, scripts: Mapping[str, Any] | Scripts | None) -> Scripts | None:
        if scripts is None:
            return self._scripts.fresh() if self._scripts else None
        return scripts.fresh() if isinstance(scripts, Scripts) else read_scripts(scripts)

    async def _restart_if_dead(self) -> None:
        async with self._starting:
            if self.plugin.died is not None:
                with contextlib.suppress(Exception):
                    await self.plugin.stop()
                await self.plugin.start()
