"""What to do about a known tool that did not answer: install its plugin, authorise it, or read what it said.

The tools that take names of the catalog are used by people who never saw a plan, so their records say it in these
words, and not in those of a plan (`accept` …).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import NamedTuple

from .. import limits
from ..calls.failures import NO_REASON, classify
from ..calls.outcome import Outcome
from ..calls.records import Record
from ..errors import BranchError
from ..plans.plan import Target
from ..texts import clipped


class Refused(NamedTuple):
    """Why an answer was not accepted; a longer text than `quoted_chars` says no more than that."""

    why: str
    quoted_chars: int = limits.ERROR_MESSAGE_CHARS


type Refusal = Callable[[Record], Refused]

# of what a tool sent in place of an answer; what is longer is no error. A reader's is about the page, and can be long
_SAID_CHARS, _SAID_BY_READER_CHARS = 1_000, 4_000
_ERROR_FIELDS = ("error", "message", "detail", "msg")  # in JSON, where the tool sent no text
_SECRET = re.compile(r"(?<=[?&])((?:api_?)?key|token|access_token)=[^&\s]+", re.IGNORECASE)
# what the usual advice does not help against
_REMEDIES: dict[tuple[str, str], str] = {
    ("langgenius/searxng/searxng", "unauthorized"): "allow json under search.formats in SearXNG's settings.yml; it has "
    "no key, and refuses formats that are not listed there",
}
_NO_PLUGIN = re.compile(r"\b(?:plugin|provider)\b.{0,200}\b(?:not found|not installed|does not exist)\b", re.I)


def advised(
    outcome: Outcome,
    refusal: Refusal,
    *,
    about_pages: bool = False,
    keyless: Collection[str] = (),
    asked: Sequence[str] = (),
) -> Outcome:
    """The outcome with errors that say what to do.

    `about_pages`: what a tool says may be said of a page (that it asks for a login), or by it, so that it proves
    nothing about the tool's own key. `keyless`: names of branches whose tools have no key that could be wrong.
    `asked`: texts that were sent, which say nothing about a failure where a tool quotes them.
    """

    def advise(record: Record) -> Record:
        if record.error is None:
            return record
        keyed = not about_pages and record.branch.name not in keyless
        told = told_error(record, record.error, about_pages=about_pages, asked=asked)
        message = _SECRET.sub(r"\1=…", _advice(record, record.error, told, refusal, keyed=keyed))
        return replace(record, error=BranchError(record.error.type, clipped(message, limits.ERROR_MESSAGE_CHARS)))

    rows = (replace(row, records=tuple(map(advise, row.records))) for row in outcome.rows)
    return replace(outcome, rows=tuple(rows))


def told_error(
    record: Record, error: BranchError, *, about_pages: bool = False, asked: Sequence[str] = ()
) -> BranchError | None:
    """The error; of a refused answer the words in it. None where it has none, or more than an error has."""
    if error.type != "rejected":
        return error
    said = _said(record)
    most_chars = _SAID_BY_READER_CHARS if about_pages else _SAID_CHARS
    return classify(said, before_first_message=False, asked=asked) if 0 < len(said) <= most_chars else None


def plugin_of(target: Target) -> str | None:
    """The plugin that a tool comes with, `author/name`; None for what is part of Dify, or no plugin."""
    author, _, rest = target.provider.partition("/")
    return f"{author}/{rest.partition('/')[0]}" if target.provider_type == "builtin" and rest else None


def is_missing(record: Record) -> bool:
    """Whether the record's tool most probably has no plugin here."""
    error = record.error
    if error is None or plugin_of(record.branch.target) is None:
        return False
    return error == NO_REASON or (error.type == "not_found" and _NO_PLUGIN.search(error.message) is not None)


def _said(record: Record) -> str:
    text: str = record.output["text"].strip()
    objects = [each for each in record.output["json"] if isinstance(each, dict)]
    fields = (each[key] for each in objects for key in _ERROR_FIELDS if isinstance(each.get(key), str))
    return text or next(fields, "").strip()


def _advice(record: Record, error: BranchError, told: BranchError | None, refusal: Refusal, *, keyed: bool) -> str:
    if is_missing(record):
        reason = "if it is installed, Dify failed without giving a reason" if error == NO_REASON else error.message
        return f"install {plugin_of(record.branch.target)} from the Marketplace; {reason}"
    if told is not None and keyed and (remedy := _remedy(record.branch.target, told)):
        return f"{remedy}: {told.message}"
    if told is error:
        return error.message
    refused = refusal(record)
    is_quoted = told is not None and len(told.message) <= refused.quoted_chars
    return f"{refused.why}; it sent: {told.message}" if told and is_quoted else refused.why


def _remedy(target: Target, told: BranchError) -> str | None:
    """What helps against an error of this kind, where that is known."""
    if (target.provider, told.type) in _REMEDIES:
        return _REMEDIES[target.provider, told.type]
    if told.type == "unauthorized" and not told.message.startswith("authorise"):
        return f"authorise {target.provider} in Dify, or check its key"
    return None
