"""A run as the fold of its events: `fold(run, fact, at)` is the only thing that changes one.

Every projection, screen and decision is made from this record. It is cheap to copy: the mappings are
copied one level deep and their values are frozen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from engine.core.facts import Artifact
from engine.core.states import Consequence, GateKind, GateState, RunState, StepState, Verdict
from engine.core.workflow import Workflow

_Record = TypeVar("_Record")


def _twin(record: _Record) -> _Record:
    """A shallow copy, at a fifth of the price of `dataclasses.replace`: every fact pays it."""
    twin = object.__new__(type(record))
    twin.__dict__.update(record.__dict__)
    return twin


@dataclass(frozen=True)
class Step:
    """One step of a run. `attempt` is the number of the latest attempt, 0 before the first."""

    id: str
    state: StepState = StepState.PENDING
    attempt: int = 0
    lost: int = 0
    queued_at: float | None = None
    started_at: float | None = None
    attempt_started_at: float | None = None
    ended_at: float | None = None
    exit_code: int | None = None
    error: str | None = None
    output: Mapping[str, Any] = field(default_factory=dict)
    due: float | None = None
    skipped_by: str | None = None
    timed_out: bool = False
    artifacts: Mapping[str, Artifact] = field(default_factory=dict)
    agent_position: int = 0
    tokens: int = 0
    cost_usd: float | None = None

    def changed(self, **changes: Any) -> Step:
        """A copy with `changes`."""
        twin = _twin(self)
        twin.__dict__.update(changes)
        return twin


@dataclass(frozen=True, slots=True)
class Decision:
    """One person's answer at a gate."""

    actor: str
    identity: str
    verdict: Verdict
    at: float
    reason: str | None
    form: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Gate:
    """A question put to people, and the answers so far."""

    id: str
    step: str
    state: GateState
    title: str
    consequence: Consequence
    content: Mapping[str, Any]
    digest: str
    revision: int
    kind: GateKind
    opened_at: float
    deadline: float | None
    decisions: tuple[Decision, ...] = ()
    closed_at: float | None = None
    closed_by: str | None = None

    @property
    def approvals(self) -> int:
        return sum(decision.verdict is Verdict.APPROVE for decision in self.decisions)


@dataclass(frozen=True, slots=True)
class Caveat:
    """Something a step is unsure of; it stays with the run until a person acknowledges it."""

    step: str
    text: str
    acknowledged: bool = False


@dataclass
class Run:
    """One run. `shared` is its shared state; the counters at the end follow from `steps`."""

    id: str
    workflow: Workflow
    state: RunState = RunState.QUEUED
    inputs: Mapping[str, Any] = field(default_factory=dict)
    shared: dict[str, Any] = field(default_factory=dict)
    steps: dict[str, Step] = field(default_factory=dict)
    gates: dict[str, Gate] = field(default_factory=dict)
    caveats: tuple[Caveat, ...] = ()
    queue: str = "default"
    priority: int = 0
    key: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    folder: str = ""
    starter: str = ""
    created_at: float = 0.0
    started_at: float | None = None
    ended_at: float | None = None
    why: str = ""
    force: bool = False
    count: dict[StepState, int] = field(default_factory=dict)
    unfinished: int = 0

    def copy(self) -> Run:
        """An independent copy: folding into it leaves this one as it is."""
        twin = _twin(self)
        twin.shared, twin.count = dict(self.shared), dict(self.count)
        twin.steps, twin.gates = dict(self.steps), dict(self.gates)
        return twin

    def number(self, state: StepState) -> int:
        """How many steps are in `state` now."""
        return self.count.get(state, 0)

    @property
    def in_flight(self) -> int:
        return self.number(StepState.RUNNING)

    @property
    def stopping(self) -> bool:
        """True when no further attempt may start: it is ending, halted or rejected."""
        return (
            self.state.is_final
            or self.state is RunState.CANCELLING
            or self.number(StepState.FAILED) > 0
            or self.number(StepState.REJECTED) > 0
        )

    @property
    def open_gates(self) -> list[Gate]:
        return [gate for gate in self.gates.values() if gate.state is GateState.OPEN]

    @property
    def tokens(self) -> int:
        return sum(step.tokens for step in self.steps.values())

    @property
    def cost_usd(self) -> float | None:
        """Dollars spent by agents; None when nothing is known."""
        known = [step.cost_usd for step in self.steps.values() if step.cost_usd is not None]
        return sum(known) if known else None


def new_run(run_id: str, workflow: Workflow) -> Run:
    """A run before its first event: every step pending."""
    steps = {spec.id: Step(spec.id) for spec in workflow.steps}
    return Run(
        id=run_id,
        workflow=workflow,
        steps=steps,
        count={StepState.PENDING: len(steps)},
        unfinished=len(steps),
    )
