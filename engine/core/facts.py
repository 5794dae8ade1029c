"""Facts: what happened, as typed records. An event is a fact with its place, time and author.

A fact never changes its meaning: a new need gets a new fact type, and old ones stay readable for ever.
Times are seconds since the epoch, with microsecond steps. `encode`/`decode` are the only way between a
fact and the JSON that is stored and hashed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

from engine.core.states import AttemptState, Consequence, GateKind, GateState, Resolution, RunState, StepState
from engine.core.states import Verdict as GateVerdict


@dataclass(frozen=True, slots=True)
class Artifact:
    """A kept file: its name within the step, size in bytes, and the SHA-256 that is also its address."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class RunCreated:
    """A run was accepted: its pinned definition, the folder it was read from, and checked inputs."""

    type: ClassVar[str] = "run.created"
    workflow: str
    definition: str
    origin: str
    inputs: Mapping[str, Any]
    queue: str
    folder: str
    priority: int = 0
    key: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunStarted:
    """Its first step began."""

    type: ClassVar[str] = "run.started"


@dataclass(frozen=True, slots=True)
class RunWaiting:
    """Nothing is in flight; `why` names what it waits for."""

    type: ClassVar[str] = "run.waiting"
    why: str


@dataclass(frozen=True, slots=True)
class RunContinued:
    """What it waited for arrived."""

    type: ClassVar[str] = "run.continued"


@dataclass(frozen=True, slots=True)
class RunCancelling:
    """It is being ended; with `force`, without the grace that processes normally get."""

    type: ClassVar[str] = "run.cancelling"
    force: bool = False


@dataclass(frozen=True, slots=True)
class RunEnded:
    """It reached a final state; `why` is one sentence, empty when it simply succeeded."""

    type: ClassVar[str] = "run.ended"
    state: RunState
    why: str = ""


@dataclass(frozen=True, slots=True)
class StepQueued:
    """It may start as soon as its queue has a free slot."""

    type: ClassVar[str] = "step.queued"
    step: str


@dataclass(frozen=True, slots=True)
class StepSkipped:
    """It will not run: `by` is `condition` (its own `when`) or `upstream` (what it needs was skipped)."""

    type: ClassVar[str] = "step.skipped"
    step: str
    by: str


@dataclass(frozen=True, slots=True)
class StepRetrying:
    """An attempt failed; the next is due at `due`."""

    type: ClassVar[str] = "step.retrying"
    step: str
    due: float


@dataclass(frozen=True, slots=True)
class StepIndeterminate:
    """Its process was lost; nobody knows whether its effect took place."""

    type: ClassVar[str] = "step.indeterminate"
    step: str
    why: str


@dataclass(frozen=True, slots=True)
class StepResolved:
    """An operator said what became of an indeterminate step."""

    type: ClassVar[str] = "step.resolved"
    step: str
    resolution: Resolution


@dataclass(frozen=True, slots=True)
class StepEnded:
    """It reached a final state other than skipped. `output` is what later steps can refer to."""

    type: ClassVar[str] = "step.ended"
    step: str
    state: StepState
    error: str | None = None
    output: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AttemptStarted:
    """The engine is committed to starting it: recorded before its process exists."""

    type: ClassVar[str] = "attempt.started"
    step: str
    attempt: int


@dataclass(frozen=True, slots=True)
class AttemptAdopted:
    """A new engine found it alive and goes on supervising it."""

    type: ClassVar[str] = "attempt.adopted"
    step: str
    attempt: int


@dataclass(frozen=True, slots=True)
class AttemptTimedOut:
    """Its time was up; its process tree is being ended."""

    type: ClassVar[str] = "attempt.timed_out"
    step: str
    attempt: int


@dataclass(frozen=True, slots=True)
class AttemptEnded:
    """Its process tree is gone; `writes` are the values it puts into the run's shared state."""

    type: ClassVar[str] = "attempt.ended"
    step: str
    attempt: int
    state: AttemptState
    exit_code: int | None = None
    signal: int | None = None
    error: str | None = None
    writes: Mapping[str, Any] = field(default_factory=dict)
    caveats: tuple[str, ...] = ()
    decisions: tuple[str, ...] = ()
    artifacts: tuple[Artifact, ...] = ()


@dataclass(frozen=True, slots=True)
class AgentReported:
    """An agent did something. Its event type is `kind` (`agent.message`, `tool.started`, `usage`, …)."""

    type: ClassVar[str] = "agent.reported"
    step: str
    attempt: int
    position: int
    kind: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class GateOpened:
    """A person is asked. `content` is all that is to be judged, and `digest` its SHA-256."""

    type: ClassVar[str] = "gate.opened"
    step: str
    gate: str
    title: str
    consequence: Consequence
    content: Mapping[str, Any]
    digest: str
    revision: int = 1
    kind: GateKind = GateKind.PARKED
    deadline: float | None = None


