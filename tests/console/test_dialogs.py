"""A dialog does nothing that was not meant: not by type-ahead, a held key, a paste, or one key too few."""

from __future__ import annotations

import pytest
from textual import events
from textual.app import App
from textual.widgets import Input, Static

from engine.core.fields import Field
from tests.console.fingers import Clock, press
from tui.screens.arming import QUIET, Arming, Press
from tui.screens.dialogs import Answer, Choice, Dialog, Question, Reason, challenge, confirm

CANCEL = confirm("Cancel r1?", "Two processes are stopped.", act="Cancel run")
KILL = challenge("Kill r1?", "Two processes are killed.", act="Kill run", typed="r1")


class Host(App[None]):
    """Puts one question when it starts, and keeps the answer."""

    animation_level = "none"

    def __init__(self, question: Question) -> None:
        super().__init__()
        self.question = question
        self.answers: list[Answer | None] = []

    def on_mount(self) -> None:
        self.push_screen(Dialog(self.question), self.answers.append)


def said(app: Host) -> str:
    return str(app.screen.query_one("#state", Static).render())


async def test_enter_on_what_is_preselected_goes_back(clock: Clock) -> None:
    async with (app := Host(CANCEL)).run_test() as pilot:
        await press(pilot, clock, "enter")
        assert app.answers == [None]


async def test_y_confirms_a_dialog_that_wants_nothing_typed(clock: Clock) -> None:
    async with (app := Host(CANCEL)).run_test() as pilot:
        await press(pilot, clock, "y")
        assert app.answers == [Answer("yes", None, {})]


async def test_a_key_that_was_typed_ahead_does_nothing_and_starts_the_wait_anew(clock: Clock) -> None:
    async with (app := Host(CANCEL)).run_test() as pilot:
        for _ in range(20):
            clock.now += QUIET * 0.9
            await pilot.press("y")
        assert app.answers == []
        assert "too soon" in said(app)
        await press(pilot, clock, "y")
        assert len(app.answers) == 1


async def test_a_held_key_never_decides(clock: Clock) -> None:
    async with (app := Host(KILL)).run_test() as pilot:
        app.screen.query(Input).last().focus()
        await press(pilot, clock, "r", "1", "enter")  # held from here on
        app.screen.query_one("#yes").focus()
        for _ in range(20):
            clock.now += 0.03
            await pilot.press("enter")
        assert app.answers == []
        await press(pilot, clock, "enter")
        assert len(app.answers) == 1


async def test_escape_goes_back_at_any_time(clock: Clock) -> None:
    async with (app := Host(CANCEL)).run_test() as pilot:
        await pilot.press("escape")
        assert app.answers == [None]


async def test_escape_in_a_line_leaves_the_line_only(clock: Clock) -> None:
    async with (app := Host(CANCEL)).run_test() as pilot:
        app.screen.query_one(Input).focus()
        await press(pilot, clock, "y", "escape")
        assert app.answers == []
        await press(pilot, clock, "escape")
        assert app.answers == [None]


async def test_letters_in_a_line_are_text_and_decide_nothing(clock: Clock) -> None:
    async with (app := Host(CANCEL)).run_test() as pilot:
        app.screen.query_one(Input).focus()
        await press(pilot, clock, "y", "a", "y")
        assert app.answers == []
        await press(pilot, clock, "escape", "y")
        assert app.answers == [Answer("yes", "yay", {})]


async def test_the_grave_button_wants_the_id_typed(clock: Clock) -> None:
    async with (app := Host(KILL)).run_test() as pilot:
        assert not app.screen.query_one("#yes").focusable
        await press(pilot, clock, "y")
        assert app.answers == []
        assert said(app) == "Type r1 to go on."
        app.screen.query(Input).last().focus()
        await press(pilot, clock, "r", "1")
        app.screen.query_one("#yes").focus()
        await press(pilot, clock, "enter")
        assert app.answers == [Answer("yes", None, {})]


async def test_enter_in_the_last_line_stays_there(clock: Clock) -> None:
    async with (app := Host(KILL)).run_test() as pilot:
        app.screen.query(Input).last().focus()
        await press(pilot, clock, "r", "1", "enter", "enter", "enter")
        assert app.answers == []
        assert isinstance(app.focused, Input)


async def test_what_is_pasted_is_not_typed(clock: Clock) -> None:
    async with (app := Host(KILL)).run_test() as pilot:
        line = app.screen.query(Input).last()
        line.focus()
        await pilot.pause()
        app.post_message(events.Paste("r1"))
        await pilot.pause()
        assert line.value == ""


async def test_a_paste_with_a_line_end_decides_nothing(clock: Clock) -> None:
    async with (app := Host(CANCEL)).run_test() as pilot:
        clock.pass_by()
        app.screen.query_one("#yes").focus()
        app.post_message(events.Paste("y\ny\n"))
        await pilot.pause()
        assert app.answers == []


async def test_a_required_reason_is_required(clock: Clock) -> None:
    question = confirm("Reject?", act="Reject", reason=Reason.REQUIRED)
    async with (app := Host(question)).run_test() as pilot:
        await press(pilot, clock, "y")
        assert said(app).startswith("A reason is needed")
        app.screen.query_one(Input).focus()
        await press(pilot, clock, "n", "o", "escape", "y")
        assert app.answers == [Answer("yes", "no", {})]


async def test_values_are_checked_by_their_declared_type(clock: Clock) -> None:
    fields = {"limit": Field("number", required=True), "tone": Field(enum=("calm", "loud"), default="calm")}
    question = Question("Approve?", ("Go on.",), (Choice("approve", "Approve", "y"),), fields=fields)
    async with (app := Host(question)).run_test() as pilot:
        assert "limit: it is required" in said(app)
        app.screen.query(Input).first().focus()
        await press(pilot, clock, "x")
        assert "limit: expected a number" in said(app)
        await press(pilot, clock, "backspace", "5", "escape", "y")
        assert app.answers == [Answer("approve", None, {"limit": "5"})]


async def test_an_obstacle_leaves_only_the_way_back(clock: Clock) -> None:
    question = Question("Approve?", (), (Choice("approve", "Approve", "y"),), obstacles=("Read it first.",))
    async with (app := Host(question)).run_test() as pilot:
        await press(pilot, clock, "y")
        assert app.answers == []
        assert "Read it first." in str(app.screen.query_one(".obstacle", Static).render())


@pytest.mark.parametrize("size", [(80, 24), (160, 48), (60, 16)])
async def test_hostile_text_is_shown_and_acts_on_nothing(clock: Clock, size: tuple[int, int]) -> None:
    hostile = "[@click=app.quit]x[/] [/b] \x1b[2J \u202e \x07"
    fields = {"note": Field(description=hostile, enum=(hostile,))}
    question = Question(hostile, (hostile,), (Choice("yes", "Yes"),), (hostile,), fields=fields, typed="[/]")
    async with (app := Host(question)).run_test(size=size) as pilot:
        await pilot.pause()
        shown = "".join(segment.text for line in app.screen._compositor.render_strips() for segment in line)
        assert "\x1b" not in shown
        assert "\u202e" not in shown
        assert "[@click=app.quit]x[/]" in shown


def test_nothing_counts_before_the_dialog_is_painted() -> None:
    clock = Clock()
    arming = Arming(clock)
    clock.pass_by()
    assert arming.hear("y") is Press.EARLY
    arming.painted()
    assert not arming.armed
    clock.pass_by()
    assert arming.hear("y") is Press.FRESH
    assert arming.hear("y") is Press.REPEATED
