"""The front door over a copied SDK in which one name after the other is gone: every call is still answered."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from dify_plugin import Plugin
from dify_plugin.config.config import InstallMethod

from fanout.dify.plugin import HOOKS, FanoutPlugin, Hook, missing_hooks
from tests.conformance import CHECKOUT
from tests.harness.faults import Faults, environment

TRANSPORTS = {InstallMethod.Local: "stdio", InstallMethod.Remote: "tcp", InstallMethod.Serverless: "serverless"}
PLAYS = [(hook, method) for hook in HOOKS for method in hook.methods]


def copied_sdk(folder: Path) -> Path:
    """A copy of the SDK, to be found before the installed one."""
    spec = find_spec("dify_plugin")
    assert spec is not None
    assert spec.origin is not None
    shutil.copytree(
        Path(spec.origin).parent, folder / "dify_plugin"
    )  # with what is compiled: most of it stays as it is
    return folder


def rename(sdk: Path, name: str, into: str) -> None:
    """Rename a name everywhere in a copied SDK."""
    found = 0
    for file in sdk.rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        changed, count = re.subn(rf"\b{name}\b", into, text)
        if count:
            file.write_text(changed, encoding="utf-8")
            found += count
    assert found, f"the SDK has no {name}"


@pytest.mark.parametrize(("hook", "method"), PLAYS, ids=[f"{hook.name} {TRANSPORTS[method]}" for hook, method in PLAYS])
def test_without_a_hook_calls_are_answered_and_a_line_says_so(
    tmp_path: Path, hook: Hook, method: InstallMethod
) -> None:
    sdk = copied_sdk(tmp_path)
    rename(sdk, hook.name, f"{hook.name}_of_tomorrow")

    async def play() -> str:
        with environment(PYTHONPATH=f"{sdk}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"):
            async with Faults(CHECKOUT, TRANSPORTS[method]) as faults:
                await faults.witness()
                await asyncio.gather(*(faults.witness() for _ in range(5)))
                return faults.transport.last_words

    said = [line for line in asyncio.run(play()).splitlines() if line.startswith("fanout: ")]
    assert len(said) == 1
    assert f"has no {hook.owner.__name__}.{hook.name};" in said[0]


@pytest.mark.parametrize("name", ["StdioResponseWriter", "PluginInStreamEvent"])
def test_without_a_class_it_ends_at_start_with_one_clear_line(tmp_path: Path, name: str) -> None:
    sdk = copied_sdk(tmp_path)
    rename(sdk, name, f"{name}OfTomorrow")
    ended = subprocess.run(
        [sys.executable, "-m", "main"],
        cwd=CHECKOUT,
        env={**os.environ, "PYTHONPATH": str(sdk)},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1
    [line] = ended.stderr.splitlines()
    assert line.startswith("fanout: dify_plugin ")
    assert name in line


def test_the_installed_sdk_has_every_hook() -> None:
    assert [missing_hooks(method) for method in InstallMethod] == [[]] * len(InstallMethod)


def test_it_ends_when_nobody_reads_what_it_writes() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "main"],
        cwd=CHECKOUT,
        env={**os.environ, "HEARTBEAT_INTERVAL": "0.05", "INSTALL_METHOD": "local"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline()
        process.stdout.close()
        assert process.wait(60) == 0  # standard input is still open
    finally:
        process.kill()
        process.wait()


def test_the_loop_runs_before_the_first_call_can_come(monkeypatch: pytest.MonkeyPatch) -> None:
    happened: list[str] = []
    monkeypatch.setattr(Plugin, "run", lambda plugin: happened.append("served"))
    monkeypatch.setattr("fanout.dify.plugin.loop", lambda: happened.append("loop"))
    FanoutPlugin.run(FanoutPlugin.__new__(FanoutPlugin))
    assert happened == ["loop", "served"]
