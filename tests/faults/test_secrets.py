"""Markers in everything that two users hand over: nothing of it leaves the process but to the tool it is meant for."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.faults.conftest import Run
from tests.harness.faults import Faults, Heard, Request

MIB = 1024 * 1024
USERS = ("ALICE", "BOB")
HELD = ("PARAMETER", "CREDENTIAL", "QUERY", "TEXT", "INPUT", "OBJECT", "ITEM", "OTHER")

type Scenario = tuple[str, dict[str, Any]]
type Answer = Callable[[Request], None]


def marker(user: str, held: str) -> str:
    return f"SECRET-{user}-{held}"


def branch(user: str, **keys: Any) -> dict[str, Any]:
    """A branch to the user's own tool, with a credential and parameters that hold markers."""
    parameters = {"literal": marker(user, "PARAMETER"), "q": "${inputs.query}", "o": "${inputs.object}", "i": "${item}"}
    target = {"provider": "p/p/p", "tool_name": f"tool_of_{user}", "credential_id": marker(user, "CREDENTIAL")}
    return {"name": "a", **target, "parameters": parameters, **keys}


def plans(user: str) -> dict[str, dict[str, Any]]:
    """Plans that succeed, and plans that fail wherever one can."""
    one = branch(user)
    other = branch(user, name="b", parameters={"other": marker(user, "OTHER")})
    return {
        "success": {"branches": [one, other]},
        "report": {"branches": [one, other], "on_failure": "report", "accept": "`false`"},
        "rejected": {"branches": [one, other], "accept": "`false`"},
        "stream": {"branches": [one, other], "stream": "live", "trace": True},
        "rows": {"branches": [one], "for_each": "inputs.items"},
        "select": {"branches": [branch(user, select="join(inputs.query, inputs.object)")]},
        "select type": {"branches": [branch(user, select="abs(inputs.text)")]},
        "accept": {"branches": [branch(user, accept="ceil(inputs.object)")]},
        "when": {"branches": [branch(user, when="sum(inputs.query)")]},
        "parameters": {"branches": [branch(user, parameters={"q": "${sum(inputs.query)} ${inputs.text}"})]},
        "keys": {"branches": [one], "output": "keys(inputs.query)"},
        "until": {"branches": [one, other], "until": "sum(inputs.text)"},
        "for_each": {"branches": [one], "for_each": "inputs.query"},
        "for_each raises": {"branches": [one], "for_each": "sum(inputs.query)"},
        "rules": {"branches": [one], "rules": [{"emit": "sum(type)"}]},
        "merge": {"branches": [one, other], "merge": {"mode": "concat", "key": "sum(@)"}},
        "output": {"branches": [one], "output": "to_number(inputs.query) + `1`"},
        "output raises": {"branches": [one], "output": "max_by(values(inputs), &sum(@))"},
        "text": {"branches": [one], "text": "${abs(inputs.query)}", "output": "`1`"},
        "heading": {"branches": [one, other], "stream": "live", "heading": "${abs(branch)}"},
        "timeout": {"branches": [one], "timeout_s": 0.05},
        "unknown key": {"branches": [branch(user, parametres={"x": marker(user, "PARAMETER")})]},
        "wrong credential": {"branches": [branch(user, credential_id=[marker(user, "CREDENTIAL")])]},
        "wrong parameters": {"branches": [branch(user, parameters=[marker(user, "PARAMETER")])]},
        "wrong template": {"branches": [branch(user, parameters={"q": f"{marker(user, 'PARAMETER')} ${{(}}"})]},
        "own provider": {"branches": [branch(user, provider="fanout")]},
    }


