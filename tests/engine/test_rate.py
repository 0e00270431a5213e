"""`rate`: calls of one tool start evenly spaced, whatever else happens (contract 3)."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes import BACKENDS, plan_of, run_plan

QUICK: list[dict[str, Any]] = [{"text": "ok"}]


@pytest.mark.parametrize("backend", BACKENDS)
def test_eight_items_at_one_a_second(backend: str) -> None:
    branch = {"name": "t", "parameters": {"q": "${item}"}}
    plan = plan_of([branch], for_each="inputs.l", rate="1/s", retry={"attempts": 3})
    run = run_plan(plan, {"t": QUICK}, {"l": list(range(8))}, backend=backend)
    assert run.answer is not None
    assert run.answer.complete
    assert [at_s for _, at_s in run.tools.sent_at] == [run.tools.sent_at[0][1] + n for n in range(8)]
    assert [record.spans[0] for record in run.records[1:]] == [("wait", "rate", 0, n) for n in range(1, 8)]


@pytest.mark.parametrize("backend", BACKENDS)
def test_waiting_for_it_holds_no_slot_and_other_tools_go_on(backend: str) -> None:
    same = {"provider": "x/x/x", "tool_name": "t"}
    plan = plan_of([{"name": "a", **same}, {"name": "b", **same}, "c", "d"], rate="1/m", max_parallel=1)
    run = run_plan(plan, {"t": QUICK, "c": QUICK, "d": QUICK}, backend=backend)
    assert [name for name, at_s in run.tools.sent_at if at_s - run.tools.sent_at[0][1] < 1] != ["t"]
    assert run.settled_s == 60


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_retry_whose_turn_comes_after_the_deadline_is_not_waited_for(backend: str) -> None:
    plan = plan_of(
        [{"name": "a", "retry": {"attempts": 2, "wait_s": 0}}, "b"], strategy="fallback", rate="1/m", deadline_s=30
    )
    run = run_plan(plan, {"a": [{"error": "503"}], "b": QUICK}, backend=backend)
    assert (run.statuses, run.settled_s) == (["failed", "succeeded"], 0)


@pytest.mark.parametrize("backend", BACKENDS)
def test_credentials_are_counted_apart(backend: str) -> None:
    ids = ["00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"]
    branches = [
        {"name": name, "provider": "x/x/x", "tool_name": "t", "credential_id": credential}
        for name, credential in zip("ab", ids, strict=True)
    ]
    assert run_plan(plan_of(branches, rate="1/m"), {"t": QUICK}, backend=backend).settled_s == 0


tools = st.lists(
    st.tuples(st.sampled_from("xy"), st.integers(0, 3), st.integers(1, 3), st.sampled_from([0, 0.3, 1, 2])),
    min_size=1,
    max_size=5,
)


@settings(max_examples=60, deadline=None)
@given(
    branches=tools,
    rows=st.integers(1, 3),
    max_parallel=st.integers(1, 4),
    strategy=st.sampled_from(["all", "race", "fallback", "hedge"]),
    backend=st.sampled_from(BACKENDS),
)
def test_no_call_starts_too_early_under_any_interleaving(
    branches: list[Any], rows: int, max_parallel: int, strategy: str, backend: str
) -> None:
    """`rate` is 2/s: half a second lies between two calls of one tool, failed ones and their retries included."""
    plan = plan_of(
        [
            {
                "name": f"b{index}",
                "provider": "x/x/x",
                "tool_name": tool,
                "parameters": {"n": f"{index}", "item": "${item}"},
                "retry": {"attempts": attempts, "wait_s": wait_s, "factor": 1, "jitter": "none"},
            }
            for index, (tool, _, attempts, wait_s) in enumerate(branches)
        ],
        for_each="inputs.l",
        rate="2/s",
        max_parallel=max_parallel,
        strategy=strategy,
        stagger_s=0.2,
        on_failure="report",
    )
    calls = [
        [{"error": "503", "after_s": takes_s / 2}] if takes_s % 2 else [{"text": "ok", "after_s": takes_s / 2}]
        for _, takes_s, _, _ in branches
    ]
    run = run_plan(plan, {"x": {"calls": calls}, "y": {"calls": calls[::-1]}}, {"l": list(range(rows))}, backend)
    for tool in "xy":
        times = [at_s for name, at_s in run.tools.sent_at if name == tool]
        assert all(later - earlier > 0.5 - 1e-9 for earlier, later in pairwise(times))
    assert run.tools.max_in_flight <= max_parallel or strategy != "all"
