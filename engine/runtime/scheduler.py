"""The scheduler: keeps the queues' bookkeeping in step with decisions and gives free slots away."""

from __future__ import annotations

from collections.abc import Mapping

from engine.core import facts as f
from engine.core.admission import Queue
from engine.core.commands import StartAttempt
from engine.core.decide import Decision
from engine.core.run import Run
from engine.core.states import StepState
from engine.runtime.mailbox import Mailbox


class Scheduler:
    """Follows the mailbox. `slots` gives each queue its number of simultaneous attempts."""

    def __init__(self, mailbox: Mailbox, slots: Mapping[str, int], default_slots: int) -> None:
        self._mailbox = mailbox
        self._slots = slots
        self._default_slots = default_slots
        self._queues: dict[str, Queue] = {}
        self._ranks: dict[str, int] = {}
        self._next_rank = 0
        self._open = False
        self._admitting = False
        self._dirty: set[str] = set()
        self._limited: set[str] = set()

    def open(self) -> None:
        """Begin to admit. Until then, and after `close`, steps only line up."""
        self._open = True
        self._dirty.update(self._queues)
        self._admit()

    def close(self) -> None:
        self._open = False

    def restore(self, run: Run) -> None:
        """Take in a run that an earlier engine left: its queued steps line up, its attempts hold slots."""
        for step in run.steps.values():
            if step.state is StepState.QUEUED:
                self._offer(run, step.id)
            elif step.state is StepState.RUNNING:
                self._queue(run).take(run.id, step.id)

    def decided(self, decision: Decision) -> None:
        run = decision.run
        for fact in decision.facts:
            if isinstance(fact, f.StepQueued):
                self._queue(run).release(run.id, fact.step)
                self._offer(run, fact.step)
            elif isinstance(fact, (f.StepEnded, f.StepIndeterminate, f.StepRetrying)):
                queue = self._queue(run)
                queue.release(run.id, fact.step)
                queue.withdraw(run.id, fact.step)
            elif isinstance(fact, f.RunEnded):
                self._ranks.pop(run.id, None)
                self._limited.discard(run.id)
        self._admit()

    def stored(self, decision: Decision) -> None:
        """Nothing to do: slots are given away as soon as it is decided."""

    @property
    def queued(self) -> int:
        """Steps in line, over all queues."""
        return sum(len(queue.present) for queue in self._queues.values())

    @property
    def active(self) -> int:
        """Attempts that hold a slot, over all queues."""
        return sum(len(queue.held) for queue in self._queues.values())

    def _queue(self, run: Run) -> Queue:
        queue = self._queues.get(run.queue)
        if queue is None:
            queue = Queue(run.queue, self._slots.get(run.queue, self._default_slots))
            self._queues[run.queue] = queue
        self._dirty.add(run.queue)
        return queue

    def _offer(self, run: Run, step: str) -> None:
        if run.id not in self._ranks:
            self._next_rank += 1
            self._ranks[run.id] = self._next_rank
            if run.workflow.concurrency is not None:
                self._limited.add(run.id)
        self._queue(run).offer(
            run.id,
            step,
            rank=self._ranks[run.id],
            position=run.workflow.position[step],
            priority=run.priority,
        )

    def _admit(self) -> None:
        """Admitting posts commands, which lead back here; the outer call does all the work."""
        if not self._open or self._admitting:
            return
        self._admitting = True
        try:
            while self._dirty:
                queue = self._queues[self._dirty.pop()]
                for run_id, step in queue.admit(self._room()):
                    self._mailbox.post(self._mailbox.run(run_id), StartAttempt(step))
        finally:
            self._admitting = False

    def _room(self) -> dict[str, int]:
        """For each run that limits its own concurrency, how many more attempts it may have."""
        room: dict[str, int] = {}
        for run_id in self._limited:
            run = self._mailbox.runs.get(run_id)
            if run is not None and run.workflow.concurrency is not None:
                room[run_id] = run.workflow.concurrency - run.in_flight
        return room
