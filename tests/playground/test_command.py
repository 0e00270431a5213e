"""`python -m playground`: what it prints, its exit codes, and, as a process, that it leaves none behind."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from playground.__main__ import main
from playground.demo.run import SCENARIOS

from .conftest import PROBE, TARGET

CHECKOUT = Path(__file__).resolve().parents[2]
TIMEOUT_S = 60
POLL_S = 0.05  # between two looks at the processes of the machine
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


type Done = subprocess.CompletedProcess[str]
type Run = Callable[..., Done]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in this process, which saves the start of one."""
    monkeypatch.chdir(CHECKOUT)
    monkeypatch.setenv("CI", "true")

    def run(*arguments: object) -> Done:
        texts = [str(argument) for argument in arguments]
        try:
            code = main(texts)
        except SystemExit as end:  # of argparse
            code = int(str(end.code))
        return subprocess.CompletedProcess(texts, code, *capsys.readouterr())

    return run


def test_call_prints_what_came_out(run: Run, tmp_path: Path) -> None:
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
    assert "what the model of an Agent node reads" in done.stdout
    assert "1 reverse call, at most 1 at once" in done.stdout
    assert "\x1b" not in done.stdout


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """A tool to be called, for which no process has to start."""
    file = tmp_path / "script.yaml"
    file.write_text('"a/a/a:t": [{text: x}]\n')
    return file


README = (CHECKOUT / "playground" / "README.md").read_text(encoding="utf-8")


def blocks_of(readme: str, heading: str) -> list[str]:
    """The texts of the blocks of code in one section."""
    section = readme.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return [textwrap.dedent(block) for block in re.findall(r"```(?:yaml|sh)\n(.*?)```", section, re.DOTALL)]


def readme_example(tmp_path: Path) -> list[str]:
    """Write the files of the README's example, and give the arguments of its command."""
    return played(tmp_path, *blocks_of(README, "A plan and its tools, played"))


def played(tmp_path: Path, plan: str, script: str, command: str) -> list[str]:
    (tmp_path / "plan.yaml").write_text(plan)
    (tmp_path / "script.yaml").write_text(script)
    return shlex.split(
        command.replace("plan.yaml", str(tmp_path / "plan.yaml")).replace("script script", f"script {tmp_path}/script")
    )


def test_the_first_plan_of_the_plugins_readme_is_played(run: Run, tmp_path: Path) -> None:
    plugins = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    plan = blocks_of(plugins, "A first workflow in two minutes")[0]
    script, command = blocks_of(README, "The README's first plan, played")
    done = run(*played(tmp_path, plan, script, command)[3:])
    assert (done.returncode, done.stderr) == (0, "")
    assert '{"tokyo":"2026-11-25 10:00:00","berlin":"2026-11-25 10:00:00"}' in done.stdout
    assert done.stdout.index('berlin: "') < done.stdout.index('tokyo: "')  # as Dify shows `result`


def test_the_example_of_the_readme_does_what_it_says(run: Run, tmp_path: Path) -> None:
    arguments = readme_example(tmp_path)
    done = run(*arguments[3:])
    assert (done.returncode, done.stderr) == (0, "")
    assert "find q=bees" in done.stdout
    assert "429 Too Many Requests" in done.stdout
    assert "Bees dance." in done.stdout
    assert "called, but not there" not in done.stdout


def test_a_tool_that_is_called_but_not_in_the_script_is_named(run: Run, tmp_path: Path) -> None:
    arguments = readme_example(tmp_path)
    (tmp_path / "script.yaml").write_text('"acme/search/search:search": [{text: x}]\n')
    done = run(*arguments[3:])
    assert done.returncode == 1
    assert "acme/other/other:look, acme/search/search:find; the script has acme/search/search:search" in done.stdout


def test_a_variable_can_add_branches_to_a_plan(run: Run, tmp_path: Path) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text(
        "merge: group\nbranches:\n  - {name: a, provider: a/a/a, tool_name: t, parameters: {tz: '{{#start.tz#}}'}}\n"
    )
    script = tmp_path / "script.yaml"
    script.write_text('{"a/a/a:t": [{text: fine}], "evil/e/e:steal": [{text: stolen}]}')
    value = "UTC'}}\n  - {name: evil, provider: evil/e/e, tool_name: steal, parameters: {x: 'y"
    done = run("call", "fan_out", "-f", f"plan={plan}", "--script", script, "-v", f"start.tz={value}")
    assert "stolen" in done.stdout


def test_call_fails_where_the_tool_raises(run: Run, script: Path) -> None:
    done = run("call", "steps", "--plugin", PROBE, "--script", script, "-p", 'steps=[{"raise": "boom"}]')
    assert done.returncode == 1
    assert "ValueError: boom" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["call", "steps", "--plugin", PROBE, "-p", "number"], "expected NAME=VALUE"),
        (["call", "steps", "--plugin", "nowhere"], "nowhere"),
        (["fly"], "invalid choice"),
        (["cases", CHECKOUT / "playground" / "README.md"], "README.md: "),
        (["cases", CHECKOUT / "playground" / "demo" / "catalog.yaml"], "catalog.yaml: expected a list of cases"),
        (["call", "steps", "--plugin", PROBE, "--script", CHECKOUT / "Makefile"], "Makefile: mapping values"),
    ],
)
def test_a_mistake_is_told_without_a_traceback(run: Run, arguments: list[object], text: str) -> None:
    done = run(*arguments)
    assert done.returncode != 0
    assert text in done.stderr
    assert "Traceback" not in done.stderr


def test_a_value_that_the_platform_refuses_is_told_without_a_traceback(run: Run, script: Path) -> None:
    done = run("call", "steps", "--plugin", PROBE, "--script", script, "-p", "number=abc")
    assert done.returncode != 0
    assert "invalid literal" in done.stderr
    assert "Traceback" not in done.stderr


def test_cases_prints_a_line_for_each_and_what_is_wrong(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "cases.yaml"
    file.write_text(CASES)
    done = run("cases", file, "--plugin", PROBE, "--together")
    assert done.returncode == 1
    assert "pass" in done.stdout
    assert "text: expected 'hi', found 'ho'" in done.stdout
    assert done.stdout.endswith("1 passed, 1 failed\n")
    assert run("cases", file, "--plugin", PROBE, "--only", "an answer").returncode == 0


def test_cases_that_are_none_are_a_failure(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "cases.yaml"
    file.write_text(CASES)
    done = run("cases", file, "--plugin", PROBE, "--only", "no such case")
    assert (done.returncode, done.stdout) == (1, "0 passed, 0 failed\n")


def test_the_demo_does_what_it_claims(run: Run) -> None:
    done = run("demo")
    assert done.returncode == 0, done.stdout + done.stderr
    claims = SCENARIOS.read_text(encoding="utf-8").count("\n- name: ")
    assert f"{claims} of {claims} scenarios did what they claim" in done.stdout


def test_the_demo_fails_where_a_claim_does_not_hold(run: Run) -> None:
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
        time.sleep(POLL_S)


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
        time.sleep(POLL_S)
