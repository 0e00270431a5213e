"""Keys that change nothing beside the others, which is probably a mistake: warnings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..errors import Problem
from ..texts import some_of
from .drafts import Draft
from .spec import MergeSpec, PlanSpec, RetrySpec

_LIST_OPTIONS = ("limit", "sources", "sort_by")
_NAMED = 10  # branches in one message
_NO_LIST = ("group", "vote")  # modes that give an object
_OF_ANSWERS = ("select", "accept", "prefer")  # what the shipped entries say for themselves, and a plan's is lost


def idle_keys(spec: PlanSpec, drafts: Sequence[Draft]) -> Iterator[Problem]:
    """A warning for each key of the plan and its branches that has no effect."""
    yield from _of_the_plan(spec)
    yield from _unheard(spec, drafts)
    yield from _of_branches(spec, drafts)


def _of_the_plan(spec: PlanSpec) -> list[Problem]:
    """Warnings about keys of the plan that change nothing beside its other keys."""
    merge = spec.merge or MergeSpec(mode="group")
    has_rank = merge.mode == "rank"
    branch_keys = _branch_keys(spec)
    keys = (  # (path, whether it is given, whether it has an effect, when it would have one)
        ("stagger_s", spec.given("stagger_s"), spec.strategy == "hedge", "with strategy hedge"),
        (
            "grace_s",
            spec.given("grace_s"),
            spec.strategy in ("race", "hedge") or spec.until is not None,
            "with strategy race or hedge, or with until",
        ),
        ("prefer", spec.given("prefer"), *branch_keys["prefer"]),
        ("heading", spec.given("heading"), spec.stream != "none", "with stream"),
        ("weight", spec.given("weight"), *branch_keys["weight"]),
        ("family", spec.given("family"), *branch_keys["family"]),
        ("merge.k", merge.given("k"), has_rank, "with mode rank"),
        ("merge.descending", merge.given("descending"), merge.sort_by is not None, "with sort_by"),
        ("merge.key", merge.given("key"), merge.mode not in ("group", "zip"), "with another mode"),
        ("merge.fill", merge.given("fill"), merge.key is not None or has_rank, "with key"),
        *((f"merge.{key}", merge.given(key), merge.mode not in _NO_LIST, "with another mode") for key in _LIST_OPTIONS),
        ("merge.sources", bool(merge.sources), merge.mode != "zip", "with another mode"),
    )
    found = [_effect(path, when) for path, is_given, has_effect, when in keys if is_given > has_effect]
    return [*found, _no_retry("retry")] if _is_idle(spec.retry) else found


def _branch_keys(spec: PlanSpec) -> dict[str, tuple[bool, str]]:
    """Keys of a branch, which a plan may give for all: whether each has an effect here, and when it would have one."""
    mode = spec.merge.mode if spec.merge else None
    return {
        "weight": (mode in ("rank", "vote"), "with merge mode rank or vote"),
        "family": (mode == "rank", "with merge mode rank"),
        "prefer": (spec.strategy != "all", "with strategy race, fallback or hedge"),
    }


def _of_branches(spec: PlanSpec, drafts: Sequence[Draft]) -> Iterator[Problem]:
    """What branches say of themselves; entries of the catalog may say it for other plans."""
    idle = {key: when for key, (has_effect, when) in _branch_keys(spec).items() if not has_effect}
    for draft in drafts:
        given = draft.spec.model_fields_set
        if not given.isdisjoint(idle):
            yield from (_effect(draft.path_of(key), when) for key, when in idle.items() if key in given)
        if _is_idle(draft.spec.retry):
            yield _no_retry(draft.path_of("retry"))


def _effect(path: str, when: str) -> Problem:
    return Problem(path, f"has an effect only {when}")


def _is_idle(retry: RetrySpec | None) -> bool:
    """Whether something is said of retries, but none is allowed; `attempts: 1` alone says that there are none."""
    if retry is None or retry.attempts > 1:
        return retry is not None and not retry.causes
    return bool(retry.model_fields_set) and not retry.given("attempts")


def _no_retry(path: str) -> Problem:
    return Problem(path, "allows no second attempt; give attempts, which counts the first one, and no empty if")


def _unheard(spec: PlanSpec, drafts: Sequence[Draft]) -> Iterator[Problem]:
    """What the plan says of all answers, where the entry of a branch says something else, and that counts."""
    keys = [key for key in _OF_ANSWERS if getattr(spec, key) is not None]
    if spec.strategy == "all" and "prefer" in keys:
        keys.remove("prefer")  # it has no effect at all
    for key in keys:
        said = getattr(spec, key).text
        names = [draft.name for draft in drafts if draft.is_of_entry(key) and draft.value(key).text != said]
        if names:
            yield Problem(key, _unheard_text(names))


def _unheard_text(names: Sequence[str]) -> str:
    whose = "its entry of the catalog has one, which counts" if len(names) == 1 else "their entries have their own"
    return f"does not reach {some_of(names, _NAMED)}: {whose}; give it in that branch of a plan, beside use"
