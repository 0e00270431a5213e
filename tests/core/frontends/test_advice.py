"""Errors that say what to do."""

from __future__ import annotations

from typing import Any

import pytest

from fanout.core.calls.failures import classify
from fanout.core.calls.outcome import Outcome, RowOutcome
from fanout.core.calls.records import EMPTY_OUTPUT, Record, Status
from fanout.core.errors import BranchError, ErrorType
from fanout.core.frontends.advice import Refused, advised, is_missing, plugin_of
from fanout.core.plans.plan import Target
from tests.fakes import plan_of

BARE_500 = 'request failed with status code: 500 and respond with: {"message": "Internal Server Error", "status": 500}'
INSTALL = "install acme/find from the Marketplace; if it is installed, Dify failed without giving a reason"


WORKFLOW = "0b1c2d3e-0000-4000-8000-000000000001"


def record_of(error: BranchError, provider: str, text: str = "", status: Status = "failed") -> Record:
    kind = {"provider_type": "workflow"} if provider == WORKFLOW else {}
    [branch] = plan_of([{"name": "x", "provider": provider, **kind}]).branches
    return Record(branch, status, error=error, output={**EMPTY_OUTPUT, "text": text}, attempts=1)


def advice(
    error: BranchError,
    provider: str = "acme/find/find",
    about_pages: bool = False,
    quoted_chars: int = 1000,
    **more: Any,
) -> str:
    record = record_of(error, provider, **more)
    outcome = Outcome((RowOutcome((record,), "all", False, False),))
    outcome = advised(outcome, lambda record: Refused("refused", quoted_chars), about_pages=about_pages)
    shown = outcome.rows[0].records[0].error
    assert shown is not None
    assert shown.type == error.type
    return shown.message


def test_a_plugin_that_is_not_there() -> None:
    assert advice(classify(BARE_500, before_first_message=True)) == INSTALL


@pytest.mark.parametrize("words", ["plugin provider acme/find/find not found", "Provider acme/find does not exist"])
def test_a_platform_that_says_so(words: str) -> None:
    error = BranchError("not_found", words)
    assert advice(error) == f"install acme/find from the Marketplace; {words}"
    assert is_missing(record_of(error, "acme/find/find"))


@pytest.mark.parametrize("provider", ["webscraper", WORKFLOW])
def test_what_is_no_plugin_cannot_be_installed(provider: str) -> None:
    error = classify(BARE_500, before_first_message=True)
    assert advice(error, provider) == error.message
    assert not is_missing(record_of(error, provider))


@pytest.mark.parametrize("type_", ["timeout", "provider", "not_found", "connection"])
def test_other_errors_stay(type_: ErrorType) -> None:
    assert advice(BranchError(type_, "404: no such page")) == "404: no such page"
    assert not is_missing(record_of(BranchError(type_, "404: no such page"), "acme/find/find"))


def test_a_key_that_is_refused() -> None:
    error = BranchError("unauthorized", "401: wrong key")
    assert advice(error) == "authorise acme/find/find in Dify, or check its key: 401: wrong key"
    assert advice(error, about_pages=True) == "401: wrong key"
    said = BranchError("unauthorized", "authorise acme/find/find in Dify: no default provider")
    assert advice(said) == said.message


AUTHORISE = "authorise acme/find/find in Dify, or check its key"
REJECTED = BranchError("rejected", "`accept` was not true for its answer")


@pytest.mark.parametrize(
    ("text", "about_pages", "message"),
    [
        ("", False, "refused"),
        ("x" * 900, True, f"refused; it sent: {'x' * 900}"),
        ("x" * 1000, False, f"refused; it sent: {'x' * 981}…"),
        ("x" * 1001, False, "refused"),
        ("x" * 1001, True, f"refused; it sent: {'x' * 981}…"),
        ("x" * 4001, True, "refused"),
        (
            "401 for url: https://a.example/search?api_key=SECRET&q=bees",
            False,
            f"{AUTHORISE}: 401 for url: https://a.example/search?api_key=…&q=bees",
        ),
        ("Error:\n it is down ", False, "refused; it sent: Error: it is down"),
        ("API key is missing.", False, "authorise acme/find/find in Dify, or check its key: API key is missing."),
        ("API key is missing.", True, "refused; it sent: API key is missing."),
    ],
)
def test_a_refused_answer_is_quoted_where_it_is_short(text: str, about_pages: bool, message: str) -> None:
    assert advice(REJECTED, about_pages=about_pages, text=text, status="rejected") == message


def test_what_says_no_more_than_why_it_was_refused_is_not_quoted() -> None:
    assert advice(REJECTED, text="x" * 51, status="rejected", quoted_chars=50) == "refused"
    assert advice(REJECTED, text="x" * 50, status="rejected", quoted_chars=50) == f"refused; it sent: {'x' * 50}"


def test_messages_stay_short() -> None:
    message = advice(BranchError("unauthorized", "x" * 1000))
    assert len(message) == 1000
    assert message.endswith("…")


def test_a_success_stays() -> None:
    record = Record(plan_of(["x"]).branches[0], "succeeded", result=[1])
    outcome = Outcome((RowOutcome((record,), "all", True, True),))
    assert advised(outcome, lambda record: Refused("refused")) == outcome


@pytest.mark.parametrize(
    ("target", "plugin"),
    [
        (Target("builtin", "acme/find/hive", "x"), "acme/find"),
        (Target("builtin", "time", "x"), None),
        (Target("mcp", "a/b/c", "x"), None),
    ],
)
def test_the_plugin_of_a_tool(target: Target, plugin: str | None) -> None:
    assert plugin_of(target) == plugin
