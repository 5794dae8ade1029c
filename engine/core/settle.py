"""After every change: open what became possible, and see whether the run now waits or has ended."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from engine.core.conditions import ConditionProblem
from engine.core.draft import Draft
from engine.core.facts import (
    GateClosed,
    RunContinued,
    RunEnded,
    RunStarted,
    RunWaiting,
    StepEnded,
    StepQueued,
    StepSkipped,
)
from engine.core.gates import open_gate
from engine.core.policy import fail_step
from engine.core.references import ReferenceProblem
from engine.core.run import Run, Step
from engine.core.scope import scope
from engine.core.states import GateState, RunState, StepKind, StepState
from engine.core.workflow import StepSpec


def settle(draft: Draft, changed: Iterable[str]) -> None:
    """Bring the run to rest after the steps `changed` have moved."""
    _open_ready(draft, deque(changed))
    if draft.run.stopping:
        _close_unstarted(draft)
    _settle_run(draft)


def _open_ready(draft: Draft, changed: deque[str]) -> None:
    while changed:
        for follower in draft.run.workflow.dependents[changed.popleft()]:
            if not draft.run.stopping and _may_open(draft.run, follower):
                open_step(draft, draft.spec(follower))
                if draft.run.steps[follower].state.is_final:
                    changed.append(follower)


def _may_open(run: Run, step_id: str) -> bool:
    if run.steps[step_id].state is not StepState.PENDING:
        return False
    # Steps tend to end in file order: looking at the last need first keeps a wide join linear.
    return all(run.steps[need].state.is_final for need in reversed(run.workflow.by_id[step_id].needs))


def open_step(draft: Draft, spec: StepSpec) -> None:
    """Skip the step, put its gate to people, or queue it. A condition that errs fails the step."""
    if _skipped_by_upstream(draft.run, spec):
        draft.add(StepSkipped(spec.id, "upstream"))
        return
    try:
        if spec.when is not None and not spec.when.evaluate(scope(draft.run)):
            draft.add(StepSkipped(spec.id, "condition"))
        elif spec.kind is StepKind.GATE:
            open_gate(draft, spec)
        else:
            draft.add(StepQueued(spec.id))
    except (ConditionProblem, ReferenceProblem) as problem:
        fail_step(draft, spec, str(problem))


def _skipped_by_upstream(run: Run, spec: StepSpec) -> bool:
    """The join rule: skipped when all that it needs was, unless the step says otherwise.

    A gate that its own condition skipped counts as passed: no checkpoint was needed.
    """
    needs = [run.steps[need] for need in spec.needs]
    skipped = [step for step in needs if _counts_as_skipped(run, step)]
    if not skipped or spec.if_skipped == "run":
        return False
    return spec.if_skipped == "skip" or len(skipped) == len(needs)


def _counts_as_skipped(run: Run, step: Step) -> bool:
    if step.state is not StepState.SKIPPED:
        return False
    passed = run.workflow.by_id[step.id].kind is StepKind.GATE and step.skipped_by == "condition"
    return not passed


def _close_unstarted(draft: Draft) -> None:
    """A run that is ending starts nothing more: whatever is not in flight ends here.

    An indeterminate step keeps a halted run open: its outcome is still unknown, and only a cancel
    may leave it so.
    """
    run = draft.run
    stays = {StepState.RUNNING}
    if run.state is not RunState.CANCELLING:
        stays.add(StepState.INDETERMINATE)
    for gate in run.open_gates:
        draft.add(GateClosed(gate.step, gate.id, GateState.CANCELLED))
    for step in list(run.steps.values()):
        if not step.state.is_final and step.state not in stays:
            draft.add(StepEnded(step.id, StepState.CANCELLED, _closing_sentence(step)))


def _closing_sentence(step: Step) -> str:
    if step.state is StepState.INDETERMINATE:
        return f"outcome unknown: {step.error}"
    if step.state is StepState.WAITING:
        return "not decided: the run was ending"
    what = "never started" if step.attempt == 0 else "not tried again"
    return f"{what}: the run was ending"


def _settle_run(draft: Draft) -> None:
    run = draft.run
    if run.unfinished == 0:
        _end(draft)
    elif run.in_flight or run.number(StepState.QUEUED):
        if run.state is RunState.WAITING:
            draft.add(RunContinued())
    else:
        _wait(draft)


def _end(draft: Draft) -> None:
    ending = _ending(draft.run)
    if draft.run.started_at is None and ending.state is not RunState.CANCELLED:
        draft.add(RunStarted())
    draft.add(ending)


def _wait(draft: Draft) -> None:
    if draft.run.state is RunState.QUEUED:
        draft.add(RunStarted())
    why = _waiting_sentence(draft.run)
    if draft.run.state is not RunState.WAITING or draft.run.why != why:
        draft.add(RunWaiting(why))


def _ending(run: Run) -> RunEnded:
    if run.state is RunState.CANCELLING:
        return RunEnded(RunState.CANCELLED, run.why)
    for state, ending in ((StepState.REJECTED, RunState.REJECTED), (StepState.FAILED, RunState.FAILED)):
        culprits = [step for step in run.steps.values() if step.state is state]
        if culprits:
            first = min(culprits, key=lambda step: step.ended_at or run.created_at)
            return RunEnded(ending, f"step {first.id}: {first.error}")
    open_caveats = sum(not caveat.acknowledged for caveat in run.caveats)
    if open_caveats:
        noun = "caveat" if open_caveats == 1 else "caveats"
        return RunEnded(RunState.SUCCEEDED_WITH_FLAGS, f"{open_caveats} {noun} nobody acknowledged")
    return RunEnded(RunState.SUCCEEDED)


def _waiting_sentence(run: Run) -> str:
    gates = run.open_gates
    if gates:
        return f"waits for gate {gates[0].id}: {gates[0].title}"
    unknown = next((s for s in run.steps.values() if s.state is StepState.INDETERMINATE), None)
    if unknown is not None:
        return f"the outcome of step {unknown.id} is unknown: resolve it"
    due = next(s for s in run.steps.values() if s.state is StepState.RETRY_WAIT)
    return f"step {due.id} is tried again soon"
