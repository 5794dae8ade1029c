"""A view of a growing log: opens a file of a million lines at its end, follows it, searches it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from pathlib import Path

from rich.segment import Segment
from rich.text import Text
from textual.strip import Strip

from engine.core.display import decode, safe_bytes
from engine.wording import count, size
from tui.commands import Scope
from tui.safe import WARNING, safe_text, segments
from tui.widgets.bindings import bindings
from tui.widgets.logsource import LogSource
from tui.widgets.sgr import coloured
from tui.widgets.textlines import wrapped
from tui.widgets.textview import TextView

SHIFT = 8
WRAPPED_LIMIT = 4096
_WORDS = ("error", "fail", "fatal", "critical", "panic", "exception", "traceback")
_SPELLINGS = "|".join(spelling for word in _WORDS for spelling in (word, word.title(), word.upper()))
ERRORS = re.compile(_SPELLINGS.encode())
"""What makes a line worth a stop of `e`."""


class LogView(TextView):
    """`show` a file, then call `poll` a few times a second while the view is visible.

    It follows the end until the operator scrolls up, and again once the end is back in view.
    """

    BINDINGS = bindings(Scope.LOG)

    def __init__(
        self,
        *,
        empty: str = "No log yet.",
        id: str | None = None,  # noqa: A002 # Textual's name
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._empty = empty
        self._source = LogSource(None)
        self._follow = True
        self._searching = False
        self._seen = 0
        self._wrap = False
        self._top = 0
        self._left = 0

    @property
    def follow(self) -> bool:
        return self._follow

    def show(self, path: Path | None, *, empty: str | None = None) -> None:
        """Show this file from its end, following it. It need not exist yet; None shows nothing.

        `empty` says from now on why there is no line.
        """
        self._empty = self._empty if empty is None else empty
        self._source.close()
        self._source = LogSource(path)
        self._follow, self._found, self._searching = True, None, False
        self._top, self._left = 0, 0
        self.poll()
        self._settle()

    def poll(self) -> None:
        """Look for new bytes, or for another file under the name."""
        if self._searching or not self._source.refresh():
            return
        if self._source.behind:
            self.run_worker(self._read_on(self._source), group="log", exit_on_error=False)
        self._settle()

    def on_resize(self) -> None:
        self._settle()

    def on_unmount(self) -> None:
        self._source.close()

    async def _read_on(self, source: LogSource) -> None:
        while source is self._source and source.behind:
            self._tell()
            await asyncio.to_thread(source.read_on)
        if source is self._source:
            self._settle()

    def _settle(self) -> None:
        """Keep the view inside the file, at its end when it follows, and show it."""
        last = self._last_top()
        self._top = last if self._follow else max(min(self._top, last), 0)
        if self._follow:
            self._seen = self._source.line_count
        self.sync()

    def _last_top(self) -> int:
        """The first line to show so that the last one is in view."""
        top = self._source.line_count
        if not self._wrap:
            return max(top - self.page, 0)
        rows = 0
        while top > 0 and (rows := rows + len(self._rows_of(top - 1))) <= self.page:
            top -= 1
        return max(min(top, self._source.line_count - 1), 0)

    def sync(self) -> None:
        rows: list[tuple[int, Text]] = []
        number = self._top
        while len(rows) < self.size.height and number < self._source.line_count:
            rows += [(number, row) for row in self._rows_of(number)]
            number += 1
        self._rows = rows[: self.size.height]
        if self._found is not None and not self._top <= self._found < number:
            self._found = None
        super().sync()
        self._tell()

    def _rows_of(self, number: int) -> list[Text]:
        limit = (
            WRAPPED_LIMIT if self._wrap else self._left + self.size.width + 64
        )  # what is in view, and a note
        line = self._source.line(number)
        text = coloured(decode(line.raw), limit)
        if line.more:
            text.append(f"… +{size(line.more)}", WARNING)
        return list(wrapped(text, self.size.width)) if self._wrap else [text]

    def line_at(self, y: int) -> Iterable[Segment]:
        if y == 0 and not self._rows:
            note = self._source.trouble or ("Reading the log…" if self._source.behind else self._empty)
            style = self.get_component_rich_style("textview--note", partial=True)
            return segments(safe_text(note, style), self.app.console)
        line = super().line_at(y)
        if self._wrap or not self._left:
            return line
        return Strip(line).crop(self._left, self._left + self.size.width)

    def _tell(self) -> None:
        lines = self._source.line_count
        if not self._source.is_open:
            self.tell_status("")
        elif self._source.behind:
            done, total = self._source.progress
            self.tell_status(f"reading {size(done)} of {size(total)}")
        else:
            new = lines - self._seen
            state = "FOLLOW" if self._follow else f"PAUSED +{count(new)} new" if new > 0 else "PAUSED"
            self.tell_status(f"{state}{'  wrap' if self._wrap else ''}  {count(lines)} lines")

    def move_by(self, lines: int) -> None:
        last = self._last_top()
        self._top = max(min(self._top + lines, last), 0)
        self._follow = self._top >= last
        self._settle()

    def move_to_edge(self, *, end: bool) -> None:
        self.move_by(self._source.line_count if end else -self._source.line_count)

    def shift_by(self, steps: int) -> None:
        self._left = max(self._left + steps * SHIFT, 0)
        self.sync()

    def action_log_follow(self) -> None:
        self._follow = not self._follow
        self._settle()

    def action_log_wrap(self) -> None:
        self._wrap = not self._wrap
        self._settle()

    def action_log_next_error(self) -> None:
        self.find(ERRORS, forward=True)

    def action_log_previous_error(self) -> None:
        self.find(ERRORS, forward=False)

    def find(self, pattern: re.Pattern[bytes], *, forward: bool) -> None:
        if not self._source.behind and not self._searching:
            self._searching = True
            self.run_worker(self._find(self._source, pattern, forward), group="log", exit_on_error=False)

    async def _find(self, source: LogSource, pattern: re.Pattern[bytes], forward: bool) -> None:
        start = self._top - 1 if forward else self._top + self.page
        start = start if self._found is None else self._found
        line = await asyncio.to_thread(source.find, pattern, start, forward=forward)
        if source is not self._source:
            return
        self._searching = False
        if line is None:
            self.post_message(self.NotFound(self))
            return
        self._found, self._follow = line, False
        if not self._top <= line < self._top + self.page - 1:
            self._top = line - self.page // 3
        self._settle()

    def copy_text(self) -> str:
        """The found line, else the last line when the view follows, else the first in view."""
        last = self._source.line_count - 1
        number = self._found if self._found is not None else last if self._follow else self._top
        return safe_bytes(self._source.line(number).raw)
