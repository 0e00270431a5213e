"""The benchmarks run and compare equal work. Nothing here is about how fast anything is."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks import end_to_end, in_process, parts, workload
from benchmarks.end_to_end import FANOUT, NAIVE, Scale
from benchmarks.figures import Check, Figure, Result, figure, interleaved
from benchmarks.fuse import fuse
from benchmarks.machine import Pins
from benchmarks.plot import svg
from benchmarks.report import as_json, markdown

ROOT = Path(__file__).resolve().parent.parent
ANYWHERE = Pins(None, None)
TINY = Scale(
    rounds=1, runs=1, few=1, searches=(3,), texts=((2, 3), (1, 4)), cells=(2, 4), large_items=100, in_flight=2, starts=1
)


@pytest.fixture(scope="module")
def end_to_end_results() -> list[Result]:
    with end_to_end.open_pair(ANYWHERE) as pair:
        measures = (end_to_end.searches, end_to_end.texts, end_to_end.first_text, end_to_end.cells, parts.modes)
        return [result for measure in measures for result in measure(pair, TINY)]


def test_both_plugins_do_the_same_work_in_every_measure(end_to_end_results: list[Result]) -> None:
    """The measures assert it themselves, before they time anything."""
    compared = [result for result in end_to_end_results if NAIVE in result.figures]
    assert len(compared) == 6
    assert all(each.median > 0 for result in end_to_end_results for each in result.figures.values())


def test_the_engine_alone_gives_what_the_floor_gives() -> None:
    with in_process.open_workers(["fanout", "gather"], sys.executable, ANYWHERE) as workers:
        results = list(in_process.compare(workers, TINY))
    assert [list(result.figures) for result in results] == [[FANOUT, "asyncio.gather"]] * 3


def test_the_report_has_a_line_and_the_picture_a_bar_for_every_figure(end_to_end_results: list[Result]) -> None:
    page = markdown(end_to_end_results, ["a machine"])
    picture = ElementTree.fromstring(svg(end_to_end_results))
    assert all(result.measure in page for result in end_to_end_results)
    bars = picture.findall(".//{http://www.w3.org/2000/svg}rect")
    assert len(bars) == 1 + 2 * sum(len(result.figures) > 1 for result in end_to_end_results)
    assert '"is_met"' in as_json(end_to_end_results, [])


def test_a_target_is_marked_under_its_bar_and_said_in_words() -> None:
    figures = {FANOUT: Figure(1, 1, 1, 1, 1), NAIVE: Figure(2, 2, 2, 1, 1)}
    picture = svg([Result("End to end", "m", "ms", figures, [Check("ratio", 0.5, 0.75)])])
    assert "<line" not in picture
    assert "Red triangle" in picture
    root = ElementTree.fromstring(picture)
    [mark] = root.findall(".//{http://www.w3.org/2000/svg}path")
    own, other = root.findall(".//{http://www.w3.org/2000/svg}rect")[1:]
    x, y = map(float, mark.attrib["d"].split()[1:3])
    assert x == pytest.approx(float(own.attrib["x"]) + 0.75 * float(other.attrib["width"]), abs=0.2)
    assert float(own.attrib["y"]) + float(own.attrib["height"]) <= y < float(other.attrib["y"])


def test_reading_and_analysing_a_plan_are_compared() -> None:
    results = list(parts.plans(ANYWHERE, TINY))
    assert [list(result.figures) for result in results] == [[parts.READING, parts.ANALYSING]] * 2


def test_a_missed_target_says_by_how_much() -> None:
    missed = Result("G", "m", "ms", {FANOUT: Figure(3.0, 2.0, 4.0, 3, 1)}, [Check("ratio", 0.6, 0.5)])
    assert "| 3 ms (2–4) | ratio ≤ 0.5 | **0.6**, 20% over |" in markdown([missed], [])


def test_figures_are_medians_of_rounds_in_turn() -> None:
    turns: list[str] = []

    def run(name: str, values: list[float]) -> list[float]:
        turns.append(name)
        return values

    figures = interleaved({"a": lambda: run("a", [1.0, 9.0, 2.0]), "b": lambda: run("b", [4.0])}, rounds=2)
    assert turns == ["a", "b"] * 3
    assert figures["a"] == Figure(2.0, 2.0, 2.0, 2, 3)
    assert figure([[1.0], [2.0], [3.0], [4.0]]).median == 2.5


def test_pages_that_two_branches_have_come_first() -> None:
    one, two, both = ({"url": url} for url in ("u1", "u2", "u3"))
    merged = fuse({"a": [one, both], "b": [two, both]})
    assert [page["url"] for page in merged] == ["u3", "u1", "u2"]
    assert merged[0]["sources"] == [{"branch": "a", "rank": 2}, {"branch": "b", "rank": 2}]


def test_no_branch_has_a_page_twice() -> None:
    for count in (1, 2, 10, 50, 100):
        for pages in workload.searches(count).values():
            assert len({page["url"] for page in pages}) == workload.HITS


def test_what_fanout_imports_has_the_same_version_as_in_the_lock() -> None:
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    locked = {re.sub("[-_.]+", "-", package["name"]).lower(): package["version"] for package in lock["package"]}
    lines = (ROOT / "benchmarks" / "requirements.txt").read_text(encoding="utf-8").splitlines()
    pinned = dict(line.split("==") for line in lines if "==" in line)
    shared = ("anyio", "jmespath", "pydantic", "pydantic_core", "PyYAML")
    assert {name: pinned[name] for name in shared} == {
        name: locked[re.sub("[-_.]+", "-", name).lower()] for name in shared
    }
