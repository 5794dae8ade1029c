"""The rules of a run, written a second time: what a history may contain, judged without the code under test.

The oracle keeps its own record of every step from the facts alone, and objects to a fact that the rules do
not allow at that place.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from engine.core import facts as f
from engine.core.states import AttemptState, GateState, StepKind, StepState, Verdict
from engine.core.workflow import GateAction, StepSpec, Workflow

from .workflows import CONDITIONS

FINAL = frozenset({"succeeded", "reused", "skipped", "flagged", "failed", "rejected", "cancelled"})


@dataclass
class Oracle:
    """`fates` holds a word for each step: its state as far as the facts tell."""

    workflow: Workflow
    fates: dict[str, str] = field(default_factory=dict)
    skipped_by: dict[str, str] = field(default_factory=dict)
    attempts: Counter[str] = field(default_factory=Counter)
    successes: Counter[str] = field(default_factory=Counter)
    open_gates: dict[str, str] = field(default_factory=dict)
    verdicts: dict[str, list[Verdict]] = field(default_factory=dict)
    outputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    shared: dict[str, Any] = field(default_factory=dict)
    cancelled: bool = False
    ended: str = ""

    def __post_init__(self) -> None:
        self.specs = {spec.id: spec for spec in self.workflow.steps}
        self.fates.update(dict.fromkeys(self.specs, "pending"))

    @property
    def stopping(self) -> bool:
        return self.cancelled or any(fate in ("failed", "rejected") for fate in self.fates.values())

    def hear(self, fact: f.RunFact) -> None:
        """Object to `fact` if it must not come now, then take it in."""
        assert not self.ended, f"{fact} after the end"
        match fact:
            case f.RunCancelling():
                self.cancelled = True
            case f.RunEnded(state):
                self._end(state.value)
            case f.StepQueued(step):
                self._queue(step)
            case f.StepSkipped(step, by):
                self._skip(step, by)
            case f.StepRetrying(step):
                assert not self.stopping, f"{step} is to be retried although the run was stopping"
                self._move(step, "retry_wait", after=("running",))
            case f.StepIndeterminate(step):
                self._move(step, "indeterminate", after=("running",))
            case f.StepEnded(step, state):
                self._end_step(step, state, dict(fact.output))
            case f.AttemptStarted(step, attempt):
                assert not self.stopping, f"{step} started although the run was stopping"
                self.attempts[step] += 1
                assert attempt == self.attempts[step]
                self._move(step, "running", after=("queued",))
            case f.AttemptEnded(step, attempt, state):
                assert self.fates[step] == "running" and attempt == self.attempts[step]
                self.successes[step] += state is AttemptState.SUCCEEDED
                assert self.successes[step] <= 1
                self.shared.update(fact.writes)
            case f.GateOpened(step, gate):
                assert self.due(self.specs[step]) == "go" and self.answer(self.specs[step]) is True
                self.open_gates[gate] = step
                self._move(step, "waiting", after=("pending",))
            case f.GateDecided(_, gate, verdict):
                assert gate in self.open_gates
                self.verdicts.setdefault(gate, []).append(verdict)
            case f.GateClosed(_, gate, gate_state):
                self._close(gate, gate_state)

    def decided(self, gate: str) -> GateState:
        """What the verdicts so far make of an open gate."""
        action = self.specs[self.open_gates[gate]].action
        assert isinstance(action, GateAction)
        verdicts = self.verdicts.get(gate, [])
        if Verdict.REJECT in verdicts:
            return GateState.REJECTED
        return GateState.APPROVED if len(verdicts) >= action.quorum else GateState.OPEN

    def due(self, spec: StepSpec) -> str:
        """What the join rule wants of a pending step: `wait`, `skip`, `go`, or `never`."""
        if self.fates[spec.id] != "pending":
            return "over"
        weight = Counter(self._weight(need) for need in spec.needs)
        if weight["unknown"]:
            return "wait"
        if weight["bad"]:
            return "never"
        if weight["absent"] == 0 or spec.if_skipped == "run":
            return "go"
        return "skip" if spec.if_skipped == "skip" or weight["present"] == 0 else "go"

    def answer(self, spec: StepSpec) -> bool | None:
        """What the condition of a step is now; None when it is a mistake."""
        if spec.when is None:
            return True
        return CONDITIONS[spec.when.text]((self.shared, self.outputs))

    def _weight(self, need: str) -> str:
        fate = self.fates[need]
        if fate not in FINAL:
            return "unknown"
        if fate in ("failed", "rejected", "cancelled"):
            return "bad"
        if fate != "skipped":
            return "present"
        excused = self.specs[need].kind is StepKind.GATE and self.skipped_by[need] == "condition"
        return "present" if excused else "absent"

    def _close(self, gate: str, state: GateState) -> None:
        decided = self.decided(gate)
        action = self.specs[self.open_gates.pop(gate)].action
        assert isinstance(action, GateAction)
        if decided is not GateState.OPEN:
            assert state is decided
        elif state is GateState.APPROVED:
            assert action.on_deadline == "approve_default"
        elif state is GateState.CANCELLED:
            assert self.stopping
        else:
            assert state is GateState.EXPIRED and action.on_deadline in ("reject", "fail")

    def _move(self, step: str, fate: str, after: tuple[str, ...] = ()) -> None:
        before = self.fates[step]
        assert before not in FINAL, f"{step} was {before} and became {fate}"
        assert not after or before in after, f"{step} was {before} and became {fate}"
        self.fates[step] = fate

    def _skip(self, step: str, by: str) -> None:
        spec = self.specs[step]
        assert self.due(spec) == ("skip" if by == "upstream" else "go")
        assert by == "upstream" or self.answer(spec) is False
        self.skipped_by[step] = by
        self._move(step, "skipped", after=("pending",))

    def _queue(self, step: str) -> None:
        assert not self.stopping, f"{step} queued although the run was stopping"
        if self.fates[step] == "pending":
            assert self.due(self.specs[step]) == "go" and self.answer(self.specs[step]) is True
        self._move(step, "queued", after=("pending", "running", "retry_wait", "indeterminate"))

    def _end_step(self, step: str, state: StepState, output: dict[str, Any]) -> None:
        spec = self.specs[step]
        if state is StepState.CANCELLED:
            assert self.stopping
        if state in (StepState.FAILED, StepState.FLAGGED) and self.fates[step] == "pending":
            assert self.due(spec) == "go"
            assert self.answer(spec) is None or spec.kind is StepKind.GATE
        if spec.kind is StepKind.GATE:
            assert state is not StepState.FLAGGED, "a gate was passed by failing"
            assert step not in self.open_gates.values()
        self._move(step, state.value)
        self.outputs[step] = output

    def _end(self, state: str) -> None:
        assert not self.open_gates
        assert all(fate in FINAL for fate in self.fates.values()), self.fates
        fates = set(self.fates.values())
        if self.cancelled:
            assert state == "cancelled"
        elif "rejected" in fates:
            assert state == "rejected"
        elif "failed" in fates:
            assert state == "failed"
        else:
            assert state in ("succeeded", "succeeded_with_flags")
            assert state == "succeeded_with_flags" or "flagged" not in fates
        self.ended = state
