"""The line above the footer: `:` takes a command, `/` filters a list or searches a text."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Input, Label

from engine.core.errors import OpsgateError
from tui.command_line import completed, run_line
from tui.widgets.textview import TextView

if TYPE_CHECKING:
    from tui.screens.base import ConsoleScreen

REMEMBERED = 100


class PromptInput(Input):
    """Keys that mean something while a line is typed; all others are typed or do nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape", "leave", "Back"),
        ("tab", "complete", "Complete"),
        ("shift+tab", "nothing", ""),
        ("up", "recall(-1)", "Line before"),
        ("down", "recall(1)", "Line after"),
    ]

    @property
    def prompt(self) -> Prompt:
        assert isinstance(self.parent, Prompt)
        return self.parent

    async def action_submit(self) -> None:
        """At once, not by a message: the key behind enter belongs to the screen again."""
        await self.prompt.enter(self.value)

    def action_leave(self) -> None:
        self.prompt.leave()

    def action_complete(self) -> None:
        self.prompt.complete()

    def action_nothing(self) -> None:
        """The focus stays on the line."""

    def action_recall(self, step: int) -> None:
        self.prompt.recall(step)


class Prompt(Horizontal):
    """Hidden until `command` or `find` open it; gives the focus back when it closes."""

    lines: ClassVar[list[str]] = []
    """The command lines of this console, the latest last."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 # Textual's name
        super().__init__(id=id)
        self._from: Widget | None = None
        self._text: TextView | None = None
        self._recalled = 0
        self._sign = ":"

    def compose(self) -> ComposeResult:
        yield Label(":", markup=False)
        yield PromptInput(compact=True, select_on_focus=False)

    def command(self) -> None:
        """Take a command."""
        self._recalled = len(self.lines)
        self._open(":", "")

    def find(self, text: TextView | None, current: str) -> None:
        """Search in `text`, or filter the screen's list when it is None; `current` can be edited."""
        self._text = text
        self._open("/", current)

    def leave(self) -> None:
        """Close; a list's filter goes with it."""
        if self._is_filter:
            self._owner.filter_changed("")
        self._close()

    def complete(self) -> None:
        if self._sign == ":":
            self._line.value = completed(self._line.value)
            self._line.cursor_position = len(self._line.value)

    def recall(self, step: int) -> None:
        if self._sign == ":" and self.lines:
            self._recalled = max(min(self._recalled + step, len(self.lines)), 0)
            self._line.value = self.lines[self._recalled] if self._recalled < len(self.lines) else ""
            self._line.cursor_position = len(self._line.value)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if self._is_filter and self.has_class("-open"):
            self._owner.filter_changed(event.value)

    async def enter(self, line: str) -> None:
        """Do what was typed."""
        sign, text = self._sign, self._text
        if self._is_filter:
            self._owner.filter_changed(line)
        self._close()
        if sign == ":" and line.strip():
            self.lines[:] = [*(known for known in self.lines if known != line), line][-REMEMBERED:]
            try:
                await run_line(self._owner, line)
            except OpsgateError as error:
                self._owner.console.command_failed(error)
        elif text is not None:
            text.search(line)

    @property
    def _owner(self) -> ConsoleScreen:
        return cast("ConsoleScreen", self.screen)

    @property
    def _line(self) -> PromptInput:
        return self.query_one(PromptInput)

    @property
    def _is_filter(self) -> bool:
        return self._sign == "/" and self._text is None

    def _open(self, sign: str, value: str) -> None:
        self._from, self._sign = self.screen.focused, sign
        self.query_one(Label).update(sign)
        with self.prevent(Input.Changed):
            self._line.value = value
        self._line.cursor_position = len(value)
        self.add_class("-open")
        # At once, not by `focus()`, which waits: what is typed behind the sign must land in the line.
        self.screen.set_focus(self._line)

    def _close(self) -> None:
        self.remove_class("-open")
        self.screen.set_focus(self._from)
        self._from = self._text = None
