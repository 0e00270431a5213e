"""What must not make a difference: the order of arrival, how text is cut, late and double ends, the form of a call."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from fanout.core.frontends.call_tools import read_call
from fanout.core.plans.catalog import read_catalog
from tests.fakes import Run, plan_of, run_plan

TIMED = ("elapsed_s",)


def seen(run: Run) -> Any:
    """All that a caller sees, but for the times; what raised by its words, without seconds."""
    if run.answer is None:
        return [line.partition(", ")[0] for line in str(run.error).splitlines()]
    records = [{key: value for key, value in record.items() if key not in TIMED} for record in run.answer.branches]
    return run.answer.value, records, run.answer.complete, run.answer.settled_by, run.text


pieces = st.lists(st.text("ab ", max_size=3), min_size=1, max_size=4)
waits = st.lists(st.integers(0, 5), min_size=4, max_size=4)
tools = st.lists(st.tuples(pieces, waits, st.booleans()), min_size=1, max_size=4)


@settings(max_examples=60, deadline=None)
@given(tools=tools, late=st.sampled_from([[], [{"end": True}], [{"error": "late"}], [{"text": "late"}]]))
def test_arrival_cuts_and_late_events_leave_no_trace(tools: list[Any], late: list[dict[str, Any]]) -> None:
    names = [f"b{index}" for index in range(len(tools))]
    slow, quick = {}, {}
    for name, (texts, wait_s, fails) in zip(names, tools, strict=True):
        end = [{"error": "down"}] if fails else [{"end": True}]
        steps = [{"text": text, "after_s": wait} for text, wait in zip(texts, wait_s, strict=False)]
        slow[name] = [*steps, *end, *late]
        quick[name] = [{"text": "".join(texts)}, *end]
    plan = plan_of(names, stream="ordered", max_parallel=4)
    assert seen(run_plan(plan, slow)) == seen(run_plan(plan, quick))


@settings(max_examples=40, deadline=None)
@given(
    strategy=st.sampled_from(["all", "race", "fallback"]),
    merge=st.sampled_from(["group", "concat", "first"]),
    attempts=st.integers(1, 3),
    output=st.sampled_from([None, "length(branches)"]),
    fails=st.lists(st.booleans(), min_size=2, max_size=2),
    items=st.sampled_from([None, ["x", "y"]]),
)
def test_a_plan_and_its_call_tools_form_give_the_same(
    strategy: str, merge: str, attempts: int, output: str | None, fails: list[bool], items: list[str] | None
) -> None:
    scripts = {
        name: [{"echo": True, "after_s": after_s}, *([{"error": "503"}] if fail else [])]
        for name, after_s, fail in zip(("one", "two"), (1, 2), fails, strict=True)
    }
    parameters = {"q": "${inputs.q}", "x": "${item}"}
    fields = {"strategy": strategy, "merge": merge, **({"output": output} if output else {})}
    short = read_call(
        {
            "tools": "one = a/a/a/one\ntwo = a/a/a/two",
            "parameters": '{"q": "${inputs.q}", "x": "${item}"}',
            "attempts": str(attempts),
            "items": items,
            **fields,
        },
        read_catalog(None, {}),
    )
    branches = [{"name": name, "provider": "a/a/a", "tool_name": name} for name in ("one", "two")]
    rows = {"for_each": "inputs.items"} if items else {}
    long = plan_of(branches, parameters=parameters, retry={"attempts": attempts}, **fields, **rows)
    inputs = {"q": "cats", "items": items}
    assert seen(run_plan(short, scripts, inputs, "asyncio")) == seen(run_plan(long, scripts, inputs, "asyncio"))
