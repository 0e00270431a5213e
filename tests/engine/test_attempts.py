"""Attempts: time limits, retries, references, refusals (contract 4, 5), in virtual time."""

from __future__ import annotations

from typing import Any

import pytest

from fanout.core.analysis.examine import read_plan
from fanout.core.plans.catalog import read_catalog
from tests.fakes import BACKENDS, Run, plan_of, run_plan

pytestmark = pytest.mark.parametrize("backend", BACKENDS)

OK: list[dict[str, Any]] = [{"text": "ok", "after_s": 1}]


@pytest.mark.parametrize(
    ("limits", "steps", "settled_s", "message"),
    [
        ({"timeout_s": 3}, [{"text": "x", "after_s": 2}, {"text": "x", "after_s": 2}], 3, "timeout_s (3 s)"),
        ({"first_message_s": 1}, [{"text": "x", "after_s": 2}], 1, "first_message_s (1 s)"),
        ({"idle_s": 1}, [{"text": "x", "after_s": 5}, {"text": "y", "after_s": 2}], 6, "idle_s (1 s)"),
        ({"first_message_s": 1, "idle_s": 9}, [{"text": "x"}, {"text": "y", "after_s": 20}], 9, "idle_s (9 s)"),
    ],
)
def test_time_limits(
    backend: str, limits: dict[str, float], steps: list[dict[str, Any]], settled_s: float, message: str
) -> None:
    run = run_plan(plan_of([{"name": "a", **limits}], on_failure="report"), {"a": steps}, backend=backend)
    assert run.answer is not None
    assert run.statuses == ["timed_out"]
    assert run.settled_s == settled_s
    assert run.answer.branches[0]["error"]["type"] == "timeout"
    assert message in run.answer.branches[0]["error"]["message"]


def test_a_log_shows_that_the_tool_lives(backend: str) -> None:
    steps = [{"log": {}, "after_s": 0.5}, {"log": {}, "after_s": 2}, {"text": "x", "after_s": 2}]
    run = run_plan(plan_of([{"name": "a", "first_message_s": 1, "idle_s": 3}]), {"a": steps}, backend=backend)
    assert run.statuses == ["succeeded"]


def test_retries_wait_longer_each_time_and_count_the_first_try(backend: str) -> None:
    retry = {"attempts": 4, "wait_s": 1, "factor": 3, "max_wait_s": 5, "jitter": "none"}
    run = run_plan(
        plan_of([{"name": "a", "retry": retry}]),
        {"a": {"calls": [[{"error": "503"}], [{"error": "503"}], [{"error": "503"}], [{"text": "fourth"}]]}},
        backend=backend,
    )
    assert run.answer is not None
    assert (run.answer.value, run.answer.branches[0]["attempts"]) == ({"a": "fourth"}, 4)
    assert run.settled_s == 1 + 3 + 5


def test_a_retry_holds_no_slot_and_delays_no_sibling(backend: str) -> None:
    retry = {"attempts": 2, "wait_s": 30, "jitter": "none"}
    plan = plan_of([{"name": "a", "retry": retry}, "b"], max_parallel=1)
    run = run_plan(plan, {"a": {"calls": [[{"error": "503"}], OK]}, "b": OK}, backend=backend)
    assert run.answer is not None
    assert run.answer.branches[1]["elapsed_s"] == 1
    assert run.settled_s in (31, 32)  # whichever got the slot first


@pytest.mark.parametrize(
    ("error", "attempts"),
    [
        ("tool x not found", 1),
        ("no default provider for x", 1),
        ("rate limit exceeded 429", 2),
        ("connection reset by peer", 2),
    ],
)
def test_some_errors_are_never_retried(backend: str, error: str, attempts: int) -> None:
    plan = plan_of([{"name": "a", "retry": {"attempts": 2, "wait_s": 0}}], on_failure="report")
    run = run_plan(plan, {"a": [{"error": error}]}, backend=backend)
    assert run.tools.calls["a"] == attempts


