"""`fold`: apply one fact to a run. No judgement here; whether a fact may happen is `decide`'s business."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from engine.core import facts as f
from engine.core.run import Caveat, Decision, Gate, Run, Step
from engine.core.states import AttemptState, GateState, RunState, StepState

_MAX_AMOUNT = 1e15


def fold(run: Run, fact: f.RunFact, at: float, actor: f.Actor = f.ENGINE, reason: str | None = None) -> None:
    """Change `run` by `fact`, which happened `at` (seconds) and was caused by `actor`."""
    _FOLDS[type(fact)](run, fact, at, actor, reason)


def _move(run: Run, step_id: str, state: StepState, **changes: Any) -> None:
    step = run.steps[step_id]
    if step.state is not state:
        run.count[step.state] -= 1
        run.count[state] = run.count.get(state, 0) + 1
        run.unfinished += step.state.is_final - state.is_final
    run.steps[step_id] = step.changed(state=state, **changes)


def _created(run: Run, fact: f.RunCreated, at: float, actor: f.Actor, _reason: str | None) -> None:
    run.inputs, run.queue, run.priority = fact.inputs, fact.queue, fact.priority
    run.key, run.labels, run.folder = fact.key, fact.labels, fact.folder
    run.created_at, run.starter = at, actor.name


def _run_started(run: Run, _fact: f.RunStarted, at: float, *_: Any) -> None:
    run.state, run.started_at = RunState.RUNNING, at


def _run_waiting(run: Run, fact: f.RunWaiting, *_: Any) -> None:
    run.state, run.why = RunState.WAITING, fact.why


def _run_continued(run: Run, _fact: f.RunContinued, *_: Any) -> None:
    run.state, run.why = RunState.RUNNING, ""


def _run_cancelling(run: Run, fact: f.RunCancelling, _at: float, _actor: f.Actor, reason: str | None) -> None:
    earlier = run.why if run.state is RunState.CANCELLING else ""
    run.state, run.force, run.why = RunState.CANCELLING, fact.force, reason or earlier


def _run_ended(run: Run, fact: f.RunEnded, at: float, *_: Any) -> None:
    run.state, run.ended_at, run.why = fact.state, at, fact.why


def _step_queued(run: Run, fact: f.StepQueued, at: float, *_: Any) -> None:
    _move(run, fact.step, StepState.QUEUED, queued_at=at, due=None, error=None)


def _step_skipped(run: Run, fact: f.StepSkipped, at: float, *_: Any) -> None:
    _move(run, fact.step, StepState.SKIPPED, ended_at=at, skipped_by=fact.by)


def _step_retrying(run: Run, fact: f.StepRetrying, *_: Any) -> None:
    _move(run, fact.step, StepState.RETRY_WAIT, due=fact.due)


def _step_indeterminate(run: Run, fact: f.StepIndeterminate, *_: Any) -> None:
    _move(run, fact.step, StepState.INDETERMINATE, error=fact.why)


def _step_resolved(_run: Run, _fact: f.StepResolved, *_: Any) -> None:
    """The facts that follow it move the step; this one keeps who said so."""


def _step_ended(run: Run, fact: f.StepEnded, at: float, *_: Any) -> None:
    _move(run, fact.step, fact.state, ended_at=at, error=fact.error, output=fact.output, due=None)
    if fact.state is StepState.FLAGGED:
        run.caveats = (*run.caveats, Caveat(fact.step, f"went on although it failed: {fact.error}"))


def _attempt_started(run: Run, fact: f.AttemptStarted, at: float, *_: Any) -> None:
    first = run.steps[fact.step].started_at
    _move(
        run,
        fact.step,
        StepState.RUNNING,
        attempt=fact.attempt,
        started_at=at if first is None else first,
        attempt_started_at=at,
        exit_code=None,
        error=None,
        timed_out=False,
        agent_position=0,
    )


def _attempt_adopted(_run: Run, _fact: f.AttemptAdopted, *_: Any) -> None:
    """It was in flight and still is."""


def _attempt_timed_out(run: Run, fact: f.AttemptTimedOut, *_: Any) -> None:
    run.steps[fact.step] = run.steps[fact.step].changed(timed_out=True)


def _attempt_ended(run: Run, fact: f.AttemptEnded, *_: Any) -> None:
    step = run.steps[fact.step]
    run.steps[fact.step] = step.changed(
        exit_code=fact.exit_code,
        error=fact.error,
        lost=step.lost + (fact.state is AttemptState.LOST),
        artifacts={item.name: item for item in fact.artifacts},
    )
    run.shared.update(fact.writes)
    if fact.caveats:
        run.caveats = (*run.caveats, *(Caveat(fact.step, text) for text in fact.caveats))


def _agent_reported(run: Run, fact: f.AgentReported, *_: Any) -> None:
    step = run.steps[fact.step].changed(agent_position=fact.position + 1)
    if fact.kind == "usage":
        step = _with_usage(step, fact.data)
    run.steps[fact.step] = step


def _with_usage(step: Step, usage: Mapping[str, Any]) -> Step:
    tokens = int(_amount(usage.get("input_tokens"))) + int(_amount(usage.get("output_tokens")))
    cost = usage.get("cost_usd")
    total = step.cost_usd if cost is None else (step.cost_usd or 0.0) + _amount(cost)
    return step.changed(tokens=step.tokens + tokens, cost_usd=total)


def _amount(value: Any) -> float:
    """What an agent says it used. A figure that cannot be true counts as nothing: a fold never fails."""
    return value if isinstance(value, int | float) and 0 <= value <= _MAX_AMOUNT else 0


def _gate_opened(run: Run, fact: f.GateOpened, at: float, *_: Any) -> None:
    run.gates[fact.gate] = Gate(
        id=fact.gate,
        step=fact.step,
        state=GateState.OPEN,
        title=fact.title,
        consequence=fact.consequence,
        content=fact.content,
        digest=fact.digest,
        revision=fact.revision,
        kind=fact.kind,
        opened_at=at,
        deadline=fact.deadline,
    )
    _move(run, fact.step, StepState.WAITING, started_at=at)


def _gate_decided(run: Run, fact: f.GateDecided, at: float, actor: f.Actor, reason: str | None) -> None:
    gate = run.gates[fact.gate]
    decision = Decision(actor.name, actor.identity, fact.verdict, at, reason, fact.form)
    run.gates[fact.gate] = replace(gate, decisions=(*gate.decisions, decision))


def _gate_closed(run: Run, fact: f.GateClosed, at: float, actor: f.Actor, _reason: str | None) -> None:
    gate = run.gates[fact.gate]
    run.gates[fact.gate] = replace(gate, state=fact.state, closed_at=at, closed_by=actor.name)


_FOLDS: dict[type[Any], Callable[..., None]] = {
    f.RunCreated: _created,
    f.RunStarted: _run_started,
    f.RunWaiting: _run_waiting,
    f.RunContinued: _run_continued,
    f.RunCancelling: _run_cancelling,
    f.RunEnded: _run_ended,
    f.StepQueued: _step_queued,
    f.StepSkipped: _step_skipped,
    f.StepRetrying: _step_retrying,
    f.StepIndeterminate: _step_indeterminate,
    f.StepResolved: _step_resolved,
    f.StepEnded: _step_ended,
    f.AttemptStarted: _attempt_started,
    f.AttemptAdopted: _attempt_adopted,
    f.AttemptTimedOut: _attempt_timed_out,
    f.AttemptEnded: _attempt_ended,
    f.AgentReported: _agent_reported,
    f.GateOpened: _gate_opened,
    f.GateDecided: _gate_decided,
    f.GateClosed: _gate_closed,
}
