"""The keys of a plan: types, ranges and defaults, one by one."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

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
    (BranchSpec, "name", ["a", "_1", "A" * 64], ["", "1", "a-b", "é", "a\n", "A" * 65, 3]),
    (BranchSpec, "use", ["tavily"], ["", 3]),
    (BranchSpec, "when", ["inputs.deep"], [True, "a b"]),
    (BranchSpec, "select", ["json[0]"], [["json"], "json["]),
    (BranchSpec, "accept", ["length(text) > `3`"], [False, "length("]),
    (BranchSpec, "required", [True], ["yes", 1]),
    (BranchSpec, "weight", [0.001, 1, 1e6], [0, -1, "1", True, 1e7]),
    (BranchSpec, "family", ["f"], ["", 1]),
    (BranchSpec, "timeout_s", [0.05, 60, 235], [0, 235.5, "60"]),
    (BranchSpec, "first_message_s", [0.1, 235], [0, 236]),
    (BranchSpec, "idle_s", [0.1, 235], [0, 236]),
    (BranchSpec, "salvage", [True], ["on"]),
    (BranchSpec, "retry", [{}, {"attempts": 2}], [2, [], {"attempt": 2}]),
    (BranchSpec, "rules", [[], [{"drop": True}]], [{}, [3], [{"drop": True}] * 101]),
    (RetrySpec, "attempts", [1, 20], [0, 21, 1.5, "2"]),
    (RetrySpec, "wait_s", [0, 0.5], [-1]),
    (RetrySpec, "factor", [0, 1, 2.5], [-1, 1e6]),
    (RetrySpec, "max_wait_s", [0, 600], [-1]),
    (RetrySpec, "jitter", ["full", "none"], ["half", True]),
    (RetrySpec, "if", [[], ["error"], ["timeout", "rejected"]], ["error", ["fail"]]),
    (RuleSpec, "types", [["text"], ["json", "variable", "link", "file"]], ["text", ["image"]]),
    (RuleSpec, "from", [["a"]], ["a", [1]]),
    (RuleSpec, "where", ["text"], [True]),
    (RuleSpec, "drop", [True, False], ["yes"]),
    (RuleSpec, "emit", ["json.a"], [{"a": 1}]),
    (CatalogEntrySpec, "kind", ["search", "reader", "other"], ["tool"]),
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
        "sort_by",
        "descending",
        "k",
    }
    assert tested == {field.alias or name for model in MODELS for name, field in model.model_fields.items()}


def test_options_of_merge() -> None:
    good = {"mode": "concat", "key": "id", "limit": 1, "sources": False, "sort_by": "n", "descending": True, "k": 0}
    MergeSpec.model_validate(good)
    bad = {"mode": "fuse", "key": "a b", "limit": 0, "sources": 1, "sort_by": 3, "descending": "yes", "k": -1}
    for key, value in bad.items():
        with pytest.raises(ValidationError):
            MergeSpec.model_validate({**good, key: value})


def test_null_counts_as_not_given_but_unknown_keys_stay_mistakes() -> None:
    assert not BranchSpec.model_validate({"select": None, "timeout_s": None}).model_fields_set
    assert RetrySpec.model_validate({"if": None}).causes == ["error", "timeout", "rejected"]
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
