"""The composition root: a tool's parameters in, messages out. The one place where errors become messages.

Each function serves the tool of its name. It runs in the tool's own greenlet, which alone writes requests and
messages; the engine runs in the portal and reaches it through an outbox.
"""

from __future__ import annotations

import random
import traceback
from collections.abc import Callable, Generator, Iterator, Mapping
from concurrent.futures import Future
from contextlib import suppress
from functools import partial, wraps
from typing import Any, Never

from .catalog import shipped_catalog
from .core import limits
from .core.analysis.examine import read_plan
from .core.answers.answer import Answer, NewBudget, conclude, plain_answer
from .core.answers.render import split_text
from .core.calls.outcome import Outcome
from .core.errors import ExpressionError, FanoutError, PlanError, Problem, TooLargeError, collecting
from .core.frontends.call_tools import read_call
from .core.frontends.check_plan import check
from .core.frontends.parameters import is_given, read_inputs, read_overrides
from .core.frontends.read_pages import read_pages_call
from .core.frontends.reshape import read_reshape
from .core.frontends.web_search import read_search
from .core.language.pacing import reading
from .core.plans.catalog import Catalog, read_catalog
from .core.plans.plan import Plan
from .core.values import clean
from .dify.gateway import (
    ConnectionLost,
    ErrorName,
    Session,
    holds_connections,
    open_gateway,
    write_error,
    write_lines,
    write_message,
)
from .dify.messages import Wire, answer_messages, text_messages
from .dify.outbox import Outbox
from .dify.parameters import plain_parameters
from .dify.portal import inline_budget, loop, offload, pausing_budget, turn_for_others
from .engine.call import run_call
from .engine.connections import Connections

type Parameters = Mapping[str, Any]
type Serve = Callable[[Parameters, Session], Iterator[Wire]]
type Served = Callable[[Parameters, Session], Iterator[Never]]
type Conclude = Callable[[Plan, Mapping[str, Any], Outcome, NewBudget], Answer]


_connections = Connections()  # of the whole process: all that is counted over several calls


class PluginDefect(FanoutError):
    """Something that should not have happened; says where, and nothing of the data."""


def writes_messages(serve: Serve) -> Served:
    """Write each message of a tool to the platform, and a failure as an error line of our own.

    The function that comes out yields nothing: what it would yield, the SDK would write again. It does not raise
    either: what the SDK writes of an exception carries a traceback with paths, which models read. Errors that are
    written for the author are said as they are; the innards of all others are hidden.
    """

    @wraps(serve)
    def served(parameters: Parameters, session: Session) -> Iterator[Never]:
        try:
            with reading(pausing_budget):
                for message in serve(plain_parameters(parameters), session):
                    with turn_for_others():
                        write_message(session, message)
        except Exception as error:
            write_failure(session, error if isinstance(error, FanoutError) else defect(error))
        yield from ()

    return served


def write_failure(session: Session, error: FanoutError) -> None:
    """End the call with an error line. Where the platform is gone, there is nobody to hear of it."""
    with suppress(ConnectionLost):
        write_error(session, error_type(error), sayable(str(error)))


def error_type(error: FanoutError) -> ErrorName:
    """Who can mend it: the author, or nobody here. Of both, Dify shows the text alone to people and models."""
    mends_author = isinstance(error, PlanError | ExpressionError | TooLargeError)
    return "InvokeBadRequestError" if mends_author else "InvokeServerUnavailableError"


def sayable(text: str) -> str:
    """The text of an error as one line of the protocol can carry it."""
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
    outcome = yield from run_engine(plan, inputs, session)
    yield from emit(conclude(plan, inputs, outcome, pausing_budget), session, streamed=outcome.text_tail)


def emit(answer: Answer, session: Session, extra: Mapping[str, Any] | None = None, *, streamed: str = "") -> list[Wire]:
    """An answer as messages; a reverse invocation is one that comes without an app, an agent app's has a message."""
    in_reverse = not session.app_id
    to_model = in_reverse or bool(session.message_id)
    return answer_messages(answer, extra or {}, streamed=streamed, in_reverse=in_reverse, to_model=to_model)


def run_engine(plan: Plan, inputs: dict[str, Any], session: Session) -> Generator[Wire, None, Outcome]:
    """Run the engine until the call is over; write its requests, yield its text, return the outcome.

    Raises what ended the call, where that was an error.
    """
    outbox = Outbox()
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
            inline_budget=inline_budget,
            jitter=lambda wait_s: random.uniform(0, wait_s),
            clock=process.events.time,
            connections=partial(_connections.open_call, session.app_id) if holds_connections(session) else None,
        )
    )
    engine.add_done_callback(partial(report_loss, outbox))
    try:
        for requests, text in outbox.batches():
            if requests:
                write_lines(session, requests)
            yield from text_messages(text)
        return outbox.outcome()
    except BaseException:
        engine.cancel()  # nobody reads on; without this the branches would run to their limits
        raise
    finally:
        gateway.close()


def report_loss(outbox: Outbox, engine: Future[None]) -> None:
    """Settle a call whose engine ended without an outcome, so that nobody waits for ever. Else it says nothing new."""
    if not engine.cancelled():
        outbox.settled(defect(engine.exception() or EOFError()))


# -- the tools


@writes_messages
def fan_out(parameters: Parameters, session: Session) -> Iterator[Wire]:
    """Call the tools of a plan."""
    catalog, overrides = catalog_of(parameters), read_overrides(parameters)
    plan, inputs = with_inputs(partial(read_plan, parameters.get("plan"), catalog, overrides), parameters)
    yield from run_plan(plan, inputs, session)


@writes_messages
def call_tools(parameters: Parameters, session: Session) -> Iterator[Wire]:
    """The common cases without a plan: a line per tool."""
    plan, inputs = with_inputs(partial(read_call, parameters, catalog_of(parameters)), parameters)
    yield from run_plan(plan, inputs, session)


@writes_messages
def web_search(parameters: Parameters, session: Session) -> Iterator[Wire]:
    """Ask several search tools at once; one ranked list."""
    search = read_search(parameters, catalog_of(parameters))
    yield from run_plan(search.plan, search.inputs, session, search.conclude)


@writes_messages
def read_pages(parameters: Parameters, session: Session) -> Iterator[Wire]:
    """Read pages, each with the first reader that gets enough out of it."""
    call = read_pages_call(parameters, catalog_of(parameters))
    yield from run_plan(call.plan, call.inputs, session, call.conclude)


@writes_messages
def reshape(parameters: Parameters, session: Session) -> Iterator[Wire]:
    """Evaluate an expression over the data that is given; calls nothing."""
    given = read_reshape(parameters)
    value = given.value(pausing_budget())
    yield from emit(plain_answer(value, pausing_budget(), warnings=given.warnings), session)


@writes_messages
def check_plan(parameters: Parameters, session: Session) -> Iterator[Wire]:
    """Say what a plan would do; calls nothing."""
    checked = check(
        parameters.get("plan"),
        catalog_of(parameters),
        read_inputs(parameters),
        pausing_budget,
        write=parameters.get("write"),
        answers=parameters.get("answers"),
    )
    is_ok = checked.report["ok"]
    answer = plain_answer(
        checked.report, pausing_budget(), text=checked.text, complete=is_ok, warnings=checked.warnings
    )
    yield from emit(answer, session, {"ok": is_ok, "plan": checked.plan})


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
    return read_catalog(own if is_given(own) else None, shipped_catalog(), pausing_budget())
