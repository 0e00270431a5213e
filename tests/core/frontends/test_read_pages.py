"""`read_pages`: from its parameters to a plan, from settled rows to pages."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanout.catalog import shipped_catalog
from fanout.core import limits
from fanout.core.answers.answer import Answer
from fanout.core.budget import Budget
from fanout.core.calls.judging import judge
from fanout.core.calls.outcome import Outcome, RowOutcome
from fanout.core.calls.records import EMPTY_OUTPUT, Record, Status
from fanout.core.errors import BranchError, CallError, PlanError, Problem, TooLargeError
from fanout.core.frontends.read_pages import DEFAULT_READERS, NAMED, PagesCall, read_pages_call
from fanout.core.plans.catalog import Catalog, read_catalog
from fanout.core.plans.plan import Branch

ENTRIES = shipped_catalog()
DOWN = BranchError("connection", "connection refused")
URLS = "a.example\nb.example"

type Given = BranchError | dict[str, Any] | str | None


def reading_of(**parameters: Any) -> PagesCall:
    return read_pages_call(parameters, read_catalog(parameters.get("catalog"), ENTRIES))


def problems_of(**parameters: Any) -> list[str]:
    with pytest.raises(PlanError) as raised:
        reading_of(**parameters)
    return [str(problem) for problem in raised.value.problems]


def record_of(branch: Branch, given: Given, row: int) -> Record:
    if isinstance(given, BranchError):
        statuses: dict[str, Status] = {"skipped": "skipped", "abandoned": "abandoned", "timeout": "timed_out"}
        return Record(branch, statuses.get(given.type, "failed"), error=given, attempts=1, row=row)
    return Record(branch, "succeeded", result=given, attempts=1, row=row)


def answer_of(reading: PagesCall, *rows: list[Given]) -> Answer:
    """The answer where the readers, in order, gave these results or errors for each row."""
    outcomes = []
    for index, results in enumerate(rows):
        records = tuple(map(record_of, reading.plan.branches, results, [index] * len(results)))
        succeeded = any(record.takes_part for record in records)
        outcomes.append(RowOutcome(records, "need", succeeded, succeeded, index, reading.inputs["items"][index]))
    return reading.conclude(reading.plan, reading.inputs, Outcome(tuple(outcomes)), Budget)


def page(**more: Any) -> dict[str, Any]:
    return {"url": None, "title": "T", "content": "C", **more}


# -- the plan


def test_defaults() -> None:
    reading = reading_of(urls=URLS)
    plan = reading.plan
    assert [branch.name for branch in plan.branches] == list(DEFAULT_READERS)
    assert DEFAULT_READERS[0] == "webscraper"
    assert (plan.strategy, plan.deadline_s, plan.max_parallel) == ("fallback", 120, 4)
    assert reading.inputs == {"items": ["https://a.example", "https://b.example"]}


def test_settings_arrive_as_text_too() -> None:
    plan = reading_of(urls=URLS, readers="spider, firecrawl", strategy="hedge", max_parallel="8", deadline_s="9").plan
    assert [branch.name for branch in plan.branches] == ["spider", "firecrawl"]
    assert (plan.strategy, plan.deadline_s, plan.max_parallel) == ("hedge", 9, 8)


def test_equal_addresses_are_one_call_with_every_reader_of_the_catalog() -> None:
    plan = reading_of(urls=URLS, readers=" ".join(Catalog(ENTRIES).names("reader"))).plan
    for branch in plan.branches:
        reads = {path[:1] for expression in (branch.select, branch.accept) if expression for path in expression.reads}
        assert not reads & {(), ("item",), ("index",)}


@pytest.mark.parametrize(
    ("result", "accepted"),
    [
        ({"content": "12345"}, True),
        ({"content": " 1234 "}, False),
        ({"content": None}, False),
        ({"content": ["12345"]}, False),
        ({"text": "12345"}, False),
        ("12345", True),
        (None, False),
        (["12345"], False),
        (12345, False),
    ],
)
def test_a_page_has_enough_text(result: Any, accepted: bool) -> None:
    [branch] = reading_of(urls=URLS, min_chars=5, readers="mine", catalog={"mine": "mine/read"}).plan.branches
    assert branch.fits is not None
    assert branch.fits(result) is accepted


def test_an_entry_accepts_beside_it() -> None:
    own = {"mine": {"provider": "mine", "tool_name": "read", "accept": "json", "select": "text"}}
    [branch] = reading_of(urls=URLS, min_chars=2, readers="mine", catalog=own).plan.branches
    outputs: list[tuple[str, list[Any]]] = [("long", [{}]), ("long", []), ("l", [{}])]
    judged = [judge(branch, {**EMPTY_OUTPUT, "text": text, "json": json}, {}, Budget()) for text, json in outputs]
    assert [each.accepted for each in judged] == [True, False, False]


WALL = {"title": "Just a moment...", "content": "Verify you are human by completing the action below. " * 5}


def test_a_proof_of_being_human_is_no_page() -> None:
    [branch, _] = reading_of(urls=URLS).plan.branches
    assert branch.fits is not None
    assert not branch.fits(WALL)
    assert branch.fits({**WALL, "title": "Bees", "content": "The bees came back in March. " * 20})


def test_what_a_wall_asks_for_is_said() -> None:
    own = {"mine": {"provider": "mine", "tool_name": "read", "select": "json[0]"}}
    reading = reading_of(urls="a.example", readers="mine", catalog=own)
    [branch] = reading.plan.branches
    error = BranchError("rejected", "`accept` was not true for its answer")
    record = Record(branch, "rejected", error=error, attempts=1, row=0, output={**EMPTY_OUTPUT, "json": [WALL]})
    outcome = Outcome((RowOutcome((record,), "exhausted", False, False, 0, "https://a.example"),))
    with pytest.raises(CallError, match="mine: it only asks for a proof of being human, or refuses programs"):
        reading.conclude(reading.plan, reading.inputs, outcome, Budget)


def test_three_hundred_addresses_fit_and_too_many_say_how_many_do() -> None:
    assert len(reading_of(urls="a.example\n" * 500).inputs["items"]) == 500
    [problem] = problems_of(urls="a.example\n" * 501)
    assert problem.startswith("urls: 501 addresses × 2 readers are up to 1,002 calls")
    assert "give at most 500 addresses" in problem
    [problem] = problems_of(items=["a.example"] * 1001, readers="spider")
    assert problem.startswith("items: 1,001 addresses × 1 reader")


def test_addresses_that_are_none_are_named_where_there_is_no_other() -> None:
    assert problems_of(urls="hello\n\nmailto:x") == [
        "urls line 1: is no web address; write https:// and the rest of it",
        "urls line 3: is no web address; only http and https are read",
    ]
    problems = problems_of(items=["hello"] * (NAMED + 5))
    assert len(problems) == NAMED + 1
    assert problems[-1] == "items: and 5 more that are no web addresses"


def test_all_problems_are_reported_at_once() -> None:
    problems = problems_of(items=[1], readers="x", min_chars=-1, strategy="all", max_parallel=501, deadline_s=0)
    assert {problem.split(":")[0] for problem in problems} == {
        *("items[0]", "readers", "min_chars", "strategy", "max_parallel", "deadline_s"),
    }


@given(
    st.dictionaries(
        st.sampled_from(["urls", "items", "readers", "min_chars", "strategy", "max_parallel", "deadline_s", "catalog"]),
        st.text() | st.integers() | st.lists(st.text() | st.none() | st.dictionaries(st.just("url"), st.text())),
    )
)
def test_whatever_is_given_is_a_plan_or_a_problem_of_a_parameter(parameters: dict[str, Any]) -> None:
    problems: tuple[Problem, ...] = ()
    try:
        reading = reading_of(**parameters)
        assert len(reading.inputs["items"]) <= len(reading.addresses)
    except PlanError as error:
        problems = error.problems
    assert all(problem.path.startswith((*parameters, "urls", "catalog")) for problem in problems)


# -- the pages


def test_pages_have_one_shape_and_the_address_where_the_reader_gives_none() -> None:
    answer = answer_of(reading_of(urls=URLS), [page()], [DOWN, page(url="https://b.example/home", title=" A\n b ")])
    assert answer.items == [
        {"url": "https://a.example", "title": "T", "content": "C", "reader": "webscraper"},
        {"url": "https://b.example/home", "title": "A b", "content": "C", "reader": "jina_reader"},
    ]
    assert answer.complete
    assert [list(each) for each in answer.items] == [["url", "title", "content", "reader"]] * 2


@pytest.mark.parametrize(
    ("result", "title", "content"),
    [
        ("# Text\n", "", "# Text\n"),
        ({"content": "  kept\n"}, "", "  kept\n"),
        ({"content": "x", "title": 7, "url": ["u"]}, "", "x"),
        (None, "", ""),
    ],
)
def test_a_reader_may_give_less(result: Any, title: str, content: str) -> None:
    [found, _] = answer_of(reading_of(urls=URLS), [result], [page()]).items
    assert found == {"url": "https://a.example", "title": title, "content": content, "reader": "webscraper"}


def test_a_page_that_was_not_read_says_why_and_the_call_is_not_complete() -> None:
    skipped = BranchError("skipped", "not started: the deadline of the call has passed")
    late = BranchError("timeout", "cut off")
    reading = reading_of(urls="a.example\nb.example\nc.example")
    answer = answer_of(reading, [page()], [late, skipped], [skipped, skipped])
    assert not answer.complete
    assert answer.items[1:] == [
        {"url": "https://b.example", "title": "", "content": "", "reader": None, "error": "webscraper: cut off"},
        {
            "url": "https://c.example",
            "title": "",
            "content": "",
            "reader": None,
            "error": "webscraper: not started: the deadline of the call has passed",
        },
    ]


def test_rows_and_records_stay_aligned_with_what_was_given() -> None:
    answer = answer_of(reading_of(items=["hello", "a.example", None, "b.example"]), [page()], [DOWN, DOWN])
    assert [each["reader"] for each in answer.items] == [None, "webscraper", None, None]
    assert [each["url"] for each in answer.items] == ["hello", "https://a.example", "", "https://b.example"]
    assert [(record["name"], record["row"]) for record in answer.branches] == [
        ("webscraper", 1),
        ("webscraper", 3),
        ("jina_reader", 3),
    ]
    assert not answer.complete


def test_an_address_that_is_none_makes_the_call_incomplete() -> None:
    assert not answer_of(reading_of(items=["a.example", "hello"]), [page()]).complete


def test_no_address_at_all_is_an_empty_success() -> None:
    answer = answer_of(reading_of(items=[]))
    assert (answer.items, answer.text, answer.complete, answer.settled_by) == ([], "No pages.", True, "all")


def test_where_no_page_could_be_read_the_call_failed() -> None:
    rows: list[list[Given]] = [[DOWN, BranchError("unauthorized", "401")]] * (NAMED + 2)
    with pytest.raises(CallError) as raised:
        answer_of(reading_of(items=["hello", *["a.example"] * (NAMED + 2)]), *rows)
    lines = str(raised.value).splitlines()
    assert lines[:3] == [
        "No page could be read:",
        "- items[0]: is no web address; write https:// and the rest of it",
        "- items[1]: webscraper: connection refused; jina_reader: 401",
    ]
    assert lines[-1] == "- and 3 more"
    assert len(lines) == NAMED + 2


def test_the_text_holds_each_page_once() -> None:
    reading = reading_of(urls="a.example\nhello\na.example\nb.example")
    answer = answer_of(reading, [page(content="# A\n\ntext\n")], [page(content="# A\n\ntext\n")], [DOWN, DOWN])
    assert answer.text == (
        "## [T](https://a.example)\n\n# A\n\ntext\n\n---\n\n"
        "## hello\n\nNot read: the address is no web address; write https:// and the rest of it\n\n---\n\n"
        "## [https://b.example](https://b.example)\n\n"
        "Not read: webscraper: connection refused; jina_reader: connection refused"
    )


def test_a_fence_that_a_page_leaves_open_ends_with_it() -> None:
    long = "begin\n\n~~~~\n" + "code\n\n" * 50
    reading = reading_of(urls="a.example\nb.example\nc.example", max_chars=100)
    answer = answer_of(reading, [page(content="see\n```python\nx = 1")], [page(content=long)], [page(content="end")])
    first, second, third = answer.text.split("\n\n---\n\n")
    assert first.endswith("\n```python\nx = 1\n```")
    assert second.endswith("code\n~~~~")
    assert third.endswith("\n\nend")
    assert answer.items[0]["content"] == "see\n```python\nx = 1"


def test_the_reason_of_a_reader_is_kept() -> None:
    said = f"Error 7: {'the service says more about it. ' * 12}"
    own = {"mine": {"provider": "mine", "tool_name": "read", "accept": "!starts_with(text, 'Error')"}}
    reading = reading_of(urls="a.example", readers="mine", catalog=own)
    [branch] = reading.plan.branches
    error = BranchError("rejected", "`accept` was not true for its answer")
    record = Record(branch, "rejected", error=error, attempts=1, row=0, output={**EMPTY_OUTPUT, "text": said})
    outcome = Outcome((RowOutcome((record,), "exhausted", False, False, 0, "https://a.example"),))
    with pytest.raises(CallError, match=said.strip()):
        reading.conclude(reading.plan, reading.inputs, outcome, Budget)


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        ({"text": "short"}, "it gave less text than min_chars (200), or an error; it sent: short"),
        ({"json": [{"error": "no such account"}]}, "it gave no {title, content}; it sent: no such account"),
        ({"json": [{"title": "T", "body": "b" * 300}]}, "it gave no {title, content}"),
        ({"json": [{"content": "b" * 300, "status": 404}]}, "it gave an error, or a page that is one"),
    ],
)
def test_why_an_answer_is_no_page_is_said(sent: dict[str, Any], why: str) -> None:
    select = "json[0].{title: title, content: content} || text"
    own = {"mine": {"provider": "mine", "tool_name": "read", "select": select, "accept": "!json[0].status"}}
    reading = reading_of(urls="a.example", readers="mine", catalog=own)
    [branch] = reading.plan.branches
    error = BranchError("rejected", "`accept` was not true for its answer")
    record = Record(branch, "rejected", error=error, attempts=1, row=0, output={**EMPTY_OUTPUT, **sent})
    outcome = Outcome((RowOutcome((record,), "exhausted", False, False, 0, "https://a.example"),))
    with pytest.raises(CallError) as raised:
        reading.conclude(reading.plan, reading.inputs, outcome, Budget)
    assert str(raised.value).splitlines()[1] == f"- urls line 1: mine: {why}"


def test_long_reasons_of_several_readers_share_the_room() -> None:
    long, short = BranchError("provider", "x" * 1000), BranchError("connection", "refused at last")
    answer = answer_of(reading_of(urls=URLS), [page()], [long, short])
    error = answer.items[1]["error"]
    assert error.startswith("webscraper: xxx")
    assert error.endswith("…; jina_reader: refused at last")
    assert len(error) <= limits.ERROR_MESSAGE_CHARS


def test_the_text_of_one_page_is_its_content() -> None:
    assert answer_of(reading_of(urls="a.example"), [page(content="# A\n\ntext\n")]).text == "# A\n\ntext\n"


@pytest.mark.parametrize(
    ("content", "kept"),
    [
        ("One two.\n\nThree four five six", "One two."),
        ("One two. Three. Four five six", "One two. Three."),
        ("甲乙丙丁。戊己庚辛。壬癸子丑寅卯辰巳", "甲乙丙丁。戊己庚辛。"),
        ("word word word word word", "word word word"),
        ("x" * 30, "x" * 16),
        ("just sixteen, ok", "just sixteen, ok"),
    ],
)
def test_a_long_page_is_cut_where_a_paragraph_or_sentence_ends(content: str, kept: str) -> None:
    [found] = answer_of(reading_of(urls="a.example", max_chars="16"), [page(content=content)]).items
    assert found["content"] == kept
    assert found.get("omitted_chars", 0) == len(content) - len(kept)


def test_what_has_no_address_is_named_by_its_place() -> None:
    answer = answer_of(reading_of(items=["a.example", {"title": "x"}]), [page()])
    assert answer.text.endswith("## items\\[1\\]\n\nNot read: the address has no url")


def test_pages_that_fit_in_no_line_are_refused_with_the_remedy() -> None:
    half = "x" * (limits.LINE_BYTES // 2)
    with pytest.raises(TooLargeError, match=r"2 pages: the result is 4\.0 MiB.*so do fewer addresses"):
        answer_of(reading_of(urls=URLS), [page(content=half)], [page(content=half)])
