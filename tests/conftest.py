"""Settings of the whole suite."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator

import pytest
from hypothesis import settings

from playground import Playground
from tests.conformance import CHECKOUT
from tests.harness.thread import PlaygroundThread

# No deadline per example: machines are shared, and the suite has a limit of its own (faulthandler, in pyproject.toml).
# In CI the same examples are tried every time, so that a red run is about the change; at home new ones are.
settings.register_profile("fanout", deadline=None, max_examples=50, derandomize=bool(os.environ.get("CI")))
settings.register_profile("quick", deadline=None, max_examples=20)  # `make quick`
settings.register_profile("thorough", deadline=None, max_examples=1_000)  # before a release
settings.load_profile("fanout")

gc.disable()  # until all is collected: what comes by then stays to the end

# These import the SDK, and so gevent patches the process; trio, for one, does not survive that. test_dify.py runs them.
collect_ignore = [] if "dify_plugin" in sys.modules else ["dify"]

# These take longest, so they begin first: the workers end at about the same time.
FIRST = (
    "test_dify.py",
    "test_stalls.py",
    "test_conformance.py",
    "faults/",
    "playground/",
    "test_benchmarks.py",
    "precheck/",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: next((n for n, part in enumerate(FIRST) if part in item.nodeid), len(FIRST)))


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: where tests wait for a process or for time, a core would have nothing to do."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_finish() -> None:
    gc.freeze()  # the tests stay to the end, and are ten thousand: no later collection has to walk over them
    gc.enable()


@pytest.fixture(scope="session")
def plugin() -> Iterator[PlaygroundThread]:
    """The plugin's process on standard input and output, for all that does nothing with it but call it."""
    with PlaygroundThread(lambda: Playground(CHECKOUT, connections=None)) as thread:
        yield thread
