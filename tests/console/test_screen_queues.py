"""The queues, and what waits in them with the reason."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.console.living import HELD, QUICK, SIZES, Living, console_on


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_each_queue_shows_its_load_and_the_runs_in_it(
    home: Living, size: tuple[int, int], tmp_path: Path
) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    await home.ended(QUICK)
    run = await home.submit(HELD, gate=str(fifo))
    async with console_on(home.client.home, size) as sight:
        await sight.press("5")
        await sight.shows("errands", "default", "1/8", "Runs in default", run)
        await sight.press("j")
        await sight.shows("Runs in errands", "No active run.")


async def test_enter_goes_among_the_runs_and_only_there_are_they_acted_on(
    home: Living, tmp_path: Path
) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    run = await home.submit(HELD, gate=str(fifo))
    async with console_on(home.client.home) as sight:
        await sight.press("5")
        await sight.shows(run)
        await sight.press("c")
        await sight.shows("no run is selected")
        await sight.press("enter")
        assert sight.front.run_id == run
