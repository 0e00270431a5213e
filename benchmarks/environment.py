"""`benchmarks/.venv`: the in-process peers, in an environment of their own. The project's knows nothing of them."""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
from pathlib import Path

from scripts.environment import PYTHON, succeeds

HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv"
REQUIREMENTS = HERE / "requirements.txt"


def ready() -> Path | None:
    """The Python of the environment, which is made where it is missing or old; None (and why) where it cannot be."""
    python = VENV / "bin" / "python"
    stamp = VENV / "stamp"
    wanted = f"{PYTHON}\n{REQUIREMENTS.read_text(encoding='utf-8')}"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return python
    print("Setting up benchmarks/.venv with the peers, once …", flush=True)
    shutil.rmtree(VENV, ignore_errors=True)
    if not (_install_with_uv(python) or _install_with_pip(python)):
        print("The peers could not be installed; the reason stands above. They are left out.", file=sys.stderr)
        return None
    stamp.write_text(wanted, encoding="utf-8")
    return python


def _install_with_uv(python: Path) -> bool:
    uv = shutil.which("uv")
    if uv is None or not succeeds(uv, "--version", quiet=True):
        return False
    return succeeds(uv, "venv", "--quiet", "--no-project", "--python", PYTHON, str(VENV)) and succeeds(
        uv, "pip", "install", "--quiet", "--python", str(python), "--no-deps", "--requirement", str(REQUIREMENTS)
    )


def _install_with_pip(python: Path) -> bool:
    shutil.rmtree(VENV, ignore_errors=True)
    try:
        venv.create(VENV, with_pip=True)
    except (OSError, subprocess.CalledProcessError) as error:
        print(error, file=sys.stderr)
        return False
    options = ("--quiet", "--disable-pip-version-check", "--no-deps")
    return succeeds(str(python), "-m", "pip", "install", *options, "--requirement", str(REQUIREMENTS))
