"""A picture of the results, as SVG written by hand: bars, with the targets as marks."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from .figures import Result
from .report import number

WIDTH, LABEL, BAR, GAP = 760, 300, 16, 8
COLORS = {"Fanout": "#2563eb"}
OTHER = "#94a3b8"
MARK = "#dc2626"


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
        y += _mark(body, result, y, most)
        y += GAP + 14
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y}" viewBox="0 0 {WIDTH} {y}"'
    style = 'font-family="system-ui, sans-serif" font-size="12"'
    title = _text(10, 16, "Shorter is better; the red line is where Fanout had to land", color="#475569")
    return "\n".join(
        [f"{head} {style}>", '<rect width="100%" height="100%" fill="white"/>', title, *body, "</svg>", ""]
    )


def _mark(body: list[str], result: Result, y: int, most: float) -> int:
    """The target of a ratio to the only peer, as a line over Fanout's bar."""
    peers = [value.median for name, value in result.figures.items() if name != "Fanout"]
    limits = [check.limit for check in result.checks if check.what == "ratio"]
    if not limits or len(peers) != 1:
        return 0
    x = LABEL + (WIDTH - LABEL - 90) * limits[0] * peers[0] / most
    top = y - len(result.figures) * (BAR + 2) - 2
    body.append(f'<line x1="{x:.1f}" y1="{top}" x2="{x:.1f}" y2="{top + BAR + 2}" stroke="{MARK}" stroke-width="2"/>')
    return 0


def _text(x: float, y: float, words: str, weight: str = "normal", color: str = "#0f172a") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{color}" font-weight="{weight}">{escape(words)}</text>'
