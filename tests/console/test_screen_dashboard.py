"""The dashboard: everything at a glance, at both sizes, and it moves by itself."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.console.living import GATED, HELD, QUICK, SIZES, Living, console_on
from tui.screens.review import ReviewScreen
from tui.screens.run import RunScreen


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_runs_gates_queues_and_the_log_are_in_view(home: Living, size: tuple[int, int]) -> None:
    run = await home.gated(who="ACME")
    await home.ended(QUICK)
    async with console_on(home.client.home, size) as sight:
        await sight.shows(
            run, "◆ waiting", "1/3 approve", "Pay ACME?", "prepared for ACME", "errands", "engine up"
        )
        assert "1 GATE (1 HIGH)" in sight.lines[0]
        assert "active 1" in sight.lines[0]
        assert all(len(line) <= size[0] for line in sight.lines)


async def test_a_wide_screen_shows_the_steps_too(home: Living) -> None:
    run = await home.gated()
    async with console_on(home.client.home, (160, 48)) as sight:
        await sight.shows(f"Steps {run} gated", "✓ succeeded", "· pending")


async def test_a_wide_screen_shows_what_ended_lately_and_follows_the_cursor_there(home: Living) -> None:
    ended = await home.ended(QUICK)
    await home.gated()
    async with console_on(home.client.home, (160, 48)) as sight:
        await sight.shows("Ended lately", ended)
        await sight.press("tab")
        await sight.shows(f"Steps {ended} quick")
        assert sight.front.run_id == ended
        await sight.press("c")
        await sight.shows("Cancel run: the run has ended.")


async def test_an_empty_home_says_what_to_do(home: Living) -> None:
    async with console_on(home.client.home) as sight:
        await sight.shows("No run is active. Start one with n", "Nothing waits for a person.")


async def test_a_run_appears_and_vanishes_by_itself(home: Living, tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    async with console_on(home.client.home) as sight:
        run = await home.submit(HELD, gate=str(fifo))
        await sight.shows(run, "▸ running", "holding on", "default 1/8")
        fifo.write_text("go\n")
        await sight.hides(run)


async def test_the_cursor_stays_on_its_run_when_others_come_above(home: Living) -> None:
    first = await home.gated(who="first")
    second = await home.gated(who="second")
    async with console_on(home.client.home) as sight:
        await sight.shows(first, second)
        await sight.press("j")
        assert sight.front.run_id == first
        third = await home.gated(who="third")
        await sight.shows(third)
        assert sight.front.run_id == first
        await sight.shows("prepared for first")


async def test_a_gate_that_opens_takes_no_focus_and_moves_no_cursor(home: Living) -> None:
    first = await home.gated(who="first")
    async with console_on(home.client.home) as sight:
        await sight.shows(first)
        await sight.press("colon", *"show")
        focused = sight.app.focused
        await home.gated(who="second")
        await sight.shows("2 GATES")
        assert sight.app.focused is focused
        assert ":show" in sight.text
        assert len(sight.app.screen_stack) == 2


async def test_zoom_gives_a_pane_the_screen_and_takes_it_back(home: Living) -> None:
    run = await home.gated()
    async with console_on(home.client.home) as sight:
        await sight.shows(run, "── Gates")
        await sight.press("z")
        await sight.hides("── Gates")
        assert run in sight.text
        await sight.press("escape")
        await sight.shows("── Gates")


async def test_tab_unfolds_the_queues_of_a_small_screen(home: Living) -> None:
    await home.ended(QUICK)
    async with console_on(home.client.home) as sight:
        await sight.shows("errands 0/8")
        await sight.press("shift+tab")
        await sight.shows("RUNNING", "0/8")


async def test_enter_opens_the_run_and_a_its_review(home: Living) -> None:
    run = await home.submit(GATED)
    await home.gate_of(run)
    async with console_on(home.client.home) as sight:
        await sight.shows(run)
        await sight.press("enter")
        await sight.until(lambda: isinstance(sight.app.screen, RunScreen))
        await sight.press("escape")
        await sight.press("a")
        await sight.until(lambda: isinstance(sight.app.screen, ReviewScreen))


async def test_a_filter_leaves_what_matches_until_escape(home: Living) -> None:
    run = await home.gated()
    async with console_on(home.client.home) as sight:
        await sight.shows(run)
        await sight.press("slash", *"nothing", "enter")
        await sight.shows("Runs matching nothing")
        await sight.press("escape")
        await sight.shows(run, "── Runs ─")
