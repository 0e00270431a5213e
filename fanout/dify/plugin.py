"""The front door: Dify's plugin server, with channels of our own where all calls share one.

Everything of the SDK that is not public and that we rely on is named in `HOOKS`. Where a version has one of them no
longer, its own way is taken, which is slower and drops what its parser does not take, and a line at start says so.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from importlib.metadata import version
from typing import Any, NamedTuple

from dify_plugin import DifyPluginEnv, Plugin
from dify_plugin.config.config import InstallMethod
from dify_plugin.core.server.__base.request_reader import RequestReader
from dify_plugin.core.server.__base.response_writer import ResponseWriter

from .local import LocalReader, LocalWriter
from .messages import error_line
from .portal import loop
from .remote import RemoteChannel

type Channel = tuple[RequestReader, ResponseWriter | None]


class Hook(NamedTuple):
    """A name of the SDK that is not public, and the ways of installation that need it."""

    owner: type
    name: str
    methods: tuple[InstallMethod, ...]


LOCAL, REMOTE = (InstallMethod.Local,), (InstallMethod.Remote,)
HOOKS = (
    Hook(Plugin, "_launch_local_stream", LOCAL),
    Hook(Plugin, "_launch_remote_stream", REMOTE),
    Hook(Plugin, "_get_remote_install_host_and_port", REMOTE),
    Hook(Plugin, "_initialize_tcp_stream", REMOTE),
    Hook(RequestReader, "_read_stream", LOCAL + REMOTE),
    Hook(Plugin, "_execute_request", tuple(InstallMethod)),
)


class FanoutPlugin(Plugin):
    """Dify's plugin server. Local and remote channels are ours; serverless, each call has a channel of its own."""

    def __init__(self, config: DifyPluginEnv) -> None:
        say_missing(missing_hooks(config.INSTALL_METHOD))
        super().__init__(config)

    def run(self) -> None:
        """Start the loop, then serve: else the first call would wait for what anyio loads, 13 ms and more."""
        loop()
        super().run()

    def _launch_local_stream(self, config: DifyPluginEnv) -> Channel:
        launched = super()._launch_local_stream(config)  # which also says what the plugin is
        if missing_hooks(InstallMethod.Local):
            return launched
        writer = LocalWriter()
        return LocalReader(writer), writer

    def _launch_remote_stream(self, config: DifyPluginEnv) -> Channel:
        if missing_hooks(InstallMethod.Remote) or not config.REMOTE_INSTALL_KEY:
            return super()._launch_remote_stream(config)
        host, port = self._get_remote_install_host_and_port(config)
        declare: Any = self._initialize_tcp_stream
        channel = RemoteChannel(host, port, config.REMOTE_INSTALL_KEY, declare)
        channel.launch()
        return channel, channel

    def _execute_request(
        self, session_id: str, data: Any, reader: RequestReader, writer: ResponseWriter, *about: Any, **more: Any
    ) -> None:
        """As the SDK does it; what it refuses itself ends with an error of ours, without a traceback."""
        try:
            super()._execute_request(session_id, data, reader, writer, *about, **more)
        except Exception as error:
            text = f"the plugin does not know what is asked for, or the request is malformed ({type(error).__name__})"
            writer.write(error_line(session_id, "InvokeBadRequestError", text))


def missing_hooks(method: InstallMethod) -> list[Hook]:
    """What this version of the SDK has no longer, of what is needed."""
    return [hook for hook in HOOKS if method in hook.methods and not hasattr(hook.owner, hook.name)]


def say_missing(hooks: Iterable[Hook]) -> None:
    """One line for the operator: the daemon logs what comes on standard error as a warning."""
    names = ", ".join(f"{hook.owner.__name__}.{hook.name}" for hook in hooks)
    if names:
        sys.stderr.write(
            f"fanout: dify_plugin {version('dify_plugin')} has no {names}; its own way is taken, which is slower and "
            "loses messages that it cannot read. Use a version that the plugin asks for.\n"
        )
