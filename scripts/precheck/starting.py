"""Checks that need the package to run: a clean installation, and a start in both of the ways that Dify starts it."""

from __future__ import annotations

import json
import os
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from .package import Faults, Package

START_S = 20  # what the Marketplace waits for the line below
INSTALL_S = 600
READY = "Serving Flask app"
_AGAIN_S = 0.1
_LAST_LINES = 5  # of what a program said before it failed


def python_312() -> str | None:
    """A Python of the version that Dify runs plugins with; None where there is none."""
    if platform.python_version().startswith("3.12."):
        return getattr(sys, "_base_executable", sys.executable)
    uv = shutil.which("uv")
    if uv:
        found = subprocess.run([uv, "python", "find", "3.12"], capture_output=True, text=True, check=False)
        return found.stdout.strip() or None
    return shutil.which("python3.12")


def install(package: Package, python: str, environment: Path) -> Faults:
    """requirements.txt can be installed in a new environment of Python 3.12."""
    commands = (
        [python, "-m", "venv", str(environment)],
        [str(python_in(environment)), "-m", "pip", "install", "--quiet", "-r", "requirements.txt"],
    )
    for command in commands:
        try:
            done = subprocess.run(
                command, cwd=package.folder, capture_output=True, text=True, check=False, timeout=INSTALL_S
            )
        except subprocess.TimeoutExpired:
            yield f"the installation took longer than {INSTALL_S} s"
            return
        if done.returncode != 0:
            yield f"the installation failed: {_last_lines(done.stderr)}"
            return


def python_in(environment: Path) -> Path:
    return environment / "bin" / "python"


def start_serverless(package: Package, python: Path) -> Faults:
    """`python -m main` as Dify's cloud starts it says that it serves, and answers on its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {"INSTALL_METHOD": "serverless", "SERVERLESS_HOST": "127.0.0.1", "SERVERLESS_PORT": str(port)}
    with _started(package, python, settings) as (lines, said):
        if not any(READY in line for line in lines):
            yield f"no line said {READY} within {START_S} s: {said()}"
            return
        status = _status(f"http://127.0.0.1:{port}/")
    if status not in (200, 404):
        yield f"GET / gave {status or 'no answer'}, and 200 or 404 are expected"


def start_local(package: Package, python: Path) -> Faults:
    """`python -m main` as the plugin daemon starts it declares itself and beats."""
    with _started(package, python, {"INSTALL_METHOD": "local"}) as (lines, said):
        messages: Iterator[dict[str, Any]] = (json.loads(line) for line in lines if line.strip())
        if next(messages, {}).get("name") != package.manifest.get("name"):
            yield f"the first line is not the manifest: {said()}"
        elif not any(message.get("event") == "heartbeat" for message in messages):
            yield f"there was no heartbeat within {START_S} s: {said()}"


@contextmanager
def _started(package: Package, python: Path, settings: dict[str, str]) -> Iterator[tuple[IO[str], Callable[[], str]]]:
    """Run the package. Gives the lines it writes (they end after `START_S`) and a function: its last complaints."""
    with tempfile.TemporaryFile("w+") as complaints:
        process = subprocess.Popen(
            [str(python), "-m", "main"],
            cwd=package.folder,
            env=os.environ | settings | {"PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            text=True,
        )

        def said() -> str:
            complaints.seek(0)
            return _last_lines(complaints.read()) or "it said nothing else"

        limit = threading.Timer(START_S, process.kill)
        limit.start()
        try:
            assert process.stdout is not None
            yield process.stdout, said
        finally:
            limit.cancel()
            process.kill()
            process.communicate()


def _status(address: str) -> int | None:
    """What GET gives. The line that says it serves comes a moment before it does, so it is asked again and again."""
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(address, timeout=START_S) as answer:
                status: int = answer.status
                return status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            time.sleep(_AGAIN_S)
    return None


def _last_lines(text: str) -> str:
    return " / ".join(text.strip().splitlines()[-_LAST_LINES:])
