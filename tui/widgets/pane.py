"""A pane: one title row over its content. The title row alone shows where the focus is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.containers import Vertical
from textual.widget import Widget

from engine.core.display import safe
from tui.format import truncate
from tui.widgets.lines import LineView


class PaneTitle(LineView):
    """`── title ───────── note ──`, in the accent colour while its pane has the focus."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"pane--title", "pane--active"}
    DEFAULT_CSS = """
    PaneTitle {
        height: 1;
        & > .pane--title { text-style: dim; }
        & > .pane--active { color: $text-accent; text-style: bold; }
        &:ansi > .pane--active { color: ansi_default; }
    }
    """

    def __init__(self, title: str) -> None:
        super().__init__()
        self.title = title
        self.note = ""
        self.active = False

    def line_at(self, y: int) -> Iterable[Segment]:
        rule = "-" if self.ascii_only else "─"
        width = self.size.width
        title = truncate(safe(self.title, limit=256), width - 6)
        note = truncate(safe(self.note, limit=256), width - cell_len(title) - 9)
        left = f"{rule * 2} {title} "
        right = f" {note} {rule * 2}" if note else ""
        text = left + rule * (width - cell_len(left) - cell_len(right)) + right
        name = "pane--active" if self.active else "pane--title"
        yield Segment(text, self.get_component_rich_style(name, partial=True))


class Pane(Vertical):
    """`title` stands at the left of its title row and `note` at the right; both may be set at any time."""

    def __init__(
        self,
        title: str,
        *content: Widget,
        id: str | None = None,  # noqa: A002 # Textual's name
        classes: str | None = None,
    ) -> None:
        self._bar = PaneTitle(title)
        super().__init__(self._bar, *content, id=id, classes=classes)

    @property
    def title(self) -> str:
        return self._bar.title

    @title.setter
    def title(self, title: str) -> None:
        self._bar.title = title
        self._bar.sync()

    @property
    def note(self) -> str:
        return self._bar.note

    @note.setter
    def note(self, note: str) -> None:
        self._bar.note = note
        self._bar.sync()

    def on_descendant_focus(self, _: events.DescendantFocus) -> None:
        self._focused(True)

    def on_descendant_blur(self, _: events.DescendantBlur) -> None:
        self._focused(False)

    def _focused(self, inside: bool) -> None:
        self._bar.active = inside
        self._bar.sync()
