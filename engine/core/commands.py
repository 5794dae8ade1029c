"""Commands to a run: what operators, timers and ended attempts ask for. `decide` answers them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.core.facts import Artifact
from engine.core.states import Resolution, Verdict


@dataclass(frozen=True, slots=True)
class CreateRun:
    """Accept a run; `inputs` have been checked against the workflow's declaration."""

    inputs: Mapping[str, Any]
    folder: str
    queue: str = "default"
    priority: int = 0
    key: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StartAttempt:
    """The scheduler gives the queued `step` a slot."""

    step: str


@dataclass(frozen=True, slots=True)
class AdoptAttempt:
    """A new engine found the attempt alive."""

    step: str
    attempt: int


@dataclass(frozen=True, slots=True)
class TimeOutAttempt:
    """The attempt's time is up; its process tree is about to be ended."""

    step: str
    attempt: int


@dataclass(frozen=True, slots=True)
class FinishAttempt:
    """The attempt's process tree is gone.

    `result` is the document it left: `output`, `state`, `caveats`, `decisions`. `chance` is a number from
    0 to 1 that spreads the next retry (passed in, so that deciding stays pure).
    """

    step: str
    attempt: int
    exit_code: int | None = None
    signal: int | None = None
    error: str | None = None
    result: Mapping[str, Any] = field(default_factory=dict)
    artifacts: tuple[Artifact, ...] = ()
    chance: float = 0.5


@dataclass(frozen=True, slots=True)
class LoseAttempt:
    """The attempt's process vanished without an exit record.

    `started` is False when it is certain that no process ever existed, so that nothing can have happened.
    """

    step: str
    attempt: int
    why: str
    started: bool = True


@dataclass(frozen=True, slots=True)
class RecordAgent:
    """Events an agent produced; those already recorded are passed over."""

    step: str
    attempt: int
    first: int
    events: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class WakeStep:
    """The retry timer of `step` is due."""

    step: str


@dataclass(frozen=True, slots=True)
class DecideGate:
    """A person's decision, bound to the `digest` of what that person was shown."""

    gate: str
    verdict: Verdict
    digest: str
    form: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ExpireGate:
    """The gate's deadline has passed."""

    gate: str


@dataclass(frozen=True, slots=True)
class CancelRun:
    """End the run; `force` leaves processes no grace."""

    force: bool = False


@dataclass(frozen=True, slots=True)
class ResolveStep:
    """An operator says what became of an indeterminate step; `output` is its result, if it happened."""

    step: str
    resolution: Resolution
    output: Mapping[str, Any] = field(default_factory=dict)


Command = (
    CreateRun
    | StartAttempt
    | AdoptAttempt
    | TimeOutAttempt
    | FinishAttempt
    | LoseAttempt
    | RecordAgent
    | WakeStep
    | DecideGate
    | ExpireGate
    | CancelRun
    | ResolveStep
)
