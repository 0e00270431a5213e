"""A picture of the results, as SVG written by hand: bars, with the targets as marks beneath them."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from .figures import Result
from .report import number

WIDTH, LABEL, BAR, GAP = 760, 300, 16, 8
MARKED = 7  # the height of a mark
FANOUT = "Fanout"
COLORS = {FANOUT: "#2563eb"}
OTHER = "#94a3b8"
MARK = "#dc2626"
LEGEND = "Shorter is better. Red triangle under a bar: the longest that Fanout's bar was to be (its target)."


def svg(results: Sequence[Result]) -> str:
    """One block per result that compares subjects; the longest bar of each is as wide as the picture."""
    y = 34
    body: list[str] = []
    for result in results:
        if len(result.figures) < 2:
            continue
        body.append(_text(10, y, f"{result.measure} [{result.unit}]", weight="bold"))
        y += 10
        most = max(each.median for each in result.figures.values())
        for name, value in result.figures.items():
            width = max(1.0, (WIDTH - LABEL - 90) * value.median / most)
            body.append(_text(24, y + BAR - 4, name))
            body.append(
                f'<rect x="{LABEL}" y="{y}" width="{width:.1f}" height="{BAR - 2}" fill="{COLORS.get(name, OTHER)}"/>'
            )
            body.append(_text(LABEL + width + 6, y + BAR - 4, number(value.median)))
            y += BAR + 2
            if name == FANOUT and (share := _target(result)):
                body.append(_mark(LABEL + (WIDTH - LABEL - 90) * share / most, y - 3))
                y += MARKED
        y += GAP + 14
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y}" viewBox="0 0 {WIDTH} {y}"'
    style = 'font-family="system-ui, sans-serif" font-size="12"'
    title = _text(10, 16, LEGEND, color="#475569")
    return "\n".join(
        [f"{head} {style}>", '<rect width="100%" height="100%" fill="white"/>', title, *body, "</svg>", ""]
    )


def _target(result: Result) -> float | None:
    """What Fanout's figure had to be at most, where the target is a ratio to the only peer."""
    peers = [value.median for name, value in result.figures.items() if name != FANOUT]
    limits = [check.limit for check in result.checks if check.what == "ratio"]
    return limits[0] * peers[0] if limits and len(peers) == 1 else None


def _mark(x: float, y: float) -> str:
    """A triangle that points up to where a bar was to end; under it, so that it crosses no figure."""
    return f'<path d="M {x:.1f} {y} l 4 {MARKED - 1} h -8 z" fill="{MARK}"/>'


def _text(x: float, y: float, words: str, weight: str = "normal", color: str = "#0f172a") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{color}" font-weight="{weight}">{escape(words)}</text>'
