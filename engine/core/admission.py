"""Which queued step gets the next free slot. Pure bookkeeping: no clock, no I/O.

A slot is held by an attempt in flight; waiting gates and timers hold none. Order within a queue: higher
priority first, then the run accepted earlier, then the step that stands earlier in its file.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field

Place = tuple[int, int, int, str, str]
"""(-priority, run's rank, step's position, run id, step id): smaller starts sooner."""


@dataclass(slots=True)
class Queue:
    """A queue: `slots` attempts at a time; `held` are the addresses (run, step) that hold one."""

    name: str
    slots: int
    held: set[tuple[str, str]] = field(default_factory=set)
    waiting: list[Place] = field(default_factory=list)
    present: set[tuple[str, str]] = field(default_factory=set)

    def offer(self, run: str, step: str, *, rank: int, position: int, priority: int = 0) -> None:
        """Line up a step; one that is already in line keeps its place."""
        if (run, step) not in self.present:
            self.present.add((run, step))
            heapq.heappush(self.waiting, (-priority, rank, position, run, step))

    def withdraw(self, run: str, step: str) -> None:
        """Take a step out of line (its run ended, or it got its slot)."""
        self.present.discard((run, step))

    def release(self, run: str, step: str) -> None:
        """Give back the slot of an attempt that ended."""
        self.held.discard((run, step))

    def take(self, run: str, step: str) -> None:
        """Hold a slot without asking: for attempts found alive after a restart."""
        self.held.add((run, step))

    def admit(self, limits: dict[str, int]) -> list[tuple[str, str]]:
        """Take slots for as many waiting steps as fit, and return them in order.

        `limits` gives, for runs with a concurrency of their own, how many more attempts they may have.
        """
        admitted: list[tuple[str, str]] = []
        passed_over: list[Place] = []
        while self.waiting and len(self.held) < self.slots:
            place = heapq.heappop(self.waiting)
            run, step = place[3], place[4]
            if (run, step) not in self.present:
                continue
            if limits.get(run, 1) <= 0:
                passed_over.append(place)
                continue
            if run in limits:
                limits[run] -= 1
            self.present.discard((run, step))
            self.held.add((run, step))
            admitted.append((run, step))
        for place in passed_over:
            heapq.heappush(self.waiting, place)
        return admitted
