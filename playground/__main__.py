"""`python -m playground`: call a tool, run the demo, or run conformance cases, without Dify."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import yaml

from .agent import agent_node_text
from .calls import Outcome
from .cases import CaseError, Report, load_cases, run_case
from .casting import CastError
from .demo import run_demo
from .host import CONNECTIONS, Playground
from .scripts import ScriptError
from .tool_node import tool_node
from .transports import PluginStartError
from .view import View
from .yaml_files import read_yaml

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parent
TRANSPORTS = ("stdio", "tcp", "serverless")


def demo_providers() -> list[Path]:
    """The provider plugins that come with the playground."""
    return sorted(folder for folder in (HERE / "providers").iterdir() if (folder / "manifest.yaml").is_file())


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        return asyncio.run(_stoppable(options.run(options)))
    except (PluginStartError, CaseError, CastError, ScriptError, OSError) as error:
        print(error, file=sys.stderr)
        return 1


async def _stoppable(command: Coroutine[Any, Any, int]) -> int:
    """Run a command; Ctrl-C and a termination signal cancel it, so that no process is left behind."""
    task = asyncio.ensure_future(command)
    received: list[int] = []

    def stop(sign: int) -> None:
        received.append(sign)
        task.cancel()

    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, stop, sign)
    try:
        return await task
    except asyncio.CancelledError:
        return 128 + received[0] if received else 1


async def _call(options: argparse.Namespace) -> int:
    scripts = _script(options.script) if options.script else None
    providers = options.provider or ([] if scripts else demo_providers())
    parameters = _parameters(options)
    view = View()
    async with Playground(
        options.plugin, providers, scripts=scripts, connections=options.connections, transport=options.transport
    ) as playground:
        with view.watching():
            outcome = await playground.call(
                options.tool,
                parameters,
                timeout_s=options.timeout,
                casts=True,
                from_agent=options.agent,
                variables=dict(options.variable),
                on_change=view.on_change,
            )
    view.outcome(outcome)
    if playground.plugin.garbage:
        view.title("lines on stdout that the platform loses", "\n".join(playground.plugin.garbage))
    if missing := sorted(outcome.calls.keys() - (scripts or outcome.calls) - playground.targets):
        view.title("called, but not there", f"{', '.join(missing)}; the script has {', '.join(scripts or [])}")
    _show_readers(options, playground, outcome, view)
    return 1 if outcome.error else 0


def _show_readers(options: argparse.Namespace, playground: Playground, outcome: Outcome, view: View) -> None:
    if options.node:
        node = tool_node(outcome.messages, playground.files, outcome.error)
        view.title("what the Tool node makes of it", node.error or "")
        view.console.print(node.outputs)
    if options.agent:
        failure = (*outcome.error, outcome.error_line) if outcome.error else None
        view.title("what the model of an Agent node reads", agent_node_text(outcome.messages, failure))


def _script(file: Path) -> dict[str, Any]:
    try:
        script = read_yaml(file)
    except yaml.YAMLError as error:
        raise ScriptError(f"{file}: {' '.join(str(error).split())}") from None
    if not isinstance(script, dict):
        raise ScriptError(f"{file}: expected an object such as {{a/b/c:tool_name: [{{text: hello}}]}}")
    return script


def _parameters(options: argparse.Namespace) -> dict[str, str]:
    files = {name: Path(file).read_text(encoding="utf-8") for name, file in options.param_file}
    return {**dict(options.param), **files}


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text}: expected NAME=VALUE")
    return name, value


async def _cases(options: argparse.Namespace) -> int:
    cases = [case for case in load_cases(options.file) if options.only.lower() in case.id.lower()]
    if not cases:
        print("0 passed, 0 failed")
        return 1
    async with Playground(options.plugin, connections=None, transport=options.transport) as playground:
        if options.together:
            light = [case for case in cases if not case.heavy]
            reports = await asyncio.gather(*(run_case(playground, case, together=True) for case in light))
            for report in reports:
                _print_report(report)
        else:
            reports = []
            for case in cases:
                reports.append(await run_case(playground, case))
                _print_report(reports[-1])
    failed = sum(bool(report.problems) for report in reports)
    print(f"{len(reports) - failed} passed, {failed} failed")
    return 1 if failed else 0


def _print_report(report: Report) -> None:
    print(f"{'FAIL' if report.problems else 'pass'}  {report.outcome.wall_s:6.3f} s  {report.case.id}", flush=True)
    for problem in report.problems:
        print("      " + problem.replace("\n", "\n      "))


async def _demo(options: argparse.Namespace) -> int:
    return await run_demo(options.plugin, demo_providers(), options.only, options.transport)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m playground", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    call = commands.add_parser("call", help="call a tool of the plugin, with the demo's providers")
    call.set_defaults(run=_call)
    _add_call_arguments(call)
    cases = commands.add_parser("cases", help="run conformance cases")
    cases.set_defaults(run=_cases)
    cases.add_argument("file", nargs="+", type=Path)
    cases.add_argument("--together", action="store_true", help="all at once, in one process")
    cases.add_argument("--only", default="", metavar="TEXT", help="cases whose name contains this")
    demo = commands.add_parser("demo", help="run the plugin over real provider plugins")
    demo.set_defaults(run=_demo)
    demo.add_argument("--only", default="", metavar="TEXT", help="scenarios whose name contains this")
    for command in (call, cases, demo):
        command.add_argument("--plugin", type=Path, default=CHECKOUT, help="the plugin under test")
        command.add_argument("--transport", choices=TRANSPORTS, default="stdio")
    return parser


def _add_call_arguments(call: argparse.ArgumentParser) -> None:
    call.add_argument("tool")
    call.add_argument("-p", "--param", type=_pair, action="append", default=[], metavar="NAME=VALUE")
    call.add_argument(
        "-f", "--param-file", type=_pair, action="append", default=[], metavar="NAME=FILE", help="a value from a file"
    )
    call.add_argument(
        "--provider",
        action="append",
        type=Path,
        default=[],
        help="a provider plugin's folder; without any, and without a script: those of the demo",
    )
    call.add_argument("--script", type=Path, help="YAML: scripted tools, as `providers` of a conformance case")
    call.add_argument("--connections", type=int, default=CONNECTIONS, help="reverse calls served at once")
    call.add_argument("--timeout", type=float, default=600.0)
    call.add_argument("--node", action="store_true", help="show what a workflow's Tool node makes of it")
    call.add_argument("--agent", action="store_true", help="call as an Agent node does, and show what its model reads")
    call.add_argument(
        *("-v", "--variable"),
        type=_pair,
        action="append",
        default=[],
        metavar="NODE.NAME=VALUE",
        help="what a Tool node puts in the place of {{#NODE.NAME#}}, in a plan too",
    )


if __name__ == "__main__":
    sys.exit(main())
