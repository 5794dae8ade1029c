"""A view of one artifact that knows whether its end was reached: what a gate must have shown."""

from __future__ import annotations

import re

from rich.text import Text

from engine.wording import count, size
from tui.commands import Scope
from tui.widgets.bindings import bindings
from tui.widgets.document import Document, Kind
from tui.widgets.textlines import row_lengths
from tui.widgets.textview import TextView


class DocumentView(TextView):
    """`show` some bytes. Long lines are wrapped, so that no character lies beyond the edge of the view."""

    BINDINGS = bindings(Scope.DOCUMENT)

    class ReachedEnd(TextView.Event):
        """The last row of the whole document has been in view."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 # Textual's name
        super().__init__(id=id, classes=classes)
        self._document = Document(b"")
        self._layout_width = 0
        self._layout: list[tuple[int, int, int]] = []  # for each row its line, and its characters from and to
        self._top = 0
        self._awaits_end = False  # something was shown, and its end has not been in view
        self._reached_end = False

    @property
    def document(self) -> Document:
        return self._document

    @property
    def reached_end(self) -> bool:
        """Whether the end was in view since `show`; never for a document too long to be shown whole."""
        return self._reached_end

    def show(
        self,
        raw: bytes,
        *,
        name: str = "",
        kind: Kind | None = None,
        size: int | None = None,
        keep_place: bool = False,
    ) -> None:
        """Show these bytes; `name` and content tell the kind unless it is given.

        `size` is given when they are only the beginning of something longer. The view begins at their start,
        or stays where it is with `keep_place`.
        """
        self._document = Document(raw, name, kind, size)
        self._found, self._top, self._layout_width = None, self._top if keep_place else 0, 0
        self._reached_end, self._awaits_end = False, not self._document.cut
        self.sync()

    def sync(self) -> None:
        if self.size.width:
            self._lay_out(self.size.width - self._gutter)
            self._top = max(min(self._top, self._last_top), 0)
            self._rows = [(row[0], self._row_text(*row)) for row in self._layout[self._top :][: self.page]]
            self._note_end()
        super().sync()

    def on_show(self) -> None:
        self.sync()

    @property
    def _gutter(self) -> int:
        """Cells for line numbers; bytes bring their own."""
        return 0 if self._document.kind is Kind.BINARY else len(str(self._document.line_count)) + 1

    @property
    def _last_top(self) -> int:
        return len(self._layout) - self.page

    def _lay_out(self, width: int) -> None:
        if width == self._layout_width:
            return
        self._layout_width = width
        self._layout = []
        for number in range(len(self._document.lines)):
            start = 0
            for length in row_lengths(self._document.plain(number), max(width, 2)):
                self._layout.append((number, start, start + length))
                start += length

    def _row_text(self, number: int, start: int, end: int) -> Text:
        label = self._document.label(number) if start == 0 else ""
        row = Text(f"{label} ".rjust(self._gutter) if self._gutter else "", "dim", no_wrap=True, end="")
        text = self._document.text(number)[start:end]
        text.stylize_before(text.style)
        return Text().append_text(row).append_text(text)

    def _note_end(self) -> None:
        at_end = self._top >= self._last_top
        if at_end and self._awaits_end and self.is_on_screen:
            self._reached_end, self._awaits_end = True, False
            self.post_message(self.ReachedEnd(self))
        self.tell_status(self._describe(at_end))

    def _describe(self, at_end: bool) -> str:
        document = self._document
        parts = [f"{document.kind}", size(document.size)]
        if document.hidden:
            parts.append(f"{count(document.hidden)} hidden characters escaped")
        if document.cut:
            parts.append(f"{size(document.cut)} not shown")
        parts.append("end" if at_end else f"{100 * (self._top + self.page) // len(self._layout)}%")
        return "  ".join(parts)

    def move_by(self, lines: int) -> None:
        self._top += lines
        self.sync()

    def move_to_edge(self, *, end: bool) -> None:
        self.move_by(len(self._layout) if end else -len(self._layout))

    def shift_by(self, steps: int) -> None:
        """Nothing: every line is wrapped."""

    def find(self, pattern: re.Pattern[bytes], *, forward: bool) -> None:
        lines = self._document.lines
        here = self._found
        if here is None:
            first = self._rows[0][0] if self._rows else 0
            here = first - 1 if forward else (self._rows[-1][0] + 1 if self._rows else 0)
        numbers = range(here + 1, len(lines)) if forward else range(here - 1, -1, -1)
        found = next((number for number in numbers if pattern.search(lines[number])), None)
        if found is None:
            self.post_message(self.NotFound(self))
            return
        self._found = found
        row = next(index for index, (number, _, _) in enumerate(self._layout) if number == found)
        if not self._top <= row < self._top + self.page:
            self._top = row - self.page // 3
        self.sync()

    def copy_text(self) -> str:
        """The found line, else the first in view."""
        number = self._found if self._found is not None else self._rows[0][0] if self._rows else None
        return "" if number is None else self._document.plain(number)
