"""Timers: named deadlines on one loop timer. Nothing wakes the engine between deadlines."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable, Hashable

from engine.runtime.clock import Clock


class Timers:
    """Calls back when a named deadline has passed; setting a name again replaces its deadline."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._heap: list[tuple[float, int, Hashable]] = []
        self._armed: dict[Hashable, tuple[int, Callable[[], None]]] = {}
        self._serial = 0
        self._handle: asyncio.TimerHandle | None = None

    def set(self, name: Hashable, delay: float, action: Callable[[], None]) -> None:
        """Run `action` once, `delay` seconds from now (at once when it is not positive)."""
        self._serial += 1
        self._armed[name] = (self._serial, action)
        heapq.heappush(self._heap, (self._clock.monotonic() + max(0.0, delay), self._serial, name))
        self._arm()

    def drop(self, name: Hashable) -> None:
        """Forget a deadline; unknown names are fine."""
        self._armed.pop(name, None)

    def close(self) -> None:
        self._armed.clear()
        self._heap.clear()
        if self._handle is not None:
            self._handle.cancel()

    def fire_due(self) -> None:
        """Run what is due. Called by the loop's timer; a test with its own clock calls it itself."""
        now = self._clock.monotonic()
        try:
            while self._heap and self._heap[0][0] <= now:
                _, serial, name = heapq.heappop(self._heap)
                armed = self._armed.get(name)
                if armed is not None and armed[0] == serial:
                    del self._armed[name]
                    armed[1]()
        finally:
            self._arm()  # one action that fails must not silence the deadlines after it

    def _arm(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
        while self._heap and self._armed.get(self._heap[0][2], (None,))[0] != self._heap[0][1]:
            heapq.heappop(self._heap)
        if self._heap:
            delay = max(0.0, self._heap[0][0] - self._clock.monotonic())
            self._handle = asyncio.get_running_loop().call_later(delay, self.fire_due)
