"""One playground for the tests of this folder: the probe under test, and the target as a provider."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from playground import Authorization, Outcome, Playground
from tests.harness.thread import PlaygroundThread

HERE = Path(__file__).resolve().parent
PROBE, TARGET = HERE / "plugin", HERE / "target"
TARGET_ID = "playground/target/target"
DEFAULT_KEY = "3f0f6f5a-8f5e-4d58-9d0e-000000000001"
OTHER_KEY = "3f0f6f5a-8f5e-4d58-9d0e-000000000002"
AUTHORIZATIONS = {
    TARGET_ID: [Authorization(OTHER_KEY, {"key": "other"}), Authorization(DEFAULT_KEY, {"key": "default"}, True)]
}

type Steps = Callable[..., Outcome]
type Reverse = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def thread() -> Iterator[PlaygroundThread]:
    with PlaygroundThread(lambda: Playground(PROBE, [TARGET], authorizations=AUTHORIZATIONS)) as thread:
        yield thread


@pytest.fixture
def steps(thread: PlaygroundThread) -> Steps:
    """Play steps with the probe: `steps({"text": "hi"}, …, scripts={…})`."""

    def play(*steps: Any, **options: Any) -> Outcome:
        options.setdefault("timeout_s", 20)
        return thread.run(thread.playground.call("steps", {"steps": json.dumps(steps)}, **options))

    return play


@pytest.fixture
def reverse(steps: Steps) -> Reverse:
    """Call a tool in reverse from the probe; gives `{received, error}` as the probe heard it."""

    def call(
        provider: str, tool: str, parameters: Any = None, *, scripts: Any = None, **request: Any
    ) -> dict[str, Any]:
        wanted = {"provider": provider, "tool": tool, "tool_parameters": parameters or {}, **request}
        outcome = steps({"invoke_tool": wanted}, scripts=scripts)
        assert outcome.error is None, outcome.error
        heard: dict[str, Any] = outcome.json[0]
        return heard

    return call
