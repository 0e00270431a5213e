"""Hostile data and hostile plans through the real process: data stays data, work stays bounded, errors are ours."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fanout.core import limits
from fanout.core.values import clean
from playground.gojson import encode
from tests.faults.conftest import FaultsThread, Run
from tests.harness.faults import HELD_UP_S, Faults, Heard

type Threads = Callable[[str], FaultsThread]

OUR_ERRORS = {"InvokeBadRequestError", "InvokeServerUnavailableError"}  # the two whose text alone Dify shows
FORTY = "|".join(["[@,@]"] * 40)  # 2^40 leaves when written out, 40 lists in memory
DOUBLING_TEXT = "|".join(["'ab'"] + ["join('', [@,@])"] * 40)
DOUBLING_REPLACE = "|".join(["'a'"] + ["replace(@, 'a', 'aa')"] * 40)
BOMBS = {"lists": FORTY, "join": DOUBLING_TEXT, "replace": DOUBLING_REPLACE, "written": f"to_string({FORTY})"}
REPLACED = ("select", "mixed parameters", "equal")  # where the one bomb that takes long before it is stopped is tried

LOOKALIKES = [
    "${inputs.secret}",
    "$${inputs.secret}",
    "{{#sys.query#}}",
    "{{ 7 * 7 }}",
    "`1` | [?@]",
    "branches.a.result",
    "a: &x [*x, *x]\nb: !!python/object:os.system {}",
    "---\n- yaml\n...\n",
    "# heading\n```mermaid\ngantt\n```\n<script>alert(1)</script>",
    '{"session_id": "x", "event": "session", "data": {"type": "end"}}\n\n',
    '\n{"event":"request"}\n',
    "\x00\x07\x1b[31m\x7f\x85\u2028\u2029\ufeff\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
    "%s %(x)s {0} {x!r} \\u0041 \\",
    "9" * 5_000,
]

# every lone surrogate, control character and number that JSON can write
TEXTS = st.text(st.characters(codec=None), max_size=20) | st.sampled_from(LOOKALIKES)
# whole numbers beyond these are what a double makes of them, for the platform as for us
WHOLE = st.integers(-(2**63), 2**64 - 1)
NUMBERS = WHOLE | st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([10**400, -(2**70), 1e308])
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXTS, inner, max_size=5),
    max_leaves=15,
)


async def answered(call: Heard, value: Any) -> Heard:
    """Answer every reverse call with a JSON value as Python writes it, and wait for the end."""
    raw = json.dumps(value).encode()
    reverse = asyncio.create_task(_answer_all(call, raw))
    try:
        return await call.outcome()
    finally:
        reverse.cancel()


async def _answer_all(call: Heard, raw: bytes) -> None:
    while True:
        request = await call.request()
        request.raw_json(raw)
        request.end()
        request.close()


def check_error(heard: Heard) -> None:
    """What failed says so as documented, and the session has ended once."""
    for error in heard.errors:
        assert error["error_type"] in OUR_ERRORS, error
        assert error["args"] == {}, error
        assert "a defect in the plugin" not in error["message"], error
    assert heard.ends == 1


# -- data


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(value=VALUES)
def test_whatever_a_provider_sends_arrives_as_it_is(threads: Threads, value: Any) -> None:
    async def play(faults: Faults) -> None:
        sent = {"deep": [value]}
        heard = await answered(faults.fan_out("a", "b", merge="concat", text="${result}"), sent)
        expected = json.loads(json.dumps(clean(json.loads(json.dumps(sent)))))
        assert heard.result == {"items": [expected, expected]}
        assert all(json.loads(line)["session_id"] == heard.session_id for line in heard.lines)

    threads("stdio").play(play)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(message=VALUES, kind=st.sampled_from(["text", "json", "variable", "link", "image_link", "file", "log", "?"]))
def test_malformed_messages_are_ignored(threads: Threads, message: Any, kind: str) -> None:
    async def play(faults: Faults) -> None:
        call = faults.fan_out("a")
        request = await call.request()
        for data in ({"type": kind, "message": message, "meta": message}, {"type": kind, "message": {"text": message}}):
            request.say(json.dumps(data).encode())
        request.say({"type": "variable", "message": {"variable_name": "ok", "variable_value": 1}})
        request.end()
        heard = await call.outcome()
        check_error(heard)
        assert heard.records[0]["status"] == "succeeded"

    threads("stdio").play(play)


@pytest.mark.parametrize("text", LOOKALIKES)
def test_text_that_looks_like_something_else_is_text_everywhere(on_stdio: Run, text: str) -> None:
    async def play(faults: Faults) -> None:
        plan: dict[str, Any] = {
            "for_each": "inputs.items",
            "parameters": {"q": "${item}", "mixed": "<${item}>"},
            "rules": [{"types": ["text"], "emit": "text"}],
            "merge": {"mode": "concat", "key": "t"},
            "output": "{rows: merged, first: rows[0].item}",
            "text": "${inputs.items[0]}",
            "branches": [
                {"name": "a", "provider": "p/p/p", "tool_name": "a", "select": "{t: text}"},
                {
                    "name": "b",
                    "provider": "p/p/p",
                    "tool_name": "b",
                    "parameters": {"q": "${branches.a.result.t}"},
                    "when": "branches.a.result.t == item",
                },
            ],
        }
        call = faults.call("fan_out", {"plan": json.dumps(plan), "items": [text]})
        for _ in range(2):
            request = await call.request()
            assert request.parameters == {"q": text, "mixed": f"<{text}>"}
            request.text(text)
            request.json({"t": text})
            request.end()
        heard = await call.outcome()
        assert heard.result == {"rows": [[{"t": text}]], "first": text}
        assert heard.text == text

    on_stdio(play)


def test_a_hundred_thousand_keys(on_stdio: Run) -> None:
    async def play(faults: Faults) -> None:
        value = {f"key {n}": n for n in range(100_000)}
        async with faults.undisturbed():
            call = faults.fan_out("a", merge={"mode": "deep"}, output="length(keys(merged))")
            request = await call.request()
            request.json(value)
            request.end()
            assert (await call.outcome()).result == {"value": 100_000}

    on_stdio(play)


@pytest.mark.parametrize("depth", [100, 190, 240, 300, 490])
def test_results_nested_as_deeply_as_data_may_be(on_stdio: Run, depth: int) -> None:
    async def play(faults: Faults) -> None:
        value: list[Any] = []
        for _ in range(depth):
            value = [value]
        async with faults.undisturbed():
            heard = await answered(faults.fan_out("a", "b", merge="deep"), value)
        check_error(heard)
        if depth < limits.LINE_DEPTH:
            assert heard.result == {"items": [value[0], value[0]]}
        else:
            assert "nested more than 200 levels deep" in heard.error

    on_stdio(play)


def test_a_document_of_two_mebibytes_of_nothing(on_stdio: Run) -> None:
    async def play(faults: Faults) -> None:
        beginning = asyncio.get_running_loop().time()
        async with faults.undisturbed():
            call = faults.fan_out("a", merge={"mode": "concat", "key": "@"}, output="length(merged)")
            request = await call.request()
            request.raw_json(b"[" + b"{}," * 700_000 + b"1]")
            request.end()
            check_error(await call.outcome())
        assert faults.lateness_s(beginning) < HELD_UP_S

    on_stdio(play)


# -- lines: the platform kills a process that writes one over 5 MiB, and with it everybody's calls

ONE = {"name": "a", "provider": "p/p/p", "tool_name": "t"}
LONG = "x" * 6_000_000
LONG_LINES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "text": ({}, {"type": "text", "message": {"text": LONG}}),
    "streamed text": ({"stream": "live"}, {"type": "text", "message": {"text": "\x01" * 3_000_000}}),
    "result": ({}, {"type": "json", "message": {"json_object": {"a": LONG}}}),
    "variable": ({}, {"type": "variable", "message": {"variable_name": "v", "variable_value": LONG}}),
    "name of a variable": ({}, {"type": "variable", "message": {"variable_name": LONG, "variable_value": 1}}),
    "meta of a file": ({}, {"type": "image_link", "message": {"text": "u"}, "meta": {"tool_file_id": "1", "m": LONG}}),
    "address of a file": ({}, {"type": "image_link", "message": {"text": LONG}, "meta": {"tool_file_id": "1"}}),
    "address of an image": ({}, {"type": "image_link", "message": {"text": LONG}}),
    "link": ({"output": "branches.a.links"}, {"type": "link", "message": {"text": LONG}}),
    "name of a tool": ({"branches": [ONE | {"tool_name": "t" * 50_000}], "for_each": "inputs.items"}, {}),
    "name of a provider": ({"branches": [ONE | {"provider": f"p/p/{'p' * 50_000}"}], "for_each": "inputs.items"}, {}),
    "parameters": ({"branches": [ONE | {"parameters": {"q": "${inputs.long}"}}]}, {}),
    "written out": (
        {"output": "[branches.a.text, branches.a.text, branches.a.text]"},
        {"type": "text", "message": {"text": LONG[:2_000_000]}},
    ),
    "heading": (
        {"stream": "live", "heading": "${inputs.long}", "branches": [ONE, ONE | {"name": "b"}]},
        {"type": "text", "message": {"text": "x"}},
    ),
}


@pytest.mark.parametrize("name", LONG_LINES)
def test_nothing_makes_a_line_that_kills_the_process(on_stdio: Run, name: str) -> None:
    async def play(faults: Faults) -> None:
        plan, message = LONG_LINES[name]
        parameters = {
            "plan": json.dumps({"branches": [ONE], "max_parallel": 500, **plan}),
            "items": list(range(100)),
            "inputs_object": {"long": LONG},
        }
        call = faults.call("fan_out", parameters)
        reverse = asyncio.create_task(_say_to_all(call, json.dumps(message).encode()))
        check_error(await call.outcome())
        reverse.cancel()
        assert max(map(len, call.lines)) <= limits.LINE_BYTES

    on_stdio(play)


async def _say_to_all(call: Heard, message: bytes) -> None:
    while True:
        request = await call.request()
        request.say(message)
        request.end()


# -- plans


def bombs(expression: str) -> dict[str, dict[str, Any]]:
    """Plans with an expression wherever one may stand."""
    branch: dict[str, Any] = {"name": "a", "provider": "p/p/p", "tool_name": "a"}
    template = f"${{{expression}}}"
    return {
        "select": {"branches": [branch | {"select": expression}]},
        "accept": {"branches": [branch | {"accept": f"contains([{expression}], `1`)"}]},
        "when": {"branches": [branch | {"when": f"{expression} == `1`"}]},
        "parameters": {"branches": [branch | {"parameters": {"q": template}}]},
        "mixed parameters": {"branches": [branch | {"parameters": {"q": f"<{template}>"}}]},
        "rules where": {"branches": [branch], "rules": [{"where": expression, "emit": "@"}]},
        "rules emit": {"branches": [branch], "rules": [{"emit": expression}]},
        "until": {"branches": [branch], "until": f"{expression} == {expression}"},
        "key": {"branches": [branch], "merge": {"mode": "concat", "key": expression}},
        "sort_by": {"branches": [branch], "merge": {"mode": "concat", "sort_by": expression}},
        "output": {"branches": [branch], "output": expression},
        "text": {"branches": [branch], "text": f"{template}{template}"},
        "heading": {"branches": [branch, branch | {"name": "b"}], "stream": "live", "heading": template},
        "for_each": {"branches": [branch], "for_each": expression},
        "group_by": {"branches": [branch], "output": f"group_by([`{{}}`], &to_string({expression}))"},
        "equal": {"branches": [branch], "output": f"[({expression}) == ({expression}), contains([@], {expression})]"},
    }


# each bomb somewhere, and one that is stopped early everywhere: a place either asks for its work or does not
EXPLOSIONS = [(bomb, place) for bomb in BOMBS for place in bombs("@") if bomb != "replace" or place in REPLACED]


@pytest.mark.parametrize(("bomb", "place"), EXPLOSIONS)
def test_what_grows_without_end_is_stopped_wherever_it_stands(on_stdio: Run, bomb: str, place: str) -> None:
    async def play(faults: Faults) -> None:
        beginning = asyncio.get_running_loop().time()
        plan = bombs(BOMBS[bomb])[place]
        async with faults.undisturbed():
            heard = await answered(faults.call("fan_out", {"plan": json.dumps(plan)}), [{"title": "t"}])
        check_error(heard)
        assert faults.lateness_s(beginning) < HELD_UP_S
        assert sum(map(len, heard.lines)) < 1_000_000

    on_stdio(play)


def test_one_template_many_times_over_is_stopped(on_stdio: Run) -> None:
    async def play(faults: Faults) -> None:
        plan = {"branches": [{"provider": "p/p/p", "tool_name": "a"}], "text": "${merged}" * 20_000}
        async with faults.undisturbed():
            heard = await answered(faults.call("fan_out", {"plan": json.dumps(plan)}), ["x" * 100_000])
        check_error(heard)
        assert heard.errors

    on_stdio(play)


PLAN_KEYS = ["branches", "strategy", "need", "until", "merge", "rules", "output", "text", "for_each", "parameters", "?"]
BRANCH_KEYS = ["name", "use", "provider", "tool_name", "parameters", "select", "accept", "retry", "timeout_s", "when"]
EXPRESSIONS = st.text("@[]{}()|&!=<>.,:*?`'\"\\abc019 -", max_size=30) | st.sampled_from(["@", "branches.a", "${@}"])
ANYTHING = VALUES | EXPRESSIONS
BRANCHES = st.lists(st.dictionaries(st.sampled_from(BRANCH_KEYS), ANYTHING, max_size=6) | TEXTS, max_size=4)
PLANS = (
    st.text(st.characters(codec=None), max_size=200)
    | st.text("abc:-[]{}&*!|>#%@\n\t '\",?$`", max_size=80)
    | st.builds(
        lambda plan, branches: json.dumps({**plan, "branches": branches}),
        st.dictionaries(st.sampled_from(PLAN_KEYS), ANYTHING, max_size=5),
        BRANCHES,
    )
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(plan=PLANS)
def test_whatever_stands_in_a_plan_only_our_errors_come_out(threads: Threads, plan: str) -> None:
    async def play(faults: Faults) -> None:
        for tool in ("check_plan", "fan_out"):
            heard = await answered(faults.call(tool, {"plan": plan, "deadline_s": 2}), 1)
            check_error(heard)

    threads("stdio").play(play)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(parameters=st.dictionaries(st.sampled_from(["expression", "data", "items", "inputs_object"]), ANYTHING))
def test_whatever_reshape_is_given_only_our_errors_come_out(threads: Threads, parameters: Mapping[str, Any]) -> None:
    async def play(faults: Faults) -> None:
        check_error(await faults.call("reshape", json.loads(json.dumps(parameters))).outcome())

    threads("stdio").play(play)


HOSTILE_PLANS = {
    "alias bomb": "a: &a [x, x]\n" + "".join(f"k{n}: &k{n} [*a, *a]\n" for n in range(50)),
    "deep flow": "[" * 100_000,
    "deep block": "".join(" " * n + "a:\n" for n in range(600)),
    "deep JSON": '{"branches":' + "[" * 50_000 + "]" * 50_000 + "}",
    "deep expression": json.dumps({"branches": ["time/current_time"], "output": "(" * 50_000}),
    "deep not": json.dumps({"branches": ["time/current_time"], "output": "!" * 100_000 + "@"}),
    "long chain": json.dumps({"branches": ["time/current_time"], "output": ".".join(["a"] * 60_000)}),
    "many alternatives": json.dumps({"branches": ["time/current_time"], "output": "||".join(["a"] * 60_000)}),
    "many templates": json.dumps({"branches": ["time/current_time"], "text": "${a}" * 50_000}),
    "open templates": json.dumps({"branches": ["time/current_time"], "text": "${" * 100_000}),
    "10,000 branches": json.dumps({"branches": ["p/t"] * 10_000}),
    "10,000 mistakes": json.dumps({"branches": [{"nmae": 1, "selct": 2}] * 10_000}),
    "circles": json.dumps(
        {
            "branches": [
                {
                    "name": f"b{n}",
                    "provider": "p",
                    "tool_name": "t",
                    "parameters": {"q": f"${{branches.b{(n + 1) % 100}}}"},
                }
                for n in range(100)
            ]
        }
    ),
    "over 256 KiB": json.dumps({"branches": ["p/t"], "output": "a" * 300_000}),
    "nothing but tabs": "\t" * 10_000,
    "tags": "branches: !!python/object/apply:os.system ['true']",
    "keys": json.dumps({f"key{n}": n for n in range(15_000)}),
}


@pytest.mark.parametrize("name", HOSTILE_PLANS)
def test_hostile_plans_are_refused_without_holding_up_anybody(on_stdio: Run, name: str) -> None:
    async def play(faults: Faults) -> None:
        beginning = asyncio.get_running_loop().time()
        async with faults.undisturbed():
            for tool in ("fan_out", "check_plan"):
                heard = await answered(faults.call(tool, {"plan": HOSTILE_PLANS[name]}), 1)
                check_error(heard)
                refused = heard.errors or heard.result.get("errors")
                assert refused or name in ("long chain", "many alternatives", "many templates")
                assert len(encode(heard.errors)) < 300_000
        assert faults.lateness_s(beginning) < HELD_UP_S

    on_stdio(play)


def test_an_expensive_expression_over_a_large_document_holds_up_nobody(on_stdio: Run) -> None:
    async def play(faults: Faults) -> None:
        beginning = asyncio.get_running_loop().time()
        document = [{"title": f"title {n}", "tags": ["a", "b"], "n": n % 97} for n in range(75_000)]
        raw = json.dumps(document, separators=(",", ":")).encode()
        wanted = "json[0][?contains(tags, 'b') && n > `3`].{t: upper(title), n: n}"
        expression = f"length(sort_by({wanted}, &join('', [t, 'x'])))"
        async with faults.undisturbed():
            call = faults.fan_out("a", select=expression)
            request = await call.request()
            request.raw_json(raw)
            request.end()
            heard = await call.outcome()
        check_error(heard)
        assert faults.lateness_s(beginning) < HELD_UP_S

    on_stdio(play)


def test_long_evaluations_of_one_call_leave_room_for_those_of_another(on_stdio: Run) -> None:
    async def play(faults: Faults) -> None:
        raw = json.dumps([{"n": n} for n in range(8_000)], separators=(",", ":")).encode()
        endless = "length(" + "||".join(["json[0][?n < `0`]"] * 100) + "||`[]`)"
        greedy = faults.fan_out(*(f"t{n}" for n in range(60)), select=endless, deadline_s=3, on_failure="report")
        for _ in range(60):
            request = await greedy.request()
            request.raw_json(raw)
            request.end()
        modest = await answered(faults.fan_out("a", select="length(json[0][?n > `5`])"), json.loads(raw))
        assert modest.result == {"a": 7_994}
        assert greedy.ends == 0  # it was still at it
        check_error(await greedy.outcome())

    on_stdio(play)


def test_no_number_in_an_error_is_long(on_stdio: Run) -> None:
    async def play(faults: Faults) -> None:
        heard = await faults.call("fan_out", {"plan": json.dumps({"branches": ["p/t"], "need": 10**400})}).outcome()
        check_error(heard)
        assert not re.search(r"\d{100}", heard.error)

    on_stdio(play)
