"""Where a run takes place: cores, pinning, versions."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

SHOWN = ("dify_plugin", "gevent", "anyio", "pydantic")
PEERS = ("graphon", "langchain-core", "langgraph", "aiostream", "anyio", "pydantic")


@dataclass(frozen=True, slots=True)
class Pins:
    """The cores: one for the plugins and peers, one for the host. None where the system cannot pin, or has one core."""

    subject: int | None
    host: int | None

    def hold(self) -> None:
        """Keep this process, the host, on its core."""
        if self.host is not None:
            os.sched_setaffinity(0, {self.host})


def pins() -> Pins:
    """The last core for what is measured: interrupts like the first."""
    if not hasattr(os, "sched_getaffinity"):
        return Pins(None, None)
    cores = sorted(os.sched_getaffinity(0))
    return Pins(cores[-1], cores[0]) if len(cores) > 1 else Pins(None, None)


def describe(pinned: Pins, peers: Path | None) -> list[str]:
    """What a reader of the results has to know."""
    where = (
        f"plugins and peers on core {pinned.subject}, host on core {pinned.host}"
        if pinned.host is not None
        else "not pinned"
    )
    machine = f"{_processor()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}"
    return [
        f"{machine}; {where}; load before the run {os.getloadavg()[0]:.1f}",
        f"Python {platform.python_version()}, " + _versions(SHOWN),
        "in process: " + (_versions_in(peers) if peers else "Fanout and the floor alone"),
    ]


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "processor unknown"
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "processor unknown"
    )


def _versions(names: Iterable[str]) -> str:
    found = []
    for name in names:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found)


def _versions_in(python: Path) -> str:
    code = "import sys, importlib.metadata as m; print(*(f'{n} {m.version(n)}' for n in sys.argv[1:]), sep=', ')"
    done = subprocess.run([python, "-c", code, *PEERS], capture_output=True, text=True, check=True)
    return done.stdout.strip()


# -- a process


def cpu_s(pid: int) -> float | None:
    """Seconds of processor time that a process has used, in all its threads; None where the system does not say."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9
    except OSError:
        return None


def resident_mb(pid: int) -> float | None:
    """Resident memory of a process in MB; None where the system does not say."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:")), None)