@pytest.mark.parametrize(("causes", "attempts"), [(["rejected"], 2), (["error", "timeout"], 1)])
def test_the_plan_says_what_is_retried(backend: str, causes: list[str], attempts: int) -> None:
    branch = {"name": "a", "accept": "text == 'good'", "retry": {"attempts": 2, "wait_s": 0, "if": causes}}
    run = run_plan(plan_of([branch], on_failure="report"), {"a": [{"text": "bad"}]}, backend=backend)
    assert run.tools.calls["a"] == attempts
    assert run.statuses == ["rejected"]


def test_an_attempt_that_has_shown_text_is_not_retried(backend: str) -> None:
    plan = plan_of([{"name": "a", "retry": {"attempts": 3, "wait_s": 0}}], stream="live", on_failure="report")
    run = run_plan(plan, {"a": [{"text": "half"}, {"error": "503"}]}, backend=backend)
    assert run.tools.calls["a"] == 1


def test_a_branch_waits_only_for_what_it_names(backend: str) -> None:
    plan = plan_of(["slow", "find", {"name": "read", "parameters": {"url": "${branches.find.result.url}"}}])
    scripts = {
        "slow": [{"text": "x", "after_s": 9}],
        "find": [{"json": {"url": "u"}, "after_s": 1}],
        "read": [{"echo": True, "after_s": 1}],
    }
    run = run_plan(plan, scripts, backend=backend)
    assert run.answer is not None
    assert run.answer.value["read"] == {"url": "u"}
    assert run.answer.branches[2]["elapsed_s"] == 1
    assert run.settled_s == 9


def test_a_branch_is_excused_when_what_it_names_failed(backend: str) -> None:
    plan = plan_of(["a", {"name": "b", "required": True, "parameters": {"x": "${branches.a.text}"}}, "c"])
    run = run_plan(plan, {"a": [{"error": "down"}], "c": OK}, backend=backend)
    assert run.answer is not None
    assert run.statuses == ["failed", "skipped", "succeeded"]
    assert run.answer.branches[1]["error"]["type"] == "skipped"


def test_when_may_name_a_branch_that_failed(backend: str) -> None:
    plan = plan_of(["a", {"name": "b", "when": "branches.a.status == 'failed'"}])
    run = run_plan(plan, {"a": [{"error": "down"}], "b": OK}, backend=backend)
    assert run.statuses == ["failed", "succeeded"]


def test_an_expression_that_raises_fails_its_branch_alone(backend: str) -> None:
    plan = plan_of(
        [
            {"name": "a", "select": "length(inputs.missing)"},
            {"name": "b", "parameters": {"x": "${abs(inputs.missing)}"}},
            "c",
        ]
    )
    run = run_plan(plan, {"a": OK, "b": OK, "c": OK}, backend=backend)
    assert run.answer is not None
    assert run.statuses == ["failed", "failed", "succeeded"]
    assert [record["error"].get("type") for record in run.answer.branches] == ["expression", "expression", None]
    assert "branches[0].select" in run.answer.branches[0]["error"]["message"]
    assert run.tools.calls["b"] == 0


def test_a_select_that_gives_null_is_an_empty_success(backend: str) -> None:
    run = run_plan(plan_of([{"name": "a", "select": "json[0].nothing"}]), {"a": OK}, backend=backend)
    assert run.answer is not None
    assert (run.statuses, run.answer.value) == (["succeeded"], {})


def test_given_up_calls_of_one_tool_do_not_starve_the_others(backend: str) -> None:
    hang = {"provider": "x/x/x", "tool_name": "hang", "timeout_s": 1}
    plan = plan_of(
        [{"name": "a", **hang}, {"name": "b", **hang}, "c"], strategy="fallback", max_parallel=1, on_failure="report"
    )
    run = run_plan(plan, {"hang": [{"hang": True}], "c": OK}, backend=backend)
    assert run.answer is not None
    assert run.statuses == ["timed_out", "failed", "succeeded"]
    assert "1 earlier calls of this tool have not ended" in run.answer.branches[1]["error"]["message"]
    assert run.tools.calls["hang"] == 1


