"""`web_search` and `read_pages`: plans made of catalog entries, and their answers in one shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .answer import Answer
from .catalog import Catalog
from .errors import CallError, PlanError, Problem
from .outcome import Outcome
from .plan import Plan
from .reading import read_plan
from .records import Record
from .render import page_list
from .settings import Settings, read_items
from .urls import is_web_url

DEFAULT_ENGINES = ("duckduckgo", "wikipedia")  # need no authorisation and know about everything
DEFAULT_READERS = ("webscraper", "jina_reader")  # what every Dify has first
STRATEGIES = ("all", "race", "fallback", "hedge")
RESULTS, RESULTS_MAX = 10, 100
SEARCH_DEADLINE_S = 30.0  # somebody waits for a search
READ_DEADLINE_S = 120.0
MIN_CHARS = 200  # less is a cookie banner, not a page


# -- search


def read_search(parameters: Mapping[str, Any], catalog: Catalog) -> tuple[Plan, dict[str, Any]]:
    """The plan and the inputs of one search. Raises PlanError with every problem, by the names of the parameters."""
    settings = Settings(parameters)
    query = settings.required("query")
    count = settings.whole("count", RESULTS, low=1, high=RESULTS_MAX)
    engines = _names(settings, "engines", catalog, "search", DEFAULT_ENGINES)
    plan = {
        "branches": [{"use": name} for name in engines],
        "strategy": settings.choice("strategy", STRATEGIES, "all"),
        "deadline_s": settings.number("deadline_s", SEARCH_DEADLINE_S),
        "max_parallel": max(1, len(engines)),
        "merge": {"mode": "rank", "limit": count},
        "on_failure": "report",
    }
    return _read(plan, catalog, settings, "engines"), {"query": query, "count": count}


def search_answer(answer: Answer, outcome: Outcome) -> Answer:
    """The answer of a search: pages as a list with where each was found. Raises CallError where no engine answered."""
    records = outcome.rows[0].records
    if not any(record.status == "succeeded" for record in records):
        raise CallError(_no_engine_text(records))
    pages = answer.items
    return replace(answer, text=page_list(pages, _found_by) if pages else "No results.")


def _found_by(page: Mapping[str, Any]) -> str:
    names = [str(source["branch"]) for source in page.get("sources", ())]
    return f"found by {', '.join(names)}" if names else ""


def _no_engine_text(records: Sequence[Record]) -> str:
    lines = [f"- {record.branch.name}: {record.error.message if record.error else record.status}" for record in records]
    plugins = dict.fromkeys(plugin for record in records if (plugin := _plugin(record)))
    hint = f"Install one of these from the Marketplace: {', '.join(list(plugins)[:3])}." if plugins else ""
    return "\n".join(["No search engine answered:", *lines, *([hint] if hint else [])])


# -- pages


@dataclass(frozen=True, slots=True)
class Address:
    """One page as it was asked for, and its address; None where it is none of the web."""

    written: str
    url: str | None


def read_reading(parameters: Mapping[str, Any], catalog: Catalog) -> tuple[Plan, dict[str, Any], list[Address]]:
    """The plan, the inputs and the pages of one call of `read_pages`. Raises PlanError with every problem."""
    settings = Settings(parameters)
    addresses = _addresses(parameters, settings)
    min_chars = settings.whole("min_chars", MIN_CHARS, low=0, high=1_000_000)
    readers = _names(settings, "readers", catalog, "reader", DEFAULT_READERS)
    plan = {
        "for_each": "inputs.items",
        "branches": [_reader(name, catalog, min_chars) for name in readers],
        "strategy": settings.choice("strategy", STRATEGIES[1:], "fallback"),
        "deadline_s": settings.number("deadline_s", READ_DEADLINE_S),
        "max_parallel": settings.number("max_parallel", 4),
        "on_failure": "report",
    }
    inputs = {"items": [address.url for address in addresses if address.url is not None]}
    return _read(plan, catalog, settings, "readers"), inputs, addresses
