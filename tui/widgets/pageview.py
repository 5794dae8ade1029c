"""A page of styled sentences, wrapped: notes, summaries, transcripts."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rich.text import Text

from tui.commands import Scope
from tui.widgets.bindings import bindings
from tui.widgets.textview import TextView


class PageView(TextView):
    """`show` lines that are safe already (`safe_text`); the place in the page is kept.

    Lines are wrapped at words, the rest of a line stands `hang` cells to the right. With `follow`, a view at
    the end of the page stays at its end when lines are added.
    """

    BINDINGS = bindings(Scope.DOCUMENT)

    def __init__(
        self,
        *,
        hang: int = 0,
        follow: bool = False,
        id: str | None = None,  # noqa: A002 # Textual's name
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._lines: Sequence[Text] = ()
        self._layout: list[tuple[int, Text]] = []
        self._layout_width = 0
        self._top = 0
        self._hang = hang
        self._follow = follow
        self._at_end = follow
        self._reached_end = False

    @property
    def reached_end(self) -> bool:
        """Whether the end of the page has been in view."""
        return self._reached_end

    def show(self, lines: Sequence[Text]) -> None:
        """Show these lines instead of those before."""
        self._lines, self._layout_width = lines, 0
        self.sync()

    def sync(self) -> None:
        if self.size.width:
            self._lay_out(self.size.width)
            self._top = self._last_top if self._follow and self._at_end else self._top
            self._top = max(min(self._top, self._last_top), 0)
            self._at_end = self._top >= self._last_top
            self._reached_end |= self._at_end and bool(self._lines) and self.is_on_screen
            self._rows = [(number, text.copy()) for number, text in self._layout[self._top :][: self.page]]
            left = len(self._layout) - self._top - len(self._rows)
            self.tell_status(f"{left:,} more lines" if left > 0 else "")
        super().sync()

    def on_show(self) -> None:
        self.sync()

    @property
    def _last_top(self) -> int:
        return len(self._layout) - self.page

    def _lay_out(self, width: int) -> None:
        if width != self._layout_width:
            self._layout_width = width
            self._layout = [
                (number, row) for number, line in enumerate(self._lines) for row in self._rows_of(line, width)
            ]

    def _rows_of(self, line: Text, width: int) -> list[Text]:
        if line.cell_len <= width:
            return [line]
        hang = self._hang if width > 2 * self._hang else 0
        console = self.app.console
        first = line.wrap(console, width, no_wrap=False)[0]
        used = len(line) - len(line.plain[len(first) :].lstrip(" "))
        below = line[used:].wrap(console, width - hang, no_wrap=False)
        return [first, *(Text(" " * hang).append_text(row) for row in below)]

    def move_by(self, lines: int) -> None:
        self._top = max(min(self._top + lines, self._last_top), 0)
        self._at_end = self._top >= self._last_top
        self.sync()

    def move_to_edge(self, *, end: bool) -> None:
        self.move_by(len(self._layout) if end else -len(self._layout))

    def shift_by(self, steps: int) -> None:
        """Nothing: every line is wrapped."""

    def find(self, pattern: re.Pattern[bytes], *, forward: bool) -> None:
        here = self._found if self._found is not None else (-1 if forward else len(self._lines))
        numbers = range(here + 1, len(self._lines)) if forward else range(here - 1, -1, -1)
        found = next((n for n in numbers if pattern.search(self._lines[n].plain.encode())), None)
        if found is None:
            self.post_message(self.NotFound(self))
            return
        self._found, self._at_end = found, False
        row = next(index for index, (number, _) in enumerate(self._layout) if number == found)
        if not self._top <= row < self._top + self.page:
            self._top = max(row - self.page // 3, 0)
        self.sync()

    def copy_text(self) -> str:
        """The found line, else the first in view."""
        number = self._found if self._found is not None else self._rows[0][0] if self._rows else None
        return "" if number is None else self._lines[number].plain
