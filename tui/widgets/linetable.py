"""A table for live panes: rows are virtual, the cursor stays on a row's identity, updates cost few bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import ClassVar

from rich.segment import Segment

from tui.commands import Scope
from tui.safe import safe_text, segments
from tui.widgets.bindings import bindings
from tui.widgets.columns import Cell, Column, Placed, Row, line_of, place
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
            return [Segment(" " * GUTTER), *segments(safe_text(self._empty, style), self.app.console)]
        return ()

    def _header(self) -> Iterable[Segment]:
        style = self.get_component_rich_style("linetable--header", partial=True)
        titles = [self._title(index) for index in range(len(self._columns))]
        return Segment.apply_style([Segment(" " * GUTTER), *self._side_by_side(titles)], style)

    def _title(self, index: int) -> Cell:
        title = self._columns[index].title
        if self._sorted_by is None or self._sorted_by[0] != index or not isinstance(title, str):
            return title
        return f"{title} {'v' if self._sorted_by[1] else '^'}"

    def _row(self, index: int) -> Iterable[Segment]:
        key, cells = self._rows[index]
        mark = "*" if key in self._marks else "+" if key == self._marks.anchor else " "
        gutter = Segment((">" if index == self._cursor else " ") + mark)
        if key in self._marks:
            gutter = Segment(gutter.text, self.get_component_rich_style("linetable--mark", partial=True))
        line = [gutter, *self._side_by_side(cells)]
        if index != self._cursor or not self.has_focus:
            return line
        style = self.get_component_rich_style("linetable--cursor", partial=True)
        return Segment.apply_style(Segment.adjust_line_length(line, self.size.width), style)

    def _side_by_side(self, cells: Sequence[Cell]) -> Iterator[Segment]:
        placed = [(cells[index], width, self._columns[index].align) for index, width in self._layout()]
        return line_of(placed, self.app.console)

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
