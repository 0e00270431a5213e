"""The SDK itself loads and starts the plugin, each time in a process of its own: importing it patches the library."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

REGISTER = """
import json
from dify_plugin import DifyPluginEnv
from dify_plugin.core.plugin_registration import PluginRegistration

registration = PluginRegistration(DifyPluginEnv())
print(json.dumps({
    "manifest": registration.configuration.model_dump(mode="json"),
    "providers": {
        name: {tool: [kind.__module__, kind.__qualname__] for tool, (_, kind) in tools.items()}
        for name, (_, _, tools) in registration.tools_mapping.items()
    },
    "assets": [asset.filename for asset in registration.files],
}))
"""


def test_the_sdk_loads_manifest_provider_and_exactly_one_tool_per_file() -> None:
    done = subprocess.run([sys.executable, "-c", REGISTER], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    loaded = json.loads(done.stdout)
    assert loaded["manifest"]["name"] == "fanout"
    assert loaded["providers"] == {
        "fanout": {
            "fan_out": ["tools.fan_out", "FanOut"],
            "call_tools": ["tools.call_tools", "CallTools"],
            "web_search": ["tools.web_search", "WebSearch"],
            "read_pages": ["tools.read_pages", "ReadPages"],
            "reshape": ["tools.reshape", "Reshape"],
            "check_plan": ["tools.check_plan", "CheckPlan"],
        }
    }
    assert {"icon.svg", "icon-dark.svg"} <= set(loaded["assets"])


def test_the_process_declares_itself_and_beats() -> None:
    """What the platform waits for at a start: the manifest on the first line, and a heartbeat."""
    process = subprocess.Popen(
        [sys.executable, "-m", "main"],
        cwd=ROOT,
        env=os.environ | {"INSTALL_METHOD": "local"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stdout is not None
            lines = (json.loads(line) for line in process.stdout if line.strip())
            assert next(lines)["name"] == "fanout"
            assert any(line.get("event") == "heartbeat" for line in lines)
        finally:
            process.kill()
