"""The last lines of a screen: the keys that do something here, or, for a while, a sentence in their place."""

from __future__ import annotations

from collections.abc import Iterable

from rich.segment import Segment
from textual.timer import Timer

from tui.safe import safe_text
from tui.widgets.statusbar import KeyHints
from tui.widgets.textlines import wrapped

NOTICE_SECONDS = 8.0
MAX_LINES = 4


class Footer(KeyHints):
    """Shows key hints; `say` covers them until `forget`, or for some seconds."""

    DEFAULT_CSS = """
    Footer { height: 1; }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 # Textual's name
        super().__init__(id=id)
        self._notice = ""
        self._timer: Timer | None = None

    def say(self, sentence: str) -> None:
        """Show `sentence`, on as many lines as it needs, up to a few."""
        self._notice = sentence
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(NOTICE_SECONDS, self.forget)
        self._settle()

    def forget(self) -> None:
        """Show the keys again."""
        if self._notice:
            self._notice = ""
            self._settle()

    @property
    def notice(self) -> str:
        return self._notice

    def _settle(self) -> None:
        lines = min(max(len(self._lines()), 1), MAX_LINES)
        if self.size.height != lines:
            self.styles.height = lines
        self.sync()

    def _lines(self) -> list[list[Segment]]:
        if not self._notice:
            return []
        width = max(self.size.width - 2, 2)
        rows = wrapped(safe_text(self._notice, "bold"), width)
        return [[Segment(" "), *row.render(self.app.console)] for row in rows]

    def line_at(self, y: int) -> Iterable[Segment]:
        lines = self._lines()
        if not lines:
            return super().line_at(y) if y == 0 else ()
        return lines[y] if y < len(lines) else ()
