"""How the console writes states, times, money and sizes: pure functions from a value to a few characters."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from engine.core.display import safe

Align = Literal["left", "right"]

ELLIPSIS = "…"
NOTHING = "-"
UNKNOWN = "?"

_MINUTE, _HOUR, _DAY = 60, 3600, 86400


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


def duration(seconds: float | None) -> str:
    """Two units at most: `8s`, `12m01s`, `3h04m`, `2d05h`; below a second `0.4s`; `-` when there is none."""
    if seconds is None:
        return NOTHING
    if 0 < seconds < 0.95:
        return f"{seconds:.1f}s"
    whole = max(round(seconds), 0)
    if whole < _MINUTE:
        return f"{whole}s"
    if whole < _HOUR:
        return f"{whole // _MINUTE}m{whole % _MINUTE:02d}s"
    if whole < _DAY:
        return f"{whole // _HOUR}h{whole % _HOUR // _MINUTE:02d}m"
    return f"{whole // _DAY}d{whole % _DAY // _HOUR:02d}h"


def age(then: float | None, now: float) -> str:
    """The whole seconds from `then` to `now` (both epoch seconds) as a duration."""
    return NOTHING if then is None else duration(max(int(now - then), 0))


def money(amount: float | None) -> str:
    """US dollars with cents, `?` when nobody knows; a cost too small for cents is `<0.01`."""
    if amount is None:
        return UNKNOWN
    return "<0.01" if 0 < amount < 0.005 else f"{amount:,.2f}"


def count(number: int | None) -> str:
    return UNKNOWN if number is None else f"{number:,}"


def size(amount: float | None) -> str:
    """Bytes in steps of 1024: `512 B`, `9.1 KB`, `120 MB`."""
    if amount is None:
        return UNKNOWN
    unit = "B"
    for unit in ("B", "KB", "MB", "GB", "TB"):
        if amount < 1000 or unit == "TB":
            break
        amount /= 1024
    return f"{amount:.0f} {unit}" if unit == "B" or amount >= 100 else f"{amount:.1f} {unit}"


def clock(at: float | None) -> str:
    """Local time of day of an epoch time."""
    return NOTHING if at is None else _local(at).strftime("%H:%M:%S")


def moment(at: float | None, now: float) -> str:
    """Local time of day for today, else the date with hour and minute."""
    if at is None:
        return NOTHING
    same_day = _local(at).date() == _local(now).date()
    return clock(at) if same_day else _local(at).strftime("%Y-%m-%d %H:%M")


def _local(at: float) -> datetime:
    return datetime.fromtimestamp(at).astimezone()


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
