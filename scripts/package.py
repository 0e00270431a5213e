"""Build `fanout-<version>.difypkg`, as the platform's packager would, and so that the same tree gives the same bytes.

    python -m scripts.package [FOLDER]

Files are sorted and stored without their times, modes and owners. They are not compressed: compressors differ from
one machine to the next, and the package is small.
"""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent

# of the Marketplace; the packager and the daemon have the same limit for the unpacked size
MAX_BYTES = 50 * 1024 * 1024
MAX_FILES = 5000

_TIME = (1980, 1, 1, 0, 0, 0)  # the first that a zip archive can hold
_MODE = 0o100644 << 16  # a plain file that everybody may read
_UNIX = 3


class PackageError(Exception):
    """The folder cannot be packaged; the message says why."""


def build(folder: Path, target: Path) -> list[str]:
    """Write the package of a plugin's folder to `target`. Returns the names in it. Raises PackageError."""
    files = {name: (folder / name).read_bytes() for name in packaged_files(folder)}
    _check_sizes({name: len(content) for name, content in files.items()})
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name, _TIME)
            info.external_attr = _MODE
            info.create_system = _UNIX
            archive.writestr(info, content)
    return list(files)


def packaged_files(folder: Path) -> list[str]:
    """Names of the files that belong in the package, sorted, with `/`. Raises PackageError."""
    ignored = Ignored(_read(folder / ".difyignore"))
    return sorted(file.relative_to(folder).as_posix() for file in _walk(folder, folder, ignored))


def package_name(folder: Path) -> str:
    """`fanout-0.2.0.difypkg`, from the manifest. Raises PackageError."""
    manifest = yaml.safe_load(_read(folder / "manifest.yaml"))
    return f"{manifest['name']}-{manifest['version']}.difypkg"


class Ignored:
    """The patterns of a .difyignore.

    The packager reads only a part of what .gitignore allows. Patterns that it reads differently (or not at all, such
    as `!`) are refused, so that what is said here is what happens.
    """

    def __init__(self, text: str) -> None:
        lines = (line.strip() for line in text.splitlines())
        self._patterns = [line for line in lines if line and not line.startswith("#")]
        for pattern in self._patterns:
            if pattern.startswith("!") or "**" in pattern or "\\" in pattern or "[" in pattern:
                raise PackageError(f".difyignore: write {pattern} without !, **, backslash and brackets")

    def __call__(self, parts: tuple[str, ...], is_folder: bool) -> bool:
        """Whether the file or folder with these parts of its path is left out (what is in it aside)."""
        return any(_matches(pattern, parts, is_folder) for pattern in self._patterns)


def _matches(pattern: str, parts: tuple[str, ...], is_folder: bool) -> bool:
    """A pattern with a slash inside or in front counts from the top, one without matches at any depth."""
    if pattern.endswith("/"):
        if not is_folder:
            return False
        pattern = pattern[:-1]
    if "/" not in pattern:
        return fnmatchcase(parts[-1], pattern)
    wanted = pattern.strip("/").split("/")
    return len(wanted) == len(parts) and all(map(fnmatchcase, parts, wanted))


def _walk(folder: Path, top: Path, ignored: Ignored) -> Iterator[Path]:
    for path in folder.iterdir():
        is_folder = path.is_dir()
        if ignored(path.relative_to(top).parts, is_folder):
            continue
        if path.is_symlink():
            raise PackageError(f"{path.relative_to(top)} is a link; replace it by the file or add it to .difyignore")
        if is_folder:
            yield from _walk(path, top, ignored)
        else:
            yield path


def _check_sizes(sizes: dict[str, int]) -> None:
    total = sum(sizes.values())
    if total > MAX_BYTES:
        largest = sorted(sizes, key=sizes.__getitem__)[-3:]
        raise PackageError(f"{total:,} bytes, and {MAX_BYTES:,} are allowed; the largest: {', '.join(largest)}")
    if len(sizes) > MAX_FILES:
        raise PackageError(f"{len(sizes):,} files, and {MAX_FILES:,} are allowed; see .difyignore")


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise PackageError(f"{file.name} is missing") from None


def main(folder: Path = ROOT) -> int:
    try:
        target = folder / package_name(folder)
        names = build(folder, target)
    except PackageError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{target.name}: {len(names)} files, {target.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:2])))
