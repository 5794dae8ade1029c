"""Columns of a table: which of them fit in a width, how wide they are, and a cell cut or padded to fit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from rich.cells import cell_len
from rich.console import Console
from rich.segment import Segment
from rich.text import Text

from engine.core.display import is_safe
from tui.format import Align, pad
from tui.safe import ensure_safe, safe_text, segments

GAP = 2


class Scaled(Protocol):
    """A cell that draws itself for the width that its column got."""

    def at(self, width: int) -> Text: ...


Cell = Text | str | Scaled


class Row(NamedTuple):
    """One row: `key` is its identity, and `cells` stand in the order of the columns."""

    key: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of fixed `width` in cells, or, when it is None, with `share` of what the others leave.

    When the view is too narrow, columns go in the order of `priority`, the lowest first. A flexible column
    is never narrower than `minimum`.
    """

    title: Cell
    width: int | None = None
    share: int = 1
    align: Align = "left"
    priority: int = 5
    minimum: int = 8

    @property
    def least(self) -> int:
        return self.minimum if self.width is None else self.width


class Placed(NamedTuple):
    """A column that is shown: its index in the table and its width in cells."""

    column: int
    width: int


def place(columns: Sequence[Column], width: int, skip: int = 0) -> list[Placed]:
    """The columns that fit in `width`, after leaving out `skip` of those right of the first one."""
    shown = [index for index in range(len(columns)) if index == 0 or index > skip]
    while len(shown) > 1 and _needed(columns, shown) > width:
        lowest = min(columns[index].priority for index in shown)
        shown.remove(max(index for index in shown if columns[index].priority == lowest))
    spare = max(width - _needed(columns, shown), 0)
    shares = sum(columns[index].share for index in shown if columns[index].width is None)
    placed = []
    for index in shown:
        column = columns[index]
        extra = 0
        if column.width is None:
            extra = spare * column.share // shares
            spare, shares = spare - extra, shares - column.share
        placed.append(Placed(index, min(column.least + extra, width)))
    return placed


def _needed(columns: Sequence[Column], shown: Sequence[int]) -> int:
    return sum(columns[index].least for index in shown) + GAP * (len(shown) - 1)


def fitted(cell: Cell, width: int, align: Align) -> Text:
    """The cell in exactly `width` cells; text that is not safe to show is made so."""
    text = _as_text(cell, width)
    text.truncate(width, overflow="ellipsis")
    blank = width - cell_len(text.plain)
    if align == "right":
        text.pad_left(blank)
    else:
        text.pad_right(blank)
    return text


def _as_text(cell: Cell, width: int) -> Text:
    if isinstance(cell, str):
        return safe_text(cell)
    return ensure_safe(cell.copy() if isinstance(cell, Text) else cell.at(width))


def line_of(cells: Iterable[tuple[Cell, int, Align]], console: Console) -> Iterator[Segment]:
    """Cells with their widths and sides, side by side with the gap between columns."""
    for position, (cell, width, align) in enumerate(cells):
        if position:
            yield Segment(" " * GAP)
        if isinstance(cell, str) and is_safe(cell):
            yield Segment(pad(cell, width, align))  # most cells: no need to make a Text of them
        else:
            yield from segments(fitted(cell, width, align), console)
