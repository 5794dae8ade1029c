"""The clock is passed in: the system's in production, a hand-driven one in tests."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """`now` is wall time for records; `monotonic` measures waits and never jumps. Both in seconds."""

    def now(self) -> float: ...

    def monotonic(self) -> float: ...


class SystemClock:
    """The machine's clock, in microsecond steps so that stored times read back equal."""

    def now(self) -> float:
        return (time.time_ns() // 1000) / 1e6

    def monotonic(self) -> float:
        return time.monotonic()
