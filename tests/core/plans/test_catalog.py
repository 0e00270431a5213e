"""Named branches: the author's own over the shipped ones."""

from __future__ import annotations

from typing import Any

import pytest

from fanout.core.analysis.examine import read_plan
from fanout.core.plans.catalog import Catalog, read_catalog
from fanout.core.plans.reading import examine_plan

SHIPPED: dict[str, Any] = {
    "web": {
        "provider": "a/a/a",
        "tool_name": "web",
        "kind": "search",
        "homepage": "https://x.org",
        "authorization": True,
    },
    "page": {"provider": "b/b/b", "tool_name": "page", "kind": "reader", "checked": "0.1.2"},
    "odd": "time/current_time",
}


def test_no_catalog_of_ones_own_is_the_shipped_one() -> None:
    for source in (None, "", "# nothing"):
        assert read_catalog(source, SHIPPED) == Catalog(SHIPPED)


def test_own_entries_come_first_and_win() -> None:
    catalog = read_catalog("mine: time/now\nweb: c/c/c/own", SHIPPED)
    assert catalog.names() == ["mine", "web", "odd", "page"]
    assert catalog.names("search") == []
    assert Catalog(SHIPPED).names("search") == ["web"]
    assert Catalog(SHIPPED).names("other") == ["odd"]
    assert "web" in catalog
    assert "zzz" not in catalog
    plan = read_plan({"branches": ["web", "mine"]}, catalog)
    assert [branch.target.tool_name for branch in plan.branches] == ["own", "now"]


@pytest.mark.parametrize(
    ("source", "path", "words"),
    [
        ("a: [", "catalog line 1, column 1", "brackets"),
        ("- a", "catalog", "object"),
        ("text", "catalog", "object"),
        (["a"], "catalog", "object"),
    ],
)
def test_a_catalog_that_cannot_be_read(source: Any, path: str, words: str) -> None:
    catalog = read_catalog(source, SHIPPED)
    (problem,) = catalog.problems
    assert problem.path == path
    assert words in problem.message
    assert "web" in catalog


def test_unknown_names() -> None:
    catalog = Catalog(SHIPPED)
    assert catalog.unknown("wbe") == "the catalog has no wbe; did you mean web? Its names are odd, page, web"
    assert catalog.unknown("zzz") == "the catalog has no zzz; its names are odd, page, web"
    assert "empty" in (Catalog().unknown("zzz") or "")
    assert read_catalog("a: [", SHIPPED).unknown("zzz") is None


ENTRIES: list[tuple[Any, str, str]] = [
    (None, "catalog.x", "null"),
    (3, "catalog.x", "3"),
    ("web", "catalog.x", "not a branch or another entry"),
    ("n = time/now", "catalog.x", "not a branch or another entry"),
    ("x/b/c", "catalog.x", "tool is missing"),
    ("fanout/fan_out", "catalog.x", "itself"),
    ({"provider": "time", "tool_name": "t", "use": "web"}, "catalog.x.use", "unknown key"),
    ({"provider": "time", "tool_name": "t", "name": "n"}, "catalog.x.name", "unknown key"),
    ({"provider": "x/b", "tool_name": "t"}, "catalog.x.provider", "one part, or three"),
    ({"provider": "o/fanout/fanout", "tool_name": "t"}, "catalog.x.provider", "itself"),
    ({"provider": "time", "tool_name": "t", "kind": "serch"}, "catalog.x.kind", "search, reader, other"),
    ({"provider": "time", "tool_name": "t", "select": "a b"}, "catalog.x.select", "column 3"),
    ({"provider": "time", "tool_name": "t", "parameters": {"q": "${a.}"}}, "catalog.x.parameters.q", "column"),
    ({"provider": "time", "tool_name": "t", "parameters": {"q": "{{#n.v#}}"}}, "catalog.x.parameters.q", "inputs"),
    ({"provider": "time", "tool_name": "t", "rules": [{}]}, "catalog.x.rules[0]", "exactly one"),
    ({"provider_id": "x/b", "tool_name": "t"}, "catalog.x.provider_id", "one part, or three"),
]


@pytest.mark.parametrize(("entry", "path", "words"), ENTRIES, ids=[f"{i}-{each[1]}" for i, each in enumerate(ENTRIES)])
def test_problems_of_entries_in_use_stand_under_their_name_once(entry: Any, path: str, words: str) -> None:
    catalog = Catalog(SHIPPED, {"x": entry})
    reading = examine_plan({"branches": ["x", {"use": "x", "name": "y"}]}, catalog)
    assert [problem.path for problem in reading.problems] == [path]
    assert words in reading.problems[0].message


@pytest.mark.parametrize("entry", [entry for entry, _, _ in ENTRIES], ids=range(len(ENTRIES)))
def test_entries_that_are_not_in_use_are_not_checked(entry: Any) -> None:
    assert examine_plan({"branches": ["web"]}, Catalog(SHIPPED, {"x": entry})).problems == ()


def test_an_entry_can_be_a_copied_node() -> None:
    entry = {
        "provider_id": "a/a/a",
        "tool_name": "t",
        "title": "T",
        "tool_parameters": {"q": {"type": "mixed", "value": 1}},
    }
    plan = read_plan({"branches": [{"use": "x", "parameters": {"r": 2}}]}, Catalog({}, {"x": entry}))
    assert plan.branches[0].parameters.source == {"q": 1, "r": 2}


def test_warnings_of_entries() -> None:
    entry = {"provider_id": "a/a/a", "tool_name": "t", "retry_config": {}}
    reading = examine_plan({"branches": ["x", "x"]}, Catalog({}, {"x": entry}))
    assert [warning.path for warning in reading.warnings] == ["catalog.x.retry_config"]


def test_a_catalog_is_not_changed_by_reading() -> None:
    catalog = read_catalog("mine: {provider: a, tool_name: t, parameters: {q: 1}}", {})
    read_plan({"branches": ["mine", {"use": "mine", "parameters": {"q": 2}}]}, catalog)
    assert catalog.own == {"mine": {"provider": "a", "tool_name": "t", "parameters": {"q": 1}}}
