"""The base of views of text: a found line, the keys that search and copy, and what is told about them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import ClassVar

from rich.segment import Segment
from rich.text import Text
from textual.message import Message

from tui.safe import segments
from tui.widgets.lines import ScrollingView
from tui.widgets.textlines import Search


class TextView(ScrollingView):
    """Rows of text on the screen, each belonging to a numbered line of the source."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"textview--found", "textview--note"}
    DEFAULT_CSS = """
    TextView {
        & > .textview--found { background: $primary-muted; text-style: bold; }
        & > .textview--note { text-style: dim; }
        &:ansi > .textview--found { background: ansi_default; text-style: bold reverse; }
    }
    """

    class Event(Message):
        def __init__(self, view: TextView) -> None:
            super().__init__()
            self.view = view

        @property
        def control(self) -> TextView:
            return self.view

    class StatusChanged(Event):
        """`status` reads differently now."""

    class NotFound(Event):
        """A search came to the end, or to the beginning, without a match."""

    class Copied(Event):
        """The operator wants `text`, a line made safe, on the clipboard."""

        def __init__(self, view: TextView, text: str) -> None:
            super().__init__(view)
            self.text = text

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 # Textual's name
        super().__init__(id=id, classes=classes)
        self._rows: list[tuple[int, Text]] = []
        self._found: int | None = None
        self._search: Search | None = None
        self._status = ""

    @property
    def status(self) -> str:
        """What a title bar should say about the view."""
        return self._status

    def find(self, pattern: re.Pattern[bytes], *, forward: bool) -> None:
        """Go to the next line with a match, or tell that there is none."""
        raise NotImplementedError

    def search(self, pattern: str, *, literal: bool = True) -> None:
        """Mark every match and go to the first one from here on; an empty pattern ends the search.

        Raises `InvalidInput` for a pattern that is no regular expression.
        """
        self._search = Search(pattern, literal=literal) if pattern else None
        self._found = None
        self.sync()
        self.action_text_next()

    def line_at(self, y: int) -> Iterable[Segment]:
        if y >= len(self._rows):
            return ()
        number, text = self._rows[y]
        if self._search is not None:
            self._search.mark(text)
        line = segments(text, self.app.console)
        if number != self._found:
            return line
        style = self.get_component_rich_style("textview--found", partial=True)
        return Segment.apply_style(Segment.adjust_line_length(line, self.size.width), style)

    def tell_status(self, status: str) -> None:
        if status != self._status:
            self._status = status
            self.post_message(self.StatusChanged(self))

    def copy_text(self) -> str:
        """The line that `c` copies, made safe."""
        raise NotImplementedError

    def action_text_next(self) -> None:
        if self._search is not None:
            self.find(self._search.raw, forward=True)

    def action_text_previous(self) -> None:
        if self._search is not None:
            self.find(self._search.raw, forward=False)

    def action_text_copy(self) -> None:
        self.post_message(self.Copied(self, self.copy_text()))
