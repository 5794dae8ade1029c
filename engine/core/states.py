"""The vocabulary of states: the same words in code, SQL, JSON, screens and docs.

Each member carries a sentence that says what it means and who moves it on; `docs/states.md` and the
console's help print these sentences, and SQL CHECK constraints repeat the words.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Word(StrEnum):
    """A string enum whose members carry the sentence that explains them."""

    meaning: str

    def __new__(cls, value: str, meaning: str = "") -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member


class RunState(Word):
    QUEUED = "queued", "Accepted; no attempt has started. The scheduler moves it when a slot is free."
    SCHEDULED = "scheduled", "Accepted for a later time. The clock moves it to queued."
    RUNNING = "running", "At least one step is queued or has an attempt in flight. Finished attempts move it."
    WAITING = "waiting", "Nothing is in flight: a gate, a retry timer or an unknown outcome holds it."
    PAUSING = "pausing", "An operator paused it; attempts in flight are finishing."
    PAUSED = "paused", "An operator paused it and nothing is in flight. Resume moves it."
    CANCELLING = "cancelling", "An operator ended it; the last processes are being stopped."
    SUCCEEDED = "succeeded", "Every step ended well and nothing is left to acknowledge. Final."
    SUCCEEDED_WITH_FLAGS = (
        "succeeded_with_flags",
        "It reached its end, with a flagged step or a caveat nobody acknowledged. Final.",
    )
    FAILED = "failed", "A step failed and its policy halted the run. Final."
    REJECTED = "rejected", "A person rejected a gate. Final."
    CANCELLED = "cancelled", "An operator ended it; no process is left. Final."

    @property
    def is_final(self) -> bool:
        return self in FINAL_RUN_STATES


class StepState(Word):
    PENDING = "pending", "Some step that it needs has not ended. The end of that step moves it."
    READY = "ready", "All that it needs has ended well; it is about to be queued."
    QUEUED = "queued", "It waits for a slot of its queue. The scheduler moves it."
    RUNNING = "running", "An attempt is in flight. The attempt's end moves it."
    RETRY_WAIT = "retry_wait", "An attempt failed and the next one starts at a set time. A timer moves it."
    WAITING = "waiting", "A person has to decide its gate. A decision moves it."
    INDETERMINATE = (
        "indeterminate",
        "Its process was lost and nobody knows whether the effect happened. An operator resolves it.",
    )
    SUCCEEDED = "succeeded", "It did what it declares. Final."
    REUSED = "reused", "An earlier result was taken over: same definition, same inputs. Final."
    SKIPPED = "skipped", "Its condition was false, or all that it needs was skipped. Final."
    FLAGGED = "flagged", "It failed, and its policy let the run go on with a caveat. Final."
    FAILED = "failed", "It failed and its policy was to halt. Final."
    REJECTED = "rejected", "A person rejected its gate. Final."
    CANCELLED = "cancelled", "It was ended, or never started, because the run ended. Final."
    SUPERSEDED = "superseded", "A re-run replaced it. Final; its record stays."

    @property
    def is_final(self) -> bool:
        return self in FINAL_STEP_STATES

    @property
    def ended_well(self) -> bool:
        """Steps that need this one may start (skipped is settled by the join rule)."""
        return self in WELL_ENDED_STEP_STATES


class AttemptState(Word):
    RUNNING = "running", "It is in flight. The end of its process tree moves it."
    SUCCEEDED = "succeeded", "It ended and its result is recorded. Final."
    FAILED = "failed", "It ended with an error or a result that does not match the declaration. Final."
    TIMED_OUT = "timed_out", "It exceeded the step's timeout and its process tree was ended. Final."
    CANCELLED = "cancelled", "It was ended because its run was. Final."
    LOST = "lost", "Its process vanished with no exit record: the outcome is unknown. Final."


class GateState(Word):
    OPEN = "open", "It waits for a decision."
    APPROVED = "approved", "It was approved. Final."
    REJECTED = "rejected", "It was rejected. Final."
    EXPIRED = "expired", "Its deadline passed and its policy closed it. Final."
    CANCELLED = "cancelled", "Its run ended before a decision. Final."


class GateKind(Word):
    PARKED = "parked", "Durable: no process waits, so it survives any restart."
    HELD = "held", "An agent process is alive and waits for the answer; the gate dies with it."


class Verdict(Word):
    """What a person may decide at a gate."""

    APPROVE = "approve", "Go on."
    REJECT = "reject", "End the run as rejected."


class Effects(Word):
    """What running a step again could repeat, declared by its author."""

    NONE = "none", "It changes nothing outside its working folder; it may always run again."
    IDEMPOTENT = "idempotent", "Running it again leaves the world as running it once."
    AT_MOST_ONCE = "at_most_once", "It may change the world; ask before it runs again. The default."
    IRREVERSIBLE = "irreversible", "It cannot be taken back; ask before it runs again."

    @property
    def may_repeat(self) -> bool:
        return self in (Effects.NONE, Effects.IDEMPOTENT)


class OnFailure(Word):
    """What a step's failure means for its run once its retries are used up."""

    HALT = "halt", "Start nothing more; the run fails once what is in flight has ended."
    PROCEED = "proceed", "Flag the step, add a caveat, go on."


class Consequence(Word):
    LOW = "low", "Cheap to undo."
    MEDIUM = "medium", "Costs effort to undo."
    HIGH = "high", "Costs money or cannot be undone."


class StepKind(Word):
    RUN = "run", "A program and its arguments; never a shell."
    SCRIPT = "script", "Literal shell text; values arrive as environment."
    PYTHON = "python", "A Python callable, in a warm child process."
    AGENT = "agent", "An agent with a role, tools and a budget."
    GATE = "gate", "A person decides."


class Resolution(Word):
    """What an operator found out about an indeterminate step."""

    HAPPENED = "happened", "The effect took place: count the step as succeeded."
    RERUN = "rerun", "It did not take place: run the step again."
    FAILED = "failed", "It did not take place, and the step's failure policy shall apply."


FINAL_RUN_STATES = frozenset(
    {
        RunState.SUCCEEDED,
        RunState.SUCCEEDED_WITH_FLAGS,
        RunState.FAILED,
        RunState.REJECTED,
        RunState.CANCELLED,
    }
)
FINAL_STEP_STATES = frozenset(
    {
        StepState.SUCCEEDED,
        StepState.REUSED,
        StepState.SKIPPED,
        StepState.FLAGGED,
        StepState.FAILED,
        StepState.REJECTED,
        StepState.CANCELLED,
        StepState.SUPERSEDED,
    }
)
WELL_ENDED_STEP_STATES = frozenset({StepState.SUCCEEDED, StepState.REUSED, StepState.FLAGGED})
