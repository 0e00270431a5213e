"""Try the plugin on the oldest version of everything that it is run with, each as its range in pyproject.toml says.

    python scripts/oldest.py

A lower end that is false fails here: it cannot be installed beside the others, or a test fails with it. The
environment is `.venv-oldest`, made once beside `.venv` (with the Python that runs this) and again when what it
is made of changes.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv-oldest"
STAMP = VENV / "stamp"
PYTHON = VENV / "bin" / "python"
QUIET = ("-q", "-p", "no:cacheprovider")
TRIALS = (
    ("-m", "tests.dify", *QUIET),
    (
        "-m",
        "pytest",
        *QUIET,
        "-n",
        "2",
        "tests/core",
        "tests/engine",
        "tests/test_sdk_loading.py",
        "tests/test_conformance.py",
    ),
)


def main() -> int:
    requirements = oldest_requirements()
    if not STAMP.is_file() or STAMP.read_text() != "\n".join(requirements):
        make_environment(requirements)
        STAMP.write_text("\n".join(requirements))
    return max(subprocess.run([PYTHON, *trial], cwd=ROOT, check=False).returncode for trial in TRIALS)


def oldest_requirements() -> list[str]:
    """What the plugin is run with in the lowest version of each range, and the tools of development as they are."""
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return [*map(lowest, pyproject["project"]["dependencies"]), *pyproject["dependency-groups"]["dev"]]


def lowest(requirement: str) -> str:
    """`name>=1.2,<3` as `name==1.2`."""
    return re.sub(r"^([\w.-]+)>=([\w.]+).*", r"\1==\2", requirement)


def make_environment(requirements: list[str]) -> None:
    print(f"Setting up {VENV.name}, once …", flush=True)
    shutil.rmtree(VENV, ignore_errors=True)
    uv = shutil.which("uv")
    if uv is None:
        venv.create(VENV, with_pip=True)
        install = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    else:
        subprocess.run([uv, "venv", "--quiet", "--no-project", "--python", sys.executable, str(VENV)], check=True)
        install = [uv, "pip", "install", "--quiet", "--python", str(PYTHON)]
    subprocess.run([*install, *requirements], stdin=subprocess.DEVNULL, check=True)


if __name__ == "__main__":
    sys.exit(main())
