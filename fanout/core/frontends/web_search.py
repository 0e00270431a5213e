"""`web_search`: a plan made of the catalog's search tools, and their hits as one ranked list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..answers.answer import Answer, NewBudget, check_line, conclude, failure_line
from ..answers.render import link, page_list
from ..calls.outcome import Outcome
from ..calls.records import Record
from ..errors import CallError, Problem
from ..plans.catalog import Catalog
from ..plans.plan import Plan
from ..urls import is_web_url
from .advice import Refused, advised, is_missing
from .chosen import choose, fit_only, read_chosen
from .hits import Joined, hits_of, is_answer
from .parameters import Settings

TOPICS = ("web", "news", "academic", "images", "videos", "code")
# Those that need neither an authorization nor a model of the workspace. Other topics have none: engines must be named.
DEFAULT_ENGINES: Mapping[str, tuple[str, ...]] = {
    "web": ("duckduckgo", "stackexchange"),
    "academic": ("semantic_scholar",),
    "code": ("stackexchange",),
}
DEFAULT_PLUGINS = ("langgenius/duckduckgo", "langgenius/stackexchange")
STRATEGIES = ("all", "race", "fallback", "hedge")
RESULTS, RESULTS_MAX = 10, 100  # as many as an engine gives on its first page; more than anybody reads
DEADLINE_S = 30.0  # somebody waits for a search
ENGINE_S = 12.0  # one engine; the slowest of those that answer take half of it
GRACE_S = 3.0  # for the rest, once there is enough
PARALLEL = 10  # engines asked at once: the connections of a stock installation

# two engines have given as many hits as were asked for
_ENOUGH = """
length(values(branches)[?status == 'succeeded' && result]) >= `2`
&& length(values(branches)[?status == 'succeeded'].result[]) >= inputs.count
"""
_NO_LIST = "it gave no list of {title, url, snippet}"
_HTML = "it answered with a web page in place of results: something stands between, a proxy or a login"


@dataclass(frozen=True, slots=True)
class Search:
    """One search. `keyless` are the engines that need no authorization."""

    plan: Plan
    inputs: dict[str, Any]
    keyless: frozenset[str]

    def conclude(self, plan: Plan, inputs: Mapping[str, Any], outcome: Outcome, new_budget: NewBudget) -> Answer:
        """The answer: hits with where each was found. Raises CallError where no engine answered."""
        asked = [record for record in outcome.rows[0].records if record.attempts]
        nothing_installed = bool(asked) and all(map(is_missing, asked))
        outcome = _with_hits(advised(outcome, _refusal, keyless=self.keyless, asked=[self.inputs["query"]]))
        records = outcome.rows[0].records
        if not any(record.takes_part for record in records):
            raise CallError(_failure_text(records, nothing_installed=nothing_installed))
        answer = conclude(plan, inputs, outcome, new_budget)
        joined = Joined(record.result for record in records if record.takes_part)
        hits = [_in_order(joined.best(element)) for element in answer.items[: inputs["count"]]]
        check_line(hits, records, new_budget())
        notes = [_note(hit, with_image=inputs["topic"] == "images") for hit in hits]
        text = page_list(hits, notes, new_budget()) if hits else "No results."
        return replace(answer, value=hits, text=text)


def read_search(parameters: Mapping[str, Any], catalog: Catalog) -> Search:
    """One search. Raises PlanError with every problem, by the names of the parameters."""
    settings = Settings(parameters)
    query = settings.required("query")
    count = settings.whole("count", RESULTS, low=1, high=RESULTS_MAX)
    topic = settings.choice("topic", TOPICS, "") or None
    engines = choose(settings, "engines", catalog, "search", DEFAULT_ENGINES.get(topic or "web", ()))
    if topic is not None:
        settings.problems.extend(_topic_problems(settings, engines, topic, catalog))
    strategy = settings.choice("strategy", STRATEGIES, "all")
    plan = {
        "strategy": strategy,
        "deadline_s": settings.number("deadline_s", DEADLINE_S),
        "timeout_s": ENGINE_S,
        "max_parallel": min(len(engines), PARALLEL) or 1,
        "prefer": "result",
        "merge": "rank",
        "text": "",  # it is made of the finished hits
        "on_failure": "report",
    }
    if strategy == "all":
        plan |= {"until": _ENOUGH, "grace_s": GRACE_S}
    plan_read = read_chosen(plan, engines, "engines", catalog, settings)
    keyless = frozenset(name for name in engines if _says(catalog, name, "authorization") is False)
    return Search(fit_only(plan_read, is_answer), {"query": query, "count": count, "topic": topic}, keyless)


# -- topics


def _topic_problems(settings: Settings, engines: Sequence[str], topic: str, catalog: Catalog) -> list[Problem]:
    """Which engines search a topic, where one that was named does not, or none was and none does without a key."""
    unfit = [name for name in engines if not _serves(catalog, name, topic)]
    if not unfit and (engines or settings.given("engines")):
        return []
    serving = ", ".join(name for name in catalog.names("search") if _serves(catalog, name, topic))
    if unfit:
        return [Problem("engines", f"{', '.join(unfit)}: cannot search {topic}; those that do are {serving}")]
    return [Problem("engines", f"is missing; engines that search {topic} need a key, so name some: {serving}")]


def _serves(catalog: Catalog, name: str, topic: str) -> bool:
    """Whether an engine searches a topic; an entry that does not say so searches whatever it is given."""
    topics = _says(catalog, name, "topics")
    return not isinstance(topics, list) or topic in topics


def _says(catalog: Catalog, name: str, key: str) -> Any:
    written = catalog.written(name)
    return written.get(key) if isinstance(written, dict) else None


# -- what the engines gave


def _with_hits(outcome: Outcome) -> Outcome:
    """The outcome with the results of engines in one shape, before they are ranked."""
    [row] = outcome.rows
    records = tuple(
        replace(record, result=hits_of(record.branch, record.result), result_size=None) if record.takes_part else record
        for record in row.records
    )
    return replace(outcome, rows=(replace(row, records=records),))


def _in_order(hit: Mapping[str, Any]) -> dict[str, Any]:
    """Score and sources last."""
    last = ("score", "sources")
    return {key: hit[key] for key in (*(key for key in hit if key not in last), *last)}


def _refusal(record: Record) -> Refused:
    begin = record.output["text"][:500].lstrip().lower()
    return Refused(_HTML if begin.startswith(("<!doctype html", "<html", "<head")) else _NO_LIST)


def _failure_text(records: Sequence[Record], *, nothing_installed: bool) -> str:
    """Why no engine answered, one line each."""
    lines = [failure_line(record) for record in records]
    if nothing_installed:
        plugins = ", ".join(DEFAULT_PLUGINS)
        lines.append(f"To begin with, install these from the Marketplace; they need no authorization: {plugins}.")
    return "\n".join(["No search engine answered:", *lines])


def _note(hit: Mapping[str, Any], *, with_image: bool) -> str:
    found_by = f"(found by {', '.join(source['branch'] for source in hit['sources'])})"
    image = hit.get("image", "")
    return f"!{link(hit['title'], image)} {found_by}" if with_image and is_web_url(image) else found_by
