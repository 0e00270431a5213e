"""The front door over a copied SDK in which one name after the other is gone: every call is still answered."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest
from dify_plugin import Plugin
from dify_plugin.config.config import InstallMethod

from fanout.dify.plugin import HOOKS, FanoutPlugin, Hook, missing_hooks
from tests.conformance import CHECKOUT
from tests.harness.faults import Faults, environment

TRANSPORTS = {InstallMethod.Local: "stdio", InstallMethod.Remote: "tcp", InstallMethod.Serverless: "serverless"}
UNKEPT = {"PYTHONDONTWRITEBYTECODE": "1"}  # the sources change within a second, and by the second they are told apart
PLAYS = [(hook, method) for hook in HOOKS for method in hook.methods]


@pytest.fixture(scope="module")
def sdk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a copy of the SDK, to be found before the installed one."""
    spec = find_spec("dify_plugin")
    assert spec is not None
    assert spec.origin is not None
    folder = tmp_path_factory.mktemp("sdk")
    shutil.copytree(
        Path(spec.origin).parent, folder / "dify_plugin"
    )  # with what is compiled: most of it stays as it is
    return folder


@contextmanager
def renamed(sdk: Path, name: str, into: str) -> Iterator[None]:
    """Have another name everywhere in a copied SDK."""
    texts = {file: file.read_text(encoding="utf-8") for file in sdk.rglob("*.py")}
    changed = {file: re.sub(rf"\b{name}\b", into, text) for file, text in texts.items() if name in text}
    changed = {file: text for file, text in changed.items() if text != texts[file]}
    assert changed, f"the SDK has no {name}"
    try:
        for file, text in changed.items():
            file.write_text(text, encoding="utf-8")
        yield
    finally:
        for file in changed:
            file.write_text(texts[file], encoding="utf-8")


@pytest.mark.parametrize(("hook", "method"), PLAYS, ids=[f"{hook.name} {TRANSPORTS[method]}" for hook, method in PLAYS])
def test_without_a_hook_calls_are_answered_and_a_line_says_so(sdk: Path, hook: Hook, method: InstallMethod) -> None:
    async def play() -> str:
        with environment(PYTHONPATH=f"{sdk}{os.pathsep}{os.environ.get('PYTHONPATH', '')}", **UNKEPT):
            async with Faults(CHECKOUT, TRANSPORTS[method]) as faults:
                await faults.witness()
                await asyncio.gather(*(faults.witness() for _ in range(5)))
                return faults.transport.last_words

    with renamed(sdk, hook.name, f"{hook.name}_of_tomorrow"):
        said = [line for line in asyncio.run(play()).splitlines() if line.startswith("fanout: ")]
    assert len(said) == 1
    assert f"has no {hook.owner.__name__}.{hook.name};" in said[0]


@pytest.mark.parametrize("name", ["StdioResponseWriter", "PluginInStreamEvent"])
def test_without_a_class_it_ends_at_start_with_one_clear_line(sdk: Path, name: str) -> None:
    with renamed(sdk, name, f"{name}OfTomorrow"):
        ended = subprocess.run(
            [sys.executable, "-m", "main"],
            cwd=CHECKOUT,
            env={**os.environ, "PYTHONPATH": str(sdk), **UNKEPT},
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
