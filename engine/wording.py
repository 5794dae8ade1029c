"""How times, money and sizes are written for people: pure functions from a value to a few characters.

The console and the command line use the same ones, so that both say the same.
"""

from __future__ import annotations

from datetime import datetime

NOTHING = "-"
UNKNOWN = "?"

_MINUTE, _HOUR, _DAY = 60, 3600, 86400


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
