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

SIZES = ((80, 24), (160, 48))

HOSTILE = (
    "[/]",
    "[@click=app.quit]x[/]",
    "[red]a[/b] \\[x]",
    "\x1b[2J\x1b[1;1H",
    "\x1b]52;c;aGk=\x07",
    "\x1b]8;;https://example.test\x1b\\x",
    "\u009b2Jc1",
    "\u202egpj.exe",
    "nul\x00\x08\r\nnext",
    "zero\u200bwidth\ufeff",
    "o" + "\u0301" * 40,
    "\U000e0041tag",
    "\ud800lone",
    "x" * 10_000,
    "表" * 500,
    "",
)


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
