"""The base of all live panes: a widget of whole lines that repaints only what differs from the screen.

Textual sends a refreshed region again in full and does not compare frames. Over SSH bytes are what counts, so
`sync` builds the lines that are in view, compares them with those that are on the screen, and asks for the
differing part of the differing lines. There are no scrollbars and no layout: a title bar tells the position.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

WHEEL_LINES = 3


class LineView(Widget):
    """Subclasses give the segments of a screen line with `line_at` and call `sync` after any change."""

    ALLOW_SELECT = False

    DEFAULT_CSS = """
    LineView { width: 1fr; height: 1fr; }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 # Textual's name
        super().__init__(id=id, classes=classes)
        self._shown: dict[int, Strip] = {}
        self._built: dict[int, Strip] = {}
        self._base: Style | None = None

    @property
    def ascii_only(self) -> bool:
        """Whether the app asks for plain characters: it has the class `-ascii` then."""
        return self.app.has_class("-ascii")

    def line_at(self, y: int) -> Iterable[Segment]:
        """The content of line `y` of the screen, at most as wide as the widget."""
        raise NotImplementedError

    def sync(self) -> None:
        """Bring the screen up to date; costs nothing on the wire when nothing differs."""
        if not self.is_attached:
            return
        width, height = self.size
        for y in range(height):
            strip = self._build(y, width)
            shown = self._shown.get(y)
            if strip == shown:
                self._built.pop(y, None)
                continue
            self._built[y] = strip
            start, end = (0, width) if shown is None else _difference(shown, strip)
            self.refresh(Region(start, y, end - start, 1))

    def render_line(self, y: int) -> Strip:
        strip = self._built.pop(y, None)
        width = self.size.width
        if strip is None or strip.cell_length != width:
            strip = self._build(y, width)
        self._shown[y] = strip
        return strip

    def _build(self, y: int, width: int) -> Strip:
        if self._base is None:
            self._base = self.rich_style
        segments = Segment.adjust_line_length(list(self.line_at(y)), width)
        return Strip(_merged(segments, self._base), width)

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._base = None
        self._built.clear()

    def on_resize(self) -> None:
        self.sync()

    def on_focus(self, event: events.Focus) -> None:
        # Textual's own handler repaints the whole pane; here only the lines that look different are sent.
        event.prevent_default()
        self.has_focus = True
        self._tell_parent(events.DescendantFocus(self))

    def on_blur(self, event: events.Blur) -> None:
        event.prevent_default()
        self.has_focus = False
        self._tell_parent(events.DescendantBlur(self))

    def _tell_parent(self, event: events.DescendantFocus | events.DescendantBlur) -> None:
        if isinstance(self.parent, Widget):
            self.parent.post_message(event)
        self.sync()


class ScrollingView(LineView, can_focus=True):
    """A line view that can be moved through; the actions of the `move.*` commands end in `move_by`."""

    @property
    def page(self) -> int:
        """The lines of content in view, at least 1."""
        return max(self.size.height, 1)

    def move_by(self, lines: int) -> None:
        """Move down by `lines`, up when negative, as far as there is content."""
        raise NotImplementedError

    def move_to_edge(self, *, end: bool) -> None:
        """Move to the first line, or to the last."""
        raise NotImplementedError

    def shift_by(self, steps: int) -> None:
        """Move the view right by `steps`, left when negative."""
        raise NotImplementedError

    def action_move(self, lines: int) -> None:
        self.move_by(lines)

    def action_move_pages(self, pages: float) -> None:
        self.move_by(round(pages * self.page) or (1 if pages > 0 else -1))

    def action_move_to_edge(self, edge: int) -> None:
        self.move_to_edge(end=edge > 0)

    def action_shift(self, steps: int) -> None:
        self.shift_by(steps)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.move_by(WHEEL_LINES)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.move_by(-WHEEL_LINES)


def _merged(segments: Iterable[Segment], base: Style) -> Iterator[Segment]:
    """The segments over the base style, neighbours of one style as one: each style costs bytes."""
    texts: list[str] = []
    before = base
    for text, style, _ in segments:
        style = base + style if style else base
        if style != before and texts:
            yield Segment("".join(texts), before)
            texts.clear()
        before = style
        texts.append(text)
    if texts:
        yield Segment("".join(texts), before)


def _difference(old: Strip, new: Strip) -> tuple[int, int]:
    """The cells, first to one past the last, in which two lines differ; cut at whole segments."""
    before, after = list(old), list(new)
    start = 0
    while before and after and before[0] == after[0]:
        start += before.pop(0).cell_length
        after.pop(0)
    end = max(old.cell_length, new.cell_length)
    while before and after and before[-1] == after[-1]:
        end -= before.pop().cell_length
        after.pop()
    return start, max(end, start + 1)
