"""Durations as people write them: `500ms 30s 10m 4h 2d`."""

from __future__ import annotations

import re
from typing import Final

DURATION: Final = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,3})?)(ms|s|m|h|d)")
_SECONDS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_LONGEST: Final = 366 * 86400.0


def seconds(text: str) -> float:
    """The seconds in a duration. Raises ValueError for anything else, and beyond 366 days."""
    match = DURATION.fullmatch(text)
    if match is None:
        raise ValueError("a duration is a number and a unit, such as 500ms, 30s, 10m, 4h or 2d")
    value = float(match.group(1)) * _SECONDS[match.group(2)]
    if value > _LONGEST:
        raise ValueError("a duration is at most 366d")
    return value
