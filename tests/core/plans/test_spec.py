"""The keys of a plan: types, ranges and defaults, one by one."""

from __future__ import annotations

import dataclasses
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from fanout.core.errors import ErrorType
from fanout.core.plans.plan import MERGE_MODES, Branch, Merge, MergeMode, Plan, Retry, RetryCause
from fanout.core.plans.spec import BranchSpec, CatalogEntrySpec, MergeSpec, PlanSpec, RetrySpec, RuleSpec, Spec

MODELS = (PlanSpec, BranchSpec, CatalogEntrySpec, RetrySpec, RuleSpec, MergeSpec)


@pytest.mark.parametrize("model", MODELS)
def test_every_key_says_what_it_means(model: type[Spec]) -> None:
    for name, field in model.model_fields.items():
        assert field.description, name
        assert field.description.endswith((".", "`")), name


RANGES: list[tuple[type[Spec], str, list[Any], list[Any]]] = [
    # model, key, values that are taken, values that are not
    (PlanSpec, "strategy", ["all", "race", "fallback", "hedge"], ["", "any", 1, ["all"]]),
    (PlanSpec, "need", [1, 5, "all", 2.0], [0, -1, 1.5, "1", "", True, [1]]),
    (PlanSpec, "need_rows", [1, "all"], [0, "none"]),
    (PlanSpec, "stagger_s", [0, 0.5, 1e6], [-1, "2", True]),
    (PlanSpec, "grace_s", [0, 3], [-0.1, "x"]),
    (PlanSpec, "deadline_s", [0.1, 590, 120.5], [0, 0.09, 590.1, "30", True, 10**400]),
    (
        PlanSpec,
        "rate",
        ["1/s", "30/m", "0.5/s", " 1000 / h "],
        ["1", "0/s", "-1/s", "1/d", "1e3/s", "s", 1, "1/s\n2/s"],
    ),
    (PlanSpec, "max_parallel", [1, 500, 4.0], [0, 501, 1.5, "4", False]),
    (PlanSpec, "stream", ["none", "ordered", "arrival", "live"], [False, "yes"]),
    (PlanSpec, "on_failure", ["fail", "report"], ["raise"]),
    (PlanSpec, "trace", [True, False], ["true", 1, 0]),
    (PlanSpec, "merge", ["group", "rank", {"mode": "zip"}], ["", "fuse", {}, ["rank"], 3]),
    (PlanSpec, "until", ["complete", "a.b[?c]"], ["", "a b", 3, True, ["a"]]),
    (PlanSpec, "for_each", ["inputs.items"], ["a..b", {"a": 1}]),
    (PlanSpec, "output", ["merged"], ["nope("]),
    (PlanSpec, "text", ["", "plain", "${result}"], ["${", "${}", 3]),
    (PlanSpec, "heading", ["", "${branch}"], ["${a b}", False]),
    (PlanSpec, "parameters", [{}, {"a": [None, {"b": 1}]}], [[], "a", 1]),
    (BranchSpec, "provider_type", ["builtin", "workflow", "api", "mcp"], ["plugin", "app", ""]),
    (BranchSpec, "provider", ["a/b/c"], ["", 3, ["a"]]),
    (BranchSpec, "tool_name", ["t"], ["", 3]),
    (BranchSpec, "credential_id", ["c"], ["", 3]),
    (
        BranchSpec,
        "name",
        ["a", "_1", "A" * 64, "é", "検索", "поиск", "Ünal_2", "e\u0301", "é" * 64],
        ["", "1", "a-b", "a\n", "A" * 65, "é" * 65, "a b", "²", "検 索", "🔎", "a\u200bb", 3],
    ),
    (BranchSpec, "title", ["Web search", "検索: 1"], ["", "t" * 201, 3]),
    (BranchSpec, "use", ["tavily"], ["", 3]),
    (BranchSpec, "when", ["inputs.deep"], [True, "a b"]),
    (BranchSpec, "select", ["json[0]"], [["json"], "json["]),
    (BranchSpec, "accept", ["length(text) > `3`"], [False, "length("]),
    (BranchSpec, "prefer", ["length(result) > `0`"], [True, "length("]),
    (BranchSpec, "required", [True], ["yes", 1]),
    (BranchSpec, "weight", [0.001, 1, 1e6], [0, -1, "1", True, 1e7]),
    (BranchSpec, "family", ["f"], ["", 1]),
    (BranchSpec, "timeout_s", [0.05, 60, 235, 580], [0, 580.5, "60"]),
    (BranchSpec, "first_message_s", [0.1, 580], [0, 581]),
    (BranchSpec, "idle_s", [0.1, 580], [0, 581]),
    (BranchSpec, "salvage", [True], ["on"]),
    (BranchSpec, "retry", [{}, {"attempts": 2}], [2, [], {"attempt": 2}]),
    (BranchSpec, "rules", [[], [{"drop": True}]], [{}, [3], [{"drop": True}] * 101]),
    (RetrySpec, "attempts", [1, 20], [0, 21, 1.5, "2"]),
    (RetrySpec, "wait_s", [0, 0.5], [-1]),
    (RetrySpec, "factor", [0, 1, 2.5], [-1, 1e6]),
    (RetrySpec, "max_wait_s", [0, 600], [-1]),
    (RetrySpec, "jitter", ["full", "none"], ["half", True]),
    (RetrySpec, "if", [[], ["error"], ["timeout", "rejected"], ["rate_limited"]], ["error", ["fail"], ["skipped"]]),
    (RuleSpec, "types", [["text"], ["json", "variable", "link", "file"]], ["text", ["image"]]),
    (RuleSpec, "from", [["a"]], ["a", [1]]),
    (RuleSpec, "where", ["text"], [True]),
    (RuleSpec, "drop", [True, False], ["yes"]),
    (RuleSpec, "emit", ["json.a"], [{"a": 1}]),
    (CatalogEntrySpec, "kind", ["search", "reader", "other"], ["tool"]),
    (CatalogEntrySpec, "requires", [[], ["query"]], ["query", [""], [1], ["a"] * 21]),
    (CatalogEntrySpec, "topics", [[], ["web", "code"]], ["web", ["maps"]]),
    (CatalogEntrySpec, "empty", ["error.type == 'not_found'"], [["no hits"], "error ==", True]),
    (CatalogEntrySpec, "homepage", ["https://x.org"], [3]),
    (CatalogEntrySpec, "authorization", [True, False], ["no"]),
    (CatalogEntrySpec, "checked", ["0.1.2"], [0.1]),
]


