"""What Dify itself writes of a workflow: nodes copied on the canvas, and exported apps. Neither is a plan."""

from __future__ import annotations

import re
from typing import Any

CLIPBOARD = "dify-workflow-clipboard"

NODE_ID = re.compile(r"[0-9]{13}\w*")  # the milliseconds at which it was put on the canvas
NODE_REMEDY = (
    "is the id of a node on the canvas, and no provider; copy the node and paste it into check_plan, which writes its "
    "provider and tool_name"
)

COPIED_REMEDY = (
    "holds {what}, not {field}; give them to check_plan, which writes the plan or the catalog that they amount to: "
    "here their variables would be pasted in as raw text"
)


def copied_problem(value: Any, field: str) -> str | None:
    """What to say where a value is copied nodes or an exported app instead of `field` (a plan, a catalog …)."""
    if is_clipboard(value):
        return COPIED_REMEDY.format(what="nodes copied from the canvas", field=field)
    if is_exported_app(value):
        return COPIED_REMEDY.format(what="an exported app", field=field)
    return None


def is_clipboard(value: Any) -> bool:
    """Whether a value is what the canvas puts on the clipboard."""
    return isinstance(value, dict) and value.get("kind") == CLIPBOARD


def is_exported_app(value: Any) -> bool:
    """Whether a value is an app as Dify exports it, or the workflow in it alone."""
    if not isinstance(value, dict):
        return False
    if value.get("kind") == "app" and isinstance(value.get("app"), dict):
        return True
    workflow = value.get("workflow", value)
    graph = workflow.get("graph") if isinstance(workflow, dict) else None
    return isinstance(graph, dict) and isinstance(graph.get("nodes"), list)