def test_a_given_up_call_that_ends_late_no_longer_counts(backend: str) -> None:
    plan = plan_of(
        [{"name": "a", "retry": {"attempts": 2, "wait_s": 5, "jitter": "none"}, "timeout_s": 1}], max_parallel=1
    )
    run = run_plan(plan, {"a": {"calls": [[{"text": "late", "after_s": 3}], [{"text": "ok"}]]}}, backend=backend)
    assert run.answer is not None
    assert run.answer.value == {"a": "ok"}


@pytest.mark.parametrize("late", [[{"error": "boom"}], [{"text": "late"}]])
def test_what_comes_after_the_end_is_dropped(backend: str, late: list[dict[str, Any]]) -> None:
    run = run_plan(plan_of(["a"]), {"a": [{"text": "x"}, {"end": True}, *late]}, backend=backend)
    assert run.answer is not None
    assert run.answer.value == {"a": "x"}


def test_too_much_data_fails_the_branch_and_nothing_else(backend: str) -> None:
    run = run_plan(plan_of(["a", "b"]), {"a": [{"text": "x" * (9 << 20)}], "b": OK}, backend=backend)
    assert run.answer is not None
    assert run.answer.value == {"b": "ok"}
    assert run.answer.branches[0]["error"]["type"] == "too_large"


def test_words_that_were_sent_do_not_decide_the_kind_and_a_short_refused_answer_is_told(backend: str) -> None:
    plan = plan_of(
        [
            {"name": "a", "parameters": {"q": "429 too many requests"}},
            {"name": "b", "accept": "length(text) > `100`"},
        ],
        on_failure="report",
    )
    scripts = {
        "a": [{"error": "no hit for '429 too many requests'"}],
        "b": [{"text": "Error: quota used up, retry after 3 s"}],
    }

    run = run_plan(plan, scripts, backend=backend)

    assert run.answer is not None
    first, second = (record["error"] for record in run.answer.branches)
    assert first["type"] == "provider"
    assert second["message"].endswith("it sent: Error: quota used up, retry after 3 s")


@pytest.mark.parametrize(("query", "status"), [(None, "failed"), (" ", "failed"), ("cats", "succeeded")])
def test_an_entry_is_not_called_without_the_input_that_it_requires(backend: str, query: Any, status: str) -> None:
    entry = {"provider": "a/a/a", "tool_name": "t", "parameters": {"q": "${inputs.query}"}, "requires": ["query"]}
    plan = read_plan({"branches": ["mine"], "on_failure": "report"}, read_catalog({"mine": entry}, {}))
    run = run_plan(plan, {"t": OK}, {"query": query}, backend=backend)
    assert run.answer is not None
    assert run.statuses == [status]
    assert run.tools.calls["t"] == (status == "succeeded")
    if status == "failed":
        error = run.answer.branches[0]["error"]
        assert error["type"] == "invalid_parameters"
        assert "inputs.query" in error["message"]


@pytest.mark.parametrize(
    ("parameters", "given", "status"),
    [
        ({}, {}, "failed"),  # of the entry alone
        ({"n": 3}, {}, "failed"),
        ({"q": "bees"}, {}, "succeeded"),  # which needs the input no more
        ({"q": "${inputs.topic}"}, {"topic": "bees"}, "succeeded"),
        ({"q": "bees", "p": "${inputs.query}"}, {}, "failed"),
    ],
)
def test_an_input_is_required_until_a_plan_replaces_what_reads_it(
    backend: str, parameters: dict[str, Any], given: dict[str, Any], status: str
) -> None:
    entry = {"provider": "a/a/a", "tool_name": "t", "parameters": {"q": "${inputs.query}"}, "requires": ["query"]}
    document = {"branches": [{"use": "mine", "parameters": parameters}], "on_failure": "report"}
    run = run_plan(read_plan(document, read_catalog({"mine": entry}, {})), {"t": OK}, given, backend=backend)
    assert run.statuses == [status]


