"""What the author wrote → a `Plan`, or all of its problems at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from .. import limits
from ..errors import ExpressionError, PlanError, Problem, join_path
from ..language.templates import ValueTemplate, compile_value
from ..texts import clipped, say_joined, say_lookalike
from ..values import clean
from .catalog import Catalog
from .copied import copied_problem
from .document import PASTED, PASTED_REMEDY, parse_document, pasted_paths, take_object
from .drafts import Draft, DraftReader, check_rules, name_drafts
from .effects import idle_keys
from .outline import Analyse, Outline, find_places, without_analysis
from .plan import NO_RETRY, Branch, Merge, Plan, Retry, Rule
from .references import Reads, circle_problem, find_circles, find_dependencies, names_branches
from .schema import describe, suggest, validate
from .spec import BranchDefaults, PlanSpec, RetrySpec, RuleSpec
from .syntax import place_of
from .targets import Written

PROBLEMS_SHOWN = 200  # of one plan; nobody reads more
_FAIL_LATER = ("for_each", "text")  # keys whose place is told while the plan runs
_PATH_CHARS = 200  # a key can be as long as the plan
_MESSAGE_CHARS = 1_500  # names of the whole catalog fit in

type Rename = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Reading:
    """What was made of a plan: `plan` is None where there are `problems`. `warnings` do not keep it from running."""

    plan: Plan | None
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


def examine_plan(
    source: Any,
    catalog: Catalog,
    *,
    overrides: Mapping[str, Any] | None = None,
    rename: Rename = str,
    analyse: Analyse = without_analysis,
) -> Reading:
    """A plan from its text (YAML or JSON) or native object, with every problem and every warning.

    `overrides`: tool settings that win over the plan's keys of the same name (null: not given). `rename` turns paths
    into those that the author sees, for plans that were put together from other fields. `analyse` adds what it finds;
    all tools read plans by `analysis.examine`, which gives one.
    """
    problems, warnings = list(catalog.problems), list(catalog.warnings)
    plan = None
    try:
        value = _read_value(source, warnings)
    except PlanError as error:
        problems.extend(error.problems)
    else:
        settings = {key: clean(setting) for key, setting in (overrides or {}).items() if setting is not None}
        problems.extend(_find_pasted(value, source))
        reader = _Reader(catalog, problems, warnings, rename)
        with suppress(_EnoughError):
            plan = reader.read({**value, **settings})
            analyse(reader.outline(plan), problems, warnings)
    if plan is None or problems:
        return Reading(None, _shown(problems, rename), _shown(warnings, rename))
    shown = _shown(warnings, rename)
    return Reading(replace(plan, warnings=shown) if shown else plan, warnings=shown)


def _read_value(source: Any, warnings: list[Problem]) -> dict[str, Any]:
    value = parse_document(source, "plan", warnings) if isinstance(source, str) else take_object(source, "plan")
    copied = copied_problem(value, "a plan")
    if copied is not None:
        raise PlanError([Problem("plan", copied)])
    if isinstance(value, dict):
        return value
    found = "is empty" if value is None else f"got {describe(value)}"
    lookalike = say_lookalike(value) or say_joined(value) if isinstance(value, str) else ""
    raise PlanError([Problem("plan", f"{found}; give an object whose key branches lists what to call{lookalike}")])


def _find_pasted(value: Any, source: Any) -> list[Problem]:
    if isinstance(source, str) and PASTED not in source and "\\" not in source:
        return []  # and no escape that could stand for it
    paths = list(pasted_paths(value, ""))
    if not paths and isinstance(source, str) and PASTED in source:
        paths = [place_of(source, PASTED, "plan")]  # in a comment: what is pasted in need not stay in its line
    return [Problem(path, PASTED_REMEDY) for path in paths]


def _shown(problems: Sequence[Problem], rename: Rename) -> tuple[Problem, ...]:
    """Each once, with the author's paths; of text with a pasted variable only that it is one."""
    pasted = {problem.path for problem in problems if problem.message == PASTED_REMEDY}
    kept = [problem for problem in problems if problem.path not in pasted or problem.message == PASTED_REMEDY]
    kept.sort(key=lambda problem: _branch_index(problem.path))
    short = (Problem(clipped(rename(path), _PATH_CHARS), clipped(message, _MESSAGE_CHARS)) for path, message in kept)
    shown = list(dict.fromkeys(short))
    if len(shown) > PROBLEMS_SHOWN:
        more = Problem("", "and more problems")
        return (*shown[:PROBLEMS_SHOWN], more)
    return tuple(shown)


