"""Colour in logs: SGR sequences become styles, every other control character becomes a visible escape.

Only what cannot hide text is taken over: six foreground colours, bold, dim and underline. Black and white are
left out, for one of them is the operator's background; so are backgrounds, conceal, blink and reverse.
"""

from __future__ import annotations

import re

from rich.style import Style
from rich.text import Text

from tui.safe import safe_text

_SEQUENCE = re.compile(r"\x1b\[([0-9;]{0,64})m")
_COLOURS = ("", "red", "green", "yellow", "blue", "magenta", "cyan", "")
_EXTENDED = {"5": 1, "2": 3}  # behind 38 or 48 and this code: how many numbers tell the colour


def coloured(text: str, limit: int) -> Text:
    """One line made safe, colour sequences shown as colour; cut when it has more than `limit` characters."""
    if "\x1b[" not in text:
        return safe_text(text, limit=limit)
    shown = Text(no_wrap=True, end="")
    style = Style()
    for index, piece in enumerate(_SEQUENCE.split(text)):
        if len(shown) > limit:
            break
        if index % 2:
            style = _after(style, piece)
        elif piece:
            shown.append_text(safe_text(piece, style, limit=limit))
    return shown


def _after(style: Style, parameters: str) -> Style:
    """The style after an SGR sequence with these parameters."""
    codes = iter(parameters.split(";"))
    for code in codes:
        if code in ("38", "48"):
            for _ in range(_EXTENDED.get(next(codes, ""), 0)):
                next(codes, None)
        else:
            style = _apply(style, int(code or 0))
    return style


def _apply(style: Style, code: int) -> Style:
    if code == 0:
        return Style()
    if 30 <= code <= 37 or 90 <= code <= 97:
        name = _COLOURS[code % 10]
        bright = "bright_" if name and code >= 90 else ""
        return style + Style(color=f"{bright}{name}" if name else "default")
    return style + _ATTRIBUTES.get(code, Style())


_ATTRIBUTES = {
    1: Style(bold=True),
    2: Style(dim=True),
    4: Style(underline=True),
    22: Style(bold=False, dim=False),
    24: Style(underline=False),
    39: Style(color="default"),
}
