"""Runs `tests/dify` in a process of its own: it imports the SDK, which patches the whole process with gevent."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def test_the_border_to_the_sdk() -> None:
    command = [sys.executable, "-m", "tests.dify", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
