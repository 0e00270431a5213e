"""Run the tools of the catalog, from copies of their plugins, against scripted services, and say what comes out.

Each entry is asked as `web_search` or `read_pages` would ask it, in eight situations: the service answers, has nothing,
refuses the key, the quota or the rate, fails, sends a web page, or refuses the connection. What it says is ours, one
file per entry in `tests/catalog/services`. Part of `make catalog-check`; what came out is kept in
docs/catalog-answers.yaml, from which `make docs` makes the table of the catalog's page.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fanout.core.budget import Budget
from fanout.core.calls.failures import classify
from fanout.core.calls.fold import Fold
from fanout.core.calls.judging import judge, says_empty
from fanout.core.calls.messages import Message
from fanout.core.calls.outcome import Outcome, RowOutcome
from fanout.core.calls.records import Record
from fanout.core.errors import BranchError, CallError, FanoutError
from fanout.core.frontends.advice import told_error
from fanout.core.frontends.read_pages import PagesCall, read_pages_call
from fanout.core.frontends.web_search import Search, read_search
from fanout.core.plans.catalog import Catalog
from fanout.core.plans.document import parse_document
from fanout.core.plans.plan import Branch

from .copies import Declaration

ROOT = Path(__file__).parents[3]
SERVICES = ROOT / "tests" / "catalog" / "services"
ANSWERS = ROOT / "docs" / "catalog-answers.yaml"

QUERY, PAGE = "bees", "https://bees.example/keeping"
SITUATIONS = ("ok", "empty", "unauthorised", "quota", "rate", "server_error", "html", "refused")
# what a service says, where its own words are not known
USUAL: Mapping[str, Any] = {
    "unauthorised": {"status": 401, "json": {"error": "Invalid API key"}},
    "quota": {"status": 402, "json": {"error": "You have no credits left"}},
    "rate": {"status": 429, "json": {"error": "Too many requests"}},
    "server_error": {"status": 500, "json": {"error": "Internal server error"}},
    "html": {
        "text": "<!doctype html><html><head><title>Sign in</title></head><body>Sign in to the network</body></html>"
    },
    "refused": {"refused": True},
}
_ADVICE = ("authorise ", "allow ", "install ")
_LONG = 20  # times that the text of a page is repeated
_TIMEOUT_S = 120
_UNGIVEN: Mapping[str, Any] = {"string": "", "secret-input": "", "select": "", "boolean": False}

type Asking = Search | PagesCall


@dataclass(frozen=True, slots=True)
class Answer:
    """What an entry made of one situation: the number of its hits, or why there are none."""

    hits: int | None = None
    kind: str = ""
    message: str = ""

    @property
    def text(self) -> str:
        if self.hits is not None:
            return f"{self.hits} hit{'' if self.hits == 1 else 's'}" if self.hits else "no hits"
        return f"{self.kind}, with advice" if self.message.startswith(_ADVICE) else self.kind


def run_entry(name: str, entries: Mapping[str, Any], declared: Declaration) -> dict[str, Answer] | str:
    """What the entry makes of each situation; text: why its tool could not be run."""
    file = SERVICES / f"{name}.yaml"
    if declared.folder is None or not declared.source or not file.exists():
        return "no copy that can be run" if file.exists() else "no scripted service"
    service = _service(name)
    asking = _asking(name, entries)
    job = {
        "folder": str(declared.folder),
        "source": declared.source,
        "credentials": service["credentials"],
        "parameters": _parameters(asking, declared) | service.get("parameters", {}),
        "situations": {situation: _answers(service, situation) for situation in SITUATIONS},
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.catalog.check.tool"],
        input=json.dumps(job),
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_S,
        check=False,
        cwd=ROOT,
    )
    if done.returncode:
        return (done.stderr.strip().splitlines() or ["it ended without a word"])[-1]
    return {situation: _judged(asking, told) for situation, told in json.loads(done.stdout).items()}


def misbehaviour(name: str, answers: Mapping[str, Answer]) -> Iterator[str]:
    """Where an entry takes a bad day for a good one, or the other way round, and its tool lets it tell them apart."""
    untold = _service(name).get("untold", {})
    if not answers["ok"].hits:
        yield f"ok: {answers['ok'].text}: {answers['ok'].message}"
    for situation in SITUATIONS[2:]:
        if answers[situation].hits is not None and situation not in untold:
            yield f"{situation}: {answers[situation].text}, and no error"
    if answers["empty"].hits or answers["empty"].kind not in ("", "rejected"):
        yield f"empty: {answers['empty'].text}: {answers['empty'].message}"


def keep(answers: Mapping[str, Mapping[str, Answer]]) -> None:
    """Write what came out; entries that were not run keep what they had."""
    old = parse_document(ANSWERS.read_text(encoding="utf-8"), ANSWERS.name) if ANSWERS.exists() else {}
    new = {name: {situation: answer.text for situation, answer in told.items()} for name, told in answers.items()}
    lines = [f"{name}: {json.dumps(told)}" for name, told in sorted({**old, **new}.items())]
    ANSWERS.write_text("# Written by make catalog-check.\n" + "\n".join(lines) + "\n", encoding="utf-8")


def _service(name: str) -> dict[str, Any]:
    file = SERVICES / f"{name}.yaml"
    service = parse_document(file.read_text(encoding="utf-8"), file.name)
    assert isinstance(service, dict)
    return service


def _asking(name: str, entries: Mapping[str, Any]) -> Asking:
    catalog = Catalog(entries)
    if entries[name]["kind"] == "search":
        return read_search({"query": QUERY, "engines": name}, catalog)
    return read_pages_call({"urls": PAGE, "readers": name}, catalog)


def _parameters(asking: Asking, declared: Declaration) -> dict[str, Any]:
    """As the platform hands them over: it fills in the settings (`form: form`) that a reverse call leaves out."""
    [branch] = asking.plan.branches
    item = None if isinstance(asking, Search) else PAGE
    given = branch.parameters.render({"inputs": asking.inputs, "item": item, "index": 0, "branches": {}}, Budget())
    settings = {parameter: rule for parameter, rule in declared.parameters.items() if rule.get("form") == "form"}
    return {parameter: _default(rule) for parameter, rule in settings.items()} | dict(given)


def _default(rule: Mapping[str, Any]) -> Any:
    default = rule.get("default")
    return _UNGIVEN.get(rule.get("type", "string")) if default is None else default


def _answers(service: Mapping[str, Any], situation: str) -> list[Any]:
    answers = service.get(situation) or USUAL[situation]
    return [_written_out(answer) for answer in (answers if isinstance(answers, list) else [answers])]


def _written_out(value: Any) -> Any:
    """`{repeat: text}` is a text as long as a page."""
    if isinstance(value, dict):
        return value["repeat"] * _LONG if value.keys() == {"repeat"} else {k: _written_out(v) for k, v in value.items()}
    return [_written_out(each) for each in value] if isinstance(value, list) else value


# -- what comes out


def _judged(asking: Asking, told: Mapping[str, Any]) -> Answer:
    [branch] = asking.plan.branches
    fold = Fold()
    for step in told["messages"]:
        [(kind, value)] = step.items()
        fold.add(Message("variable", value[1], name=value[0]) if kind == "variable" else Message(kind, value))
    record = _record(asking, branch, fold.output(), told.get("error"), has_sent=bool(told["messages"]))
    row = RowOutcome((record,), "all", record.takes_part, record.takes_part, *((0, PAGE) if record.row == 0 else ()))
    try:
        answer = asking.conclude(asking.plan, asking.inputs, Outcome((row,)), Budget)
    except CallError as error:
        assert record.error is not None
        return Answer(kind=_kind(record, record.error), message=str(error).partition(": ")[2].partition("\n")[0])
    return Answer(hits=len(answer.items))


def _record(
    asking: Asking, branch: Branch, output: Mapping[str, Any], error: Mapping[str, str] | None, *, has_sent: bool
) -> Record:
    row = None if isinstance(asking, Search) else 0
    is_empty = False
    common: dict[str, Any] = {"attempts": 1, "row": row, "output": dict(output)}
    if error is not None:
        wrapped = (
            f"PluginInvokeError: {json.dumps({'args': {}, 'error_type': error['type'], 'message': error['message']})}"
        )
        failure = classify(wrapped, before_first_message=False, asked=[QUERY])
        is_empty = not has_sent and says_empty(branch, failure, Budget())
        if not is_empty:
            return Record(branch, "failed", failure, **common)
    scope = {"inputs": asking.inputs, "item": None if row is None else PAGE, "index": row}
    try:
        judgement = judge(branch, output, scope, Budget(), is_empty=is_empty)
    except FanoutError as problem:
        return Record(branch, "failed", BranchError("expression", str(problem)), **common)
    if judgement.accepted:
        return Record(branch, "succeeded", result=judgement.result, **common)
    return Record(branch, "rejected", BranchError("rejected", "`accept` was not true for its answer"), **common)


def _kind(record: Record, error: BranchError) -> str:
    """The kind of error; of a refused answer that is a sentence, the kind that the sentence says."""
    told = told_error(record, error, about_pages=record.row is not None, asked=[QUERY])
    return "rejected" if told is None or (told is not error and told.type == "provider") else told.type