def _branch_index(path: str) -> int:
    """-1 for what belongs to no branch."""
    branch = re.match(r"branches\[(\d+)\]", path)
    return int(branch[1]) if branch else -1


# keys of a branch that mean in the plan what they mean as written, with their defaults
_AS_WRITTEN = {key: each.default for key, each in BranchDefaults.model_fields.items() if key != "retry"}


class _Parameters(NamedTuple):
    """The parameters of branches as one template, and what each of them reads."""

    template: ValueTemplate
    reads: list[Reads]


class _EnoughError(Exception):
    """There are more problems than are shown, and looking for them takes time."""


class _Reader:
    """Reads one plan; adds to `problems` and `warnings` as it goes."""

    def __init__(self, catalog: Catalog, problems: list[Problem], warnings: list[Problem], rename: Rename) -> None:
        self._catalog = catalog
        self._problems = problems
        self._warnings = warnings
        self._rename = rename
        self._templates: dict[tuple[str, int], ValueTemplate] = {}
        self._parameters: dict[int, _Parameters] = {}
        self._spec: PlanSpec  # with the first of `read`
        self._drafts: list[Draft] = []
        self._names: list[str] | None = None

    def read(self, value: Mapping[str, Any]) -> Plan | None:
        spec = self._spec = validate(PlanSpec, value, "", self._problems, budget=self._catalog.budget)
        raw = value.get("branches")
        if raw is None:
            self._problem("branches", f"is missing; give a list of 1 to {limits.BRANCHES} branches")
        check_rules(value.get("rules"), "rules", self._problems)
        raw = raw[: limits.BRANCHES] if isinstance(raw, list) else []
        reader = DraftReader(spec, self._catalog, self._problems, self._warnings)
        drafts = [draft for index, each in enumerate(raw) if (draft := reader.read(each, index)) is not None]
        self._drafts = drafts
        name_drafts(drafts, self._problems, self._rename)
        self._check_counts(spec, len(raw))
        names = self._names = [draft.name for draft in drafts] if len(drafts) == len(raw) else None
        depends_on = self._dependencies(drafts, spec.strategy, are_all=names is not None)
        plan_rules = self._rules(Written(spec.rules, "rules"), names)
        branches = [self._branch(draft, plan_rules, names, depends_on) for draft in drafts]
        if self._problems:
            return None
        self._warnings.extend(idle_keys(spec, drafts))
        plan = _plan(spec, tuple(branch for branch in branches if branch is not None))
        fields = {key: field for key in _FAIL_LATER if (field := self._rename(key)) != key}
        return replace(plan, fields=fields) if fields else plan

    def outline(self, plan: Plan | None) -> Outline:
        """What the analysis looks at, after `read`."""
        spec = self._spec
        parameters = [(path, template) for (path, _), template in self._templates.items()]
        return Outline(
            places=list(find_places(spec, self._drafts, parameters)),
            parameters=parameters,
            names=self._names,
            merge_mode=_merge(spec).mode if plan is None else plan.merge.mode,
            has_rows=spec.for_each is not None,
            plan=plan,
            path_of=lambda index, key: self._drafts[index].origin_of(key),
        )

    def _check_counts(self, spec: PlanSpec, branches: int) -> None:
        if isinstance(spec.need, int) and spec.need > branches > 0:
            self._problem(
                "need", f"got {spec.need}, but there {_are(branches, 'branch', 'branches')}; give less, or all"
            )
        if spec.given("need_rows") and spec.for_each is None and "for_each" not in self._failed():
            self._problem("need_rows", "counts the rows of for_each; give for_each too, or take it out")

    def _dependencies(self, drafts: Sequence[Draft], strategy: str, *, are_all: bool) -> dict[str, tuple[str, ...]]:
        reads = {draft.name: self._reads(draft) for draft in drafts}
        depends_on = find_dependencies(reads, strategy, self._problems, are_all=are_all)
        paths = {draft.name: draft.path for draft in drafts}
        self._problems.extend(circle_problem(circle, paths[circle[0]]) for circle in find_circles(depends_on))
        return depends_on

    def _reads(self, draft: Draft) -> list[Reads]:
        parameters = self._parameters_of(draft)
        if draft.value("when") is None:
            return parameters.reads
        when = draft.pick("when")
        return [Reads(when.path, when.value.reads), *parameters.reads]

    def _parameters_of(self, draft: Draft) -> _Parameters:
        """The compiled parameters of a branch; compiled once for all branches that have the very same."""
        written = draft.parameters
        found = self._parameters.get(id(written))
        if found is None:
            fields = {name: self._template(value) for name, value in written.items()}
            reads = [Reads(value.path, fields[name].reads) for name, value in written.items()]
            reads = [each for each in reads if names_branches(each)]
            found = self._parameters[id(written)] = _Parameters(ValueTemplate.of_fields(fields), reads)
        return found

    def _template(self, written: Written) -> ValueTemplate:
        """The compiled value of a parameter; each place is compiled, and its mistakes reported, once."""
        place = (written.path, id(written.value))  # with dots in names, two places may look alike
        template = self._templates.get(place)
        if template is None:
            template = self._templates[place] = compile_value(written.value, self._expression_problem, written.path)
        return template

    def _branch(
        self,
        draft: Draft,
        plan_rules: tuple[Rule, ...],
        names: Sequence[str] | None,
        depends_on: Mapping[str, tuple[str, ...]],
    ) -> Branch | None:
        target = draft.target(self._catalog, self._problems)
        parameters = self._parameters_of(draft).template
        rules = self._rules(draft.own_rules(), names)
        if target is None or self._problems:
            return None
        empty, empty_accept = draft.empty()
        return Branch(
            index=draft.index,
            path=self._rename(draft.path),
            name=draft.name,
            target=target,
            parameters=parameters,
            retry=_retry(draft.value("retry")),
            rules=rules + plan_rules,
            depends_on=depends_on[draft.name],
            requires=draft.requires(parameters.reads),
            empty=empty,
            empty_accept=empty_accept,
            **draft.values(_AS_WRITTEN),
        )

    def _rules(self, written: Written, names: Sequence[str] | None) -> tuple[Rule, ...]:
        specs: list[RuleSpec] | None = written.value
        if not specs:
            return ()
        return tuple(self._rule(spec, join_path(written.path, index), names) for index, spec in enumerate(specs))

    def _rule(self, spec: RuleSpec, path: str, names: Sequence[str] | None) -> Rule:
        for name in spec.branches or ():
            if names is not None and name not in names:
                self._problem(f"{path}.from", f"no branch {name}; {suggest(name, names, 'the branches')}")
        return Rule(
            path=self._rename(path),
            types=None if spec.types is None else frozenset(spec.types),
            branches=None if spec.branches is None else frozenset(spec.branches),
            where=spec.where,
            emit=None if spec.drop else spec.emit,
        )

    def _failed(self) -> set[str]:
        return {problem.path for problem in self._problems}

    def _expression_problem(self, path: str, error: ExpressionError) -> None:
        self._problem(path, str(error))
        if len(self._problems) > PROBLEMS_SHOWN:
            raise _EnoughError

    def _problem(self, path: str, message: str) -> None:
        self._problems.append(Problem(path, message))


