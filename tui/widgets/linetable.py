"""A table for live panes: rows are virtual, the cursor stays on a row's identity, updates cost few bytes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.text import Text

from tui.commands import Scope
from tui.safe import safe_text
from tui.widgets.bindings import bindings
from tui.widgets.columns import Column, Placed, Row, fitted, joined, place
from tui.widgets.marks import Marks
from tui.widgets.rowview import RowView

GUTTER = 2  # one cell for the cursor, one for the mark


class LineTable(RowView):
    """Rows under one line of column titles.

    The row with the cursor begins with `>`, a marked row with `*`, so neither depends on colour. `empty` is
    shown when there are no rows.
    """

    header = 1
    BINDINGS = bindings(Scope.LISTS)
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "linetable--header",
        "linetable--cursor",
        "linetable--mark",
        "linetable--empty",
    }
    DEFAULT_CSS = """
    LineTable {
        & > .linetable--header { text-style: dim; }
        & > .linetable--cursor { background: $primary-muted; text-style: bold; }
        & > .linetable--mark { color: $text-warning; }
        & > .linetable--empty { text-style: dim; }
        &:ansi > .linetable--cursor { background: ansi_default; text-style: bold reverse; }
        &:ansi > .linetable--mark { color: ansi_yellow; }
    }
    """

    class MarksChanged(RowView.Event, namespace="line_table"):
        """The set of marked rows changed: see `marked`; the key is the row with the cursor."""

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        empty: str = "Nothing here.",
        id: str | None = None,  # noqa: A002 # Textual's name
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._columns = tuple(columns)
        self._empty = empty
        self._skip = 0
        self._marks = Marks()
        self._sorted_by: tuple[int, bool] | None = None
        self._placed: tuple[int, list[Placed]] = (-1, [])

    @property
    def marked(self) -> frozenset[str]:
        return self._marks.keys

    def set_rows(self, rows: Sequence[Row]) -> None:
        self._marks.keep_only(row.key for row in rows)
        super().set_rows(rows)

    def set_sort(self, column: int | None, *, descending: bool = False) -> None:
        """Mark the column that the rows are sorted by; the rows come sorted."""
        self._sorted_by = None if column is None else (column, descending)
        self.sync()

    def line_at(self, y: int) -> Iterable[Segment]:
        if y < self.header:
            return self._header()
        index = self._top + y - self.header
        if index < len(self._rows):
            return self._row(index)
        if y == self.header:
            style = self.get_component_rich_style("linetable--empty", partial=True)
            return [Segment(" " * GUTTER), *self._segments(safe_text(self._empty, style))]
        return ()

    def _header(self) -> Iterable[Segment]:
        cells = []
        for index, width in self._layout():
            column = self._columns[index]
            cell = column.title
            if self._sorted_by is not None and self._sorted_by[0] == index and isinstance(cell, str):
                cell = f"{cell} {'v' if self._sorted_by[1] else '^'}"
            cells.append(fitted(cell, width, column.align))
        style = self.get_component_rich_style("linetable--header", partial=True)
        return Segment.apply_style([Segment(" " * GUTTER), *self._segments(joined(cells))], style)

    def _row(self, index: int) -> Iterable[Segment]:
        key, cells = self._rows[index]
        texts = [
            fitted(cells[placed.column], placed.width, self._columns[placed.column].align)
            for placed in self._layout()
        ]
        mark = "*" if key in self._marks else "+" if key == self._marks.anchor else " "
        gutter = Segment((">" if index == self._cursor else " ") + mark)
        line = Segment.adjust_line_length([gutter, *self._segments(joined(texts))], self.size.width)
        if key in self._marks:
            style = self.get_component_rich_style("linetable--mark", partial=True)
            line = [*Segment.apply_style(line[:1], style), *line[1:]]
        if index == self._cursor and self.has_focus:
            style = self.get_component_rich_style("linetable--cursor", partial=True)
            line = list(Segment.apply_style(line, style))
        return line

    def _segments(self, text: Text) -> list[Segment]:
        return list(text.render(self.app.console))

    def _layout(self) -> list[Placed]:
        width = self.size.width - GUTTER
        if self._placed[0] != width:
            self._placed = (width, place(self._columns, width, self._skip))
        return self._placed[1]

    def shift_by(self, steps: int) -> None:
        """Leave out one more column after the first, so that those dropped at the right come into view."""
        self._skip = max(min(self._skip + steps, len(self._columns) - 2), 0)
        self._placed = (-1, [])
        self.sync()

    def action_mark_toggle(self) -> None:
        if self.cursor_key is not None:
            self._marks.toggle(self.cursor_key)
            self._marks_changed()
            self.move_by(1)

    def action_mark_range(self) -> None:
        if self.cursor_key is not None:
            self._marks.extend([row.key for row in self._rows], self.cursor_key)
            self._marks_changed()

    def action_mark_all(self) -> None:
        self._marks.add(row.key for row in self._rows)
        self._marks_changed()

    def action_mark_none(self) -> None:
        self._marks.clear()
        self._marks_changed()

    def _marks_changed(self) -> None:
        self.sync()
        self.post_message(self.MarksChanged(self, self.cursor_key or ""))
