"""Gates: what is shown, who may decide, what a decision leads to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.core.canonical import digest
from engine.core.commands import DecideGate
from engine.core.draft import Draft
from engine.core.errors import Conflict, InvalidInput, NotAllowed, NotFound, Refused, StaleDigest
from engine.core.facts import Actor, GateClosed, GateDecided, GateOpened, StepEnded
from engine.core.fields import check
from engine.core.policy import fail_step
from engine.core.references import ReferenceProblem, resolve, resolve_text
from engine.core.run import Decision, Gate, Run
from engine.core.scope import scope
from engine.core.states import GateState, StepState, Verdict
from engine.core.workflow import GateAction, StepSpec


def open_gate(draft: Draft, spec: StepSpec) -> None:
    """Put the step's question to people. Raises ReferenceProblem when its title cannot be resolved."""
    action = gate_action(spec)
    run = draft.run
    title = resolve_text(action.title, scope(run))
    content = _content(run, spec, action, title)
    draft.add(
        GateOpened(
            step=spec.id,
            gate=gate_id(run, spec),
            title=title,
            consequence=action.consequence,
            content=content,
            digest=digest(content),
            deadline=None if action.deadline is None else draft.at + action.deadline,
        )
    )


def gate_id(run: Run, spec: StepSpec) -> str:
    """A gate is named after its run and its step's place in it: short, stable, sortable."""
    return f"g{run.id.removeprefix('r')}.{run.workflow.position[spec.id] + 1}"


def gate_action(spec: StepSpec) -> GateAction:
    if not isinstance(spec.action, GateAction):
        raise TypeError(f"step {spec.id} is no gate")
    return spec.action


def _content(run: Run, spec: StepSpec, action: GateAction, title: str) -> dict[str, Any]:
    """All that is to be judged, as one JSON value; the decision is bound to its digest."""
    return {
        "run": run.id,
        "step": spec.id,
        "workflow": run.workflow.name,
        "definition": run.workflow.digest,
        "revision": 1,
        "title": title,
        "consequence": action.consequence.value,
        "show": [_shown(run, item) for item in action.show],
        "caveats": [
            {"step": caveat.step, "text": caveat.text} for caveat in run.caveats if not caveat.acknowledged
        ],
    }


def _shown(run: Run, item: str) -> dict[str, Any]:
    if item.startswith("artifact:"):
        step_id, _, name = item.removeprefix("artifact:").partition("/")
        artifact = run.steps[step_id].artifacts.get(name) if step_id in run.steps else None
        if artifact is None:
            return {"item": item, "kind": "missing"}
        return {
            "item": item,
            "kind": "artifact",
            "step": step_id,
            "name": name,
            "size": artifact.size,
            "sha256": artifact.sha256,
        }
    try:
        return {"item": item, "kind": "value", "value": resolve("${" + item + "}", scope(run))}
    except ReferenceProblem:
        return {"item": item, "kind": "missing"}


def decide_gate(draft: Draft, command: DecideGate) -> None:
    """Record one person's decision; the caller settles the run afterwards.

    Raises NotFound, Conflict (decided otherwise), StaleDigest, NotAllowed, Refused, InvalidInput. The same
    decision by the same person again succeeds without effect.
    """
    gate = draft.run.gates.get(command.gate)
    if gate is None:
        raise NotFound(f"There is no gate {command.gate}. List them with `opsgate gates --all`.")
    action = gate_action(draft.spec(gate.step))
    if _repeats(gate, action, command, draft.actor):
        return
    _refuse_unless_decidable(draft, gate, action, command)
    form = _checked_form(action, command)
    draft.add(GateDecided(gate.step, gate.id, command.verdict, gate.digest, form))
    decided = draft.run.gates[gate.id]
    if command.verdict is Verdict.REJECT:
        why = f"rejected by {draft.actor.name}: {draft.reason}"
        _close(draft, decided, GateState.REJECTED, StepState.REJECTED, why, form)
    elif decided.approvals >= action.quorum:
        _close(draft, decided, GateState.APPROVED, StepState.SUCCEEDED, None, form)


