"""`python -m scripts.precheck`: build the package, apply every rule, print what to do."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from scripts import package as packaging

from . import submission
from .package import Package, unpack
from .rules import ELSEWHERE, RULES, Result, apply, starting_rules, submission_rule
from .starting import python_312, python_in

SHOWN_FINDINGS = 8  # of one rule
WIDTH = 150  # characters, at least: advice has a column of its own


def main(root: Path = packaging.ROOT, *, quick: bool = False) -> int:
    """Check the package of a checkout. `quick`: start it with this Python instead of a new environment."""
    try:
        archive = root / packaging.package_name(root)
        packaging.build(root, archive)
    except packaging.PackageError as error:
        print(error, file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        package = unpack(archive, Path(folder, "package"))
        results = check(package, Path(folder), quick)
        unmet = [result.rule.number for result in results if result.blocks]
        body = submission.text(package, [_line(result) for result in results], unmet)
        results.append(apply(submission_rule(body), package))
    body_file = archive.with_name(f"{archive.stem}-submission.md")
    body_file.write_text(body, encoding="utf-8")
    _print(results)
    blocking = [result for result in results if result.blocks]
    print(f"\n{archive.name} and {body_file.name} are written.")
    print(f"Not met: {len(blocking)} of {len(results)}." if blocking else "Every rule is met that can be checked here.")
    return 1 if blocking else 0


def check(package: Package, scratch: Path, quick: bool) -> list[Result]:
    """The results of all rules about a package. `scratch` is a folder for what they need."""
    base = None if quick else python_312()
    python = python_in(scratch / "environment") if base else Path(sys.executable)
    if not base:
        why = "quickly" if quick else "without Python 3.12"
        print(f"Checked {why}: the package is started with this Python, and its requirements are not installed anew.")
    return [apply(rule, package) for rule in (*RULES, *starting_rules(python, scratch, base))]


def _line(result: Result) -> str:
    number = f"{result.rule.number} " if result.rule.number else ""
    return f"`make precheck`: {number}{result.rule.title}: {_outcome(result)}"


def _outcome(result: Result) -> str:
    if result.blocks:
        return "NOT MET"
    return "to look at" if result.findings else "met"


def _print(results: list[Result]) -> None:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for column in ("rule", "", "breach", "result"):
        table.add_column(column, no_wrap=True)
    table.add_column("what to do", overflow="fold")
    for result in results:
        outcome = _outcome(result)
        colour = {"met": "green", "to look at": "yellow"}.get(outcome, "red")
        shown = [finding.message for finding in result.findings[:SHOWN_FINDINGS]]
        more = len(result.findings) - len(shown)
        advice = "\n".join([*shown, *([f"and {more} more"] if more else [])])
        table.add_row(
            result.rule.number, result.rule.title, result.rule.severity, f"[{colour}]{outcome}[/]", Text(advice)
        )
    for number, title, advice in ELSEWHERE:
        table.add_row(number, title, "", "[dim]not here[/]", advice)
    Console(highlight=False, emoji=False, width=max(Console().width, WIDTH)).print(table)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m scripts.precheck", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="without a new environment; starts with this Python")
    options = parser.parse_args()
    sys.exit(main(quick=options.quick))
