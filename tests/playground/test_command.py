"""`python -m playground`, as a process: what it prints, its exit codes, and that it leaves no process behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from playground.demo.run import SCENARIOS

from .conftest import PROBE, TARGET

CHECKOUT = Path(__file__).resolve().parents[2]
TIMEOUT_S = 60
CASES = """
- name: an answer
  given: {tool: steps, steps: '[{"text": "hi"}]'}
  expect: {text: hi}
- name: another answer
  given: {tool: steps, steps: '[{"text": "ho"}]'}
  expect: {text: hi}
"""


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "playground", *map(str, arguments)]


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "CI": "true"}
    return subprocess.run(
        command(*arguments),
        cwd=CHECKOUT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )


def test_call_prints_what_came_out(tmp_path: Path) -> None:
    steps, script = tmp_path / "steps.json", tmp_path / "script.yaml"
    steps.write_text('[{"text": "hello"}, {"invoke_tool": {"provider": "a/a/a", "tool": "t"}}]')
    script.write_text('"a/a/a:t": [{text: x}]\n')
    done = run(
        *("call", "steps", "--plugin", PROBE, "--provider", TARGET, "--param", "number=2", "--node", "--agent"),
        *("--param-file", f"steps={steps}", "--script", script),
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "a:t" in done.stdout
    assert "hello" in done.stdout
    assert "what the Tool node makes of it" in done.stdout
    assert "1 reverse calls, at most 1 at once" in done.stdout
    assert "\x1b" not in done.stdout


def test_call_fails_where_the_tool_raises() -> None:
    done = run("call", "steps", "--plugin", PROBE, "--provider", TARGET, "-p", 'steps=[{"raise": "boom"}]')
    assert done.returncode == 1
    assert "ValueError: boom" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["call", "steps", "--plugin", PROBE, "--provider", TARGET, "-p", "number=abc"], "invalid literal"),
        (["call", "steps", "--plugin", PROBE, "-p", "number"], "expected NAME=VALUE"),
        (["call", "steps", "--plugin", "nowhere"], "nowhere"),
        (["fly"], "invalid choice"),
    ],
)
def test_a_mistake_is_told_without_a_traceback(arguments: list[object], text: str) -> None:
    done = run(*arguments)
    assert done.returncode != 0
    assert text in done.stderr
    assert "Traceback" not in done.stderr


def test_cases_prints_a_line_for_each_and_what_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "cases.yaml"
    file.write_text(CASES)
    done = run("cases", file, "--plugin", PROBE, "--together")
    assert done.returncode == 1
    assert "pass" in done.stdout
    assert "text: expected 'hi', found 'ho'" in done.stdout
    assert done.stdout.endswith("1 passed, 1 failed\n")
    assert run("cases", file, "--plugin", PROBE, "--only", "an answer").returncode == 0


def test_cases_that_are_none_are_a_failure(tmp_path: Path) -> None:
    file = tmp_path / "cases.yaml"
    file.write_text(CASES)
    done = run("cases", file, "--plugin", PROBE, "--only", "no such case")
    assert (done.returncode, done.stdout) == (1, "0 passed, 0 failed\n")


def test_the_demo_does_what_it_claims() -> None:
    done = run("demo")
    assert done.returncode == 0, done.stdout + done.stderr
    claims = SCENARIOS.read_text(encoding="utf-8").count("\n- name: ")
    assert f"{claims} of {claims} scenarios did what they claim" in done.stdout


def test_the_demo_fails_where_a_claim_does_not_hold() -> None:
    done = run("demo", "--plugin", PROBE, "--only", "race")
    assert done.returncode == 1
    assert "not as claimed" in done.stdout


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves_no_process_behind(sign: signal.Signals) -> None:
    arguments = command("call", "steps", "--plugin", PROBE, "--provider", TARGET, "-p", 'steps=[{"sleep": 30}]')
    with subprocess.Popen(arguments, cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        children = _children_of(process.pid, 4)  # two plugins, and what guards them
        process.send_signal(sign)
        process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 128 + sign
    for child in children:
        with pytest.raises(ProcessLookupError):
            os.kill(child, 0)


@pytest.mark.parametrize("transport", ["stdio", "tcp", "serverless"])
def test_not_even_a_kill_leaves_a_process_behind(transport: str) -> None:
    arguments = command("call", "steps", "--plugin", PROBE, "--provider", TARGET, "--transport", transport)
    arguments += ["-p", 'steps=[{"sleep": 30}]']
    with subprocess.Popen(arguments, cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        children = _children_of(process.pid, 4)
        process.kill()
    deadline = time.monotonic() + TIMEOUT_S
    while set(children) & _running():
        assert time.monotonic() < deadline


def _running() -> set[int]:
    listed = subprocess.run(["ps", "-A", "-o", "pid=,stat="], capture_output=True, text=True, check=True).stdout
    return {int(pid) for pid, state in (line.split() for line in listed.splitlines()) if not state.startswith("Z")}


def _children_of(pid: int, number: int) -> list[int]:
    """The processes that a process started, once there are so many."""
    deadline = time.monotonic() + TIMEOUT_S
    while True:
        listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
        pairs = [line.split() for line in listed.splitlines()]
        children = [int(child) for child, parent in pairs if int(parent) == pid]
        if len(children) >= number:
            return children
        assert time.monotonic() < deadline
