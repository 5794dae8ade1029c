"""Which queued step gets the next free slot. Pure bookkeeping: no clock, no I/O.

A slot is held by an attempt in flight; waiting gates and timers hold none. Order within a queue: higher
priority first, then the run accepted earlier, then the step that stands earlier in its file.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class Line(NamedTuple):
    """The steps of one run that wait in a queue stand in one line. Smaller lines start sooner."""

    urgency: int
    rank: int
    run: str


@dataclass(slots=True)
class Queue:
    """A queue: `slots` attempts at a time; `held` are the addresses (run, step) that hold one.

    `present` are the addresses in line. What `lines` keep beyond that was withdrawn, and is passed over.
    """

    name: str
    slots: int
    held: set[tuple[str, str]] = field(default_factory=set)
    present: set[tuple[str, str]] = field(default_factory=set)
    lines: dict[Line, list[tuple[int, str]]] = field(default_factory=dict)
    order: list[Line] = field(default_factory=list)

    def offer(self, run: str, step: str, *, rank: int, position: int, priority: int = 0) -> None:
        """Line up a step; one that is already in line keeps its place."""
        if (run, step) in self.present:
            return
        self.present.add((run, step))
        line = Line(-priority, rank, run)
        if line not in self.lines:
            self.lines[line] = []
            heapq.heappush(self.order, line)
        heapq.heappush(self.lines[line], (position, step))

    def withdraw(self, run: str, step: str) -> None:
        """Take a step out of line (its run ended, or it got its slot)."""
        self.present.discard((run, step))

    def release(self, run: str, step: str) -> None:
        """Give back the slot of an attempt that ended."""
        self.held.discard((run, step))

    def take(self, run: str, step: str) -> None:
        """Hold a slot without asking: for attempts found alive after a restart."""
        self.held.add((run, step))

    def admit(self, limits: Mapping[str, int]) -> list[tuple[str, str]]:
        """Take slots for as many waiting steps as fit, and return them in order.

        `limits` gives, for runs with a concurrency of their own, how many more attempts they may have.
        """
        room = dict(limits)
        admitted: list[tuple[str, str]] = []
        passed_over: list[Line] = []
        while self.order and len(self.held) < self.slots:
            line = self.order[0]
            step = self._first(line)
            if step is None:
                del self.lines[heapq.heappop(self.order)]
            elif room.get(line.run, 1) <= 0:
                passed_over.append(heapq.heappop(self.order))
            else:
                if line.run in room:
                    room[line.run] -= 1
                self.present.discard((line.run, step))
                self.held.add((line.run, step))
                admitted.append((line.run, step))
        for line in passed_over:
            heapq.heappush(self.order, line)
        return admitted

    def _first(self, line: Line) -> str | None:
        """The step at the head of a line, None when nobody stands there any more."""
        waiting = self.lines[line]
        while waiting and (line.run, waiting[0][1]) not in self.present:
            heapq.heappop(waiting)
        return waiting[0][1] if waiting else None
