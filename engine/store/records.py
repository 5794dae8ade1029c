"""What the views return: immutable records with the vocabulary's enums. Times are seconds since 1970.

They are named tuples since a list makes many of them, and a frozen dataclass takes eight times as long to
make. `as_json` turns any of them into the fields that the command line promises.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final, NamedTuple

from engine.core.states import (
    AttemptState,
    Consequence,
    Effects,
    GateKind,
    GateState,
    RunState,
    StepKind,
    StepState,
    Verdict,
)
from engine.store.times import rfc3339


class QueueState(StrEnum):
    """Whether a queue gives slots away."""

    OPEN = "open"
    PAUSED = "paused"
    DRAINING = "draining"


class RunRecord(NamedTuple):
    """A run. `why` says what it waits for or how it ended; empty when it runs or simply succeeded.

    `current` is the step that is furthest on its way, `gate` the open gate that has waited longest.
    """

    id: str
    workflow: str
    definition: str
    state: RunState
    why: str
    queue: str
    priority: int
    key: str | None
    created_at: float
    started_at: float | None
    ended_at: float | None
    steps_done: int
    steps_total: int
    cost_usd: float | None
    tokens: int
    labels: Mapping[str, str]
    parent: str | None
    forked_from: str | None
    starter: str
    folder: str
    concurrency: int | None
    current: str | None
    gate: str | None


class StepRecord(NamedTuple):
    """A step. `waiting_for` is one sentence while it waits for something, else None."""

    id: str
    position: int
    kind: StepKind
    state: StepState
    attempt: int
    effects: Effects
    needs: tuple[str, ...]
    queued_at: float | None
    started_at: float | None
    ended_at: float | None
    due: float | None
    exit_code: int | None
    error: str | None
    output: Mapping[str, Any]
    skipped_by: str | None
    tokens: int
    cost_usd: float | None
    waiting_for: str | None = None


class AttemptRecord(NamedTuple):
    """One try at a step. At most one of `exit_code` and `signal` is set."""

    run: str
    step: str
    number: int
    state: AttemptState
    started_at: float
    ended_at: float | None
    exit_code: int | None
    signal: int | None
    error: str | None


class DecisionRecord(NamedTuple):
    """One person's answer at a gate; `seq` is its event."""

    seq: int
    actor: str
    identity: str
    verdict: Verdict
    digest: str
    at: float
    reason: str | None
    form: Mapping[str, Any]


class GateRecord(NamedTuple):
    """A question put to people. `content` is all that is to be judged, `digest` its SHA-256."""

    id: str
    run: str
    step: str
    state: GateState
    kind: GateKind
    title: str
    consequence: Consequence
    content: Mapping[str, Any]
    digest: str
    revision: int
    candidates: Mapping[str, list[str]]
    four_eyes: bool
    quorum: int
    allowed: tuple[Verdict, ...]
    form: Mapping[str, Any]
    on_deadline: str
    approvals: int
    opened_at: float
    deadline: float | None
    closed_at: float | None
    decisions: tuple[DecisionRecord, ...] = ()


class EventRecord(NamedTuple):
    """An event as it is stored; `data` is the fact without what the other fields say."""

    seq: int
    at: float
    run: str | None
    step: str | None
    attempt: int | None
    type: str
    actor: str
    identity: str
    reason: str | None
    data: Mapping[str, Any]
    hash: str


class ArtifactRecord(NamedTuple):
    """A file that a step's latest ended attempt kept."""

    name: str
    step: str
    attempt: int
    size: int
    sha256: str


class CaveatRecord(NamedTuple):
    """Something a step is unsure of."""

    step: str
    text: str
    acknowledged: bool


class QueueRecord(NamedTuple):
    """A queue now. `oldest` is when its longest waiting step was queued."""

    name: str
    state: QueueState
    slots: int
    running: int
    queued: int
    oldest: float | None


class DefinitionRecord(NamedTuple):
    """A workflow as it was submitted; `bundle` is what `definition/` can load again."""

    digest: str
    name: str
    bundle: Mapping[str, Any]
    created_at: float


class EngineRecord(NamedTuple):
    """The engine that wrote last; whether it still lives, only its lock can tell."""

    epoch: int
    pid: int
    boot: str
    started_at: float
    version: str
    slots: int


class Counts(NamedTuple):
    """How many runs are in each state, how many gates are open, how many runs failed lately."""

    runs: Mapping[RunState, int]
    open_gates: int
    failed_lately: int


class Overview(NamedTuple):
    """All that a dashboard shows, as of one moment."""

    counts: Counts
    queues: tuple[QueueRecord, ...]
    runs: tuple[RunRecord, ...]
    gates: tuple[GateRecord, ...]


class RunDetail(NamedTuple):
    """All there is to know about one run, as of one moment."""

    run: RunRecord
    inputs: Mapping[str, Any]
    steps: tuple[StepRecord, ...]
    attempts: tuple[AttemptRecord, ...]
    state: Mapping[str, Any]
    caveats: tuple[CaveatRecord, ...]
    gates: tuple[GateRecord, ...]
    artifacts: tuple[ArtifactRecord, ...]

    def as_json(self) -> dict[str, Any]:
        """The run's fields with those of its parts beside them, and the run alone under `run`.

        On the top level `state` is the run's shared record; the state it is in is `run.state`.
        """
        parts = as_json(self)
        return {**parts["run"], **parts}


_TIMES: Final = frozenset(
    {
        "at",
        "created_at",
        "started_at",
        "ended_at",
        "queued_at",
        "opened_at",
        "closed_at",
        "deadline",
        "due",
        "oldest",
    }
)
"""The fields that hold a time, in every record."""


def as_json(record: NamedTuple) -> dict[str, Any]:
    """A record as JSON: its fields by name, times as RFC 3339."""
    return {name: _value(name, value) for name, value in record._asdict().items()}


def _value(name: str, value: Any) -> Any:
    if name in _TIMES and isinstance(value, float):
        return rfc3339(value)
    if isinstance(value, StrEnum):
        return value.value
    if hasattr(value, "_asdict"):
        return as_json(value)
    return [_value("", item) for item in value] if isinstance(value, tuple) else value
