"""Try the plugin on the oldest version of everything that it is run with, each as its range in pyproject.toml says.

A lower end that is false fails here: it cannot be installed beside the others, or a test fails with it. The
environment is `.venv-oldest`, made with the Python that runs this.
"""

from __future__ import annotations

import re
import subprocess
import sys

from .environment import ROOT, make, read_toml

VENV = ROOT / ".venv-oldest"
QUIET = ("-q", "-p", "no:cacheprovider")
PURE = ("tests/core", "tests/engine", "tests/test_sdk_loading.py", "tests/test_conformance.py")
TRIALS = (("tests.dify", *QUIET), ("pytest", *QUIET, "-n", "2", *PURE))


def main() -> int:
    requirements = oldest_requirements()
    if not make(VENV, "\n".join(requirements), requirements):
        return 1
    python = VENV / "bin" / "python"
    return max(subprocess.run([python, "-m", *trial], cwd=ROOT, check=False).returncode for trial in TRIALS)


def oldest_requirements() -> list[str]:
    """What the plugin is run with in the lowest version of each range, and the tools of development as they are."""
    pyproject = read_toml("pyproject.toml")
    return [*map(lowest, pyproject["project"]["dependencies"]), *pyproject["dependency-groups"]["dev"]]


def lowest(requirement: str) -> str:
    """`name>=1.2,<3` as `name==1.2`."""
    return re.sub(r"^([\w.-]+)>=([\w.]+).*", r"\1==\2", requirement)


if __name__ == "__main__":
    sys.exit(main())
