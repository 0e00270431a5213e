"""Warnings about settings that cannot do what they seem to, beside each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import accumulate

from ..errors import Problem, join_path
from ..plans.plan import NO_RETRY, Branch, Plan
from .forecast import longest_waits

_PLATFORM_S = 240  # a stock Dify ends a reverse call then
_STOCK_S = 235.0  # over this, ours is no longer the first to end it

type _Check = Callable[[Plan, Branch], str | None]


def settings_warnings(plan: Plan, path_of: Callable[[int, str], str]) -> list[Problem]:
    """Each at the key that is probably meant to be changed, where it was written: `path_of` an index and a key."""
    warnings = list(_of_the_plan(plan))
    branches = [branch for branch in plan.branches if not _is_usual(plan, branch)]
    for keys, check in _OF_BRANCHES if branches else ():
        key, *below = keys.split(".")
        found = [(branch, message) for branch in branches if (message := check(plan, branch)) is not None]
        warnings += [Problem(join_path(path_of(branch.index, key), *below), message) for branch, message in found]
    return list(dict.fromkeys(warnings))


def _is_usual(plan: Plan, branch: Branch) -> bool:
    """Whether there is nothing to check, as in nearly all branches."""
    has_waits = branch.first_message_s is not None or branch.idle_s is not None or branch.retry is not NO_RETRY
    return not has_waits and branch.timeout_s < min(_STOCK_S, plan.deadline_s)


def _of_the_plan(plan: Plan) -> Iterator[Problem]:
    branches = len(plan.branches)
    if plan.strategy in ("race", "hedge") and branches > plan.max_parallel:
        message = (
            f"{plan.strategy} with {branches} branches starts only {plan.max_parallel} of them at once, and the others "
            f"when one has ended; give at least {branches}"
        )
        yield Problem("max_parallel", message)
    if plan.strategy == "hedge" and branches > 1 and plan.stagger_s >= plan.deadline_s:
        yield Problem("stagger_s", f"{_beyond(plan.stagger_s, plan)}: no second branch is started for being slow")
    last_s = 0.0 if plan.rate is None else _last_start_s(plan, plan.rate)
    if last_s >= plan.deadline_s and plan.strategy != "fallback":
        yield Problem("rate", f"{_beyond(last_s, plan)}: not all calls of one tool can start")
    streams_nothing = _streams_nothing(plan)
    if streams_nothing:
        yield Problem("stream", f"{plan.strategy} shows nothing while it runs {streams_nothing}; give stream: none")
    has_grace = plan.strategy in ("race", "hedge") or plan.until is not None
    if has_grace and plan.grace_s >= plan.deadline_s:
        yield Problem("grace_s", f"{_beyond(plan.grace_s, plan)}: the deadline always ends it")


def _last_start_s(plan: Plan, rate: float) -> float:
    """When the last call of one tool can start."""
    calls = Counter(branch.target for branch in plan.branches)
    return (max(calls.values()) - 1) / rate


def _streams_nothing(plan: Plan) -> str | None:
    """Why no branch can be committed to, and so none streams (contract 9)."""
    if plan.stream == "none" or plan.strategy == "all":
        return None
    if plan.need != 1:
        return "where need is over 1"
    return "where a branch is required" if any(branch.required for branch in plan.branches) else None


def _beyond(wait_s: float, plan: Plan) -> str:
    return f"a wait of {wait_s:g} s reaches deadline_s, which is {plan.deadline_s:g}"


def _long_timeout(plan: Plan, branch: Branch) -> str | None:
    if branch.timeout_s <= _STOCK_S:
        return None
    return f"a stock Dify ends every call after {_PLATFORM_S} s, so {branch.timeout_s:g} s need longer limits there"


def _hides_the_next(plan: Plan, branch: Branch) -> str | None:
    is_last = branch.index == len(plan.branches) - 1
    if plan.strategy != "fallback" or is_last or branch.timeout_s < plan.deadline_s:
        return None
    return (
        f"a branch that hangs may take {branch.timeout_s:g} s, and the call is over after {plan.deadline_s:g} s "
        "(deadline_s), so the next one is never started; give a timeout_s below deadline_s"
    )


def _never_first(key: str) -> _Check:
    def check(plan: Plan, branch: Branch) -> str | None:
        value: float | None = getattr(branch, key)
        if value is None or value <= branch.timeout_s:
            return None
        return f"{value:g} s are over timeout_s, which is {branch.timeout_s:g} and ends the attempt before"

    return check


def _late_retry(plan: Plan, branch: Branch) -> str | None:
    retry = branch.retry
    wait_s = min(retry.wait_s, retry.max_wait_s)
    if retry.attempts == 1 or wait_s < plan.deadline_s:
        return None
    return f"{_beyond(wait_s, plan)}: there is no second attempt"


def _capped_wait(plan: Plan, branch: Branch) -> str | None:
    retry = branch.retry
    if retry.wait_s <= retry.max_wait_s:
        return None
    found = f"a wait of {retry.wait_s:g} s is over max_wait_s, which is {retry.max_wait_s:g}, and is cut to that"
    return (
        f"{found}; it also reaches deadline_s, which is {plan.deadline_s:g}"
        if retry.wait_s >= plan.deadline_s
        else found
    )


def _late_attempts(plan: Plan, branch: Branch) -> str | None:
    """Of exact waits that are short enough one by one, which attempt has no time left."""
    waits = longest_waits(branch.retry)
    if branch.retry.jitter == "full" or not waits or waits[0] >= plan.deadline_s:
        return None
    for number, sum_s in enumerate(accumulate(waits), start=2):
        if sum_s >= plan.deadline_s:
            return f"{_beyond(sum_s, plan)}: there is no attempt {number} of {branch.retry.attempts}"
    return None


def _only_rejected(plan: Plan, branch: Branch) -> str | None:
    has_effect = branch.accept is not None or branch.fits is not None or branch.retry.causes != {"rejected"}
    return None if has_effect else "an answer is rejected only by accept, and there is none"


_OF_BRANCHES: tuple[tuple[str, _Check], ...] = (
    ("timeout_s", _long_timeout),
    ("timeout_s", _hides_the_next),
    ("first_message_s", _never_first("first_message_s")),
    ("idle_s", _never_first("idle_s")),
    ("retry.wait_s", _late_retry),
    ("retry.wait_s", _capped_wait),
    ("retry.attempts", _late_attempts),
    ("retry.if", _only_rejected),
)
