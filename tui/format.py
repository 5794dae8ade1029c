"""How the console writes states, and fits text into cells. Times, money and sizes: `engine.wording`."""

from __future__ import annotations

from typing import Literal, NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from engine.core.display import safe

Align = Literal["left", "right"]

ELLIPSIS = "…"


class Look(NamedTuple):
    """How a state is shown. The word always stands beside the glyph: neither it nor colour speaks alone."""

    glyph: str
    ascii: str
    word: str
    style: str


_LOOKS = (
    Look("·", ".", "pending", "bright_black"),
    Look("·", ".", "ready", ""),
    Look("○", "o", "queued", ""),
    Look("◌", "o", "scheduled", "bright_black"),
    Look("▸", ">", "running", "cyan"),
    Look("↻", "~", "retry_wait", "yellow"),
    Look("◆", "!", "waiting", "bold yellow"),
    Look("◆", "!", "open", "bold yellow"),
    Look("?", "?", "indeterminate", "bold magenta"),
    Look("?", "?", "lost", "bold magenta"),
    Look("‖", "=", "pausing", "yellow"),
    Look("‖", "=", "paused", "yellow"),
    Look("◂", "<", "cancelling", "yellow"),
    Look("✓", "+", "succeeded", "green"),
    Look("✓", "+", "approved", "green"),
    Look("⚑", "#", "succeeded_with_flags", "bold yellow"),
    Look("⚑", "#", "flagged", "bold yellow"),
    Look("≡", "=", "reused", "green"),
    Look("↷", "-", "skipped", "bright_black"),
    Look("✗", "x", "failed", "bold red"),
    Look("✗", "x", "timed_out", "bold red"),
    Look("✗", "x", "rejected", "red"),
    Look("✗", "x", "expired", "red"),
    Look("−", "-", "cancelled", "bright_black"),
    Look("−", "-", "superseded", "bright_black"),
)
_BY_WORD = {look.word: look for look in _LOOKS}
_SHORTER = {"succeeded_with_flags": "with flags"}


def look(state: str) -> Look:
    """The look of a run, step, attempt or gate state; a word that is not known gets a question mark."""
    return _BY_WORD.get(state) or Look("?", "?", safe(state, limit=32), "")


def state_text(state: str, *, ascii_only: bool = False, note: str = "") -> Text:
    """Glyph and word in the state's colour, such as `✓ succeeded`; `note` follows the word."""
    glyph, plain, word, style = look(state)
    word = _SHORTER.get(word, word.replace("_", " "))
    parts = (plain if ascii_only else glyph, word, safe(note, limit=64))
    return Text(" ".join(part for part in parts if part), style, no_wrap=True, end="")


def truncate(text: str, width: int) -> str:
    """`text` in at most `width` cells, its end replaced by `…` when it does not fit."""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, width - 1).rstrip() + ELLIPSIS if width > 0 else ""


def pad(text: str, width: int, align: Align = "left") -> str:
    """`text` in exactly `width` cells, truncated if it must."""
    text = truncate(text, width)
    blank = " " * (width - cell_len(text))
    return blank + text if align == "right" else text + blank
