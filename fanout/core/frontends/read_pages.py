"""`read_pages`: a plan that reads each page with the catalog's readers, and the pages aligned with what was given."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from .. import limits
from ..answers.answer import Answer, NewBudget, check_line, conclude
from ..answers.render import link
from ..calls.fences import closed
from ..calls.judging import select_result
from ..calls.outcome import Outcome, RowOutcome
from ..calls.records import Record
from ..errors import CallError, FanoutError, Problem, TooLargeError
from ..plans.catalog import Catalog
from ..plans.plan import Plan
from ..texts import clipped
from .addresses import Address, read_addresses
from .advice import Refused, advised
from .chosen import choose, fit_only, read_chosen
from .no_pages import ASKS, what_it_asks
from .parameters import Settings

DEFAULT_READERS = ("webscraper", "jina_reader")  # the first comes with Dify; two of them leave room for 500 pages
STRATEGIES = ("race", "fallback", "hedge")
MIN_CHARS, MIN_CHARS_MAX = 200, 1_000_000  # less is a cookie banner; no page has more
MAX_CHARS_MAX = 10_000_000  # more than one line of the protocol holds
DEADLINE_S = 120.0
NAMED = 20  # addresses that one error goes into

_NO_PAGE = "it gave no {title, content}"
_ERROR_PAGE = "it gave an error, or a page that is one"
_QUOTED_OF_WALL_CHARS = 200  # longer ones say no more than what they ask for

_CUT = re.compile(r"\n\s*\n|(?<=[.!?…])\s|(?<=[。！？])|\n")  # where a paragraph, a sentence or a line ends


@dataclass(frozen=True, slots=True)
class PagesCall:
    """One call of `read_pages`. The rows of the plan are the addresses that have a `url`, in their order."""

    plan: Plan
    inputs: dict[str, Any]
    addresses: tuple[Address, ...]
    min_chars: int
    max_chars: int | None  # of a page; null: all

    def conclude(self, plan: Plan, inputs: Mapping[str, Any], outcome: Outcome, new_budget: NewBudget) -> Answer:
        """The answer: one page per address. Raises CallError where not one could be read."""
        outcome = advised(outcome, partial(self._refusal, new_budget), about_pages=True)
        read = [(index, address) for index, address in enumerate(self.addresses) if address.url is not None]
        rows = dict(zip((index for index, _ in read), outcome.rows, strict=True))
        if rows and not any(map(_winner, outcome.rows)):
            raise CallError(self._failure_text(rows))
        answer = conclude(plan, inputs, outcome, new_budget)
        pages = [self._page(address, rows.get(index)) for index, address in enumerate(self.addresses)]
        try:
            check_line(pages, (), new_budget())
        except TooLargeError as error:
            raise TooLargeError(f"{len(pages)} pages: {error}; so do fewer addresses in one call") from None
        return replace(
            answer,
            value=pages,
            text=self._text(pages),
            branches=[{**record, "row": read[record["row"]][0]} for record in answer.branches],
            complete=answer.complete and len(rows) == len(pages),
        )

    def _text(self, pages: Sequence[Mapping[str, Any]]) -> str:
        """The content of one page; several as Markdown, each once however often it was asked for."""
        if len(pages) == 1 and "error" not in pages[0]:
            return str(pages[0]["content"])
        once: dict[str, str] = {}
        for address, page in zip(self.addresses, pages, strict=True):
            once.setdefault(address.url or address.where, _page_text(address, page))
        return "\n\n---\n\n".join(once.values()) or "No pages."

    def _page(self, address: Address, row: RowOutcome | None) -> dict[str, Any]:
        """The page, cut to `max_chars`; `omitted_chars` says how many are left out."""
        page = _page(address, row)
        content = page["content"]
        if self.max_chars is None or len(content) <= self.max_chars:
            return page
        kept = _cut(content, self.max_chars)
        return {**page, "content": kept, "omitted_chars": len(content) - len(kept)}

    def _refusal(self, new_budget: NewBudget, record: Record) -> Refused:
        """Why a reader's answer was not taken for the page."""
        scope = {"inputs": self.inputs, "item": None, "index": None}
        try:
            title, content = _parts(select_result(record.branch, record.output, scope, new_budget()))
        except FanoutError:
            return Refused(_NO_PAGE)
        if asks := what_it_asks(title, content):
            return Refused(ASKS[asks], _QUOTED_OF_WALL_CHARS)
        if not content.strip():
            return Refused(_NO_PAGE)
        is_short = len(content.strip()) < self.min_chars
        return Refused(f"it gave less text than min_chars ({self.min_chars}), or an error" if is_short else _ERROR_PAGE)

    def _failure_text(self, rows: Mapping[int, RowOutcome]) -> str:
        lines = []
        for index, address in enumerate(self.addresses[:NAMED]):
            row = rows.get(index)
            lines.append(f"- {address.where}: {address.problem if row is None else _why_unread(row)}")
        if len(self.addresses) > NAMED:
            lines.append(f"- and {len(self.addresses) - NAMED} more")
        return "\n".join(["No page could be read:", *lines])


