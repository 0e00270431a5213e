"""Plays the scenarios of `scenarios.yaml` and checks that each did what it claims."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from playground.calls import Outcome
from playground.cases import Case, read_cases
from playground.expectations import problems
from playground.host import Playground
from playground.view import View

SCENARIOS = Path(__file__).with_name("scenarios.yaml")
CATALOG = Path(__file__).with_name("catalog.yaml")
REAL_DATA_KEYS = ("items_at_least", "items_of_several_branches")


async def run_demo(plugin: Path, providers: list[Path], only: str, transport: str) -> int:
    """Run the scenarios whose name contains `only`; returns the exit code, 1 where a claim did not hold."""
    view = View()
    scenarios = [(one, claim) for one, claim in _scenarios() if only.lower() in one.name.lower()]
    failed = []
    async with Playground(plugin, providers, transport=transport) as playground:
        for scenario, claim in scenarios:
            view.title(scenario.name, claim)
            if not await _play(playground, scenario, view):
                failed.append(scenario.name)
    played = len(scenarios)
    print(
        f"{played - len(failed)} of {played} scenarios did what they claim" + "".join(f"\n  not: {n}" for n in failed)
    )
    return 1 if failed or not scenarios else 0


async def _play(playground: Playground, scenario: Case, view: View) -> bool:
    expect = dict(scenario.expect)
    counts = {key: expect.pop(key) for key in REAL_DATA_KEYS if key in expect}
    with view.watching():
        outcome = await playground.call(
            scenario.tool, scenario.parameters, timeout_s=scenario.timeout_s, casts=True, on_change=view.on_change
        )
    view.outcome(outcome)
    wrong = [*problems(expect, outcome), *_too_few(counts, outcome)]
    for problem in wrong:
        view.console.print(f"[red]not as claimed:[/red] {problem}" if view.live else f"not as claimed: {problem}")
    return not wrong


def _too_few(counts: dict[str, int], outcome: Outcome) -> list[str]:
    """What real data allows to be claimed: how many items there are, and how many that several branches found."""
    items = outcome.variables.get("items") or []
    shared = [item for item in items if isinstance(item, dict) and len(item.get("sources") or []) > 1]
    found = {"items_at_least": len(items), "items_of_several_branches": len(shared)}
    return [f"{key}: expected {wanted}, found {found[key]}" for key, wanted in counts.items() if found[key] < wanted]


def _scenarios() -> list[tuple[Case, str]]:
    loaded: list[dict[str, Any]] = yaml.safe_load(SCENARIOS.read_text(encoding="utf-8"))
    claims = [str(scenario.pop("claim")) for scenario in loaded]
    for scenario in loaded:
        if scenario["given"].get("catalog") == CATALOG.name:
            scenario["given"]["catalog"] = CATALOG.read_text(encoding="utf-8")
    return list(zip(read_cases(SCENARIOS, loaded), claims, strict=True))
