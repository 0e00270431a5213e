"""langgraph: a node per search, all started at once, and a node that joins them."""

from __future__ import annotations

import asyncio
import operator
from typing import Annotated, Any, TypedDict

from langgraph.graph import END, START, StateGraph

from ..fuse import Page
from . import Run, Task


class State(TypedDict):
    """What the nodes share; results are added up by name."""

    query: str
    results: Annotated[dict[str, list[Page]], operator.or_]
    merged: Any


def make(task: Task) -> Run:
    graph = StateGraph(State)
    for name in task.answers:
        graph.add_node(name, _searcher(task, name))
        graph.add_edge(START, name)

    def join(state: State) -> dict[str, Any]:
        results = state["results"]
        return {"merged": task.join({name: results[name] for name in task.answers})}

    graph.add_node("join", join)
    graph.add_edge(list(task.answers), "join")
    graph.add_edge("join", END)
    compiled = graph.compile()

    async def run() -> Any:
        return (await compiled.ainvoke({"query": "q", "results": {}, "merged": None}))["merged"]

    return run


def _searcher(task: Task, name: str) -> Any:
    async def search(state: State) -> dict[str, Any]:
        if task.delay_s:
            await asyncio.sleep(task.delay_s)
        return {"results": {name: task.answers[name]}}

    return search
