"""What to do about a known tool that did not answer: install its plugin, authorise it, or read what it said.

The tools that take names of the catalog are used by people who never saw a plan, so their records say it in these
words, and not in those of a plan (`accept` …).
"""

from __future__ import annotations

import re
from dataclasses import replace

from .. import limits
from ..calls.failures import NO_REASON, classify
from ..calls.outcome import Outcome
from ..calls.records import Record
from ..errors import BranchError
from ..plans.plan import Target

_SAID_CHARS = 200  # of what a tool sent in place of an answer; an error is shorter, a page longer
_NO_PLUGIN = re.compile(r"\b(?:plugin|provider)\b.{0,200}\b(?:not found|not installed|does not exist)\b", re.I)


def advised(outcome: Outcome, refusal: str, *, about_pages: bool) -> Outcome:
    """The outcome with errors that say what to do.

    `refusal`: why a tool's answer was not accepted. `about_pages`: what a tool says may be said of a page (that it
    asks for a login), or by it, so that it proves nothing about the tool's own key.
    """
    rows = (
        replace(row, records=tuple(_advised(record, refusal, about_pages=about_pages) for record in row.records))
        for row in outcome.rows
    )
    return replace(outcome, rows=tuple(rows))


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


def _advised(record: Record, refusal: str, *, about_pages: bool) -> Record:
    if record.error is None:
        return record
    message = _message(record, record.error, refusal, about_pages=about_pages)
    if len(message) > limits.ERROR_MESSAGE_CHARS:
        message = f"{message[: limits.ERROR_MESSAGE_CHARS - 1]}…"
    return replace(record, error=BranchError(record.error.type, message))


def _message(record: Record, error: BranchError, refusal: str, *, about_pages: bool) -> str:
    if is_missing(record):
        reason = "if it is installed, Dify failed without giving a reason" if error == NO_REASON else error.message
        return f"install {plugin_of(record.branch.target)} from the Marketplace; {reason}"
    told = error
    if error.type == "rejected":
        text = record.output["text"].strip()
        if not 0 < len(text) <= _SAID_CHARS:
            return refusal
        told = classify(text, before_first_message=False)
    if told.type == "unauthorized" and not about_pages and not told.message.startswith("authorise"):
        return f"authorise {record.branch.target.provider} in Dify, or check its key: {told.message}"
    return told.message if told is error else f"{refusal}; it sent: {told.message}"
