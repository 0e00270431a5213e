"""graphon, Dify's own workflow engine: a start node, N Tool nodes in parallel, a Code node that joins, an end.

What a Dify user builds without a plugin. Its nodes belong to one run, so they are built before the clock starts,
though Dify builds them for every run; and the join is called directly, though Dify sends code to a sandbox over HTTP.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Mapping, Sequence
from typing import Any

from graphon.engine import Engine
from graphon.engine_events.graph import GraphRunSucceededEvent
from graphon.graph.graph import Graph
from graphon.model_runtime.entities.llm_entities import LLMUsage
from graphon.nodes.code.code_node import CodeNode
from graphon.nodes.code.entities import CodeNodeData
from graphon.nodes.code.limits import CodeNodeLimits
from graphon.nodes.end.end_node import EndNode
from graphon.nodes.end.entities import EndNodeData
from graphon.nodes.start.entities import StartNodeData
from graphon.nodes.start.start_node import StartNode
from graphon.nodes.tool.entities import ToolNodeData
from graphon.nodes.tool.tool_node import ToolNode
from graphon.nodes.tool_runtime_entities import ToolRuntimeHandle, ToolRuntimeMessage, ToolRuntimeParameter
from graphon.runtime.init_params import InitParams
from graphon.runtime.runtime_state import RuntimeState
from graphon.runtime.variable_pool import VariablePool

from . import Run, Task

WORKERS = 10  # what Dify runs a workflow with
LIMITS = CodeNodeLimits(
    max_string_length=400_000,
    max_number=2**63 - 1,
    min_number=-(2**63),
    max_precision=20,
    max_depth=5,
    max_number_array_length=1000,
    max_string_array_length=1000,
    max_object_array_length=1000,
)


class Tools:
    """The scripted searches, behind the interface that Dify's tools have."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._messages = {
            name: ToolRuntimeMessage(
                type=ToolRuntimeMessage.MessageType.JSON,
                message=ToolRuntimeMessage.JsonMessage(json_object={"results": pages}),
            )
            for name, pages in task.answers.items()
        }

    def get_runtime(self, *, node_id: str, **_: Any) -> ToolRuntimeHandle:
        return ToolRuntimeHandle(raw=node_id)

    def get_runtime_parameters(self, *, tool_runtime: ToolRuntimeHandle) -> Sequence[ToolRuntimeParameter]:
        return [ToolRuntimeParameter(name="query")]

    def invoke(self, *, tool_runtime: ToolRuntimeHandle, **_: Any) -> Generator[ToolRuntimeMessage, None, None]:
        if self._task.delay_s:
            time.sleep(self._task.delay_s)
        yield self._messages[str(tool_runtime.raw)]

    def get_usage(self, *, tool_runtime: ToolRuntimeHandle) -> LLMUsage:
        return LLMUsage.empty_usage()

    def build_file_reference(self, *, mapping: Mapping[str, Any]) -> Any:
        raise LookupError("no tool here sends files")


class Code:
    """The join as the Code node's executor."""

    def __init__(self, task: Task) -> None:
        self._task = task

    def execute(self, *, language: Any, code: str, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"merged": self._task.join({name: answers[0]["results"] for name, answers in inputs.items()})}

    def is_execution_error(self, error: Exception) -> bool:
        return False


def make(task: Task) -> Run:
    tools, code = Tools(task), Code(task)
    engines = [_engine(task, tools, code)]

    async def run() -> Any:
        """Graphon is not asynchronous: it runs threads of its own. Nothing else is in this loop."""
        merged = None
        for event in engines.pop().run():
            if isinstance(event, GraphRunSucceededEvent):
                merged = event.outputs["merged"]
        return merged

    def prepare() -> None:
        engines.append(_engine(task, tools, code))

    run.prepare = prepare  # type: ignore[attr-defined]
    return run


def _engine(task: Task, tools: Tools, code: Code) -> Engine:
    pool = VariablePool()
    pool.add(("start", "query"), "q")
    state = RuntimeState(variable_pool=pool, start_at=time.time(), workflow_id="bench")
    common: dict[str, Any] = {
        "init_params": InitParams(workflow_id="bench", graph_config={}, run_context={}, call_depth=0),
        "runtime_state": state,
    }
    graph = Graph.new().add_root(StartNode("start", StartNodeData(title="start", variables=[]), **common))
    for name in task.answers:
        node = ToolNode(name, _tool(name), tool_file_manager=None, runtime=tools, **common)
        graph.add_node(node, from_node_id="start")
    join = CodeNode("join", _join(task), code_executor=code, code_limits=LIMITS, **common)
    first, *others = task.answers
    graph.add_node(join, from_node_id=first)
    for name in others:
        graph.connect(tail=name, head="join")
    outputs = [{"variable": "merged", "value_selector": ["join", "merged"]}]
    graph.add_node(EndNode("end", EndNodeData.model_validate({"title": "end", "outputs": outputs}), **common))
    return Engine(graph=graph.build(), runtime_state=state, workers=WORKERS)


def _tool(name: str) -> ToolNodeData:
    return ToolNodeData.model_validate(
        {
            "title": name,
            "provider_id": "bench/search/search",
            "provider_type": "builtin",
            "provider_name": "search",
            "tool_name": name,
            "tool_label": name,
            "tool_configurations": {},
            "tool_parameters": {"query": {"type": "mixed", "value": "{{#start.query#}}"}},
        }
    )


def _join(task: Task) -> CodeNodeData:
    return CodeNodeData.model_validate(
        {
            "title": "join",
            "code_language": "python3",
            "code": "",
            "variables": [{"variable": name, "value_selector": [name, "json"]} for name in task.answers],
            "outputs": {"merged": {"type": "array[object]"}},
        }
    )
