"""What the installed Python packages say of themselves, and how well a package fits a query."""

from __future__ import annotations

import functools
import importlib.metadata
import re
from dataclasses import dataclass

WEIGHTS = (8.0, 4.0, 0.2)  # of a word in the name, the summary, the description
OCCURRENCES = 10  # of one word in one field that count


@dataclass(frozen=True)
class Package:
    name: str
    url: str
    summary: str
    description: str

    def score(self, words: list[str]) -> float:
        """Of each word the occurrences, weighted by field; and a package with all words before one with some."""
        scores = [self._score(word) for word in words]
        return sum(scores) + 100 * sum(score > 0 for score in scores)

    def _score(self, word: str) -> float:
        fields = (self.name.lower(), self.summary.lower(), self.description.lower())
        counts = [min(field.count(word), OCCURRENCES) for field in fields]
        return sum(weight * count for weight, count in zip(WEIGHTS, counts, strict=True))


def search(query: str, count: int) -> list[Package]:
    """The packages that fit best, best first."""
    words = re.findall(r"\w+", query.lower())
    scored = sorted(((package.score(words), package) for package in packages()), key=lambda pair: -pair[0])
    return [package for score, package in scored if score][:count]


@functools.cache
def packages() -> tuple[Package, ...]:
    """The installed packages, each once, by name."""
    by_name = {package.name.lower(): package for package in map(_package, importlib.metadata.distributions())}
    return tuple(by_name[name] for name in sorted(by_name))


def _package(distribution: importlib.metadata.Distribution) -> Package:
    metadata = distribution.metadata
    name = str(metadata["Name"])
    return Package(
        name=name,
        url=f"https://pypi.org/project/{name.lower()}/",
        summary=str(metadata["Summary"] or ""),
        description=(distribution.read_text("METADATA") or "").partition("\n\n")[2],
    )