def read_pages_call(parameters: Mapping[str, Any], catalog: Catalog) -> PagesCall:
    """The plan of one call. Raises PlanError with every problem, by the names of the parameters."""
    settings = Settings(parameters)
    addresses = read_addresses(parameters, settings)
    readers = choose(settings, "readers", catalog, "reader", DEFAULT_READERS)
    min_chars = settings.whole("min_chars", MIN_CHARS, low=0, high=MIN_CHARS_MAX)
    max_chars = settings.whole("max_chars", MAX_CHARS_MAX, low=1, high=MAX_CHARS_MAX)
    plan = {
        "for_each": "inputs.items",
        "strategy": settings.choice("strategy", STRATEGIES, "fallback"),
        "deadline_s": settings.number("deadline_s", DEADLINE_S),
        "max_parallel": settings.number("max_parallel", limits.PARALLEL),
        "merge": "first",
        "output": "`null`",  # value and text are made of the records
        "text": "",
        "on_failure": "report",
    }
    settings.problems.extend(_address_problems(addresses, len(readers)))
    urls = [address.url for address in addresses if address.url is not None]
    read_plan = read_chosen(plan, readers, "readers", catalog, settings)
    fitting = fit_only(read_plan, partial(_is_page, min_chars=min_chars))
    limit = max_chars if settings.given("max_chars") else None
    return PagesCall(fitting, {"items": urls}, addresses, min_chars, limit)


def _address_problems(addresses: Sequence[Address], readers: int) -> list[Problem]:
    """Why nothing can be read at all: too many addresses, or none of the web."""
    urls = sum(address.url is not None for address in addresses)
    door = addresses[0].where.partition(" ")[0].partition("[")[0] if addresses else ""
    if urls * readers > limits.CELLS:
        calls = f"{urls:,} addresses × {readers} readers are up to {urls * readers:,} calls"
        most = f"one call of this tool makes at most {limits.CELLS:,}"
        return [
            Problem(door, f"{calls}, and {most}; give at most {limits.CELLS // readers} addresses, or fewer readers")
        ]
    if urls or not addresses:
        return []
    problems = [Problem(address.where, address.problem) for address in addresses[:NAMED]]
    more = len(addresses) - NAMED
    return [*problems, Problem(door, f"and {more} more that are no web addresses")] if more > 0 else problems


# -- one page


def _is_page(result: Any, min_chars: int) -> bool:
    title, content = _parts(result)
    return len(content.strip()) >= min_chars and isinstance(_content(result), str) and not what_it_asks(title, content)


def _parts(result: Any) -> tuple[str, str]:
    """Title and content of what a reader gave; one of the author's own may give the text itself."""
    return _text(result.get("title") if isinstance(result, dict) else None), _text(_content(result))


def _content(result: Any) -> Any:
    return result.get("content") if isinstance(result, dict) else result


def _cut(content: str, max_chars: int) -> str:
    """The beginning of a text, up to the last paragraph or sentence that ends in it; else to the last word."""
    head = content[:max_chars]
    ends = [found.start() for found in _CUT.finditer(head, max_chars // 2)] or [head.rfind(" ")]
    return head[: ends[-1]].rstrip() if ends[-1] > 0 else head


def _winner(row: RowOutcome) -> Record | None:
    return next((record for record in row.records if record.takes_part), None)


def _page(address: Address, row: RowOutcome | None) -> dict[str, Any]:
    """`{url, title, content, reader}`; of a page that was not read the last is null, and `error` says why."""
    if row is None:
        return _unread(address.written, f"the address {address.problem}")
    winner = _winner(row)
    if winner is None:
        return _unread(address.url, _why_unread(row))
    title, content = _parts(winner.result)
    url = winner.result.get("url") if isinstance(winner.result, dict) else None
    return {
        "url": _text(url).strip() or address.url,
        "title": " ".join(title.split()),
        "content": content,
        "reader": winner.branch.name,
    }


def _unread(url: str | None, error: str) -> dict[str, Any]:
    return {"url": url, "title": "", "content": "", "reader": None, "error": error}


def _why_unread(row: RowOutcome) -> str:
    """What each reader said, at equal length where it is much; of those never asked only where nobody was."""
    errors = [
        (record.status, f"{record.branch.name}: {record.error.message}") for record in row.records if record.error
    ]
    asked = [said for status, said in errors if status not in ("skipped", "abandoned")]
    shown = asked or [said for _, said in errors[:1]]
    most_chars = limits.ERROR_MESSAGE_CHARS
    if sum(map(len, shown)) + 2 * len(shown) > most_chars:
        shown = [clipped(said, most_chars // len(shown) - 2) for said in shown]
    return "; ".join(shown)


def _page_text(address: Address, page: Mapping[str, Any]) -> str:
    head = link(page["title"], page["url"]) if address.url else link(page["url"] or address.where, None)
    body = closed(page["content"].strip()) or (f"Not read: {page['error']}" if "error" in page else "")
    return f"## {head}\n\n{body}".rstrip()


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
