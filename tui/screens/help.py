"""The help: every key and verb of the screen below, why some are not possible now, and the states."""

from __future__ import annotations

from textual import events, on
from textual.app import ComposeResult

from engine.core.states import GateState, RunState, StepState, Word
from tui.command_text import UNFOLDED, folded, help_text
from tui.commands import Scope
from tui.safe import safe_text
from tui.screens.base import ConsoleScreen
from tui.widgets.pageview import PageView
from tui.widgets.pane import Pane


class HelpScreen(ConsoleScreen):
    scopes = (Scope.GLOBAL, Scope.DOCUMENT)
    AUTO_FOCUS = "PageView"

    def __init__(self, about: ConsoleScreen) -> None:
        super().__init__()
        self._place = about.place()
        self._about = about

    def body(self) -> ComposeResult:
        yield Pane(f"Help: {self._place}", PageView(), id="help-pane")

    def on_mount(self) -> None:
        super().on_mount()
        self._show(self.app.size.width)

    def on_resize(self, event: events.Resize) -> None:
        self._show(event.size.width)

    def _show(self, width: int) -> None:
        about = self._about
        page = f"{help_text(about.scopes, about.situation(), width)}\n\n{states_text(width)}"
        lines = [safe_text(line, "" if line.startswith(" ") else "bold") for line in page.splitlines()]
        self.query_one(PageView).show(lines)

    @on(PageView.StatusChanged)
    def _moved(self) -> None:
        self.query_one("#help-pane", Pane).note = self.query_one(PageView).status

    def place(self) -> str:
        return "help"


def states_text(width: int = UNFOLDED) -> str:
    """What each state means and who moves it on."""
    kinds: tuple[tuple[str, type[Word]], ...] = (
        ("States of a run", RunState),
        ("States of a step", StepState),
        ("States of a gate", GateState),
    )
    blocks = []
    for title, words in kinds:
        lines = [folded(f"  {word.value.replace('_', ' '):<20}", word.meaning, width) for word in words]
        blocks.append("\n".join([title, *lines]))
    return "\n\n".join(blocks)
