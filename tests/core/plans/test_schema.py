"""Mistakes in words for authors, and the JSON Schema that ships."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanout.core.errors import Problem, join_path
from fanout.core.plans.plan import MergeMode
from fanout.core.plans.schema import accepted, describe, nearest, plan_schema, suggest, validate
from fanout.core.plans.spec import BranchSpec, MergeSpec, PlanSpec, RetrySpec, RuleSpec, Spec

MODES = ", ".join(get_args(MergeMode.__value__))

ROOT = Path(__file__).parents[3]

WORDS: list[tuple[type[Spec], tuple[str | int, ...], str]] = [
    (PlanSpec, ("deadline_s",), "a number from 0.1 to 590"),
    (PlanSpec, ("stagger_s",), "a number from 0"),
    (PlanSpec, ("need",), "a whole number from 1, or all"),
    (PlanSpec, ("max_parallel",), "a whole number from 1 to 500"),
    (PlanSpec, ("strategy",), "one of all, race, fallback, hedge"),
    (PlanSpec, ("trace",), "true or false"),
    (PlanSpec, ("until",), "an expression as text"),
    (PlanSpec, ("text",), "a template as text"),
    (PlanSpec, ("branches",), "a list of 1 to 100"),
    (PlanSpec, ("rules",), "a list of at most 100, each an object"),
    (PlanSpec, ("rules", 3, "types"), "a list, each one of text, json, variable, link, file"),
    (PlanSpec, ("merge",), f"one of {MODES}, or an object"),
    (PlanSpec, ("merge", "limit"), "a whole number from 1"),
    (PlanSpec, ("parameters",), "an object of at most 1,000 keys"),
    (BranchSpec, ("retry",), "an object"),
    (BranchSpec, ("retry", "attempts"), "a whole number from 1 to 20"),
    (BranchSpec, ("timeout_s",), "a number over 0, up to 580"),
    (BranchSpec, ("weight",), "a number over 0, up to 1,000,000"),
    (BranchSpec, ("name",), "a text of letters, digits and _, at most 64, not beginning with a digit"),
    (BranchSpec, ("provider",), "a text"),
    (BranchSpec, ("title",), "a text of at most 200 characters"),
    (PlanSpec, ("rate",), "a text such as 1/s, 30/m, 1000/h"),
]


@pytest.mark.parametrize(("model", "location", "words"), WORDS, ids=[join_path("", *each[1]) for each in WORDS])
def test_what_a_key_takes_is_said_in_words(model: type[Spec], location: tuple[str | int, ...], words: str) -> None:
    assert accepted(model, *location) == words


@pytest.mark.parametrize(
    ("value", "words", "hidden"),
    [
        (None, "null", "null"),
        (True, "true", "a boolean"),
        (3, "3", "a number"),
        (2.5, "2.5", "a number"),
        (10**100, "a number", "a number"),
        ("x", 'the text "x"', "a text"),
        ("x" * 41, "a text", "a text"),
        ("a\nb", "a text", "a text"),
        ([1, 2], "a list of 2", "a list of 2"),
        ({"a": 1}, "an object of 1", "an object of 1"),
    ],
)
def test_what_was_found_is_said_in_words(value: Any, words: str, hidden: str) -> None:
    assert describe(value) == words
    assert describe(value, show=False) == hidden


def test_paths() -> None:
    assert join_path("", "a", 2, "b") == "a[2].b"
    assert join_path("branches[2]", "retry", "if", 0) == "branches[2].retry.if[0]"


def test_names_that_were_probably_meant() -> None:
    assert nearest("strategi", ["stream", "strategy"]) == "strategy"
    assert nearest("MAX_PARALEL", ["max_parallel"]) == "max_parallel"
    assert nearest("zzz", ["strategy"]) is None
    assert nearest("x" * 1_000_000, ["strategy"]) is None
    assert suggest("zzz", ["a", "b"], "its names") == "its names are a, b"
    assert suggest("zzz", [], "its names") == "there are none"


def check(model: type[Spec], data: dict[str, Any]) -> tuple[Spec, list[str]]:
    problems: list[Problem] = []
    return validate(model, data, "here", problems), [str(problem) for problem in problems]


def test_what_is_without_mistakes_stays_usable() -> None:
    spec, problems = check(
        PlanSpec,
        {
            "strategy": "race",
            "need": "x",
            "zzz": 1,
            "merge": {"mode": "rank", "limit": "3", "k": 10},
            "rules": [{"drop": True}, {"types": ["text", "x"], "drop": True}, 3],
            "retry": {"attempts": 3, "jitter": "x"},
        },
    )
    assert isinstance(spec, PlanSpec)
    assert (spec.strategy, spec.need) == ("race", 1)
    assert spec.merge is not None
    assert (spec.merge.mode, spec.merge.limit, spec.merge.k) == ("rank", None, 10)
    assert [rule.types for rule in spec.rules or ()] == [None, ["text"]]
    assert spec.retry is not None
    assert spec.retry.attempts == 3
    assert problems == [
        'here.retry.jitter: got the text "x"; give one of full, none',
        'here.need: got the text "x"; give a whole number from 1, or all',
        'here.merge.limit: got the text "3"; give a whole number from 1, without quotes',
        'here.rules[1].types[1]: got the text "x"; give one of text, json, variable, link, file',
        "here.rules[2]: got 3; give an object",
        "here.zzz: unknown key; the keys here are " + ", ".join(plan_schema()["properties"]),
    ]


def test_what_was_probably_meant_and_the_unit_are_said() -> None:
    _, problems = check(
        PlanSpec, {"strategy": "falback", "merge": "rnk", "deadline_s": "10m", "stagger_s": "soon", "grace_s": -1}
    )
    assert sorted(problems) == [
        'here.deadline_s: got the text "10m"; give a number from 0.1 to 590, in seconds',
        "here.grace_s: got -1; give a number from 0, in seconds",
        f'here.merge: got the text "rnk"; give one of {MODES}; did you mean rank?',
        'here.stagger_s: got the text "soon"; give a number from 0, in seconds',
        'here.strategy: got the text "falback"; give one of all, race, fallback, hedge; did you mean fallback?',
    ]


def test_a_missing_key_takes_its_object_with_it() -> None:
    spec, problems = check(PlanSpec, {"merge": {"limit": 3}, "need": 2})
    assert isinstance(spec, PlanSpec)
    assert (spec.merge, spec.need) == (None, 2)
    assert problems == [f"here.merge.mode: is missing; give one of {MODES}"]


def test_keys_can_stand_elsewhere() -> None:
    problems: list[Problem] = []
    places = {"provider": "node.provider_id"}
    validate(BranchSpec, {"provider": 3, "weight": 0}, "node", problems, places.get)
    assert [problem.path for problem in problems] == ["node.weight", "node.provider_id"]


def test_many_unknown_keys_are_counted() -> None:
    _, problems = check(RetrySpec, {f"k{i}": 1 for i in range(1_000)})
    assert len(problems) == 21
    assert problems[-1] == "here: and 980 more unknown keys"


def test_values_of_parameters_and_credentials_are_never_shown() -> None:
    _, problems = check(BranchSpec, {"parameters": "s3cr3t", "credential_id": ["s3cr3t"]})
    assert problems == [
        "here.credential_id: got a list of 1; give a text",
        'here.parameters: got a text; give an object of at most 1,000 keys, such as {query: "${inputs.query}"}',
    ]


_KEYS = st.sampled_from(
    ["mode", "limit", "types", "from", "emit", "attempts", "if", "retry", "rules", "need", "merge", "x"]
)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(_KEYS, children, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from([PlanSpec, BranchSpec, RetrySpec, RuleSpec, MergeSpec]), st.dictionaries(_KEYS, _VALUES))
def test_any_object_gives_a_model(model: type[Spec], data: dict[str, Any]) -> None:
    spec, problems = check(model, data)
    assert isinstance(spec, model)
    if not problems:
        assert model.model_validate(data) == spec


# -- the schema for editors


def test_the_schema_helps_editors() -> None:
    schema = plan_schema()
    assert schema["required"] == ["branches"]
    assert schema["additionalProperties"] is False
    assert {"type": "string"} in schema["properties"]["branches"]["items"]["anyOf"]
    assert {"$ref": "#/$defs/MergeSpec"} in schema["properties"]["merge"]["anyOf"]
    assert schema["properties"]["need"]["anyOf"][0] == {"minimum": 1, "type": "integer"}
    assert all(each.get("description") for each in schema["properties"].values())
    text = json.dumps(schema)
    assert '"null"' not in text
    assert '"title": "' not in text.replace('"title": "Fanout plan"', "")
    for name in ("BranchSpec", "RetrySpec", "RuleSpec", "MergeSpec"):
        assert schema["$defs"][name]["additionalProperties"] is False
