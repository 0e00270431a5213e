"""The composition root: a tool's parameters in, messages out. The one place where errors become messages.

Each function serves the tool of its name. It runs in the tool's own greenlet, which alone writes requests and
messages; the engine runs in the portal and reaches it through an outbox.
"""

from __future__ import annotations

import random
import traceback
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from functools import cache, partial, wraps
from pathlib import Path
from typing import Any

from .core import limits
from .core.analysis.examine import read_plan
from .core.answers.answer import Answer, NewBudget, conclude, plain_answer
from .core.answers.render import split_text
from .core.calls.judging import evaluate_at
from .core.calls.outcome import Outcome
from .core.errors import FanoutError, PlanError, Problem, collecting
from .core.frontends.call_tools import read_call
from .core.frontends.check_plan import check, report_text
from .core.frontends.parameters import is_given, read_inputs, read_overrides
from .core.frontends.read_pages import read_reading
from .core.frontends.reshape import read_reshape
from .core.frontends.web_search import conclude_search, read_search
from .core.plans.catalog import Catalog, read_catalog
from .core.plans.document import parse_document
from .core.plans.plan import Plan
from .core.values import clean
from .dify.gateway import ConnectionLost, Session, open_gateway, write_lines, write_message
from .dify.messages import Wire, answer_messages, text_messages
from .dify.outbox import Outbox
from .dify.portal import loop, offload, pausing_budget, turn_for_others
from .engine.call import run_call

type Parameters = Mapping[str, Any]
type Serve = Callable[[Parameters, Session], Iterator[Wire]]
type Conclude = Callable[[Plan, Mapping[str, Any], Outcome, NewBudget], Answer]


class PluginDefect(FanoutError):
    """Something that should not have happened; says where, and nothing of the data."""


def tool(serve: Serve) -> Serve:
    """Write what a tool says, and nothing is left for the SDK to write.

    Errors that are written for the author go through as they are; the innards of all others are hidden.
    """

    @wraps(serve)
    def guarded(parameters: Parameters, session: Session) -> Iterator[Wire]:
        try:
            for message in serve(parameters, session):
                with turn_for_others():
                    write_message(session, message)
            yield from ()
        except FanoutError as error:
            error.args = (sayable(str(error)),)
            raise error from None
        except Exception as error:
            raise defect(error) from None

    return guarded


def sayable(text: str) -> str:
    """The text of an error as one line of the protocol can carry it, also where the SDK says it twice."""
    whole: str = clean(text)
    [first, *rest] = split_text(whole, limits.ERROR_BYTES) or [""]
    return f"{first} … (cut off)" if rest else whole


