"""One line that names the tabs of a screen, each with the digit that shows it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from rich.text import Text

from tui.safe import safe_text
from tui.widgets.lines import LineView

LABEL_WIDTH = 20
_ACTIVE = Style(bold=True, reverse=True)
_MORE = "…"


class TabBar(LineView):
    """`show` the labels with the active one marked; it stays in view when there are more than fit."""

    DEFAULT_CSS = """
    TabBar { height: 1; }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 # Textual's name
        super().__init__(id=id)
        self._labels: Sequence[str] = ()
        self._active = 0

    def show(self, labels: Sequence[str], active: int) -> None:
        self._labels, self._active = labels, active
        self.sync()

    def line_at(self, y: int) -> Iterable[Segment]:
        texts = [self._tab(index, label) for index, label in enumerate(self._labels)]
        first = 0
        while first < self._active and self._needed(texts[first : self._active + 1], first) > self.size.width:
            first += 1
        line = Text(_MORE if first else " ", no_wrap=True, end="")
        for text in texts[first:]:
            line.append_text(text).append(" ")
        line.truncate(self.size.width, overflow="ellipsis")
        return line.render(self.app.console)

    def _tab(self, index: int, label: str) -> Text:
        text = safe_text(label, limit=64)
        text.truncate(LABEL_WIDTH, overflow="ellipsis")
        digit = f"{index + 1} " if index < 9 else ""
        style = _ACTIVE if index == self._active else Style()
        return Text(f"[{digit}" if index == self._active else f" {digit}", style, end="").append_text(
            Text(text.plain + ("]" if index == self._active else " "), style)
        )

    def _needed(self, texts: Sequence[Text], first: int) -> int:
        return sum(cell_len(text.plain) + 1 for text in texts) + len(_MORE if first else " ")
