"""`python -m tests.catalog.check DIR`. Exit status: 0 all that was found agrees, 1 something does not, 2 none found."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fanout.catalog import shipped_catalog

from . import running
from .copies import Copies
from .declarations import Finding, check_entry


def main(arguments: Sequence[str], entries: Mapping[str, Any]) -> int:
    if len(arguments) != 1 or not arguments[0] or not Path(arguments[0]).is_dir():
        print("usage: make catalog-check DIR=<a folder with copies of plugins>", file=sys.stderr)
        return 2
    copies = Copies(Path(arguments[0]))
    findings = [check_entry(name, entry, copies) for name, entry in entries.items()]
    print(_table(findings))
    misbehaviours = _run(findings, entries)
    if misbehaviours or any(finding.problems for finding in findings):
        return 1
    if not any(finding.declared for finding in findings):
        print("\nDIR has none of these plugins", file=sys.stderr)
        return 2
    return 0


def _table(findings: Sequence[Finding]) -> str:
    rows = [("entry", "tool", "checked", "found", "")]
    for finding in findings:
        tool = f"{finding.entry['provider']}/{finding.entry['tool_name']}"
        version = finding.declared.version if finding.declared else ""
        rows.append((finding.name, tool, str(finding.entry.get("checked", "")), version, finding.verdict))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    problems = [f"{finding.name}: {problem}" for finding in findings for problem in finding.problems]
    return "\n".join([*lines, *([""] if problems else []), *problems])


def _run(findings: Sequence[Finding], entries: Mapping[str, Any]) -> list[str]:
    """Run the tools of which there is a copy; what they do wrong. Keeps what comes out for the catalog's page."""
    runnable = {finding.name: finding.declared for finding in findings if finding.declared and finding.declared.source}
    results = {name: running.run_entry(name, entries, declared) for name, declared in runnable.items()}
    for name, result in results.items():
        if isinstance(result, str):
            print(f"{name}: not run: {result}")
    answers = {name: result for name, result in results.items() if not isinstance(result, str)}
    problems = [f"{name}: {problem}" for name in answers for problem in running.misbehaviour(name, answers[name])]
    if answers:
        running.keep(answers)
        print(f"{len(answers)} tools were run; make docs writes their table", *problems, sep="\n")
    return problems


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], shipped_catalog()))
