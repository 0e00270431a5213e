"""`web_search`: a plan made of the catalog's search tools, and their hits as one ranked list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..answers.answer import Answer, NewBudget, check_line, conclude
from ..answers.render import page_list
from ..calls.outcome import Outcome
from ..calls.records import Record
from ..errors import CallError
from ..plans.catalog import Catalog
from ..plans.plan import Plan
from .advice import advised, is_missing
from .chosen import accept_only, choose, read_chosen
from .parameters import Settings

DEFAULT_ENGINES = ("duckduckgo", "wikipedia", "stackexchange")  # they need no authorization
DEFAULT_PLUGINS = ("langgenius/duckduckgo", "langgenius/wikipedia", "langgenius/stackexchange")
STRATEGIES = ("all", "race", "fallback", "hedge")
RESULTS, RESULTS_MAX = 10, 100  # as many as an engine gives on its first page; more than anybody reads
DEADLINE_S = 30.0  # somebody waits for a search
PARALLEL = 10  # engines asked at once: the connections of a stock installation

# An entry of the author's own may give anything: what holds no hit is no answer. Nothing at all is one.
_HITS = "(!result || ([result][] | [?title || url]))"
_REFUSAL = "it gave no list of {title, url, snippet}"


def read_search(parameters: Mapping[str, Any], catalog: Catalog) -> tuple[Plan, dict[str, Any]]:
    """The plan and the inputs of one search. Raises PlanError with every problem, by the names of the parameters."""
    settings = Settings(parameters)
    query = settings.required("query")
    count = settings.whole("count", RESULTS, low=1, high=RESULTS_MAX)
    engines = choose(settings, "engines", catalog, "search", DEFAULT_ENGINES)
    plan = {
        "strategy": settings.choice("strategy", STRATEGIES, "all"),
        "deadline_s": settings.number("deadline_s", DEADLINE_S),
        "max_parallel": min(len(engines), PARALLEL) or 1,
        "merge": "rank",
        "text": "",  # it is made of the finished hits
        "on_failure": "report",
    }
    plan_read = read_chosen(plan, engines, "engines", catalog, settings)
    return accept_only(plan_read, _HITS), {"query": query, "count": count}


def conclude_search(plan: Plan, inputs: Mapping[str, Any], outcome: Outcome, new_budget: NewBudget) -> Answer:
    """The answer of a search: hits with where each was found. Raises CallError where no engine answered."""
    asked = [record for record in outcome.rows[0].records if record.attempts]
    nothing_installed = bool(asked) and all(map(is_missing, asked))
    outcome = advised(outcome, _REFUSAL, about_pages=False)
    records = outcome.rows[0].records
    if not any(record.takes_part for record in records):
        raise CallError(_failure_text(records, nothing_installed=nothing_installed))
    answer = conclude(plan, inputs, outcome, new_budget)
    hits = [hit for element in answer.items if (hit := as_hit(element)) is not None][: inputs["count"]]
    check_line(hits, records, new_budget())
    text = page_list(hits, [_found_by(hit) for hit in hits], new_budget()) if hits else "No results."
    return replace(answer, value=hits, text=text)


def as_hit(element: Mapping[str, Any]) -> dict[str, Any] | None:
    """`{title, url, snippet, published?, author?, score, sources}` of one ranked element; None where it is no page.

    `url` is null where the engine knows none; what else is missing is empty text, `published` and `author` are absent.
    """
    title, url, snippet = (_text(element.get(key)) for key in ("title", "url", "snippet"))
    title = " ".join(title.split())
    if not title and not url:
        return None
    known = {key: text for key in ("published", "author") if (text := _text(element.get(key)))}
    hit: dict[str, Any] = {"title": title or url, "url": url or None, "snippet": snippet, **known}
    return {**hit, "score": element["score"], "sources": element["sources"]}


def _failure_text(records: Sequence[Record], *, nothing_installed: bool) -> str:
    """Why no engine answered, one line each."""
    lines = [f"- {record.branch.name}: {record.error.message if record.error else record.status}" for record in records]
    if nothing_installed:
        plugins = ", ".join(DEFAULT_PLUGINS)
        lines.append(f"To begin with, install these from the Marketplace; they need no authorization: {plugins}.")
    return "\n".join(["No search engine answered:", *lines])


def _found_by(hit: Mapping[str, Any]) -> str:
    return f"(found by {', '.join(source['branch'] for source in hit['sources'])})"


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
