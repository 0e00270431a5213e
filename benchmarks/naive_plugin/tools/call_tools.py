"""Reverse invocation as the SDK's documentation shows it, with one thread per generator.

What a plugin author writes first: correct, and everything in it is the SDK's own doing.
"""

from collections.abc import Generator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from typing import Any

from dify_plugin import Tool
from dify_plugin.entities.tool import ToolInvokeMessage, ToolProviderType

from benchmarks.fuse import fuse
from benchmarks.workload import PROVIDER

MessageType = ToolInvokeMessage.MessageType


class CallTools(Tool):
    def _invoke(self, tool_parameters: dict[str, Any]) -> Generator[ToolInvokeMessage, None, None]:
        names = tool_parameters["tools"].split(",")
        mode = tool_parameters["mode"]
        if mode == "pass":
            yield from self._call(names[0], tool_parameters)
            return
        collect: Any = self._search if mode == "search" else self._text
        executor = ThreadPoolExecutor(max_workers=len(names))
        futures = [executor.submit(collect, name, tool_parameters) for name in names]
        if mode == "first":
            done, _ = wait(futures, return_when=FIRST_COMPLETED)
            executor.shutdown(wait=False)
            yield self.create_json_message({"value": done.pop().result()})
            return
        results = {name: future.result() for name, future in zip(names, futures, strict=True)}
        executor.shutdown()
        yield self.create_json_message({"items": fuse(results)} if mode == "search" else results)

    def _call(self, name: str, tool_parameters: dict[str, Any]) -> Generator[ToolInvokeMessage, None, None]:
        return self.session.tool.invoke(
            ToolProviderType.BUILT_IN, PROVIDER, name, {"query": tool_parameters.get("query", "")}
        )

    def _search(self, name: str, tool_parameters: dict[str, Any]) -> list[dict[str, Any]]:
        results: list[dict[str, Any]] = []
        for message in self._call(name, tool_parameters):
            if message.type == MessageType.JSON and isinstance(message.message, ToolInvokeMessage.JsonMessage):
                results += dict(message.message.json_object)["results"]
        return results

    def _text(self, name: str, tool_parameters: dict[str, Any]) -> str:
        text = ""
        for message in self._call(name, tool_parameters):
            if message.type == MessageType.TEXT and isinstance(message.message, ToolInvokeMessage.TextMessage):
                text += message.message.text
        return text
