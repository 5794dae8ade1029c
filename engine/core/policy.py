"""Failure policy: what an ended attempt means, whether and when it is tried again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.core.commands import FinishAttempt
from engine.core.draft import Draft
from engine.core.facts import StepEnded
from engine.core.fields import Checked, Field, check
from engine.core.run import Step
from engine.core.states import AttemptState, OnFailure, StepKind, StepState
from engine.core.workflow import Retry, StepSpec, Workflow

MAX_LOST = 3
"""So many lost attempts of a step that may repeat are followed by another; then a person is asked, since a
step that takes its engine down with it would do so for ever."""

_TEXTS = Field("list", items=Field("string"))
_DOCUMENT = {"output": Field("object"), "state": Field("object"), "caveats": _TEXTS, "decisions": _TEXTS}
"""What a step may hand back. It comes from outside, so even its shape is checked."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an ended attempt amounts to."""

    state: AttemptState
    error: str | None = None
    output: Mapping[str, Any] = field(default_factory=dict)
    writes: Mapping[str, Any] = field(default_factory=dict)
    caveats: tuple[str, ...] = ()
    decisions: tuple[str, ...] = ()


def judge(workflow: Workflow, spec: StepSpec, step: Step, command: FinishAttempt) -> Outcome:
    """Success needs a clean end and a result that matches the declaration: exit code 0 is not enough."""
    document = check(_DOCUMENT, command.result)
    parts = {} if document.problems else document.values
    caveats, decisions = tuple(parts.get("caveats", ())), tuple(parts.get("decisions", ()))
    output, writes = parts.get("output", {}), parts.get("state", {})
    problem = (
        _exit_error(spec, step, command)
        or _sentence("result", document)
        or output_problem(spec, output)
        or _writes_problem(workflow, spec, writes)
    )
    if problem is not None:
        state = AttemptState.TIMED_OUT if step.timed_out else AttemptState.FAILED
        return Outcome(state, problem, caveats=caveats, decisions=decisions)
    return Outcome(AttemptState.SUCCEEDED, None, output, writes, caveats, decisions)


def _exit_error(spec: StepSpec, step: Step, command: FinishAttempt) -> str | None:
    if step.timed_out:
        return f"it took longer than its timeout of {spec.timeout:g} s and was ended"
    if command.error is not None:
        return command.error
    if command.signal is not None:
        return f"ended by signal {command.signal}"
    if command.exit_code != 0:
        return f"exit code {command.exit_code}"
    return None


def output_problem(spec: StepSpec, output: Mapping[str, Any]) -> str | None:
    """What of `output` does not match the step's declaration, as one sentence; None when all does."""
    return None if spec.output is None else _sentence("output", check(spec.output, output))


def _writes_problem(workflow: Workflow, spec: StepSpec, writes: Mapping[str, Any]) -> str | None:
    if not writes:
        return None
    undeclared = sorted(set(writes) - set(spec.writes))
    if undeclared:
        return f"it wrote state {', '.join(undeclared)}, which its `writes` does not declare"
    declared = {key: workflow.state[key] for key in writes}
    return _sentence("state", check(declared, writes))


def _sentence(part: str, checked: Checked) -> str | None:
    return "; ".join(f"{part} {item.name}: {item.message}" for item in checked.problems) or None


def tries_again(spec: StepSpec, step: Step, command: FinishAttempt) -> bool:
    """Whether a failed attempt is followed by another."""
    if step.attempt - step.lost >= spec.retry.attempts:
        return False
    return command.exit_code not in spec.retry.non_retryable_exit_codes


def wait_before_retry(retry: Retry, attempt: int, chance: float) -> float:
    """Seconds until the attempt after number `attempt`; `chance` from 0 to 1 places it within the jitter."""
    try:
        grown = retry.backoff * retry.factor ** (attempt - 1)
    except OverflowError:
        grown = retry.cap
    return min(retry.cap, grown) * (1 + retry.jitter * (2 * chance - 1))


def fail_step(draft: Draft, spec: StepSpec, error: str) -> None:
    """End a step whose retries are used up, by its failure policy.

    A gate is never passed by failing, whatever the policy: nobody has approved.
    """
    proceed = spec.on_failure is OnFailure.PROCEED and spec.kind is not StepKind.GATE
    draft.add(StepEnded(spec.id, StepState.FLAGGED if proceed else StepState.FAILED, error))
