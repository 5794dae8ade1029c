"""The history: ended runs by a filter line, page by page."""

from __future__ import annotations

import pytest

from engine.core.errors import InvalidInput
from engine.core.states import RunState
from tests.console.living import QUICK, SIZES, Living, console_on
from tui.history_filter import ENDED, parse_filter
from tui.screens import history


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_ended_runs_are_listed_newest_first(home: Living, size: tuple[int, int]) -> None:
    first, second = await home.ended(QUICK), await home.ended(QUICK, code=3)
    async with console_on(home.client.home, size) as sight:
        await sight.press("4")
        await sight.shows(first, second, "✓ succeeded", "✗ failed", "1-2 of 2")
        assert sight.text.index(second) < sight.text.index(first)


async def test_the_filter_line_is_asked_of_the_database(home: Living) -> None:
    good, bad = await home.ended(QUICK), await home.ended(QUICK, code=3)
    async with console_on(home.client.home) as sight:
        await sight.press("4", "slash")
        await sight.type("state=failed since=1h wf=quick")
        await sight.hides(good)
        await sight.shows(bad)
        await sight.press("enter", "escape")
        await sight.shows(good, bad)


async def test_a_line_that_makes_no_sense_says_why_and_changes_nothing(home: Living) -> None:
    run = await home.ended(QUICK)
    async with console_on(home.client.home) as sight:
        await sight.press("4", "slash")
        await sight.type("staet=failed")
        await sight.shows("There is no filter staet=", run)


async def test_pages_are_turned_and_new_runs_do_not_move_them(
    home: Living, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "PAGE", 2)
    runs = [await home.ended(QUICK) for _ in range(3)]
    async with console_on(home.client.home) as sight:
        await sight.press("4")
        await sight.shows(runs[2], runs[1], "n older")
        assert runs[0] not in sight.text
        await sight.press("n")
        await sight.shows(runs[0], "3-3 of 3")
        await home.ended(QUICK)
        await sight.shows("3-3 of 4", runs[0])
        await sight.press("n")
        await sight.shows("oldest page")
        await sight.press("p")
        await sight.shows(runs[2])


async def test_enter_opens_the_run(home: Living) -> None:
    run = await home.ended(QUICK)
    async with console_on(home.client.home) as sight:
        await sight.press("4")
        await sight.shows(run)
        await sight.press("enter")
        await sight.until(lambda: sight.front.run_id == run and len(sight.app.screen_stack) == 3)


def test_words_without_a_key_are_searched_for_together() -> None:
    wanted = parse_filter("state=failed,cancelled queue=fin since=2d big ledger", 1_000_000.0)
    assert wanted.states == (RunState.FAILED, RunState.CANCELLED)
    assert wanted.queue == "fin"
    assert wanted.since == 1_000_000.0 - 2 * 86400
    assert wanted.text == "big ledger"
    assert parse_filter("", 0.0).states == ENDED
    assert parse_filter("wf=", 0.0).workflow is None
    assert parse_filter("state=succeeded", 0.0).states == (RunState.SUCCEEDED,)
    assert parse_filter("state=rej", 0.0).states == (RunState.REJECTED,)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("since=yesterday", "since=7d"),
        ("state=running", "The states are"),
        ("state=s", "No run ends as 's'"),
        ("who=me", "Use wf, state, since, queue"),
    ],
)
def test_what_cannot_be_asked_is_refused(line: str, words: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_filter(line, 0.0)
    assert words in caught.value.message