def defect(error: BaseException) -> PluginDefect:
    """A defect of the plugin as an error that may be shown."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {frames[-1].name}:{frames[-1].lineno}" if frames else ""
    return PluginDefect(f"a defect in the plugin ({type(error).__name__}{where}); please report it with your plan")


# -- running a plan


def run_plan(plan: Plan, inputs: dict[str, Any], session: Session, conclude: Conclude = conclude) -> Iterator[Wire]:
    """Call what the plan says; yield text as it streams, then the answer that `conclude` makes of the outcome."""
    outbox = Outbox()
    yield from settle(plan, inputs, session, outbox)
    yield from answer_messages(conclude(plan, inputs, outcome_of(outbox), pausing_budget))


def settle(plan: Plan, inputs: dict[str, Any], session: Session, outbox: Outbox) -> Iterator[Wire]:
    """Run the engine until the call is over; write its requests, yield its text. The outcome is in the outbox."""
    process = loop()
    gateway = open_gateway(session, process.events, outbox.request, outbox.settled)
    engine = process.start(
        partial(
            run_call,
            plan,
            inputs,
            gateway=gateway,
            sink=outbox,
            offload=offload,
            jitter=lambda wait_s: random.uniform(0, wait_s),
        )
    )
    engine.add_done_callback(partial(report_loss, outbox))
    try:
        while outbox.outcome is None:
            outbox.wait()
            if lines := outbox.take_requests():
                write_lines(session, lines)
            yield from text_messages(outbox.take_text())
        if isinstance(outbox.outcome, ConnectionLost):
            raise outbox.outcome
    except BaseException:
        engine.cancel()  # nobody reads on; without this the branches would run to their limits
        raise
    finally:
        gateway.close()


def report_loss(outbox: Outbox, engine: Future[None]) -> None:
    """Settle a call whose engine ended without an outcome, so that nobody waits for ever. Else it says nothing new."""
    if not engine.cancelled():
        outbox.settled(defect(engine.exception() or EOFError()))


def outcome_of(outbox: Outbox) -> Outcome:
    """The outcome of a settled call. Raises what settled it, where that was an error."""
    if isinstance(outbox.outcome, FanoutError):
        raise outbox.outcome
    assert outbox.outcome is not None
    return outbox.outcome


# -- the tools


@tool
def fan_out(parameters: Parameters, session: Session) -> Iterator[Wire]:
    """Call the tools of a plan."""
    catalog, overrides = catalog_of(parameters), read_overrides(parameters)
    plan, inputs = with_inputs(partial(read_plan, parameters.get("plan"), catalog, overrides=overrides), parameters)
    yield from run_plan(plan, inputs, session)


@tool
def call_tools(parameters: Parameters, session: Session) -> Iterator[Wire]:
    """The common cases without a plan: a line per tool."""
    plan, inputs = with_inputs(partial(read_call, parameters, catalog_of(parameters)), parameters)
    yield from run_plan(plan, inputs, session)


@tool
def web_search(parameters: Parameters, session: Session) -> Iterator[Wire]:
    """Ask several search tools at once; one ranked list."""
    plan, inputs = read_search(parameters, catalog_of(parameters))
    yield from run_plan(plan, inputs, session, conclude_search)


@tool
def read_pages(parameters: Parameters, session: Session) -> Iterator[Wire]:
    """Read pages, each with the first reader that gets enough out of it."""
    reading = read_reading(parameters, catalog_of(parameters))
    yield from run_plan(reading.plan, reading.inputs, session, reading.conclude)


@tool
def reshape(parameters: Parameters, session: Session) -> Iterator[Wire]:
    """Evaluate an expression over the data that is given; calls nothing."""
    expression, data = read_reshape(parameters)
    value = evaluate_at("expression", expression, data, pausing_budget())
    yield from answer_messages(plain_answer(value, pausing_budget()))


@tool
def check_plan(parameters: Parameters, session: Session) -> Iterator[Wire]:
    """Say what a plan would do; calls nothing."""
    report = check(parameters.get("plan"), catalog_of(parameters), read_inputs(parameters), pausing_budget())
    answer = plain_answer(report, pausing_budget(), text=report_text(report), complete=report["ok"])
    yield from answer_messages(answer, {"ok": report["ok"]})


def with_inputs(read: Callable[[], Plan], parameters: Parameters) -> tuple[Plan, dict[str, Any]]:
    """The plan and the inputs of a call. Raises PlanError with the problems of both."""
    problems: list[Problem] = []
    with collecting(problems):
        plan = read()
    with collecting(problems):
        inputs = read_inputs(parameters)
    if problems:
        raise PlanError(problems, "call")
    return plan, inputs


def catalog_of(parameters: Parameters) -> Catalog:
    """The shipped catalog under the author's own entries."""
    own = parameters.get("catalog")
    return read_catalog(own if is_given(own) else None, shipped_catalog())


@cache
def shipped_catalog() -> Mapping[str, Any]:
    """The entries that come with the plugin; read once, never changed."""
    entries: dict[str, Any] = {}
    for file in sorted((Path(__file__).parent / "catalog").glob("*.yaml")):
        entries |= parse_document(file.read_text(encoding="utf-8"), file.name)
    return entries
