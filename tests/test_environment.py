"""The search for a Python, with a PATH that holds only what the test puts there; and what gets installed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from scripts import environment

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the files that the search reads, beside a folder `bin` with the few commands that it uses."""
    for name in ("pyproject.toml", "uv.lock", "scripts/environment", "scripts/environment.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "bin").mkdir()
    for command in ("cat", "cksum", "dirname", "sed"):
        found = shutil.which(command)
        assert found
        (tmp_path / "bin" / command).symlink_to(found)
    return tmp_path


def add_command(checkout: Path, name: str, script: str) -> None:
    path = checkout / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


# stands for a Python that is new enough: it passes the check, and says what it would be asked to run
NEW_PYTHON = 'if [ "$1" = -c ]; then exit 0; fi; echo "$0 runs $1"'
OLD_PYTHON = "exit 1"


def search(checkout: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", "scripts/environment"],
        cwd=checkout,
        env={"PATH": str(checkout / "bin"), "HOME": str(checkout / "home"), **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_any_python_it_says_what_to_install(checkout: Path) -> None:
    done = search(checkout)
    assert done.returncode == 1
    assert "needs Python 3.12 or newer" in done.stderr
    assert "apt install python3.12" in done.stderr


def test_an_old_python_is_passed_over(checkout: Path) -> None:
    add_command(checkout, "bin/python3.12", OLD_PYTHON)  # such as a shim of pyenv without the version behind it
    add_command(checkout, "bin/python3", NEW_PYTHON)
    assert search(checkout).stdout == f"{checkout}/bin/python3 runs scripts/environment.py\n"


def test_a_python_of_pyenv_is_found(checkout: Path) -> None:
    add_command(checkout, "bin/python3", OLD_PYTHON)
    add_command(checkout, "home/.pyenv/versions/3.13.0/bin/python", NEW_PYTHON)
    assert "/versions/3.13.0/bin/python runs" in search(checkout).stdout


def test_uv_is_asked_last(checkout: Path) -> None:
    add_command(checkout, "uv-python", NEW_PYTHON)
    add_command(checkout, "bin/uv", f'if [ "$1 $2" = "python find" ]; then echo {checkout}/uv-python; fi')
    assert search(checkout).stdout == f"{checkout}/uv-python runs scripts/environment.py\n"


def test_a_named_python_is_used_or_refused(checkout: Path) -> None:
    add_command(checkout, "bin/python3", NEW_PYTHON)
    add_command(checkout, "other", NEW_PYTHON)
    assert search(checkout, PYTHON=f"{checkout}/other").stdout.startswith(f"{checkout}/other runs")
    add_command(checkout, "other", OLD_PYTHON)
    refused = search(checkout, PYTHON=f"{checkout}/other")
    assert refused.returncode == 1
    assert "is no Python 3.12 or newer" in refused.stderr


def test_nothing_happens_where_the_environment_is_up_to_date(checkout: Path) -> None:
    add_command(
        checkout, "bin/python3", 'if [ "$1" = -c ]; then exit 0; fi; printf "%s\\n%s\\n" "$2" "$3" > .venv/stamp'
    )
    add_command(checkout, ".venv/bin/python", "exit 0")
    assert search(checkout).returncode == 0
    (checkout / "bin" / "python3").unlink()
    assert search(checkout).returncode == 0
    (checkout / "uv.lock").write_text("changed")
    assert search(checkout).returncode == 1


def test_the_lock_pins_every_package_that_has_one_version() -> None:
    lock = {
        "package": [
            {"name": "fanout", "version": "0.2.0", "source": {"virtual": "."}},
            {"name": "anyio", "version": "4.9.0", "source": {"registry": "https://pypi.org/simple"}},
            {"name": "numpy", "version": "1.0", "source": {"registry": "https://pypi.org/simple"}},
            {"name": "numpy", "version": "2.0", "source": {"registry": "https://pypi.org/simple"}},
        ]
    }
    assert environment.locked(lock) == ["anyio==4.9.0"]


def test_the_requirements_of_plugin_and_development_are_asked_for() -> None:
    pyproject = environment.read_toml("pyproject.toml")
    asked = environment.required(pyproject)
    assert {*pyproject["project"]["dependencies"], *pyproject["dependency-groups"]["dev"]} == set(asked)
