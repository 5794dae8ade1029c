"""The help: every key and verb of the screen below, why some are not possible now, and the states."""

from __future__ import annotations

from textual.app import ComposeResult

from engine.core.states import GateState, RunState, StepState, Word
from tui.command_text import help_text
from tui.commands import Scope
from tui.screens.base import ConsoleScreen
from tui.widgets.document import Kind
from tui.widgets.documentview import DocumentView
from tui.widgets.pane import Pane


class HelpScreen(ConsoleScreen):
    scopes = (Scope.GLOBAL, Scope.DOCUMENT)
    AUTO_FOCUS = "DocumentView"

    def __init__(self, about: ConsoleScreen) -> None:
        super().__init__()
        self._place = about.place()
        self._text = f"{help_text(about.scopes, about.situation())}\n\n{states_text()}\n"

    def body(self) -> ComposeResult:
        yield Pane(f"Help: {self._place}", DocumentView(), id="help-pane")

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(DocumentView).show(self._text.encode(), kind=Kind.TEXT)

    def place(self) -> str:
        return "help"


def states_text() -> str:
    """What each state means and who moves it on."""
    kinds: tuple[tuple[str, type[Word]], ...] = (
        ("States of a run", RunState),
        ("States of a step", StepState),
        ("States of a gate", GateState),
    )
    blocks = []
    for title, words in kinds:
        lines = [f"  {word.value.replace('_', ' '):<21} {word.meaning}" for word in words]
        blocks.append("\n".join([title, *lines]))
    return "\n\n".join(blocks)