def _plan(spec: PlanSpec, branches: tuple[Branch, ...]) -> Plan:
    return Plan(
        branches=branches,
        strategy=spec.strategy,
        need=_count(spec.need),
        need_rows=_count(spec.need_rows),
        stagger_s=spec.stagger_s,
        until=spec.until,
        grace_s=spec.grace_s,
        deadline_s=spec.deadline_s,
        max_parallel=spec.max_parallel,
        for_each=spec.for_each,
        merge=_merge(spec),
        output=spec.output,
        text=spec.text,
        stream=spec.stream,
        heading=spec.heading,
        on_failure=spec.on_failure,
        trace=spec.trace,
        rate=spec.rate,
    )


def _count(need: int | str) -> int | None:
    return need if isinstance(need, int) else None


def _retry(spec: RetrySpec | None) -> Retry:
    if spec is None:
        return NO_RETRY
    return Retry(spec.attempts, spec.wait_s, spec.factor, spec.max_wait_s, spec.jitter, frozenset(spec.causes))


def _merge(spec: PlanSpec) -> Merge:
    if spec.merge is None:
        return Merge("first" if spec.strategy != "all" and spec.need == 1 else "group")
    merge = spec.merge
    return Merge(
        mode=merge.mode,
        key=merge.key,
        limit=merge.limit,
        sources=merge.mode == "rank" if merge.sources is None else merge.sources,
        fill=merge.fill,
        sort_by=merge.sort_by,
        descending=merge.descending,
        k=merge.k,
    )


def _are(count: int, one: str, many: str) -> str:
    return f"is 1 {one}" if count == 1 else f"are {count} {many}"
