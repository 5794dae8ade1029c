"""The first and the last line of the screen: where one is, and which keys do something here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.text import Text

from engine.core.display import safe
from tui.command_text import Hint
from tui.safe import ensure_safe, safe_text, segments
from tui.widgets.columns import fitted
from tui.widgets.lines import LineView

GAP = "  "


class TopBar(LineView):
    """Parts from the left, and one text at the right end that is never cut."""

    DEFAULT_CSS = """
    TopBar { height: 1; background: $panel; text-style: bold; }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 # Textual's name
        super().__init__(id=id, classes=classes)
        self._parts: tuple[Text | str, ...] = ()
        self._right = ""

    def show(self, *parts: Text | str, right: str = "") -> None:
        """Show the parts side by side; strings are never read as markup."""
        self._parts, self._right = parts, safe(right, limit=256)
        self.sync()

    def line_at(self, y: int) -> Iterable[Segment]:
        left = Text(no_wrap=True, end="")
        for part in self._parts:
            left.append(GAP if left else " ")
            left.append_text(safe_text(part) if isinstance(part, str) else ensure_safe(part))
        room = self.size.width - cell_len(self._right) - len(GAP)
        yield from segments(fitted(left, max(room, 0), "left"), self.app.console)
        yield Segment(f" {self._right} ")


class KeyHints(LineView):
    """The footer: as many hints as fit, those that are not possible now dimmed."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"keyhints--key", "keyhints--off"}
    DEFAULT_CSS = """
    KeyHints {
        height: 1;
        & > .keyhints--key { text-style: bold; }
        & > .keyhints--off { text-style: dim; }
    }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 # Textual's name
        super().__init__(id=id, classes=classes)
        self._hints: Sequence[Hint] = ()

    def show(self, hints: Sequence[Hint]) -> None:
        self._hints = [Hint(safe(key), safe(label), possible) for key, label, possible in hints]
        self.sync()

    def line_at(self, y: int) -> Iterable[Segment]:
        key_style = self.get_component_rich_style("keyhints--key", partial=True)
        off = self.get_component_rich_style("keyhints--off", partial=True)
        used = 1
        yield Segment(" ")
        for key, label, possible in self._hints:
            used += cell_len(f"{key} {label}{GAP}")
            if used > self.size.width + len(GAP):
                return
            yield Segment(key, key_style if possible else off)
            yield Segment(f" {label}{GAP}", None if possible else off)
