"""Why something is not going on: one true sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from engine.core.states import RunState, StepState
from engine.store.records import GateRecord, QueueRecord, QueueState, RunRecord, StepRecord
from engine.store.times import rfc3339


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What decides when a step goes on: its run, the run's steps, open gates by step, and its queue."""

    run: RunRecord
    steps: Mapping[str, StepState]
    gates: Mapping[str, GateRecord]
    queue: QueueRecord | None


def waiting_for(step: StepRecord, around: Surroundings) -> str | None:
    """What the step waits for; None when it is in flight or has ended."""
    match step.state:
        case StepState.PENDING | StepState.READY:
            return _needs(step, around)
        case StepState.QUEUED:
            return _slot_of_run(around) or slot(around.run.queue, around.queue)
        case StepState.RETRY_WAIT if step.due is not None:
            return f"next attempt at {rfc3339(step.due)}"
        case StepState.WAITING:
            return _gate(around.gates.get(step.id))
        case StepState.INDETERMINATE:
            return f"its outcome is unknown: find out, then `opsgate resolve {around.run.id} {step.id}`"
    return None


def slot(name: str, queue: QueueRecord | None) -> str:
    """Why a queued step of the queue `name` has not started."""
    if queue is None:
        return f"waits for a slot of queue {name}"
    if queue.state is QueueState.PAUSED:
        return f"queue {name} is paused"
    taken = f"({queue.running} of {queue.slots} taken)"
    if queue.running < queue.slots:
        return f"about to start: queue {name} has a free slot {taken}"
    return f"waits for a slot of queue {name} {taken}"


def _slot_of_run(around: Surroundings) -> str | None:
    limit = around.run.concurrency
    running = sum(state is StepState.RUNNING for state in around.steps.values())
    if limit is None or running < limit:
        return None
    return f"waits for another step of its run to end ({running} of at most {limit} are in flight)"


def _needs(step: StepRecord, around: Surroundings) -> str:
    missing = [need for need in step.needs if not around.steps[need].is_final]
    if around.run.state is RunState.CANCELLING:
        return "the run is being cancelled"
    return f"waits for {_listed(missing)} to end" if missing else "about to be queued"


def _gate(gate: GateRecord | None) -> str:
    if gate is None:
        return "waits for a person"
    noun = "approval" if gate.quorum == 1 else "approvals"
    return f"waits for gate {gate.id} ({gate.approvals} of {gate.quorum} {noun})"


def _listed(names: Iterable[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last
