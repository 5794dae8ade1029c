"""Hostile text in every slot of every widget: nothing crashes, nothing acts, everything can be read."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.segment import Segment
from rich.text import Text
from textual.strip import Strip
from textual.widget import Widget

from engine.core.display import BAD, safe
from tests.console.widget_bench import HOSTILE, Bench, lines_of
from tui.command_text import Hint
from tui.widgets.columns import Column, Row
from tui.widgets.documentview import DocumentView
from tui.widgets.lines import LineView
from tui.widgets.linetable import LineTable
from tui.widgets.logview import LogView
from tui.widgets.pane import Pane
from tui.widgets.statusbar import KeyHints, TopBar
from tui.widgets.waterfall import StepBar, Waterfall


def everything(text: str, log: Path) -> list[Widget]:
    """One of each widget, with `text` wherever text can stand."""
    log.write_bytes(
        text.encode("utf-8", "surrogateescape" if "\udc80" <= text[:1] <= "\udcff" else "replace")
    )
    table = LineTable((Column(text, 12), Column(Text(text)), Column(text, 9, align="right")), empty=text)
    table.set_rows([Row(text, (text, Text(text), text)), Row(text + "2", (Text(text, "red"), text, text))])
    return [
        TopBar(id="top"),
        Pane(text, table),
        Pane("", LineTable((Column("A"),), empty=text)),
        Pane("steps", Waterfall(id="steps")),
        Pane("log", LogView(id="log")),
        Pane("text", DocumentView(id="text")),
        KeyHints(id="keys"),
    ]


def fill(app: Bench, text: str, log: Path) -> None:
    app.query_one("#top", TopBar).show(text, Text(text), right=text[:20])
    app.query_one("#keys", KeyHints).show([Hint(text, text, True), Hint(text, text, False)])
    app.query_one("#log", LogView).show(log)
    app.query_one("#text", DocumentView).show(log.read_bytes(), name=text)
    app.query_one("#steps", Waterfall).set_steps([StepBar(text, text, text, text, start=1, end=2)], 3)
    for pane in app.query(Pane):
        pane.note = text


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
async def test_hostile_text_is_shown_and_does_nothing(text: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    app = Bench(*everything(text, log))
    async with app.run_test(size=(80, 24)) as pilot:
        fill(app, text, log)
        await pilot.press("tab", "j", "enter", "space", "tab", "tab", "w", "tab", "j")
        for target in ("#top", "#steps", "#log", "#keys"):
            await pilot.click(target, offset=(8, 0))
        check(app, text)
        await pilot.resize_terminal(160, 48)
        check(app, text)


def check(app: Bench, text: str) -> None:
    """Every line is clean, exactly as wide as its view, and the table shows the text as it reads."""
    assert app.is_running
    for view in app.query(LineView):
        assert BAD.search("".join(lines_of(view))) is None
        assert {view.render_line(y).cell_length for y in range(view.size.height)} <= {view.size.width}
    assert safe(text)[:10] in "".join(lines_of(app.query_one(LineTable)))


class Careless(Widget):
    """Somebody else's widget: it lets everything through."""

    def render_line(self, y: int) -> Strip:
        return Strip([Segment("a\x1b]52;c;x\x07\u202e")]).adjust_cell_length(self.size.width)


async def test_a_widget_that_lets_something_through_is_stopped_by_the_wall() -> None:
    async with Bench(Careless()).run_test(size=(40, 3)) as pilot:
        assert BAD.search(pilot.app.export_screenshot().replace("\n", "")) is None
