"""The merge that every peer does: doubles by URL, reciprocal rank fusion with k = 60, the best ten.

Written as directly as one would inside a plugin or a workflow's code node. It needs no normalised addresses and no
gaps filled from other branches, because the scripted providers write every page in one way.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

type Page = dict[str, Any]

K = 60
LIMIT = 10


def fuse(results: Mapping[str, Sequence[Page]]) -> list[Page]:
    """The pages of all branches as one list, best first; ties by best rank, then by order of branches."""
    found: dict[str, tuple[Page, list[dict[str, Any]]]] = {}
    for branch, pages in results.items():
        for rank, page in enumerate(pages, 1):
            entry = found.get(page["url"])
            if entry is None:
                entry = found[page["url"]] = (page, [])
            entry[1].append({"branch": branch, "rank": rank})
    order = {branch: index for index, branch in enumerate(results)}
    scored = []
    for page, sources in found.values():
        score = math.fsum([1 / (K + source["rank"]) for source in sources])
        best, first = min([(source["rank"], order[source["branch"]]) for source in sources])
        scored.append((-score, best, first, page, sources))
    scored.sort(key=lambda entry: entry[:3])
    return [{**page, "score": round(-score, 6), "sources": sources} for score, _, _, page, sources in scored[:LIMIT]]
