"""What the run screen shows at one moment: the run's record, and what the operator has selected in it."""

from __future__ import annotations

from dataclasses import dataclass

from engine.core.states import GateState, StepKind, StepState
from engine.store.records import AttemptRecord, GateRecord, RunDetail, StepRecord

_NOT_STARTED = frozenset({StepState.PENDING, StepState.READY})
_HELD = frozenset({StepState.QUEUED, StepState.RETRY_WAIT, StepState.WAITING})


@dataclass(frozen=True, slots=True)
class Picture:
    """One run, the step under the cursor, the attempt that was picked (None for the latest), and the time."""

    detail: RunDetail
    step_id: str
    picked: int | None
    now: float

    @property
    def step(self) -> StepRecord:
        steps = self.detail.steps
        return next((step for step in steps if step.id == self.step_id), steps[0])

    @property
    def attempts(self) -> tuple[AttemptRecord, ...]:
        """The attempts of the step, the earliest first."""
        return tuple(item for item in self.detail.attempts if item.step == self.step.id)

    @property
    def attempt(self) -> AttemptRecord | None:
        """The attempt whose log is shown."""
        picked = [item for item in self.attempts if self.picked in (None, item.number)]
        return picked[-1] if picked else None

    @property
    def gate(self) -> GateRecord | None:
        """The gate of the step, else the open gate of the run."""
        gates = self.detail.gates
        own = [gate for gate in gates if gate.step == self.step.id]
        waiting = [gate for gate in gates if gate.state is GateState.OPEN]
        return next(iter([*own, *waiting]), None)

    @property
    def age(self) -> float:
        """Seconds from the submission to the run's end, or until now."""
        run = self.detail.run
        return (run.ended_at or self.now) - run.created_at

    @property
    def agents(self) -> tuple[StepRecord, ...]:
        return tuple(step for step in self.detail.steps if step.kind is StepKind.AGENT)

    def beside(self, places: int) -> str:
        """The id of the step that many places down from the selected one, as far as there are steps."""
        ids = [step.id for step in self.detail.steps]
        index = ids.index(self.step.id) + places
        return ids[max(min(index, len(ids) - 1), 0)]


def first_step(detail: RunDetail, wanted: str | None) -> str:
    """The step to begin with: the wanted one, the one that matters now, or what failed."""
    ids = [step.id for step in detail.steps]
    unknown = (step.id for step in detail.steps if step.state is StepState.INDETERMINATE)
    failed = (step.id for step in detail.steps if step.state in (StepState.FAILED, StepState.REJECTED))
    ended = (step.id for step in reversed(detail.steps) if step.ended_at is not None)
    for step in (wanted, *unknown, detail.run.current, *failed, *ended):
        if step in ids:
            return str(step)
    return ids[0]


def boundary(detail: RunDetail) -> str:
    """How far the run is, in one line: what ended, what is in flight, what is held, what never started."""
    states = [step.state for step in detail.steps]
    parts = (
        (sum(state.is_final for state in states), "ended"),
        (states.count(StepState.RUNNING), "in flight"),
        (sum(state in _HELD for state in states), "held"),
        (sum(state in _NOT_STARTED for state in states), "not started"),
        (states.count(StepState.INDETERMINATE), "UNKNOWN"),
    )
    return "  ".join(f"{number} {what}" for number, what in parts if number)
