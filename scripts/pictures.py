"""Make the pictures of the documentation: `make pictures`, on request.

    _assets/timeline.png     the playground's timeline of one call
    _assets/trace.png        the Mermaid chart that the same call adds to its text (`trace: true`)
    docs/trace.mmd           the text of that chart

The call is a real one, of this plugin in its own process; the tools are scripted. Needs Chromium (`CHROMIUM` names it)
and, for the chart, Mermaid's script (`MERMAID` names mermaid.min.js, from the npm package `mermaid`).
"""

from __future__ import annotations

import asyncio
import html
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from playground import Outcome, Playground
from playground.view import figures, timeline

ROOT = Path(__file__).resolve().parent.parent
WIDTH = 112  # characters
SCALE = 1.5  # for screens with small pixels

PAGE = '<!doctype html><meta charset=utf-8><body style="margin:0;{style}">{body}'
PLAN = """\
merge: {mode: rank, limit: 10}
deadline_s: 2.5
trace: true
max_parallel: 5
parameters: {query: "${inputs.query}"}
branches:
  - {name: tavily, provider: langgenius/tavily/tavily, tool_name: tavily_search}
  - {name: wikipedia, provider: langgenius/wikipedia/wikipedia, tool_name: wikipedia_search}
  - name: google
    provider: langgenius/google/google
    tool_name: google_search
    retry: {attempts: 2, wait_s: 0.2, jitter: none}
  - {name: slow, provider: acme/archive/archive, tool_name: find}
  - {name: page, provider: webscraper, tool_name: webscraper, parameters: {url: "${branches.tavily.result.url}"}}
"""


def answer(seconds: float, *then: float) -> list[dict[str, Any]]:
    """A tool that answers after some seconds, in pieces."""
    steps: list[dict[str, Any]] = [
        {"json": {"title": "Keeping bees", "url": "https://bees.example/"}, "after_s": seconds}
    ]
    return steps + [{"text": "…", "after_s": wait_s} for wait_s in then]


SCRIPTS: dict[str, Any] = {
    "langgenius/tavily/tavily:tavily_search": answer(0.6),
    "langgenius/wikipedia/wikipedia:wikipedia_search": answer(0.9, 0.1, 0.1, 0.1),
    "langgenius/google/google:google_search": {
        "calls": [[{"error": "503 Service Unavailable", "after_s": 0.4}], answer(0.7)],
    },
    "acme/archive/archive:find": [{"hang": True}],
    "webscraper:webscraper": answer(0.5, 0.2, 0.2),
}


def main() -> int:
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    mermaid = Path(os.environ.get("MERMAID", "mermaid.min.js"))
    if chromium is None or not mermaid.is_file():
        print("needs Chromium (CHROMIUM=…) and Mermaid's script (MERMAID=…/dist/mermaid.min.js)", file=sys.stderr)
        return 1
    outcome = asyncio.run(call())
    chart = trace(outcome)
    (ROOT / "docs" / "trace.mmd").write_text(chart, encoding="utf-8")
    photograph(chromium, timeline_page(outcome), ROOT / "_assets" / "timeline.png", (960, 222))
    photograph(chromium, chart_page(chart, mermaid), ROOT / "_assets" / "trace.png", (960, 222))
    return 0


async def call() -> Outcome:
    async with Playground(ROOT, scripts=SCRIPTS) as playground:
        return await playground.call("fan_out", {"plan": PLAN, "query": "bees"}, timeout_s=20)


def trace(outcome: Outcome) -> str:
    """The chart in the text of a call, without its fence."""
    found = re.search(r"```mermaid\n(.*?)\n```", outcome.text, re.DOTALL)
    if found is None:
        raise ValueError("the call has no chart in its text")
    return found[1] + "\n"


def timeline_page(outcome: Outcome) -> str:
    """The timeline as a page, in the colours of a terminal."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(timeline(outcome.timeline, outcome.wall_s, WIDTH))
    console.print()
    console.print(Text(figures(outcome), style="dim"))
    terminal = console.export_html(theme=MONOKAI, inline_styles=True, code_format="{code}")
    return PAGE.format(
        style="padding:18px 22px;background:#16181d;color:#d8dbe2;font:13.5px/1.6 'DejaVu Sans Mono',monospace",
        body=f"<pre style='margin:0;font:inherit'>{terminal}</pre>",
    )


def chart_page(chart: str, mermaid: Path) -> str:
    """The chart as a page that draws it."""
    script = mermaid.read_text(encoding="utf-8")
    start = "mermaid.initialize({startOnLoad: true, gantt: {useWidth: 940}})"
    body = f"<pre class=mermaid>{html.escape(chart)}</pre><script>{script}</script><script>{start}</script>"
    return PAGE.format(style="padding:8px;background:white", body=body)


def photograph(chromium: str, page: str, target: Path, size: tuple[int, int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "page.html")
        file.write_text(page, encoding="utf-8")
        subprocess.run(
            [
                *(chromium, "--headless", "--no-sandbox", "--hide-scrollbars", "--disable-gpu"),
                *(f"--user-data-dir={folder}", f"--force-device-scale-factor={SCALE}", "--virtual-time-budget=5000"),
                *(f"--window-size={size[0]},{size[1]}", f"--screenshot={target}", file.as_uri()),
            ],
            check=True,
            capture_output=True,
        )


if __name__ == "__main__":
    sys.exit(main())
