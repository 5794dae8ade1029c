"""The console's two walls against hostile text: sanitised `Text`, and a filter on every rendered line.

Widgets make text with `safe_text`; `SafeFilter` sits on the app and catches what any widget let through.
"""

from __future__ import annotations

from rich.cells import cell_len
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.color import Color
from textual.filter import LineFilter

from engine.core.display import BAD, is_safe, pieces

WARNING = Style(color="black", bgcolor="yellow")
"""How an escape is told from text that merely looks like one."""

REPLACEMENT = "\ufffd"


def safe_text(
    text: str,
    style: Style | str = "",
    *,
    warning: Style | str = WARNING,
    limit: int = 4096,
    newlines: bool = False,
) -> Text:
    """`text` as `engine.core.display.safe` shows it, escapes in the `warning` style; markup is not read."""
    shown = Text(style=style, no_wrap=True, end="")
    for piece in pieces(text, limit=limit, newlines=newlines):
        shown.append(piece.text, warning if piece.escaped else None)
    return shown


def ensure_safe(text: Text) -> Text:
    """`text` itself when it is safe to show, else its characters made safe, in its base style."""
    return text if is_safe(text.plain) else safe_text(text.plain, text.style)


def segments(text: Text, console: Console) -> list[Segment]:
    """`text` as segments. Rich's own rendering forgets the base style of a text without spans."""
    if text.spans:
        return list(text.render(console))
    return [Segment(text.plain, console.get_style(text.style))] if text.plain else []


class SafeFilter(LineFilter):
    """The second wall: replaces every bad code point and drops every link in whatever is about to be painted.

    The line keeps its width in cells, so a zero-width character that became visible cannot push the panes
    beside it.
    """

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        if not any(_is_suspect(segment) for segment in segments):
            return segments
        width = sum(cell_len(segment.text) for segment in segments)
        return Segment.adjust_line_length([_cleaned(segment) for segment in segments], width)


def _is_suspect(segment: Segment) -> bool:
    text, style, _ = segment
    if style is not None and style.link is not None:
        return True
    if text.isascii():
        return not text.isprintable()
    return BAD.search(text) is not None


def _cleaned(segment: Segment) -> Segment:
    text, style, _ = segment
    if style is not None and style.link is not None:
        style = style.update_link(None)
    return Segment(BAD.sub(REPLACEMENT, text), style)
