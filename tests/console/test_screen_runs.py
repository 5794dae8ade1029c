"""The list of active runs: marked, filtered and ended by identity."""

from __future__ import annotations

import pytest

from engine.core.states import RunState
from tests.console.living import QUICK, SIZES, Living, Sight, console_on
from tui.screens.dialogs import Dialog


async def answered(sight: Sight, *keys: str) -> None:
    """Answer a dialog: it takes keys only once it is armed."""
    await sight.until(lambda: isinstance(sight.app.screen, Dialog))
    dialog = sight.app.screen
    assert isinstance(dialog, Dialog)
    await sight.until(lambda: dialog._arming.armed)
    await sight.press(*keys)
    await sight.until(lambda: not isinstance(sight.app.screen, Dialog))


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_active_runs_are_listed_with_those_that_wait_for_a_person(
    home: Living, size: tuple[int, int]
) -> None:
    ended = await home.ended(QUICK)
    run = await home.gated()
    async with console_on(home.client.home, size) as sight:
        await sight.press("2")
        await sight.shows(run, "gated", "1/3 approve", "1-1 of 1")
        assert ended not in sight.text


async def test_cancelling_asks_and_says_what_came_of_it(home: Living) -> None:
    run = await home.gated()
    async with console_on(home.client.home) as sight:
        await sight.press("2")
        await sight.shows(run)
        await sight.press("c")
        await answered(sight, "y")
        await sight.shows(f"Cancelling {run}")
        await sight.shows("No run is active")
        assert (await sight.views.run(run)).state is RunState.CANCELLED


async def test_going_back_cancels_nothing(home: Living) -> None:
    run = await home.gated()
    async with console_on(home.client.home) as sight:
        await sight.press("2")
        await sight.shows(run)
        await sight.press("c")
        await answered(sight, "escape")
        assert (await sight.views.run(run)).state is RunState.WAITING


async def test_many_are_ended_at_once_after_their_number_was_typed(home: Living) -> None:
    runs = [await home.gated(who=who) for who in ("a", "b", "c")]
    async with console_on(home.client.home) as sight:
        await sight.press("2")
        await sight.shows(*runs)
        await sight.press("space", "space")
        await sight.shows("2 marked")
        await sight.press("c")
        await sight.shows("Cancel 2 runs?", runs[2], runs[1])
        await answered(sight, "tab", "escape", "escape")
        assert {(await sight.views.run(run)).state for run in runs} == {RunState.WAITING}


async def test_marks_survive_what_comes_and_goes(home: Living) -> None:
    first = await home.gated(who="first")
    async with console_on(home.client.home) as sight:
        await sight.press("2")
        await sight.shows(first)
        await sight.press("space")
        second = await home.gated(who="second")
        await sight.shows(second)
        assert sight.front.chosen_runs() == [first]


async def test_a_filter_narrows_while_it_is_typed(home: Living) -> None:
    first, second = await home.gated(who="first"), await home.gated(who="second")
    async with console_on(home.client.home) as sight:
        await sight.press("2")
        await sight.shows(first, second)
        await sight.press("slash")
        await sight.type(second)
        await sight.hides(first)
        await sight.press("escape")
        await sight.shows(first, second)


async def test_ages_go_on_though_nothing_happens(home: Living, monkeypatch: pytest.MonkeyPatch) -> None:
    run = await home.gated()
    async with console_on(home.client.home) as sight:
        await sight.press("2")
        await sight.shows(run)
        monkeypatch.setattr(type(sight.app), "now", sight.app.now + 7200)
        await sight.shows("2h00m")


async def test_what_is_not_possible_says_why(home: Living) -> None:
    async with console_on(home.client.home) as sight:
        await sight.press("2", "c")
        await sight.shows("Cancel run: no run is selected.")
        await sight.press("j")
        await sight.hides("no run is selected")
