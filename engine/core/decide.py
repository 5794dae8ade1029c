"""`decide(run, command, at) -> Decision`: the one place where a run's next facts are chosen.

Pure: the clock, chance and identity are passed in, and the run that comes in is not changed. A command
that is not allowed raises an error of the tree and leaves nothing behind. A report about an attempt that
is no longer the one in flight changes nothing, so hearing of an end twice is harmless.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.core import commands as c
from engine.core.draft import Draft
from engine.core.errors import InvalidInput, NotFound, Refused
from engine.core.facts import (
    ENGINE,
    Actor,
    AgentReported,
    AttemptAdopted,
    AttemptEnded,
    AttemptStarted,
    AttemptTimedOut,
    RunCancelling,
    RunCreated,
    RunFact,
    RunStarted,
    StepEnded,
    StepIndeterminate,
    StepQueued,
    StepResolved,
    StepRetrying,
    is_report,
)
from engine.core.gates import decide_gate, expire_gate
from engine.core.policy import MAX_LOST, fail_step, judge, output_problem, tries_again, wait_before_retry
from engine.core.run import Run, Step
from engine.core.settle import open_step, settle
from engine.core.states import AttemptState, GateState, Resolution, RunState, StepState
from engine.core.workflow import StepSpec


@dataclass(frozen=True, slots=True)
class Decision:
    """The facts that follow from a command, in order, and the run with these facts folded in."""

    facts: tuple[RunFact, ...]
    run: Run


def decide(
    run: Run, command: c.Command, at: float, actor: Actor = ENGINE, reason: str | None = None
) -> Decision:
    """What follows from `command` at time `at` (seconds). Raises an OpsgateError when it is not allowed."""
    draft = Draft(run.copy(), at, actor, reason)
    _DECISIONS[type(command)](draft, command)
    return Decision(tuple(draft.facts), draft.run)


def _create(draft: Draft, command: c.CreateRun) -> None:
    workflow = draft.run.workflow
    draft.add(
        RunCreated(
            workflow=workflow.name,
            definition=workflow.digest,
            origin=workflow.folder,
            inputs=command.inputs,
            queue=command.queue,
            folder=command.folder,
            priority=command.priority,
            key=command.key,
            labels=command.labels,
        )
    )
    roots = [spec for spec in workflow.steps if not spec.needs]
    for spec in roots:
        if not draft.run.stopping:
            open_step(draft, spec)
    settle(draft, [spec.id for spec in roots])


def _known(draft: Draft, step_id: str) -> Step:
    step = draft.run.steps.get(step_id)
    if step is None:
        run = draft.run.id
        raise NotFound(f"Run {run} has no step {step_id}. See its steps with `opsgate show {run}`.")
    return step


def _start(draft: Draft, command: c.StartAttempt) -> None:
    run = draft.run
    step = _known(draft, command.step)
    if step.state is not StepState.QUEUED or run.stopping:
        raise Refused(f"Step {step.id} of {run.id} is {step.state.value}; only a queued step can start.")
    if run.state is RunState.QUEUED:
        draft.add(RunStarted())
    draft.add(AttemptStarted(step.id, step.attempt + 1))


def _in_flight(draft: Draft, step_id: str, attempt: int) -> bool:
    step = draft.run.steps.get(step_id)
    return step is not None and step.state is StepState.RUNNING and step.attempt == attempt


def _adopt(draft: Draft, command: c.AdoptAttempt) -> None:
    if _in_flight(draft, command.step, command.attempt):
        draft.add(AttemptAdopted(command.step, command.attempt))


def _time_out(draft: Draft, command: c.TimeOutAttempt) -> None:
    if _in_flight(draft, command.step, command.attempt) and not draft.run.steps[command.step].timed_out:
        draft.add(AttemptTimedOut(command.step, command.attempt))


def _finish(draft: Draft, command: c.FinishAttempt) -> None:
    if not _in_flight(draft, command.step, command.attempt):
        return
    spec = draft.spec(command.step)
    step = draft.run.steps[command.step]
    outcome = judge(draft.run.workflow, spec, step, command)
    ended_by_us = draft.run.state is RunState.CANCELLING and outcome.state is not AttemptState.SUCCEEDED
    draft.add(
        AttemptEnded(
            step=spec.id,
            attempt=command.attempt,
            state=AttemptState.CANCELLED if ended_by_us else outcome.state,
            exit_code=command.exit_code,
            signal=command.signal,
            error=outcome.error,
            writes=outcome.writes,
            caveats=outcome.caveats,
            decisions=outcome.decisions,
            artifacts=command.artifacts,
        )
    )
    if outcome.state is AttemptState.SUCCEEDED:
        draft.add(StepEnded(spec.id, StepState.SUCCEEDED, None, outcome.output))
    elif ended_by_us:
        draft.add(StepEnded(spec.id, StepState.CANCELLED, "ended: the run was cancelled"))
    elif not draft.run.stopping and tries_again(spec, step, command):
        wait = wait_before_retry(spec.retry, step.attempt - step.lost, command.chance)
        draft.add(StepRetrying(spec.id, draft.at + wait))
    else:
        fail_step(draft, spec, outcome.error or "it failed")
    settle(draft, [spec.id])


def _lose(draft: Draft, command: c.LoseAttempt) -> None:
    if not _in_flight(draft, command.step, command.attempt):
        return
    spec = draft.spec(command.step)
    draft.add(AttemptEnded(spec.id, command.attempt, AttemptState.LOST, error=command.why))
    may_repeat = spec.effects.may_repeat or not command.started
    if draft.run.state is RunState.CANCELLING or (may_repeat and draft.run.stopping):
        what = "outcome unknown" if command.started else "never started"
        draft.add(StepEnded(spec.id, StepState.CANCELLED, f"{what}: {command.why}"))
    elif may_repeat and draft.run.steps[spec.id].lost <= MAX_LOST:
        draft.add(StepQueued(spec.id))
    else:
        draft.add(StepIndeterminate(spec.id, command.why))
    settle(draft, [spec.id])


def _record_agent(draft: Draft, command: c.RecordAgent) -> None:
    if not _in_flight(draft, command.step, command.attempt):
        return
    known = draft.run.steps[command.step].agent_position
    for offset, event in enumerate(command.events):
        if command.first + offset >= known:
            kind, data = _report(event)
            draft.add(AgentReported(command.step, command.attempt, command.first + offset, kind, data))


def _report(event: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """An agent's event as name and data. It cannot pass for one of the engine's own facts."""
    kind = event.get("type")
    if not isinstance(kind, str) or not is_report(kind):
        return "agent.raw", event
    return kind, {key: value for key, value in event.items() if key != "type"}


def _wake(draft: Draft, command: c.WakeStep) -> None:
    step = _known(draft, command.step)
    if step.state is StepState.RETRY_WAIT and step.due is not None and draft.at >= step.due:
        draft.add(StepQueued(step.id))
        settle(draft, [])


def _decide_gate(draft: Draft, command: c.DecideGate) -> None:
    decide_gate(draft, command)
    if draft.facts:
        settle(draft, [draft.run.gates[command.gate].step])


def _expire_gate(draft: Draft, command: c.ExpireGate) -> None:
    gate = draft.run.gates.get(command.gate)
    if gate is None or gate.state is not GateState.OPEN or gate.deadline is None or draft.at < gate.deadline:
        return
    expire_gate(draft, gate)
    if draft.facts:
        settle(draft, [gate.step])


def _cancel(draft: Draft, command: c.CancelRun) -> None:
    run = draft.run
    if run.state.is_final:
        raise Refused(f"Run {run.id} has already ended as {run.state.value}; there is nothing to stop.")
    if run.state is RunState.CANCELLING and (run.force or not command.force):
        return
    draft.add(RunCancelling(command.force))
    settle(draft, [])


def _resolve(draft: Draft, command: c.ResolveStep) -> None:
    step = _known(draft, command.step)
    if step.state is not StepState.INDETERMINATE:
        raise Refused(
            f"Step {step.id} is {step.state.value}; only an indeterminate step can be resolved. "
            f"See what it does with `opsgate show {draft.run.id}`."
        )
    spec = draft.spec(step.id)
    draft.add(StepResolved(step.id, command.resolution))
    if command.resolution is Resolution.HAPPENED:
        _refuse_unfit(spec, command)
        draft.add(StepEnded(step.id, StepState.SUCCEEDED, None, command.output))
    elif command.resolution is Resolution.FAILED:
        fail_step(draft, spec, f"{draft.actor.name} found that it did not happen")
    elif draft.run.stopping:
        draft.add(StepEnded(step.id, StepState.CANCELLED, "not tried again: the run was ending"))
    else:
        draft.add(StepQueued(step.id))
    settle(draft, [step.id])


def _refuse_unfit(spec: StepSpec, command: c.ResolveStep) -> None:
    problem = output_problem(spec, command.output)
    if problem is not None:
        raise InvalidInput(f"Step {spec.id} declares another result: {problem}. Give its output as declared.")


_DECISIONS: dict[type[Any], Callable[[Draft, Any], None]] = {
    c.CreateRun: _create,
    c.StartAttempt: _start,
    c.AdoptAttempt: _adopt,
    c.TimeOutAttempt: _time_out,
    c.FinishAttempt: _finish,
    c.LoseAttempt: _lose,
    c.RecordAgent: _record_agent,
    c.WakeStep: _wake,
    c.DecideGate: _decide_gate,
    c.ExpireGate: _expire_gate,
    c.CancelRun: _cancel,
    c.ResolveStep: _resolve,
}
