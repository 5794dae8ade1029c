"""The first tab of a run: its steps over time, what is to be said about one of them, and its log."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from tui.screens.run_note import note
from tui.screens.run_panes import LogPane, TextPane
from tui.screens.run_picture import Picture, boundary
from tui.steps import bars
from tui.widgets.pageview import PageView
from tui.widgets.pane import Pane
from tui.widgets.waterfall import Waterfall

TITLES = 2  # the lines of a pane of steps that are no step


class StepsTab(Horizontal):
    """Steps and note over the log; on a wide screen the log is beside them."""

    def __init__(self, *, id: str) -> None:  # noqa: A002 # Textual's name
        super().__init__(id=id, classes="part")
        self._waterfall = Waterfall()
        self._note = PageView(hang=9)

    def compose(self) -> ComposeResult:
        with Vertical(id="steps-part", classes="part"):
            yield Pane("Steps", self._waterfall, id="steps-pane")
            yield TextPane("Step", self._note, id="note-pane")
        yield LogPane(id="log-pane")

    def show(self, picture: Picture) -> None:
        pane = self.query_one("#steps-pane", Pane)
        height = len(picture.detail.steps) + TITLES
        if pane.styles.max_height is None or pane.styles.max_height.value != height:
            pane.styles.max_height = height
        pane.note = boundary(picture.detail)
        self._waterfall.set_steps(bars(picture.detail.run, picture.detail.steps, picture.now), picture.age)
        self._waterfall.select(picture.step_id)
        self.query_one("#note-pane", TextPane).title = f"{picture.step.id}, {picture.step.kind} step"
        self._note.show(note(picture, ascii_only=self._note.ascii_only))
