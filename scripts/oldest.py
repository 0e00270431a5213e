"""Try the plugin on the oldest SDK that it supports: the border's own tests, loading, and the conformance cases.

    python scripts/oldest.py

The environment is `.venv-oldest`, made once beside `.venv` (with the Python that runs this) and again when what it
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
TRIALS = (
    ("-m", "tests.dify", "-q", "-p", "no:cacheprovider"),
    ("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_sdk_loading.py"),
    ("-m", "playground", "cases", "--together", *sorted(map(str, (ROOT / "tests/cases/contract").glob("*.yaml")))),
)


def main() -> int:
    requirements = oldest_requirements()
    if not STAMP.is_file() or STAMP.read_text() != "\n".join(requirements):
        make_environment(requirements)
        STAMP.write_text("\n".join(requirements))
    return max(subprocess.run([PYTHON, *trial], cwd=ROOT, check=False).returncode for trial in TRIALS)


def oldest_requirements() -> list[str]:
    """Everything that pyproject.toml asks for, but the SDK in the lowest version of its range."""
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    asked = [*pyproject["project"]["dependencies"], *pyproject["dependency-groups"]["dev"]]
    return [re.sub(r"^(dify_plugin)>=([\d.]+).*", r"\1==\2", requirement) for requirement in asked]


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
