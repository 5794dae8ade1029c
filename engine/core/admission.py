"""Which queued step gets the next free slot. Pure bookkeeping: no clock, no I/O.

A slot is held by an attempt in flight; waiting gates and timers hold none. Order within a queue: higher
priority first, then the run accepted earlier, then the step that stands earlier in its file.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

Address = tuple[str, str]
"""A run and one of its steps."""


class Line(NamedTuple):
    """The steps of one run that wait in a queue stand in one line. Smaller lines are served sooner."""

    urgency: int
    rank: int
    run: str


@dataclass(slots=True)
class Queue:
    """A queue: `slots` attempts at a time; `held` are the addresses that hold one.

    `present` are the addresses in line, each with its line and its position there. `lines` and `order` are
    kept sorted; a line is there only while somebody stands in it.
    """

    name: str
    slots: int
    held: set[Address] = field(default_factory=set)
    present: dict[Address, tuple[Line, int]] = field(default_factory=dict)
    lines: dict[Line, list[tuple[int, str]]] = field(default_factory=dict)
    order: list[Line] = field(default_factory=list)

    def offer(self, run: str, step: str, *, rank: int, position: int, priority: int = 0) -> None:
        """Line up a step; one that is already in line keeps its place."""
        if (run, step) in self.present:
            return
        line = Line(-priority, rank, run)
        if line not in self.lines:
            self.lines[line] = []
            insort(self.order, line)
        insort(self.lines[line], (position, step))
        self.present[run, step] = (line, position)

    def withdraw(self, run: str, step: str) -> None:
        """Take a step out of line (its run ended, or it got its slot)."""
        if (run, step) not in self.present:
            return
        line, position = self.present.pop((run, step))
        waiting = self.lines[line]
        del waiting[bisect_left(waiting, (position, step))]
        if not waiting:
            del self.lines[line]
            del self.order[bisect_left(self.order, line)]

    def release(self, run: str, step: str) -> None:
        """Give back the slot of an attempt that ended."""
        self.held.discard((run, step))

    def take(self, run: str, step: str) -> None:
        """Hold a slot without asking: for attempts found alive after a restart."""
        self.held.add((run, step))

    def admit(self, limits: Mapping[str, int]) -> list[Address]:
        """Take slots for as many waiting steps as fit, and return them in order.

        `limits` gives, for runs with a concurrency of their own, how many more attempts they may have.
        """
        admitted: list[Address] = []
        free = self.slots - len(self.held)
        for line in self.order:
            if free <= 0:
                break
            fitting = max(0, min(free, limits.get(line.run, free)))
            admitted += [(line.run, step) for _, step in self.lines[line][:fitting]]
            free = self.slots - len(self.held) - len(admitted)
        for address in admitted:
            self.withdraw(*address)
            self.take(*address)
        return admitted
