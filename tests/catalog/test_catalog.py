"""The shipped catalog: every entry against answers in the shape that its tool's code emits."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanout.catalog import shipped_catalog
from fanout.core.analysis.examine import examine_plan
from fanout.core.budget import Budget
from fanout.core.calls.failures import classify
from fanout.core.calls.fold import Fold
from fanout.core.calls.judging import Judgement, judge, says_empty
from fanout.core.calls.messages import Message
from fanout.core.plans.catalog import Catalog
from fanout.core.plans.document import parse_document
from fanout.core.plans.plan import Branch
from fanout.core.plans.spec import CatalogEntrySpec

ROOT = Path(__file__).parents[2]
CASES = Path(__file__).parent / "cases"
SOURCES = ROOT / "docs" / "catalog-sources.yaml"

SITUATIONS = {"normal", "empty", "degenerate"}  # what every entry has; others beside them have names of their own
INPUTS = {"query": "x", "count": 10}
HIT = ["title", "url", "snippet", "published", "author", "image", "doi"]  # the first three always
PAGE = ["url", "title", "content"]


def read(path: Path) -> dict[str, Any]:
    document = parse_document(path.read_text(encoding="utf-8"), path.name)
    assert isinstance(document, dict)
    return document


ENTRIES = shipped_catalog()
SHIPPED = Catalog(ENTRIES)
TEXTS = sorted(
    {  # of all tools
        step["text"]
        for path in CASES.glob("*.yaml")
        for case in read(path).values()
        for step in case.get("messages", ())
        if "text" in step
    }
)


def branch_of(name: str) -> Branch:
    reading = examine_plan({"branches": [name]}, SHIPPED)
    assert reading.plan is not None, reading.problems
    assert not reading.warnings
    return reading.plan.branches[0]


def fold(steps: list[dict[str, Any]]) -> dict[str, Any]:
    folded = Fold()
    for step in steps:
        [(kind, value)] = step.items()
        if kind == "variable":
            folded.add(Message("variable", value[1], name=value[0]))
        else:
            assert kind in ("text", "json", "link")
            folded.add(Message(kind, value))  # type: ignore[arg-type]  # one of the three
    return folded.output()


def render(name: str, inputs: dict[str, Any], item: Any = None) -> dict[str, Any]:
    scope = {"inputs": inputs, "item": item, "index": None, "branches": {}}
    rendered = branch_of(name).parameters.render(scope, Budget())
    assert isinstance(rendered, dict)
    return rendered


def judge_case(name: str, case: dict[str, Any]) -> Judgement:
    scope = {"inputs": case.get("inputs", INPUTS), "item": case.get("item"), "index": None}
    branch, output = branch_of(name), fold(case.get("messages", []))
    if "error" not in case:
        return judge(branch, output, scope, Budget())
    if says_empty(branch, classify(case["error"], before_first_message=True), Budget()):
        return judge(branch, output, scope, Budget(), is_empty=True)
    return Judgement([], is_json=False, accepted=False)


ALL_CASES = [
    pytest.param(path.stem, case, id=f"{path.stem}-{situation}")
    for path in sorted(CASES.glob("*.yaml"))
    for situation, case in read(path).items()
]


@pytest.mark.parametrize(("name", "case"), ALL_CASES)
def test_answer_becomes_the_common_shape(name: str, case: dict[str, Any]) -> None:
    judgement = judge_case(name, case)
    assert (judgement.result, judgement.accepted) == (case["result"], case["accepted"])


@pytest.mark.parametrize("name", ENTRIES)
def test_entry_has_its_cases(name: str) -> None:
    cases = read(CASES / f"{name}.yaml")
    assert cases.keys() >= SITUATIONS
    answers = ({"messages", "result", "accepted"}, {"error", "result", "accepted"})
    assert all(case.keys() - {"inputs", "item"} in answers for case in cases.values())
    normal, empty = cases["normal"], cases["empty"]
    assert normal["accepted"] is True
    if ENTRIES[name]["kind"] == "search":
        assert len(normal["result"]) >= 2
        assert (empty["result"], empty["accepted"]) == ([], name not in WITHOUT_EMPTY)
    else:
        assert empty["accepted"] is False  # a page without text is no page


WITHOUT_EMPTY = ("perplexity", "scrapeless")  # an answer without sources is none; the same as for an unknown answer


def test_every_case_belongs_to_an_entry() -> None:
    assert {path.stem for path in CASES.glob("*.yaml")} == ENTRIES.keys()


def is_page(case: dict[str, Any]) -> bool:
    page = case["result"]
    return (page is None or list(page) == PAGE) and (not case["accepted"] or bool(page["content"]))


def is_hit(hit: dict[str, Any]) -> bool:
    has_its_keys = list(hit)[:3] == HIT[:3] and [key for key in HIT if key in hit] == list(hit)
    return has_its_keys and all(value is None or isinstance(value, str) for value in hit.values())


def test_results_have_the_common_keys() -> None:
    cases = [(name, case) for name in ENTRIES for case in read(CASES / f"{name}.yaml").values()]
    pages = [(name, case) for name, case in cases if ENTRIES[name]["kind"] == "reader"]
    hits = [(name, hit) for name, case in cases if ENTRIES[name]["kind"] == "search" for hit in case["result"]]
    assert [(name, case) for name, case in pages if not is_page(case)] == []
    assert [(name, hit) for name, hit in hits if not is_hit(hit)] == []


@pytest.mark.parametrize("name", ENTRIES)
def test_entry_says_what_an_entry_may_say(name: str) -> None:
    entry = ENTRIES[name]
    assert entry.keys() <= {"kind", "homepage", "authorization", "checked", "family", "provider", "tool_name"} | {
        *("parameters", "select", "accept", "empty", "prefer", "requires", "topics"),
    }
    CatalogEntrySpec.model_validate(entry)
    assert re.fullmatch(r"[a-z][a-z0-9_]*", name)
    assert entry["kind"] in ("search", "reader")
    assert entry["homepage"].startswith("https://")
    assert isinstance(entry["authorization"], bool)
    assert re.fullmatch(r"\d+\.\d+\.\d+", entry["checked"])
    assert len(entry["provider"].split("/")) in (1, 3)
    assert entry["accept"]
    if entry["kind"] == "search":
        assert (entry["prefer"], entry["requires"]) == ("result", ["query"])
        assert entry["topics"]


GIVEN = [(INPUTS, None), ({"url": "https://example.org/a"}, None), ({}, "b.example")]


@pytest.mark.parametrize("name", ENTRIES)
@pytest.mark.parametrize(("inputs", "item"), GIVEN)
def test_parameters_render(name: str, inputs: dict[str, Any], item: Any) -> None:
    rendered = render(name, inputs, item)
    assert rendered.keys() == ENTRIES[name]["parameters"].keys()
    numbers = [value for value in rendered.values() if isinstance(value, int) and not isinstance(value, bool)]
    assert all(number in (0, 1, 10, 30) for number in numbers)  # a count that is not given is 10
    if ENTRIES[name]["kind"] == "reader":
        assert not (item or inputs.get("url")) or (item or inputs["url"]) in rendered.values()


@pytest.mark.parametrize("name", [name for name in SHIPPED.names("search") if name != "hackernews"])
def test_an_item_that_is_text_is_the_query(name: str) -> None:
    assert "wasps" in render(name, INPUTS, "wasps").values()
    assert "x" in render(name, INPUTS, {"title": "wasps"}).values()
    assert "x" in render(name, INPUTS, None).values()


HTML = "<!DOCTYPE html><html><head><title>Sign in</title></head><body>Sign in to continue</body></html>"
STRANGE: list[list[dict[str, Any]]] = [
    [{"json": {"data": "none", "error": "no such account"}}],
    [{"json": {"ok": True}}, {"json": {"ok": False}}],
    [{"text": HTML}],
    [{"text": '{"message": "internal error"}'}],
    [{"text": "An error occurred while invoking the tool: timed out."}],
    [{"variable": ["answer", {"results": "none"}]}],
]


@pytest.mark.parametrize("steps", STRANGE)
def test_an_answer_of_a_shape_that_is_not_known_is_none(steps: list[dict[str, Any]]) -> None:
    judged = {name: judge_case(name, {"messages": steps}) for name in SHIPPED.names("search")}
    assert [name for name, found in judged.items() if (found.result, found.accepted) != ([], False)] == []


@pytest.mark.parametrize("query", ["C# async", "100% wool", "AC/DC", "what?", "a+b", "R&D"])
@pytest.mark.parametrize("name", ["jina_search", "crossref"])
def test_a_query_that_becomes_part_of_an_address_is_encoded(name: str, query: str) -> None:
    sent = render(name, {"query": query})["query"]
    start = "https://a.example/" if name == "jina_search" else "https://a.example/?q="
    address = urlsplit(f"{start}{sent}&rows=5" if "?" in start else f"{start}{sent}")
    assert unquote(address.path[1:]) == query if name == "jina_search" else parse_qs(address.query)["q"] == [query]
    assert not address.fragment


@pytest.mark.parametrize("name", SHIPPED.names("search"))
def test_query_is_used(name: str) -> None:
    branch = branch_of(name)
    in_select = branch.select.reads if branch.select else frozenset()
    assert ("inputs", "query") in branch.parameters.reads | in_select  # Hacker News has no search: the entry picks


@pytest.mark.parametrize("name", SHIPPED.names("reader"))
def test_reader_takes_items_with_an_address(name: str) -> None:
    assert "https://example.org/a" in render(name, {}, {"url": "https://example.org/a", "title": "A"}).values()


@pytest.mark.parametrize("name", ["tavily_extract", "exa_contents"])
def test_address_with_a_comma_stays_one_address(name: str) -> None:
    assert render(name, {"url": "https://example.org/a,b"})["urls"] == "https://example.org/a%2Cb"


def test_counts_are_numbers_whatever_was_given() -> None:
    given = {"5": 5, "many": 10, "": 10, "100": 20}
    sent = [render("tavily", {"query": "x", "count": count})["max_results"] for count in given]
    assert sent == list(given.values())


UNFIT: list[Any] = [{}, {"error": "no"}, {"results": None}, {"data": []}, {"items": {}}, [], None, "text", 7]


@pytest.mark.parametrize("name", ENTRIES)
@settings(max_examples=30, deadline=None)
@given(text=st.text() | st.sampled_from(TEXTS), json=st.lists(st.sampled_from(UNFIT), max_size=2))
def test_no_answer_raises(name: str, text: str, json: list[Any]) -> None:
    """What does not fit is refused, or no hit: a failed expression would hide what the tool said."""
    steps = [{"text": text}, *({"json": value} for value in json)]
    judge_case(name, {"messages": steps})


def test_kinds_that_a_call_can_choose_from() -> None:
    assert len(SHIPPED.names("search")) >= 15
    assert len(SHIPPED.names("reader")) >= 5
    free = [name for name in SHIPPED.names("search") if not ENTRIES[name]["authorization"]]
    assert {"duckduckgo", "wikipedia", "stackexchange"} <= set(free)


def test_sources_are_cited() -> None:
    sources = read(SOURCES)
    assert sources.keys() == ENTRIES.keys()
    lines = re.compile(r"[\w./-]+\.(yaml|py)#L(\d+)-L(\d+)")
    for source in sources.values():
        assert source.keys() == {"repository", "commit", "tool_yaml", "code", "notes"}
        assert re.fullmatch(r"[\w-]+/[\w.-]+", source["repository"])
        assert re.fullmatch(r"[0-9a-f]{40}", source["commit"])
        for citation in (source["tool_yaml"], *source["code"]):
            found = lines.fullmatch(citation)
            assert found, citation
            assert int(found[2]) <= int(found[3])
        assert len(source["notes"]) > 10


@pytest.mark.parametrize("name", [name for name, entry in ENTRIES.items() if "empty" in entry])
@pytest.mark.parametrize("words", ["Too many requests", "Invalid API key"])
def test_an_error_that_says_more_than_that_there_are_no_hits_stays_one(name: str, words: str) -> None:
    [said] = [case["error"] for case in read(CASES / f"{name}.yaml").values() if "error" in case and case["accepted"]]
    assert judge_case(name, {"error": said}).accepted
    assert not judge_case(name, {"error": f"{said} {words}"}).accepted
