"""Rows with identities and a cursor that stays on a row's identity when the list changes around it."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.message import Message

from tui.widgets.columns import Row
from tui.widgets.lines import ScrollingView


class RowView(ScrollingView):
    """The cursor and the scrolling of a list of rows under `header` lines; subclasses draw them."""

    header = 0

    class Event(Message):
        """About the row `key`; `table` is where it happened."""

        def __init__(self, table: RowView, key: str) -> None:
            super().__init__()
            self.table = table
            self.key = key

        @property
        def control(self) -> RowView:
            return self.table

    class Opened(Event, namespace="line_table"):
        """The operator opened the row."""

    class Highlighted(Event, namespace="line_table"):
        """The cursor is on another row than before; the key is empty when there are no rows."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 # Textual's name
        super().__init__(id=id, classes=classes)
        self._rows: Sequence[Row] = ()
        self._cursor = 0
        self._top = 0

    @property
    def rows(self) -> Sequence[Row]:
        return self._rows

    @property
    def cursor_key(self) -> str | None:
        """The identity of the row with the cursor; None when there are no rows."""
        return self._rows[self._cursor].key if self._rows else None

    @property
    def page(self) -> int:
        return max(self.size.height - self.header, 1)

    @property
    def position(self) -> str:
        """What is in view, for a title bar: `1-14 of 19`."""
        last = min(self._top + self.page, len(self._rows))
        return f"{self._top + 1:,}-{last:,} of {len(self._rows):,}" if self._rows else "none"

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Show these rows. The cursor stays on its row, or, when that is gone, on the same place."""
        before, index = self.cursor_key, self._cursor
        self._rows = rows
        self._cursor = self._index_of(before, index)
        if self._top > 0:  # at the top, new rows come into view; further down the view stands still
            self._top += self._cursor - index
        self._settle(before)

    def select(self, key: str) -> bool:
        """Put the cursor on the row `key`; whether there is one."""
        before = self.cursor_key
        index = self._index_of(key, self._cursor)
        if not self._rows or self._rows[index].key != key:
            return False
        self._cursor = index
        self._settle(before)
        return True

    def _index_of(self, key: str | None, near: int) -> int:
        """Where the row `key` is now; `near`, within bounds, when it is gone."""
        near = max(min(near, len(self._rows) - 1), 0)
        if key is None or not self._rows or self._rows[near].key == key:
            return near
        return next((index for index, row in enumerate(self._rows) if row.key == key), near)

    def _settle(self, before: str | None) -> None:
        """Keep the cursor in view, say when it came to another row, and show it all."""
        self._top = max(min(self._top, self._cursor, len(self._rows) - self.page), 0)
        self._top = max(self._top, self._cursor - self.page + 1)
        self.sync()
        if self.cursor_key != before:
            self.post_message(self.Highlighted(self, self.cursor_key or ""))

    def move_by(self, lines: int) -> None:
        before = self.cursor_key
        self._cursor = max(min(self._cursor + lines, len(self._rows) - 1), 0)
        self._settle(before)

    def move_to_edge(self, *, end: bool) -> None:
        self.move_by(len(self._rows) if end else -len(self._rows))

    def action_open(self) -> None:
        if self.cursor_key is not None:
            self.post_message(self.Opened(self, self.cursor_key))

    def on_resize(self) -> None:
        self._settle(self.cursor_key)

    def on_click(self, event: events.Click) -> None:
        index = self._top + event.y - self.header
        if event.y >= self.header and index < len(self._rows):
            self.move_by(index - self._cursor)
