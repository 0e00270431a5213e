"""What is the same over all three ways to a plugin, and what is peculiar to stdio."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from playground import Playground
from playground.process import PluginProcess
from playground.transports import PluginStartError
from playground.transports.stdio import StdioTransport
from tests.harness.thread import PlaygroundThread

from .conftest import PROBE, TARGET, TARGET_ID
from .ears import Ears, until
from .test_host import play

KINDS = ("stdio", "tcp", "serverless")


@pytest.fixture(scope="module", params=KINDS)
def anyhow(request: pytest.FixtureRequest) -> Iterator[PlaygroundThread]:
    with PlaygroundThread(lambda: Playground(PROBE, [TARGET], transport=request.param)) as thread:
        yield thread


# -- over all three


def test_a_call_and_its_reverse_calls_come_out_the_same(anyhow: PlaygroundThread) -> None:
    scripts = {"a/a/a:t": [{"echo": True}, {"text": "x", "after_s": 0.02}, {"error": "bad"}]}
    request = {"provider": "a/a/a", "tool": "t", "tool_parameters": {"x": 1.0}}
    outcome = anyhow.run(
        play(anyhow.playground, {"text": "hi"}, {"invoke_tool": request}, {"raise": "boom"}, scripts=scripts)
    )
    [answer] = outcome.json
    assert outcome.text == "hi"
    assert outcome.error == ("ValueError", "boom")
    assert answer["error"] == "bad"
    assert answer["received"][0]["message"]["json_object"]["tool_parameters"] == {"x": 1}
    assert answer["received"][1]["message"] == {"text": "x"}
    assert [(call.status, call.messages) for call in outcome.timeline] == [("failed", 2)]


def test_another_plugin_is_called(anyhow: PlaygroundThread) -> None:
    request = {"provider": TARGET_ID, "tool": "emit", "tool_parameters": {"messages": "[]"}}
    outcome = anyhow.run(play(anyhow.playground, {"invoke_tool": request}))
    assert "no default provider for playground/target/target" in outcome.json[0]["error"]


def test_a_hundred_messages_keep_their_order(anyhow: PlaygroundThread) -> None:
    scripts = {"a/a/a:t": [{"text": str(number)} for number in range(100)]}
    request = {"provider": "a/a/a", "tool": "t"}
    outcome = anyhow.run(play(anyhow.playground, {"invoke_tool": request}, scripts=scripts))
    texts = [message["message"]["text"] for message in outcome.json[0]["received"]]
    assert texts == [str(number) for number in range(100)]


def test_calls_at_once_do_not_disturb_each_other(anyhow: PlaygroundThread) -> None:
    async def everybody() -> list[str]:
        calls = [play(anyhow.playground, {"text": str(number)}) for number in range(20)]
        return [outcome.text for outcome in await asyncio.gather(*calls)]

    assert anyhow.run(everybody()) == [str(number) for number in range(20)]


def test_a_call_is_cut_after_its_time(anyhow: PlaygroundThread) -> None:
    scripts = {"a/a/a:t": [{"text": "a"}, {"hang": True}]}
    request = {"provider": "a/a/a", "tool": "t"}
    outcome = anyhow.run(play(anyhow.playground, {"invoke_tool": request}, scripts=scripts, timeout_s=0.4))
    assert outcome.error == ("PluginDaemonInternalServerError", "killed by timeout")
    assert [call.status for call in outcome.timeline] == ["abandoned"]
    assert anyhow.run(play(anyhow.playground, {"text": "next"})).text == "next"


# -- stdio


def test_a_process_that_is_silent_for_too_long_is_killed() -> None:
    async def run() -> Ears:
        ears = Ears()
        transport = StdioTransport(ears, silence_s=0.2)
        await transport.start(PROBE, "main")
        await until(lambda: bool(ears.events))
        await transport.stop()
        return ears

    assert asyncio.run(run()).events == [("PluginDied", "killed: it is not active for 0.2 seconds, it may be dead")]


@pytest.mark.parametrize("kind", KINDS)
def test_a_plugin_that_does_not_start_says_why(tmp_path: Path, kind: str) -> None:
    for name in ("manifest.yaml", "provider/probe.yaml", "tools/steps.yaml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes((PROBE / name).read_bytes())
    (tmp_path / "main.py").write_text("raise SystemExit('no paper')")
    thread = PlaygroundThread(lambda: Playground(tmp_path, transport=kind))
    with pytest.raises(PluginStartError, match="no paper"), thread:
        raise AssertionError("it started")


class Gone(asyncio.SubprocessTransport):
    """The transport of a process that has ended; no process has its number."""

    def get_pid(self) -> int:
        return 2**22 + 1

    def get_returncode(self) -> int:
        return 3


def test_the_end_of_a_process_is_not_missed_where_it_comes_before_that_of_its_start() -> None:
    async def run() -> int | None:
        process = PluginProcess(lambda data: None, lambda: None)
        process.connection_made(Gone())
        process.process_exited()
        return process.returncode

    assert asyncio.run(run()) == 3
