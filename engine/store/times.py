"""Times: seconds in the core, whole microseconds in the database, RFC 3339 in JSON and sentences."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import overload

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@overload
def micros(at: float) -> int: ...
@overload
def micros(at: float | None) -> int | None: ...
def micros(at: float | None) -> int | None:
    """Seconds as stored."""
    return None if at is None else round(at * 1e6)


@overload
def seconds(at: int) -> float: ...
@overload
def seconds(at: int | None) -> float | None: ...
def seconds(at: int | None) -> float | None:
    """A stored time in seconds; exactly the value that was stored."""
    return None if at is None else at / 1e6


def rfc3339(at: float) -> str:
    """UTC, with as many decimals as needed: none, three or six."""
    whole = micros(at)
    moment = _EPOCH + timedelta(microseconds=whole)
    spec = "seconds" if whole % 1_000_000 == 0 else "milliseconds" if whole % 1000 == 0 else "microseconds"
    return moment.isoformat(timespec=spec).replace("+00:00", "Z")
