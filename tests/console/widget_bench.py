"""An app that holds the widgets under test and remembers what they said."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.app import App, ComposeResult
from textual.filter import LineFilter
from textual.message import Message
from textual.widget import Widget

from tui.safe import SafeFilter
from tui.widgets.lines import LineView
from tui.widgets.rowview import RowView
from tui.widgets.textview import TextView

HOSTILE = {
    "unbalanced markup": "[/]",
    "markup that acts": "[@click=app.quit]x[/]",
    "markup that crosses": "[red]a[/b] \\[x]",
    "clear the screen": "\x1b[2J\x1b[1;1H",
    "write the clipboard": "\x1b]52;c;aGk=\x07",
    "a link": "\x1b]8;;https://example.test\x1b\\x",
    "8-bit control": "\u009b2Jc1",
    "reversed order": "\u202egpj.exe",
    "overwriting": "nul\x00\x08\r\nnext",
    "zero width": "zero\u200bwidth\ufeff",
    "stacked marks": "o" + "\u0301" * 40,
    "tag character": "\U000e0041tag",
    "lone surrogate": "\ud800lone",
    "very long": "x" * 10_000,
    "very long and wide": "表" * 500,
    "nothing": "",
}


class Bench(App[None]):
    """Shows `content` from top to bottom; every message of a line view lands in `heard`."""

    animation_level = "none"
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, *content: Widget) -> None:
        super().__init__()
        self._content = content
        self._wall = SafeFilter()
        self.heard: list[Message] = []

    def compose(self) -> ComposeResult:
        yield from self._content

    def get_line_filters(self) -> Sequence[LineFilter]:
        return [*super().get_line_filters(), self._wall]

    @on(RowView.Event)
    @on(TextView.Event)
    def hear(self, message: Message) -> None:
        self.heard.append(message)

    def told(self, kind: type[Message]) -> list[Message]:
        return [message for message in self.heard if isinstance(message, kind)]


def lines_of(view: LineView) -> list[str]:
    """What the view shows, line by line, without blanks at the ends."""
    return [view.render_line(y).text.rstrip() for y in range(view.size.height)]