@pytest.mark.parametrize(
    ("model", "key", "good", "bad"), RANGES, ids=[f"{each[0].__name__}.{each[1]}" for each in RANGES]
)
def test_ranges(model: type[Spec], key: str, good: list[Any], bad: list[Any]) -> None:
    for value in good:
        model.model_validate({key: value})
    for value in bad:
        with pytest.raises(ValidationError):
            model.model_validate({key: value})


def test_ranges_cover_every_key() -> None:
    tested = {key for _, key, _, _ in RANGES} | {
        "branches",
        "mode",
        "key",
        "limit",
        "sources",
        "fill",
        "sort_by",
        "descending",
        "k",
    }
    assert tested == {field.alias or name for model in MODELS for name, field in model.model_fields.items()}


def test_options_of_merge() -> None:
    good = {
        "mode": "concat",
        "key": "id",
        "limit": 1,
        "sources": False,
        "fill": False,
        "sort_by": "n",
        "descending": True,
        "k": 0,
    }
    MergeSpec.model_validate(good)
    bad = {
        "mode": "fuse",
        "key": "a b",
        "limit": 0,
        "sources": 1,
        "fill": 0,
        "sort_by": 3,
        "descending": "yes",
        "k": -1,
    }
    for key, value in bad.items():
        with pytest.raises(ValidationError):
            MergeSpec.model_validate({**good, key: value})


def test_every_mode_of_merging_says_what_it_gives() -> None:
    assert tuple(MERGE_MODES) == get_args(MergeMode.__value__)


def test_retries_know_every_type_of_error() -> None:
    """`skipped` and `abandoned` are no failures: nothing of them is tried again."""
    types = set(get_args(ErrorType.__value__)) - {"skipped", "abandoned"}
    assert set(get_args(RetryCause.__value__)) == types | {"error"}


def test_a_rate_is_calls_a_second() -> None:
    rates = {text: PlanSpec.model_validate({"rate": text}).rate for text in ("4/s", "30/m", "1800/h")}
    assert rates == {"4/s": 4, "30/m": 0.5, "1800/h": 0.5}


def test_names_are_normalised() -> None:
    assert BranchSpec.model_validate({"name": "e\u0301"}).name == "é"


@pytest.mark.parametrize(
    ("spec", "model"), [(PlanSpec, Plan), (BranchSpec, Branch), (RetrySpec, Retry), (MergeSpec, Merge)]
)
def test_what_is_left_out_is_the_same_in_the_plan(spec: type[Spec], model: type[Any]) -> None:
    """The defaults stand once; those that depend on other keys are none here."""
    decided_later = {"merge", "retry", "causes", "title", "sources", "branches", "rules"}
    defaults = {field.name: field.default for field in dataclasses.fields(model)}
    shared = spec.model_fields.keys() & defaults.keys() - decided_later
    shared = {name for name in shared if defaults[name] is not dataclasses.MISSING}
    assert {name: spec.model_fields[name].default for name in shared} == {name: defaults[name] for name in shared}
    assert shared


def test_null_counts_as_not_given_but_unknown_keys_stay_mistakes() -> None:
    assert not BranchSpec.model_validate({"select": None, "timeout_s": None}).model_fields_set
    assert list(RetrySpec.model_validate({"if": None}).causes) == ["error", "timeout", "rejected"]
    with pytest.raises(ValidationError):
        BranchSpec.model_validate({"zzz": None})


def test_parameters_keep_their_nulls() -> None:
    assert BranchSpec.model_validate({"parameters": {"a": None}}).parameters == {"a": None}


def test_what_was_given_is_known() -> None:
    spec = PlanSpec.model_validate({"timeout_s": 60})
    assert spec.given("timeout_s")
    assert not spec.given("idle_s")


def test_whole_numbers_may_be_written_with_a_point() -> None:
    assert PlanSpec.model_validate({"max_parallel": 4.0}).max_parallel == 4
    assert isinstance(PlanSpec.model_validate({"need": 2.0}).need, int)