@dataclass(frozen=True, slots=True)
class GateDecided:
    """One person's decision, bound to the digest of what was shown."""

    type: ClassVar[str] = "gate.decided"
    step: str
    gate: str
    verdict: GateVerdict
    digest: str
    form: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GateClosed:
    """The gate takes no more decisions."""

    type: ClassVar[str] = "gate.closed"
    step: str
    gate: str
    state: GateState


@dataclass(frozen=True, slots=True)
class EngineStarted:
    """An engine took over this home; `epoch` counts engines."""

    type: ClassVar[str] = "engine.started"
    epoch: int
    pid: int
    version: str


@dataclass(frozen=True, slots=True)
class EngineStopped:
    """An engine ended in order."""

    type: ClassVar[str] = "engine.stopped"
    how: str


@dataclass(frozen=True, slots=True)
class EngineTrouble:
    """Something in the engine went wrong and was contained; `where` names the part."""

    type: ClassVar[str] = "engine.trouble"
    where: str
    error: str


RunFact = (
    RunCreated
    | RunStarted
    | RunWaiting
    | RunContinued
    | RunCancelling
    | RunEnded
    | StepQueued
    | StepSkipped
    | StepRetrying
    | StepIndeterminate
    | StepResolved
    | StepEnded
    | AttemptStarted
    | AttemptAdopted
    | AttemptTimedOut
    | AttemptEnded
    | AgentReported
    | GateOpened
    | GateDecided
    | GateClosed
)
EngineFact = EngineStarted | EngineStopped | EngineTrouble
Fact = RunFact | EngineFact

_TYPES: dict[str, type[Any]] = {kind.type: kind for kind in Fact.__args__}
_NAMES: dict[type[Any], tuple[str, ...]] = {
    kind: tuple(item.name for item in fields(kind)) for kind in _TYPES.values()
}
_WORDS: dict[tuple[str, str], type[Any]] = {
    ("run.ended", "state"): RunState,
    ("step.ended", "state"): StepState,
    ("step.resolved", "resolution"): Resolution,
    ("attempt.ended", "state"): AttemptState,
    ("gate.opened", "consequence"): Consequence,
    ("gate.opened", "kind"): GateKind,
    ("gate.decided", "verdict"): GateVerdict,
    ("gate.closed", "state"): GateState,
}
EVENT_TYPES: Mapping[str, str] = {name: (kind.__doc__ or "") for name, kind in _TYPES.items()}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who caused an event. `identity` says how the name is known.

    `kernel`: the Unix user that the kernel reports for the connection; `claimed`: a name given with --as,
    recorded as such; `engine`: the engine itself. `groups` are that user's Unix groups, used as roles.
    """

    name: str
    identity: str = "engine"
    groups: frozenset[str] = frozenset()


ENGINE = Actor("engine")


@dataclass(frozen=True, slots=True)
class Event:
    """A fact with its place in the log. `hash` chains it to the one before (see `store/log.py`)."""

    seq: int
    at: float
    run: str | None
    fact: Fact
    actor: str
    identity: str
    reason: str | None = None
    hash: str = ""

    @property
    def type(self) -> str:
        return event_type(self.fact)


def event_type(fact: Fact) -> str:
    """The public type of a fact: an agent's report goes by the name of what the agent did."""
    return fact.kind if isinstance(fact, AgentReported) else fact.type


def is_report(name: str) -> bool:
    """Whether an agent's report may go by `name`: the names of all other facts are taken."""
    return name != "" and _TYPES.get(name, AgentReported) is AgentReported


def encode(fact: Fact) -> dict[str, Any]:
    """The JSON-able data of a fact, without its type."""
    data = {name: getattr(fact, name) for name in _NAMES[type(fact)]}
    if isinstance(fact, AttemptEnded) and fact.artifacts:
        data["artifacts"] = [
            {"name": item.name, "size": item.size, "sha256": item.sha256} for item in fact.artifacts
        ]
    return data


def decode(name: str, data: Mapping[str, Any]) -> Fact:
    """The fact of type `name` from its stored data; an unknown name is an agent's report."""
    kind = _TYPES.get(name, AgentReported)
    values = dict(data)
    for key in values.keys() & _NAMES[kind]:
        word = _WORDS.get((name, key))
        if word is not None:
            values[key] = word(values[key])
    if kind is AttemptEnded:
        values["artifacts"] = tuple(Artifact(**item) for item in values.get("artifacts", ()))
        values["caveats"] = tuple(values.get("caveats", ()))
        values["decisions"] = tuple(values.get("decisions", ()))
    fact: Fact = kind(**values)
    return fact
