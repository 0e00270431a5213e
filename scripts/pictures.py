"""Make the pictures of the documentation: `make pictures`, on request.

    _assets/timeline.png     the playground's timeline of one call
    _assets/trace.png        what the same call adds to its text (`trace: true`)
    docs/trace.txt           that text

The call is a real one, of this plugin in its own process; the tools are scripted. Needs Chromium (`CHROMIUM` names it).
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
from playground.yaml_files import read_yaml

ROOT = Path(__file__).resolve().parent.parent
WIDTH = 112  # characters
SCALE = 1.5  # for screens with small pixels

PAGE = """<!doctype html><meta charset=utf-8>
<body style="margin:0;padding:18px 22px;background:{background};color:{color}">
<pre style="margin:0;font:13.5px/1.6 'DejaVu Sans Mono',monospace">{text}</pre>"""
PICTURED: dict[str, Any] = read_yaml(Path(__file__).with_name("pictured.yaml"))


def main() -> int:
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        print("needs Chromium (CHROMIUM=…)", file=sys.stderr)
        return 1
    outcome = asyncio.run(call())
    text = trace(outcome)
    (ROOT / "docs" / "trace.txt").write_text(text, encoding="utf-8")
    photograph(chromium, timeline_page(outcome), ROOT / "_assets" / "timeline.png", (960, 222))
    photograph(chromium, trace_page(text), ROOT / "_assets" / "trace.png", (480, 222))
    return 0


async def call() -> Outcome:
    async with Playground(ROOT, scripts=PICTURED["providers"]) as playground:
        return await playground.call("fan_out", PICTURED["given"], timeout_s=20)


def trace(outcome: Outcome) -> str:
    """The timeline in the text of a call, without its fence."""
    found = re.search(r"```text\n(.*?)\n```", outcome.text, re.DOTALL)
    if found is None:
        raise ValueError("the call has no timeline in its text")
    return found[1] + "\n"


def timeline_page(outcome: Outcome) -> str:
    """The timeline as a page, in the colours of a terminal."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(timeline(outcome.timeline, outcome.wall_s, WIDTH))
    console.print()
    console.print(Text(figures(outcome), style="dim"))
    terminal = console.export_html(theme=MONOKAI, inline_styles=True, code_format="{code}")
    return PAGE.format(background="#16181d", color="#d8dbe2", text=terminal)


def trace_page(text: str) -> str:
    """The timeline that a call adds to its text, as a chat shows it."""
    return PAGE.format(background="white", color="#1d2939", text=html.escape(text))


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