def scenarios(user: str) -> dict[str, Scenario]:
    """Calls of every kind: name → tool and parameters."""
    held = {
        "query": marker(user, "QUERY"),
        "text": marker(user, "TEXT"),
        "inputs": json.dumps({"input": marker(user, "INPUT")}),
        "inputs_object": {"object": marker(user, "OBJECT")},
        "items": [marker(user, "ITEM"), {"x": marker(user, "ITEM")}],
    }
    calls: dict[str, Scenario] = {
        f"plan: {name}": ("fan_out", {"plan": json.dumps(plan), **held}) for name, plan in plans(user).items()
    }
    plan = json.dumps({"branches": [branch(user)]})
    broken = f"branches:\n- tool_name: t\n  parameters: {{q: '{marker(user, 'PARAMETER')}"
    line = {"tools": f"p/p/p/tool_of_{user}", "parameters": f"{{q: {marker(user, 'PARAMETER')}}}"}
    return calls | {
        "large request": ("fan_out", {"plan": plan, **held, "query": marker(user, "QUERY") * 300_000}),
        "many items": (
            "fan_out",
            {"plan": plan[:-1] + ', "for_each": "inputs.items"}', "items": [marker(user, "ITEM")] * 1_001},
        ),
        "broken plan": ("fan_out", {"plan": broken, **held}),
        "broken inputs": ("fan_out", {"plan": plan, "inputs": f'{{"a": "{marker(user, "INPUT")}" oh'}),
        "broken items": ("fan_out", {"plan": plan, "items": f'["{marker(user, "ITEM")}" oh'}),
        "line": ("call_tools", {**line, **held}),
        "line with credential": (
            "call_tools",
            {**line, "credential_id": marker(user, "CREDENTIAL"), "accept": "`false`"},
        ),
        "broken line": ("call_tools", {**line, "parameters": f"{{q: '{marker(user, 'PARAMETER')}"}),
        "reshape": ("reshape", {"expression": "abs(@)", "data": json.dumps({"a": marker(user, "INPUT")})}),
        "reshape key": ("reshape", {"expression": "sum(keys(@))", "inputs_object": {marker(user, "OBJECT"): 1}}),
        "broken data": ("reshape", {"expression": "@", "data": f'{{"a": "{marker(user, "INPUT")}" oh'}),
        "search": ("web_search", {"query": marker(user, "QUERY"), "engines": "nothing_known"}),
        "pages": ("read_pages", {"urls": f"no address {marker(user, 'QUERY')}"}),
    }


async def play_tools(call: Heard, *, hangs: bool) -> None:
    """Tools that answer with nothing of what they were given, and now and then fail."""
    number = 0
    while True:
        request = await call.request()
        number += 1
        if hangs:
            continue
        request.text("neutral")
        request.json([{"a": 1}])
        if number % 3 == 0:
            request.fail("read tool response failed: something broke")
        request.end()
        request.close()


async def run(faults: Faults, user: str, name: str, scenario: Scenario) -> Heard:
    tool, parameters = scenario
    call = faults.call(tool, parameters, user_id=marker(user, "OTHER"))
    tools = asyncio.create_task(play_tools(call, hangs="timeout" in name))
    try:
        return await call.outcome()
    finally:
        tools.cancel()


def check_lines(heard: Heard, user: str) -> None:
    """No marker in what was said; in requests only the user's own, and only to the tool of that user."""
    for line in heard.lines:
        event = json.loads(line)
        if event["data"]["type"] != "invoke":
            found = [held for held in HELD for one in USERS if marker(one, held).encode() in line]
            assert not found, f"{found} in {line[:2_000]!r}"
            continue
        assert event["data"]["data"]["request"]["tool"].startswith((f"tool_of_{user}", "w"))
        for stranger in USERS:
            assert stranger == user or f"SECRET-{stranger}".encode() not in line


def test_what_one_call_makes_of_the_literals_of_an_expression_is_not_met_in_the_next(on_stdio: Run) -> None:
    async def play(faults: Faults) -> None:
        literal = '`[{"url": "u", "list": []}, {"url": "u", "list": [1], "more": {}}]`'
        answers = []
        for merge in ("rank", "rank", "deep", "rank", "group"):
            call = faults.fan_out("a", "b", select=literal, merge=merge)
            tools = asyncio.create_task(play_tools(call, hangs=False))
            answers.append((await call.outcome()).result)
            tools.cancel()
        assert answers[0] == answers[1] == answers[3]
        assert answers[4]["a"] == json.loads(literal.strip("`"))

    on_stdio(play)


@pytest.mark.parametrize("name", scenarios("ALICE"))
def test_nothing_that_a_user_hands_over_leaves_but_to_the_tool_it_is_for(on_stdio: Run, name: str) -> None:
    async def play(faults: Faults) -> None:
        calls = await asyncio.gather(*(run(faults, user, name, scenarios(user)[name]) for user in USERS))
        for user, heard in zip(USERS, calls, strict=True):
            check_lines(heard, user)

    on_stdio(play)


def test_nothing_else_that_the_process_writes_holds_any_of_it(anywhere: Run) -> None:
    async def play(faults: Faults) -> None:
        names = [name for name in scenarios("ALICE") if name not in ("large request", "many items")]
        for start in range(0, len(names), 10):
            some = [(user, name) for name in names[start : start + 10] for user in USERS]
            calls = await asyncio.gather(*(run(faults, user, name, scenarios(user)[name]) for user, name in some))
            for (user, _), heard in zip(some, calls, strict=True):
                check_lines(heard, user)
        of_calls = {line for heard in faults.all_heard for line in heard.lines}
        rest = b"\n".join([line for line in faults.written.split(b"\n") if line not in of_calls])
        assert b"SECRET-" not in rest

    anywhere(play)
