"""Run the tool of a copy of a plugin, with its network scripted. A child of `running`; nothing leaves the machine.

A job comes as JSON on standard input: `{folder, source, credentials, parameters, situations: {name: answers}}`, where
`answers` are those of the service: `{when?, status?, json?, text?, headers?, refused?}`, each for the addresses that
hold `when`. Out goes `{name: {messages: [step …]}}`, with `error: {type, message}` where the tool raised.
"""

from __future__ import annotations

import contextlib
import importlib.util
import inspect
import io
import json
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from email.message import Message
from types import ModuleType, SimpleNamespace
from typing import Any

from dify_plugin import Tool  # first: it patches what the others import

# isort: split
import httpx
import requests

REFUSED = "[Errno 111] Connection refused"


class Service:
    """What answers every request, whichever library makes it."""

    def __init__(self) -> None:
        self.answers: Sequence[Mapping[str, Any]] = ()

    def answer(self, url: str) -> tuple[int, dict[str, str], bytes] | None:
        """Status, headers and body; None where the connection is refused."""
        matching = (each for each in self.answers if str(each.get("when", "")) in url)
        answer: Mapping[str, Any] = next(matching, {"status": 404})
        if answer.get("refused"):
            return None
        is_json = "json" in answer
        body = json.dumps(answer["json"], ensure_ascii=False) if is_json else str(answer.get("text", ""))
        html = body.lstrip().startswith("<!doctype html")
        kind = "application/json" if is_json else "text/html" if html else "text/plain; charset=utf-8"
        return answer.get("status", 200), {"content-type": kind, **answer.get("headers", {})}, body.encode()


SERVICE = Service()


# -- in place of the network


def send_requests(self: Any, request: requests.PreparedRequest, **_: Any) -> requests.Response:
    answer = SERVICE.answer(request.url or "")
    if answer is None:
        raise requests.exceptions.ConnectionError(REFUSED, request=request)
    response = requests.Response()
    response.status_code, headers, body = answer
    response.headers.update(headers)
    response.raw, response.url, response.request, response.encoding = (
        io.BytesIO(body),
        request.url or "",
        request,
        "utf-8",
    )
    response.reason = {401: "Unauthorized", 402: "Payment Required", 429: "Too Many Requests"}.get(answer[0], "Error")
    return response


def send_httpx(self: Any, request: httpx.Request) -> httpx.Response:
    answer = SERVICE.answer(str(request.url))
    if answer is None:
        raise httpx.ConnectError(REFUSED, request=request)
    return httpx.Response(answer[0], headers=answer[1], content=answer[2], request=request)


def open_urllib(url: Any, *_: Any, **__: Any) -> Any:
    address = url if isinstance(url, str) else url.full_url
    answer = SERVICE.answer(address)
    if answer is None:
        raise urllib.error.URLError(REFUSED)
    status, headers, body = answer
    if status >= 400:
        raise urllib.error.HTTPError(address, status, "Error", Message(), io.BytesIO(body))
    return SimpleNamespace(read=lambda: body, status=status, headers=headers)


class Browser:
    """Stands for `primp.Client`, with which one library asks."""

    def __init__(self, **_: Any) -> None:
        self.headers: dict[str, str] = {}

    def request(self, method: str, url: str, **_: Any) -> Any:
        answer = SERVICE.answer(url)
        if answer is None:
            raise ConnectionError(REFUSED)
        status, headers, body = answer
        return SimpleNamespace(status_code=status, headers=headers, content=body, text=body.decode(), url=url)


def replace_network() -> None:
    requests.adapters.HTTPAdapter.send = send_requests  # type: ignore[method-assign, assignment]
    httpx.HTTPTransport.handle_request = send_httpx  # type: ignore[method-assign]
    urllib.request.urlopen = open_urllib
    time.sleep = lambda seconds: None
    with contextlib.suppress(ImportError):
        importlib.import_module("primp").Client = Browser  # type: ignore[attr-defined]


# -- the tool


def tool_class(folder: str, source: str) -> type[Tool]:
    sys.path.insert(0, folder)
    os.chdir(folder)
    name = source.removesuffix(".py").replace("/", ".")
    spec = importlib.util.spec_from_file_location(name, source)
    assert spec is not None
    assert spec.loader is not None
    module: ModuleType = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    own = [each for each in vars(module).values() if inspect.isclass(each) and each.__module__ == name]
    return next(each for each in own if issubclass(each, Tool))


def run(kind: type[Tool], job: Mapping[str, Any]) -> dict[str, Any]:
    """What the tool sends, and the error with which it ends."""
    runtime: Any = SimpleNamespace(credentials=job["credentials"], credential_type="api-key", user_id=None)
    model = SimpleNamespace(
        summary=SimpleNamespace(invoke=lambda text, instruction="": text)
    )  # as Dify with short text
    session: Any = SimpleNamespace(model=model)
    tool = kind(runtime=runtime, session=session)
    messages: list[Any] = []
    try:
        for message in tool._invoke(dict(job["parameters"])):
            messages.extend(steps(message))
    except Exception as error:
        return {"messages": messages, "error": {"type": type(error).__name__, "message": str(error)}}
    return {"messages": messages}


def steps(message: Any) -> Iterator[dict[str, Any]]:
    """A message of the SDK as a step of a catalog case; logs and files are none."""
    kind, content = message.type.value, message.message
    if kind == "text":
        yield {"text": content.text}
    elif kind == "link":
        yield {"link": content.text}
    elif kind == "json":
        yield {"json": content.json_object}
    elif kind == "variable":
        yield {"variable": [content.variable_name, content.variable_value]}


def main() -> None:
    job = json.load(sys.stdin)
    out = sys.stdout
    with contextlib.redirect_stdout(sys.stderr):  # some tools write there
        replace_network()
        kind = tool_class(job["folder"], job["source"])
        results = {}
        for name, answers in job["situations"].items():
            SERVICE.answers = answers
            results[name] = run(kind, job)
    json.dump(results, out, default=str)


if __name__ == "__main__":
    main()
