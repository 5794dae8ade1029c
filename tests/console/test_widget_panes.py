"""Titles, waterfall, top bar and key hints as the operator reads them."""

from __future__ import annotations

import pytest
from rich.text import Text

from tests.console.widget_bench import Bench, lines_of
from tui.command_text import Hint
from tui.widgets.columns import Column
from tui.widgets.linetable import LineTable
from tui.widgets.pane import Pane, PaneTitle
from tui.widgets.statusbar import KeyHints, TopBar
from tui.widgets.waterfall import StepBar, Waterfall

STEPS = [
    StepBar("a", "succeeded", "collect", "1/3", 130, 0.02, 0, 130),
    StepBar("b", "running", "draft", "1", 50, None, 130, None),
    StepBar("c", "pending", "file"),
]


async def test_the_title_row_tells_name_note_and_focus() -> None:
    first, second = LineTable((Column("A"),)), LineTable((Column("A"),))
    async with Bench(Pane("Runs", first), pane := Pane("Gates", second)).run_test(size=(40, 8)) as pilot:
        pane.note = "2 open"
        second.focus()
        await pilot.pause()
        titles = list(pilot.app.query(PaneTitle))
        assert lines_of(titles[0]) == ["── Runs " + "─" * 32]
        assert lines_of(titles[1]) == ["── Gates " + "─" * 21 + " 2 open ──"]
        assert [title.active for title in titles] == [False, True]
        await pilot.press("shift+tab")
        await pilot.pause()
        assert [title.active for title in titles] == [True, False]


async def test_a_narrow_title_row_keeps_its_width() -> None:
    async with Bench(pane := Pane("A long title of a pane")).run_test(size=(20, 3)) as pilot:
        pane.note = "and a long note"
        await pilot.pause()
        assert len(lines_of(pilot.app.query_one(PaneTitle))[0]) <= 20


async def test_steps_stand_on_a_timeline() -> None:
    async with Bench(view := Waterfall()).run_test(size=(80, 6)) as pilot:
        view.set_steps(STEPS, 180)
        await pilot.pause()
        header, first, second, third, *_ = lines_of(view)
        assert header.endswith("3m00s")
        bar = header.index("0s")
        done = first[bar:]
        assert set(done) == {"█"}
        assert len(done) / (80 - bar) == pytest.approx(130 / 180, abs=0.05)
        assert second[bar : bar + len(done)].strip() == ""
        assert second[bar + len(done) :].lstrip("█") == "▶"
        assert third.endswith("-")
        assert all("collect" in first and word in first for word in ("succeeded", "1/3", "2m10s", "0.02"))


async def test_plain_characters_are_enough() -> None:
    app = Bench(Pane("Steps", view := Waterfall()))
    async with app.run_test(size=(80, 8)) as pilot:
        app.add_class("-ascii")
        view.set_steps(STEPS, 180)
        await pilot.pause()
        shown = "".join(lines_of(view) + lines_of(app.query_one(PaneTitle)))
        assert shown.isascii()
        assert "+ succeeded" in shown
        assert "#>" in shown


async def test_the_top_bar_never_cuts_the_clock() -> None:
    async with Bench(bar := TopBar()).run_test(size=(30, 1)) as pilot:
        bar.show("opsgate", Text("PROD", "red"), "engine up for three days", right="14:02:11")
        await pilot.pause()
        assert lines_of(bar) == [" opsgate  PROD  eng… 14:02:11"]


async def test_hints_are_shown_as_far_as_they_fit() -> None:
    async with Bench(bar := KeyHints()).run_test(size=(22, 1)) as pilot:
        bar.show([Hint("enter", "open", True), Hint("c", "cancel", False), Hint("?", "help", True)])
        await pilot.pause()
        assert lines_of(bar) == [" enter open  c cancel"]
        styles = [segment.style for segment in bar.render_line(0)]
        assert any(style is not None and style.dim for style in styles)
