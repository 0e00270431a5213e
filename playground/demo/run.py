"""Plays the scenarios of `scenarios.yaml` and checks that each did what it claims."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playground.calls import Outcome
from playground.cases import Case, read_cases
from playground.declarations import read_folder
from playground.expectations import problems
from playground.host import Playground
from playground.view import View
from playground.yaml_files import read_yaml

SCENARIOS = Path(__file__).with_name("scenarios.yaml")
CATALOG = Path(__file__).with_name("catalog.yaml")
REAL_DATA_KEYS = ("items_at_least", "items_of_several_branches")


@dataclass(frozen=True)
class Scenario:
    """A case over real providers: what it claims, in words, and how many results there are at least."""

    case: Case
    claim: str
    counts: dict[str, int]


async def run_demo(plugin: Path, providers: list[Path], only: str, transport: str) -> int:
    """Run the scenarios whose name contains `only`; returns the exit code, 1 where a claim did not hold."""
    view = View()
    scenarios = [one for one in _scenarios() if only.lower() in one.case.name.lower()]
    words = " ".join(str(one.case.parameters) for one in scenarios)
    providers = [folder for folder in providers if read_folder(folder).id in words]
    failed = []
    async with Playground(plugin, providers, transport=transport) as playground:
        for scenario in scenarios:
            view.title(scenario.case.name, scenario.claim)
            if not await _play(playground, scenario, view):
                failed.append(scenario.case.name)
    played = len(scenarios)
    print(
        f"{played - len(failed)} of {played} scenarios did what they claim" + "".join(f"\n  not: {n}" for n in failed)
    )
    return 1 if failed or not scenarios else 0


async def _play(playground: Playground, scenario: Scenario, view: View) -> bool:
    case = scenario.case
    with view.watching():
        outcome = await playground.call(
            case.tool, case.parameters, timeout_s=case.timeout_s, casts=True, on_change=view.on_change
        )
    view.outcome(outcome)
    wrong = [*problems(case.expect, outcome), *_too_few(scenario.counts, outcome)]
    for problem in wrong:
        view.console.print(f"[red]not as claimed:[/red] {problem}" if view.live else f"not as claimed: {problem}")
    return not wrong


def _too_few(counts: dict[str, int], outcome: Outcome) -> list[str]:
    """What real data allows to be claimed: how many items there are, and how many that several branches found."""
    items = outcome.variables.get("items") or []
    shared = [item for item in items if isinstance(item, dict) and len(item.get("sources") or []) > 1]
    found = {"items_at_least": len(items), "items_of_several_branches": len(shared)}
    return [f"{key}: expected {wanted}, found {found[key]}" for key, wanted in counts.items() if found[key] < wanted]


def _scenarios() -> list[Scenario]:
    loaded: list[dict[str, Any]] = read_yaml(SCENARIOS)
    claims = [str(scenario.pop("claim")) for scenario in loaded]
    counts = [_taken(scenario["expect"], REAL_DATA_KEYS) for scenario in loaded]
    for scenario in loaded:
        if scenario["given"].get("catalog") == CATALOG.name:
            scenario["given"]["catalog"] = CATALOG.read_text(encoding="utf-8")
    return list(map(Scenario, read_cases(SCENARIOS, loaded), claims, counts))


def _taken(expect: dict[str, Any], keys: Iterable[str]) -> dict[str, Any]:
    return {key: expect.pop(key) for key in keys if key in expect}
