"""Failure policy: what an ended attempt means, whether and when it is tried again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.core.commands import FinishAttempt
from engine.core.fields import check
from engine.core.run import Step
from engine.core.states import AttemptState
from engine.core.workflow import Retry, StepSpec, Workflow

MAX_LOST = 3
"""So many lost attempts of a step that may repeat are followed by another; then a person is asked, since a
step that takes its engine down with it would do so for ever."""


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
    """Success needs a clean end and a result that matches the declaration; exit code 0 alone is not enough."""
    caveats = tuple(command.result.get("caveats", ()))
    decisions = tuple(command.result.get("decisions", ()))
    output = command.result.get("output", {})
    error = _exit_error(spec, step, command)
    if error is not None:
        state = AttemptState.TIMED_OUT if step.timed_out else AttemptState.FAILED
        return Outcome(state, error, output, {}, caveats, decisions)
    writes = command.result.get("state", {})
    problem = _output_problem(spec, output) or _writes_problem(workflow, spec, writes)
    if problem is not None:
        return Outcome(AttemptState.FAILED, problem, output, {}, caveats, decisions)
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


def _output_problem(spec: StepSpec, output: Mapping[str, Any]) -> str | None:
    if spec.output is None:
        return None
    problems = check(spec.output, output).problems
    return "; ".join(f"output {item.name}: {item.message}" for item in problems) or None


def _writes_problem(workflow: Workflow, spec: StepSpec, writes: Mapping[str, Any]) -> str | None:
    undeclared = sorted(set(writes) - set(spec.writes))
    if undeclared:
        return f"it wrote state {', '.join(undeclared)}, which its `writes` does not declare"
    declared = {key: workflow.state[key] for key in writes}
    problems = check(declared, writes).problems
    return "; ".join(f"state {item.name}: {item.message}" for item in problems) or None


def tries_again(spec: StepSpec, step: Step, command: FinishAttempt) -> bool:
    """Whether a failed attempt is followed by another."""
    if step.attempt - step.lost >= spec.retry.attempts:
        return False
    return command.exit_code not in spec.retry.non_retryable_exit_codes


def wait_before_retry(retry: Retry, attempt: int, chance: float) -> float:
    """Seconds until the attempt after number `attempt`; `chance` from 0 to 1 places it within the jitter."""
    base = min(retry.cap, retry.backoff * retry.factor ** max(0, attempt - 1))
    return max(0.0, base * (1 + retry.jitter * (2 * chance - 1)))
