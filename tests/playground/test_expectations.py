"""The checks of conformance cases: every key passes where it should and says what is wrong where not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from playground import Outcome, ReverseCall
from playground.cases import CaseError, expanded, load_cases
from playground.expectations import differences, problems


def outcome(**changes: Any) -> Outcome:
    messages = [
        {"type": "text", "message": {"text": "one "}, "meta": None},
        {"type": "text", "message": {"text": "two"}, "meta": None},
        {"type": "variable", "message": {"variable_name": "result", "variable_value": {"a": 1, "b": [1, 2]}}},
        {"type": "variable", "message": {"variable_name": "branches", "variable_value": [{"name": "x", "s": 1}]}},
        {"type": "variable", "message": {"variable_name": "warnings", "variable_value": ["every branch was Skipped"]}},
        {"type": "binary_link", "message": {"text": "/files/tools/1"}, "meta": None},
    ]
    calls = [
        ReverseCall(n, "builtin", "a/a/a", "t", {"q": n, "size": 3}, asked_s) for n, asked_s in enumerate((0, 0.2))
    ]
    settings: dict[str, Any] = {
        "messages": messages,
        "error": None,
        "wall_s": 0.5,
        "first_text_s": 0.1,
        "max_in_flight": 2,
        "longest_line": 100,
        "timeline": calls,
    }
    return Outcome(**{**settings, **changes})


def emitting(**variables: Any) -> Outcome:
    """What a call gives that emits these variables alone."""
    pairs = [{"variable_name": name, "variable_value": value} for name, value in variables.items()]
    return outcome(messages=[{"type": "variable", "message": pair, "meta": None} for pair in pairs])


def failed(line: str) -> Outcome:
    return outcome(error=("PlanError", "quota"), error_line=line)


FAILED = outcome(error=("PlanError", "Branch FIRST: quota used up"))
FINE = emitting(warnings=[], result={"ok": True, "errors": [], "warnings": []})
CHECKED = emitting(
    warnings=[],
    result={
        "ok": False,
        "errors": [{"path": "output", "message": "write 'done'"}],
        "warnings": [{"path": "heading", "message": "nothing but a comment"}],
    },
)


@pytest.mark.parametrize(
    ("expect", "result"),
    [
        ({"result": {"a": 1.0000001, "b": [1, 2]}}, outcome()),
        ({"result_has": {"a": 1}}, outcome()),
        ({"branches_have": [{"name": "x"}]}, outcome()),
        ({"text": "one two", "text_has": ["two", "one"], "text_order": ["one", "two"]}, outcome()),
        ({"calls": {"a/a/a:t": 2, "b/b/b:t": 0}, "max_in_flight": 2}, outcome()),
        ({"wall_s": [0.5, 0.6], "first_text_s": [0, 0.2]}, outcome()),
        ({"files": 1, "types": ["text", "variable", "binary_link"], "longest_line": 100}, outcome()),
        ({"error_has": ["first", "Quota"], "error_lacks": ["secret"]}, FAILED),
        ({"text_lacks": ["three"], "types_lack": ["json"]}, outcome()),
        ({"warnings_has": ["skipped"], "warnings_lack": ["twice"]}, outcome()),
        ({"warnings_has": ["HEADING", "comment"], "warnings_lack": ["output"], "ok": False}, CHECKED),
        ({"problems_has": ["output", "'done'", "heading"]}, CHECKED),
        ({"no_warnings": True, "ok": True}, FINE),
        ({"no_warnings": False}, CHECKED),
        ({"variables_have": {"result": ['"b": [1'], "warnings": ["every"]}}, outcome()),
        ({"sent_has": {"a/a/a:t": [{"q": 0}, {"q": 1}], "b/b/b:t": []}}, outcome()),
        ({"spaced_s": {"a/a/a:t": 0.2, "b/b/b:t": 9}}, outcome()),
        (
            {"error_has": [], "error_plain": True},
            failed('{"message": "a/b/c:d said https://a.example/b/c.html", "args": null}'),
        ),
    ],
)
def test_what_is_as_expected_has_no_problems(expect: dict[str, Any], result: Outcome) -> None:
    assert problems(expect, result) == []


@pytest.mark.parametrize(
    ("expect", "result", "problem"),
    [
        ({"result": {"a": 1}}, outcome(), "result.b: not expected, found [1, 2]"),
        ({"result": {"a": True, "b": [1, 2]}}, outcome(), "result.a: expected True, found 1"),
        ({"result_has": {"c": None}}, outcome(), "result.c: expected None, found nothing"),
        ({"result_has": {"b": [1]}}, outcome(), "result.b: expected 1 elements, found 2: [1, 2]"),
        ({"items": []}, outcome(), "items: expected [], found nothing"),
        ({"branches_have": [{"name": "y"}]}, outcome(), "branches[0].name: expected 'y', found 'x'"),
        ({"text_has": ["three"]}, outcome(), "text_has: 'three' is not in 'one two'"),
        ({"text_order": ["two", "one"]}, outcome(), "text_order: 'one' does not follow in 'one two'"),
        ({"calls": {"a/a/a:t": 1}}, outcome(), "calls.a/a/a:t: expected 1, found 2"),
        ({"max_in_flight": 1}, outcome(), "max_in_flight: expected at most 1, found 2"),
        ({"wall_s": [0.1, 0.2]}, outcome(), "wall_s: expected 0.1 to 0.2 s, found 0.500 s"),
        ({"first_text_s": [0, 1]}, outcome(first_text_s=None), "first_text_s: expected 0 to 1 s, but it never came"),
        ({"files": 2}, outcome(), "files: expected 2, found 1"),
        ({"types": ["text"]}, outcome(), "types: expected 1 elements, found 3: ['text', 'variable', 'binary_link']"),
        ({"longest_line": 99}, outcome(), "longest_line: expected at most 99, found 100"),
        ({"error_has": ["x"]}, outcome(), "error_has: expected the call to raise; it returned {'a': 1, 'b': [1, 2]}"),
        ({"error_has": ["x"]}, FAILED, "error_has: 'x' is not in Branch FIRST: quota used up"),
        ({"error_has": [], "error_lacks": ["FIRST"]}, FAILED, "error_lacks: 'FIRST' is in"),
        ({"text": "one two"}, FAILED, "the call raised PlanError: Branch FIRST: quota used up"),
        ({"text_lacks": ["two"]}, outcome(), "text_lacks: 'two' is in 'one two'"),
        ({"types_lack": ["text"]}, outcome(), "types_lack: 'text' is among"),
        ({"warnings_has": ["twice"]}, outcome(), "warnings_has: none says 'twice' of ['every branch was Skipped']"),
        ({"warnings_lack": ["SKIPPED"]}, outcome(), "warnings_lack: 'SKIPPED' is said in"),
        ({"problems_has": ["nearest"]}, CHECKED, "problems_has: none says 'nearest' of [\"output: write 'done'\","),
        ({"no_warnings": True}, outcome(), "no_warnings: the variable is ['every branch was Skipped']"),
        ({"no_warnings": True}, CHECKED, "no_warnings: the variable is [], all are ['heading:"),
        ({"no_warnings": True}, emitting(result={}), "no_warnings: the variable is nothing"),
        ({"ok": True}, CHECKED, "ok: expected True, found False"),
        ({"ok": True}, outcome(), "ok: expected True, found nothing"),
        ({"variables_have": {"plan": ["a"]}}, outcome(), "variables_have.plan: 'a' is not in ''"),
        ({"sent_has": {"a/a/a:t": [{"q": 0}]}}, outcome(), "sent_has.a/a/a:t: expected 1 elements, found 2"),
        ({"sent_has": {"a/a/a:t": [{"q": 0}, {"q": 0}]}}, outcome(), "sent_has.a/a/a:t[1].q: expected 0, found 1"),
        ({"spaced_s": {"a/a/a:t": 0.3}}, outcome(), "spaced_s.a/a/a:t: expected 0.3 s at least, found 0.200 s"),
        ({"error_has": [], "error_plain": True}, failed('{"args": "Traceback (most'), "error_plain: the error line"),
        (
            {"error_has": [], "error_plain": True},
            failed("in /opt/plugin/main"),
            "error_plain: the error line holds '/opt",
        ),
    ],
)
def test_what_is_not_as_expected_is_said(expect: dict[str, Any], result: Outcome, problem: str) -> None:
    [found] = problems(expect, result)
    assert found.startswith(problem)


def test_upper_bounds_of_times_are_widened_and_nothing_else() -> None:
    assert problems({"wall_s": [0.1, 0.2]}, outcome(), factor=3) == []
    assert problems({"wall_s": [0.6, 0.7]}, outcome(), factor=3) != []


def test_a_number_is_equal_within_a_millionth() -> None:
    assert differences(1, 1.0000009, "x") == []
    assert differences(1, 1.000002, "x") != []
    assert differences("1", 1, "x") != []


def test_repeat_and_join_are_written_out_at_every_depth() -> None:
    assert expanded({"a": [{"repeat": ["ab", 3]}], "repeat": 1}) == {"a": ["ababab"], "repeat": 1}
    assert expanded({"join": ["<", {"repeat": ["a", 2]}, {"join": []}, ">"]}) == "<aa>"
    assert expanded({"join": ["a", 1]}) == {"join": ["a", 1]}


def test_a_plan_is_passed_as_text_and_native_values_as_they_are(tmp_path: Path) -> None:
    file = tmp_path / "cases.yaml"
    file.write_text("- {name: a, given: {plan: {n: 1}, inputs: {b: 2}, native: {items: [1]}, from_agent: true}}\n")
    [case] = load_cases([file])
    assert (case.tool, case.from_agent, case.heavy) == ("fan_out", True, False)
    assert case.parameters == {"plan": '{"n": 1}', "inputs": {"b": 2}, "items": [1]}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: 1", "expected a list of cases"),
        ("- {name: a}", "expected an object with name, given and expect"),
        ("- {name: a, given: {}, expects: {}}", "unknown keys expects"),
        ('- {name: a, given: {}, providers: {"a:t": [{txt: x}]}}', r"a:t\[0\]: expected exactly one of text, json"),
        ('- {name: a, given: {}, providers: {"a:t": {calls: []}}}', "a:t.calls: expected a list"),
        ("- {name: a, given: {}, expect: {txt: x}}", "cases.yaml: a: expect.txt: no such key; known are result"),
        ("- {name: a, given: {}, expect: {calls: {a/b/t: 1}}}", "a/b/t names no tool; .*a/b:t"),
        ("- {name: a, given: {}, providers: {a/b/c/d: []}}", "the script has a/b/c/d, not a/b/c:d"),
        ("- {name: a, given: {}, expect: [", "cases.yaml: while parsing"),
    ],
)
def test_a_file_that_cannot_be_read_says_where(tmp_path: Path, text: str, problem: str) -> None:
    file = tmp_path / "cases.yaml"
    file.write_text(text)
    with pytest.raises(CaseError, match=problem) as raised:
        load_cases([file])
    assert "\n" not in str(raised.value)
