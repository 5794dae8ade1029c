"""From a key to its command: in order, never into a text that is being typed, never on another row."""

from __future__ import annotations

from textual.widgets import Input

from tests.console.living import QUICK, Living, console_on
from tui.screens.help import HelpScreen


async def test_what_is_typed_at_once_lands_where_it_belongs(home: Living) -> None:
    """Of `:gates⏎4` every key is handled before the next: none is lost, none is a command by mistake."""
    async with console_on(home.client.home) as sight:
        await sight.type(":gates\r4")
        await sight.until(lambda: sight.app.view == "history")
        await sight.type(":quex\x7fues\r")
        await sight.until(lambda: sight.app.view == "queues")
        await sight.type("/q12\x1bq"[:4])
        await sight.until(lambda: sight.front.query_one("#prompt Input", Input).value == "q12")
        assert sight.app.view == "queues"


async def test_digits_and_letters_are_dead_while_a_line_is_typed(home: Living) -> None:
    await home.gated()
    async with console_on(home.client.home) as sight:
        await sight.press("slash", *"2aqcK!?-")
        await sight.shows("/2aqcK!?-")
        assert sight.app.view == "dash"
        assert len(sight.app.screen_stack) == 2
        await sight.press("escape")
        await sight.hides("/2aqcK")


async def test_digits_change_the_view_and_minus_goes_back(home: Living) -> None:
    async with console_on(home.client.home) as sight:
        for digit, place in zip("23451", ("runs", "gates", "history", "queues", "dashboard"), strict=True):
            await sight.press(digit)
            await sight.at(place)
        await sight.press("minus")
        await sight.until(lambda: sight.app.view == "queues")
        await sight.press("minus")
        await sight.until(lambda: sight.app.view == "dash")


async def test_escape_goes_down_the_ladder(home: Living) -> None:
    await home.ended(QUICK)
    async with console_on(home.client.home) as sight:
        await sight.press("4", "slash", *"quick", "enter", "z")
        assert sight.front.filter_text == "quick"
        await sight.press("escape")
        assert sight.front.filter_text == ""
        assert sight.front.has_class("-zoom")
        await sight.press("escape")
        assert not sight.front.has_class("-zoom")
        await sight.press("escape")
        await sight.until(lambda: sight.app.view == "dash")
        await sight.press("escape")
        assert sight.app.view == "dash"


async def test_the_cursor_of_a_view_is_where_it_was_left(home: Living) -> None:
    first = await home.ended(QUICK)
    second = await home.ended(QUICK)
    async with console_on(home.client.home) as sight:
        await sight.press("4")
        await sight.shows(first, second)
        await sight.press("j", "1", "4")
        await sight.until(lambda: sight.app.view == "history")
        assert sight.front.run_id == first


async def test_help_is_made_of_what_is_live_and_says_why_not(home: Living) -> None:
    async with console_on(home.client.home) as sight:
        await sight.press("2", "question_mark")
        await sight.shows("Help: runs", "Runs", ":cancel RUN…", "no run is selected")
        assert isinstance(sight.app.screen, HelpScreen)
        await sight.press("question_mark", "escape")
        await sight.until(lambda: not isinstance(sight.app.screen, HelpScreen))
        assert sight.app.view == "runs"


async def test_copying_says_what_was_copied(home: Living) -> None:
    run = await home.ended(QUICK)
    async with console_on(home.client.home) as sight:
        await sight.press("4")
        await sight.shows(run)
        await sight.press("y")
        await sight.shows(f"Copied: {run}")
        await sight.press("Y")
        await sight.shows(f"Copied: opsgate show {run}")


async def test_q_leaves_the_engine_to_itself(home: Living) -> None:
    async with console_on(home.client.home) as sight:
        await sight.press("q")
        await sight.until(lambda: not sight.app.is_running or sight.app.return_code == 0)
    assert (await home.client.status())["pid"]