def _repeats(gate: Gate, action: GateAction, command: DecideGate, actor: Actor) -> bool:
    return any(
        decision.actor == actor.name
        and decision.verdict is command.verdict
        and gate.digest == command.digest
        and decision.form == _checked_form(action, command)
        for decision in gate.decisions
    )


def _refuse_unless_decidable(draft: Draft, gate: Gate, action: GateAction, command: DecideGate) -> None:
    if gate.state is not GateState.OPEN:
        raise Conflict(_closed_sentence(gate), details={"state": gate.state.value})
    if command.digest != gate.digest:
        raise StaleDigest(
            f"Gate {gate.id} shows other content than the digest {command.digest[:12]} you decided on. "
            f"Look at it again with `opsgate gate {gate.id}`, then decide.",
            details={"digest": gate.digest},
        )
    if command.verdict not in action.allowed:
        allowed = ", ".join(verdict.value for verdict in action.allowed)
        raise Refused(f"Gate {gate.id} does not allow {command.verdict.value}. Allowed: {allowed}.")
    if command.verdict is Verdict.REJECT and not (draft.reason or "").strip():
        raise InvalidInput("Rejecting needs a reason. Say why with --reason.")
    if any(decision.actor == draft.actor.name for decision in gate.decisions):
        raise Conflict(f"{draft.actor.name} has already decided gate {gate.id}. Another person has to.")
    _refuse_unless_candidate(draft, gate, action)


def _refuse_unless_candidate(draft: Draft, gate: Gate, action: GateAction) -> None:
    actor = draft.actor
    if action.four_eyes and actor.name == draft.run.starter:
        raise NotAllowed(
            f"Gate {gate.id} needs four eyes: {actor.name} started this run and cannot decide it. "
            "Ask another person."
        )
    if not action.users and not action.roles:
        return
    if actor.name in action.users or actor.groups & set(action.roles):
        return
    wanted = ", ".join([*action.users, *(f"role {role}" for role in action.roles)])
    raise NotAllowed(f"Gate {gate.id} is for {wanted}; {actor.name} may not decide it. Ask one of them.")


def _closed_sentence(gate: Gate) -> str:
    return (
        f"Gate {gate.id} is already {gate.state.value}, by {gate.closed_by}; it takes no more decisions. "
        f"See what was decided with `opsgate gate {gate.id}`."
    )


def _checked_form(action: GateAction, command: DecideGate) -> Mapping[str, Any]:
    if command.verdict is not Verdict.APPROVE:
        return {}
    checked = check(action.form, command.form, texts=True)
    if checked.problems:
        raise InvalidInput("; ".join(f"{item.name}: {item.message}" for item in checked.problems))
    return checked.values


def expire_gate(draft: Draft, gate: Gate) -> None:
    """Apply the gate's deadline policy; `hold` leaves it open."""
    spec = draft.spec(gate.step)
    action = gate_action(spec)
    why = "it was not decided before its deadline"
    if action.on_deadline == "approve_default":
        _close(draft, gate, GateState.APPROVED, StepState.SUCCEEDED, None, check(action.form, {}).values)
    elif action.on_deadline == "reject":
        _close(draft, gate, GateState.EXPIRED, StepState.REJECTED, why, {})
    elif action.on_deadline == "fail":
        draft.add(GateClosed(gate.step, gate.id, GateState.EXPIRED))
        fail_step(draft, spec, why)


def _close(
    draft: Draft,
    gate: Gate,
    state: GateState,
    step: StepState,
    error: str | None,
    form: Mapping[str, Any],
) -> None:
    draft.add(GateClosed(gate.step, gate.id, state))
    draft.add(StepEnded(gate.step, step, error, _gate_output(draft.run.gates[gate.id].decisions, form)))


def _gate_output(decisions: tuple[Decision, ...], form: Mapping[str, Any]) -> dict[str, Any]:
    """What later steps can refer to: the form's values, and who decided."""
    return {**form, "decided_by": [decision.actor for decision in decisions]}