def test_an_entry_may_require_what_no_parameter_reads(backend: str) -> None:
    entry = {"provider": "a/a/a", "tool_name": "t", "requires": ["city"]}
    plan = read_plan({"branches": ["mine"], "on_failure": "report"}, read_catalog({"mine": entry}, {}))
    assert run_plan(plan, {"t": OK}, {}, backend=backend).statuses == ["failed"]
    assert run_plan(plan, {"t": OK}, {"city": "Rome"}, backend=backend).statuses == ["succeeded"]


@pytest.mark.parametrize(
    ("items", "statuses"),
    [
        (["bees", "wasps"], ["succeeded", "succeeded"]),
        ([" ", "wasps"], ["failed", "succeeded"]),
        ([{"q": "bees"}], ["failed"]),
    ],
)
def test_an_item_that_is_text_stands_for_a_required_input(backend: str, items: list[Any], statuses: list[str]) -> None:
    parameters = {"q": "${(type(item) == 'string' && item) || inputs.query}"}
    entry = {"provider": "a/a/a", "tool_name": "t", "parameters": parameters, "requires": ["query"]}
    plan = read_plan(
        {"branches": ["mine"], "for_each": "inputs.items", "on_failure": "report"}, read_catalog({"mine": entry}, {})
    )
    run = run_plan(plan, {"t": OK}, {"items": items}, backend)
    assert run.statuses == statuses


NOTHING = {"provider": "a/a/a", "tool_name": "t", "select": "json[0].hits", "accept": "json", "prefer": "result"}
SAYS_SO = {"empty": "error.message == 'Error: no hits for this query'"}


def run_entry(steps: list[dict[str, Any]], backend: str, plan: dict[str, Any], **keys: Any) -> Run:
    entry = {**NOTHING, **SAYS_SO, **keys}
    read = read_plan({"on_failure": "report", **plan}, read_catalog({"mine": entry}, {}))
    return run_plan(read, {"t": steps, "b": OK}, backend=backend)


def test_an_error_that_says_that_there_is_nothing_is_an_empty_answer(backend: str) -> None:
    retry = {"attempts": 3, "wait_s": 1}
    run = run_entry([{"error": "Error: no hits for this query"}], backend, {"branches": ["mine"]}, retry=retry)
    assert run.answer is not None
    assert (run.answer.value, run.answer.complete, run.tools.calls["t"]) == ({"mine": []}, True, 1)
    assert run.answer.branches[0]["error"] == {}


def test_another_one_that_has_something_is_preferred_to_it(backend: str) -> None:
    plan = {"strategy": "fallback", "branches": ["mine", "b/b/b/b"]}
    run = run_entry([{"error": "Error: no hits for this query"}], backend, plan)
    assert run.answer is not None
    assert (run.answer.value, run.statuses, run.answer.complete) == ("ok", ["succeeded", "succeeded"], True)


@pytest.mark.parametrize(
    ("steps", "empty"),
    [
        ([{"error": "Error: no hits, for this query limits are low"}], SAYS_SO["empty"]),
        ([{"json": {"hits": [1]}}, {"error": "Error: no hits for this query"}], SAYS_SO["empty"]),
        ([{"error": "Error: invalid API key, so no hits"}], "contains(error.message, 'no hits')"),
        ([{"error": "Error: no hits, rate limit exceeded"}], "contains(error.message, 'no hits')"),
        ([{"error": "Error: no hits"}], "length(parse_json('1')) > `0`"),
    ],
)
def test_what_says_more_stays_a_failure(backend: str, steps: list[dict[str, Any]], empty: str) -> None:
    run = run_entry(steps, backend, {"branches": ["mine"]}, empty=empty)
    assert run.answer is not None
    assert run.statuses == ["failed"]
    assert "Error: " in run.answer.branches[0]["error"]["message"]


def test_an_accept_of_the_branch_is_asked_and_the_words_of_the_tool_stay(backend: str) -> None:
    plan = {"branches": [{"use": "mine", "accept": "result"}]}
    run = run_entry([{"error": "Error: no hits for this query"}], backend, plan)
    assert run.answer is not None
    assert run.statuses == ["failed"]
    assert run.answer.branches[0]["error"]["message"] == "Error: no hits for this query"
