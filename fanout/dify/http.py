"""Serverless: there is no shared channel; each reverse invocation is a request whose answer streams back.

The SDK's own way makes a client with a TLS context for each request (20 to 50 ms, during which nothing else runs),
takes an answer that breaks off for a complete one, and cuts lines at characters that JSON may hold (U+0085). Here the
TLS context is that of the process; connections are those of one tool call and end with it, so that none is met again
after the platform froze the process, or by another call.

An attempt that was given up is read on, to nobody: the platform still serves it (closing the connection does not stop
the tool), and only its end says when. What is left at the end of the call is cut.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import gevent  # type: ignore[import-untyped]
import httpx
from dify_plugin.core.runtime import Session

from ..core import limits
from ..core.plans.plan import Target
from .lines import LineCutter, UnreadableLine, read_line
from .loop_queue import LoopQueue, Receive
from .requests import Requests

PATH = "/backwards-invocation/transaction"
CONNECT_S = 30.0
REFUSAL_BYTES = 64 * limits.KIB  # of the body that says why a request was refused
# The platform keeps at most 30 MiB of an answer in one piece; what is longer is no line of its.
LINE_BYTES = 64 * limits.MIB
UNKNOWN_CALL = "session not found: the platform no longer knows this call"
BROKEN_OFF = "connection closed: the platform broke off its answer before the end"


class HttpGateway:
    """Sends each request by HTTP and reads its answer in a greenlet of its own."""

    def __init__(self, session: Session, queue: LoopQueue) -> None:
        self._requests = Requests(session)
        self._queue = queue
        self._url = (session.dify_plugin_daemon_url or "").rstrip("/") + PATH
        self._headers = {"Dify-Plugin-Session-ID": session.session_id, "Accept-Encoding": "identity"}
        self._client = new_client(session.max_invocation_timeout)
        self._calls: set[Any] = set()

    def send(self, target: Target, parameters: dict[str, Any], receive: Receive) -> None:
        """Call a tool; see `Gateway`."""
        request_id, line = self._requests.line(target, parameters)
        # not a `Thread`: its start waits, and nothing in the loop may
        call = gevent.spawn(self._call, request_id, line.encode(), receive)
        self._calls.add(call)
        call.rawlink(self._calls.discard)

    def close(self) -> None:
        """Cut whatever still runs."""
        for call in list(self._calls):
            call.kill(block=False)
        self._client.close()

    def _call(self, request_id: str, line: bytes, receive: Receive) -> None:
        for answer in self._answers(request_id, line):
            self._queue.put(receive, answer)

    def _answers(self, request_id: str, line: bytes) -> Iterator[dict[str, Any]]:
        """The answers to one request. Whatever happens, the last is an `error` or an `end`."""
        try:
            with self._client.stream("POST", self._url, content=line, headers=self._headers) as response:
                if response.status_code != httpx.codes.OK:
                    yield failure(refusal(response))
                    return
                yield from read_answers(in_turns(response.iter_raw()), request_id)
        except UnreadableLine as error:
            yield failure(f"an answer is {error}")
        except httpx.TimeoutException as error:
            yield failure(f"timed out: the platform gave no sign of life ({type(error).__name__})")
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:  # their words name hosts
            yield failure(f"connection failed: {type(error).__name__}")


def in_turns(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The same pieces, with a turn for others after each: where there is always more to read, reading never waits."""
    for piece in pieces:
        yield piece
        gevent.sleep(0)


def read_answers(pieces: Iterator[bytes], request_id: str) -> Iterator[dict[str, Any]]:
    """The answers in a streamed body: one line each, with empty ones to keep the connection alive.

    Raises UnreadableLine. What belongs to another request is passed over.
    """
    has_ended = False
    lines = LineCutter(LINE_BYTES)
    for piece in pieces:
        for line in lines.feed(piece):
            answer = read_line(line).get("data")
            if isinstance(answer, dict) and answer.get("backwards_request_id") == request_id:
                has_ended = has_ended or answer.get("event") in ("error", "end")
                yield answer
    if not has_ended:
        yield failure(BROKEN_OFF)


def refusal(response: httpx.Response) -> str:
    """Why a request was refused, in the words that the platform uses on the other channels."""
    body = b""
    for piece in response.iter_raw():
        body += piece
        if len(body) > REFUSAL_BYTES:
            break
    if b"SessionNotFound" in body:
        return UNKNOWN_CALL
    words = body[:REFUSAL_BYTES].decode("utf-8", "replace")
    return f"invoke tool failed: request failed with status code: {response.status_code} and respond with: {words}"


def failure(message: str) -> dict[str, Any]:
    """An answer that ends a request with an error, as the platform would say it."""
    return {"event": "error", "message": message}


def new_client(silence_s: float) -> httpx.Client:
    """A client without bounds of its own (the plan has them), that keeps no cookies."""
    return httpx.Client(
        verify=tls_context(),
        timeout=httpx.Timeout(silence_s, connect=CONNECT_S, pool=None),
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=None),
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
    )


@cache
def tls_context() -> ssl.SSLContext:
    """The TLS context of the process: making one takes longer than most calls."""
    return httpx.create_ssl_context()
