"""Draws docs/console.svg: the dashboard on a real home, with a real release waiting at its gate.

    python docs/screenshot.py [SVG]

The runs are those of `opsgate demo`; ages and ids differ from one drawing to the next.
"""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
from pathlib import Path

from engine.client import Client
from engine.home import Home
from sample_workflows import demo_repository
from tui.app import Console

SIZE = (140, 40)
SAMPLES = Path(demo_repository.__file__).parent
WISHES: tuple[tuple[str, dict[str, str], bool], ...] = (
    ("nightly_report", {}, True),
    ("fan_out_checks", {}, True),
    ("release_train", {"inject_failure": "true"}, True),
    ("gated_payment", {"payee": "ACME GmbH", "amount": "18200.00"}, False),
    ("long_task", {"seconds": "900"}, False),
    ("release_train", {}, False),
)
"""Workflow, inputs, and whether its end is waited for."""

FONT_FACES = re.compile(r"@font-face \{.*?\}", re.DOTALL)


async def draw(folder: Path) -> str:
    """The console's first screen as SVG, without fonts from elsewhere."""
    client = Client(Home(folder / "opsgate"))
    repository = demo_repository.make(folder / "tally")
    await client.ensure_engine()
    try:
        await _submit(client, repository)
        console = Console(client)
        async with console.run_test(size=SIZE) as pilot:
            await pilot.pause(2.0)
            drawing = console.export_screenshot(title="opsgate")
    finally:
        await client.stop("kill")
        await client.gone()
        await client.close()
    return FONT_FACES.sub("", drawing)


async def _submit(client: Client, repository: Path) -> None:
    """Have some history, some live runs, and two gates that wait."""
    for workflow, inputs, ends in WISHES:
        bundle = await client.bundle(str(SAMPLES / f"{workflow}.yaml"))
        given = {**inputs, "repo": str(repository)} if workflow == "release_train" else inputs
        run = str((await client.submit(bundle, texts=given))["run"])
        if ends:
            await client.wait(run)
    views = await client.views()
    while len(await views.gates(open_only=True)) < 2:
        await views.changed()


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("console.svg")
    with tempfile.TemporaryDirectory(prefix="demo-", dir="/tmp") as place:
        target.write_text(asyncio.run(draw(Path(place))))
