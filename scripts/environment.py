"""Create `.venv` with what pyproject.toml asks for, in the versions that uv.lock names.

    python scripts/environment.py KEY PYTHON

`scripts/environment` runs this, with the newest key. With uv it takes seconds; pip does the same from the same lists.
"""

from __future__ import annotations

import fcntl
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import tomllib
import venv
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
# not `sys.executable`: that may be the very environment that is about to be replaced
PYTHON = getattr(sys, "_base_executable", sys.executable)


def main(key: str, python: str) -> int:
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as constraints:
        constraints.writelines(f"{line}\n" for line in locked(read_toml("uv.lock")))
        constraints.flush()
        asked = ["--constraint", constraints.name, *required(read_toml("pyproject.toml"))]
        return 0 if make(VENV, f"{key}\n{python}\n", asked) else 1


def make(folder: Path, stamp: str, asked: list[str]) -> bool:
    """Make an environment with what pip is asked for, unless there is one of this stamp. Whether there is one now.

    The stamp is written last: an environment without it was interrupted and is made anew.
    """
    file = folder / "stamp"
    with one_at_a_time():
        if file.is_file() and file.read_text() == stamp:
            return True  # or another make was quicker
        print(f"Setting up {folder.name} with Python {platform.python_version()}, once …", flush=True)
        if not (install_with_uv(folder, asked) or install_with_pip(folder, asked)):
            print("The dependencies could not be installed; the reason stands above.", file=sys.stderr)
            return False
        file.write_text(stamp)
    return True


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Wait for any other process that is making the environment. The system ends the lock with its holder."""
    folder = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def install_with_uv(folder: Path, asked: list[str]) -> bool:
    """Whether there is a uv and it could; it may lack what only pip is set up with, such as a mirror."""
    uv = shutil.which("uv")
    if uv is None or not succeeds(uv, "--version", quiet=True):
        return False
    shutil.rmtree(folder, ignore_errors=True)
    return succeeds(uv, "venv", "--quiet", "--no-project", "--python", PYTHON, str(folder)) and succeeds(
        uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", str(folder / "bin" / "python"), *asked
    )


def install_with_pip(folder: Path, asked: list[str]) -> bool:
    shutil.rmtree(folder, ignore_errors=True)
    venv.create(folder, with_pip=True)
    return succeeds(
        str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *asked
    )


def required(pyproject: dict[str, Any]) -> list[str]:
    """The requirements of the plugin and of its development group."""
    return [*pyproject["project"]["dependencies"], *pyproject["dependency-groups"]["dev"]]


def locked(lock: dict[str, Any]) -> list[str]:
    """`name==version` of every package in a lock, but for those with several versions (one per platform)."""
    packages = [package for package in lock["package"] if "registry" in package["source"]]
    versions = Counter(package["name"] for package in packages)
    return [f"{package['name']}=={package['version']}" for package in packages if versions[package["name"]] == 1]


def read_toml(name: str) -> dict[str, Any]:
    return tomllib.loads((ROOT / name).read_text(encoding="utf-8"))


def succeeds(*command: str, quiet: bool = False) -> bool:
    output = subprocess.DEVNULL if quiet else None
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False).returncode == 0


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
