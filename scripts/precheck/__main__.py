"""`python -m scripts.precheck`: build the package, check it, print what to do."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from scripts import package as packaging

from . import contents, manifest, starting
from .package import Faults, Package, unpack
from .secrets import secrets

SHOWN = 8  # faults of one check

type Check = Callable[[Package], Faults]

CHECKS: dict[str, Check] = {
    "what only a publisher knows is filled in": manifest.identity,
    "what is filled in can be accepted": manifest.fields,
    "files that the manifest names": manifest.named_files,
    "no stray files": contents.stray_files,
    "no secrets": secrets,
    "README": contents.readme,
}


def main(root: Path = packaging.ROOT, *, quick: bool = False) -> int:
    """Check the package of a checkout. `quick`: start it with this Python instead of a new environment."""
    try:
        archive = root / packaging.package_name(root)
        packaging.build(root, archive)
    except packaging.PackageError as error:
        print(error, file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        package = unpack(archive, Path(folder, "package"))
        checks = {**CHECKS, **starting_checks(Path(folder, "environment"), quick)}
        broken = sum([_report(title, check(package)) for title, check in checks.items()])
    print(f"\n{archive.name} is written. {f'Not met: {broken} of {len(checks)}.' if broken else 'Everything is met.'}")
    return 1 if broken else 0


def starting_checks(environment: Path, quick: bool) -> dict[str, Check]:
    """Checks that run the package: in an environment made anew, where there is a Python of Dify's version."""
    base = None if quick else starting.python_312()
    python = starting.python_in(environment) if base else Path(sys.executable)
    install: dict[str, Check] = (
        {"requirements.txt installs": lambda it: starting.install(it, base, environment)} if base else {}
    )
    return {
        **install,
        "starts as in the cloud": lambda it: starting.start_serverless(it, python),
        "starts as under the daemon": lambda it: starting.start_local(it, python),
    }


def _report(title: str, faults: Iterator[str]) -> bool:
    """Print what a check found; whether it found anything."""
    found = list(faults)
    print(f"{'NOT MET' if found else 'met    '}  {title}")
    for fault in found[:SHOWN]:
        print(f"             {fault}")
    if len(found) > SHOWN:
        print(f"             and {len(found) - SHOWN} more")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
