"""Runs `tests/dify` in a process of its own: it imports the SDK, which patches the whole process with gevent."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize("chosen", ["test_plugin", "not test_plugin"])  # the one starts many processes
def test_the_border_to_the_sdk(chosen: str) -> None:
    command = [sys.executable, "-m", "tests.dify", "-q", "-p", "no:cacheprovider", "-k", chosen]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
