"""Draws docs/console.svg: the dashboard on the demo's home, where a real release waits at its gate.

Run `python docs/screenshot.py [SVG]`. The runs are those of `opsgate demo`; ages and ids differ from one
drawing to the next.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
from pathlib import Path

from engine.client import Client, Views
from engine.demo import run_demo
from engine.home import Home
from tui.app import Console

SIZE = (140, 42)
SETTLED = 1.5
"""Seconds until the panes have followed the cursor."""

_WEB_FONT = re.compile(r"@font-face \{.*?\}", re.DOTALL)


async def shoot(home: Home) -> str:
    """The dashboard of `home` as SVG, with the release under the cursor."""
    client, other = Client(home), Client(home)
    app = Console(client)
    try:
        async with app.run_test(size=SIZE) as pilot:
            run = await released(await other.views())
            while app.status.overview is None or app.front is None or app.front.run_id is None:
                await pilot.pause(0.1)
            await pilot.press("g")
            while app.front.run_id != run:
                await pilot.press("j")
            await pilot.pause(SETTLED)
            return self_contained(app.export_screenshot(title="opsgate"))
    finally:
        await client.close()
        await other.close()


async def released(views: Views) -> str:
    """The release, once it waits for somebody to read its diff."""
    while True:
        overview = await views.overview(0.0)
        for run in overview.runs:
            if run.workflow == "release-train" and run.gate is not None:
                return run.id
        await views.changed()


def self_contained(svg: str) -> str:
    """The picture with the reader's own fixed-width font: it must not fetch one. Every blank counts."""
    svg = _WEB_FONT.sub("", svg).replace("Fira Code", "ui-monospace")
    return svg.replace("<svg ", '<svg xml:space="preserve" ', 1)


def main() -> int:
    parser = argparse.ArgumentParser(description="Draw the picture of the console.")
    parser.add_argument("svg", nargs="?", type=Path, default=Path(__file__).with_name("console.svg"))
    options = parser.parse_args()

    def draw(home: Home, _: str | None = None) -> None:
        options.svg.write_text(asyncio.run(shoot(home)))

    return run_demo(None, draw)


if __name__ == "__main__":
    sys.exit(main())
