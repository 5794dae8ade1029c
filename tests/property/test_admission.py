"""Slots: never more than there are, in order, nobody forgotten, nobody who has left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from engine.core.admission import Queue

RUNS = ("ra", "rb", "rc", "rd")
STEPS = ("s0", "s1", "s2", "s3", "s4")
runs, steps = st.sampled_from(RUNS), st.sampled_from(STEPS)

Address = tuple[str, str]


class AnyQueue(RuleBasedStateMachine):
    """A queue beside the plainest thing that could do its work: a list, sorted anew each time."""

    @initialize(
        slots=st.integers(0, 4),
        limits=st.dictionaries(runs, st.integers(1, 2)),
        priorities=st.fixed_dictionaries({run: st.integers(-1, 1) for run in RUNS}),
    )
    def open(self, slots: int, limits: dict[str, int], priorities: dict[str, int]) -> None:
        self.queue = Queue("default", slots)
        self.limits, self.priorities = limits, priorities
        self.waiting: list[Address] = []
        self.held: set[Address] = set()

    def place(self, address: Address) -> tuple[int, int, int]:
        run, step = address
        return (-self.priorities[run], RUNS.index(run), STEPS.index(step))

    def room(self) -> Mapping[str, int]:
        used = Counter(run for run, _ in self.held)
        return {run: limit - used[run] for run, limit in self.limits.items()}

    @rule(run=runs, step=steps)
    def offer(self, run: str, step: str) -> None:
        if (run, step) in self.held:
            return
        self.queue.offer(
            run, step, rank=RUNS.index(run), position=STEPS.index(step), priority=self.priorities[run]
        )
        if (run, step) not in self.waiting:
            self.waiting.append((run, step))

    @rule(run=runs, step=steps)
    def withdraw(self, run: str, step: str) -> None:
        self.queue.withdraw(run, step)
        self.waiting = [address for address in self.waiting if address != (run, step)]

    @rule(run=runs, step=steps)
    def release(self, run: str, step: str) -> None:
        self.queue.release(run, step)
        self.held.discard((run, step))

    @rule(run=runs, step=steps)
    def take(self, run: str, step: str) -> None:
        if (run, step) not in self.waiting:
            self.queue.take(run, step)
            self.held.add((run, step))

    @rule()
    def admit(self) -> None:
        limits = self.room()
        room = dict(limits)
        expected: list[Address] = []
        for address in sorted(self.waiting, key=self.place):
            if len(self.held) + len(expected) < self.queue.slots and room.get(address[0], 1) > 0:
                expected.append(address)
                room[address[0]] = room.get(address[0], 99) - 1
        assert self.queue.admit(limits) == expected
        assert limits == self.room(), "the caller's limits were changed"
        self.held.update(expected)
        self.waiting = [address for address in self.waiting if address not in expected]

    @rule()
    def serve_everybody(self) -> None:
        """With nobody new arriving, everyone in line gets a slot: the least urgent too."""
        if self.queue.slots == 0:
            return
        for _ in range(len(self.waiting) + len(self.held) + 1):
            for address in sorted(self.held):
                self.release(*address)
            self.admit()
        assert not self.waiting

    @invariant()
    def the_books_agree(self) -> None:
        assert self.queue.held == self.held
        assert set(self.queue.present) == set(self.waiting)

    @invariant()
    def only_lines_with_somebody_in_them_are_kept(self) -> None:
        assert sorted(self.queue.lines) == self.queue.order
        assert all(self.queue.lines.values())
        assert sum(map(len, self.queue.lines.values())) == len(self.waiting)


TestAnyQueue = AnyQueue.TestCase
TestAnyQueue.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
