"""Rows as the writer stores them, made from the core's records. The order is that of `statements.py`."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, Final

from engine.core import facts as f
from engine.core.fields import Field
from engine.core.run import Gate, Run, Step
from engine.core.workflow import GateAction
from engine.store.chain import Row, to_json, to_text
from engine.store.changes import StoredAnswer, StoredDefinition
from engine.store.times import micros

_MAX_INTEGER: Final = 2**63 - 1
_HELD: Final = GateAction(title="")
"""The rules of a gate that no gate step declares: one approval by anybody who may approve."""


def whole(number: int) -> int:
    """A count as SQLite can hold it; agents report what they like."""
    return max(0, min(number, _MAX_INTEGER))


def definition(item: StoredDefinition, at: int) -> Row:
    return (item.digest, item.name, to_json(item.bundle), at)


def request(item: StoredAnswer, at: int) -> Row:
    return (item.key, item.verb, item.digest, to_text(item.actor), to_json(item.answer), at)


def run(item: Run) -> Row:
    workflow = item.workflow
    return (
        item.id,
        workflow.name,
        workflow.digest,
        item.state,
        to_text(item.why),
        item.queue,
        item.priority,
        workflow.concurrency,
        item.key,
        to_json(item.labels),
        to_json(item.inputs),
        item.folder,
        to_text(item.starter),
        micros(item.created_at),
        micros(item.started_at),
        micros(item.ended_at),
        len(item.steps) - item.unfinished,
        len(item.steps),
        whole(item.tokens),
        item.cost_usd,
    )


def new_step(owner: Run, item: Step) -> Row:
    """A step with what never changes about it."""
    spec = owner.workflow.by_id[item.id]
    place = owner.workflow.position[item.id]
    return (*step(owner, item), place, spec.kind, spec.effects, to_json(spec.needs))


def step(owner: Run, item: Step) -> Row:
    """A step as it is now."""
    return (
        item.state,
        item.attempt,
        micros(item.queued_at),
        micros(item.started_at),
        micros(item.ended_at),
        micros(item.due),
        item.exit_code,
        None if item.error is None else to_text(item.error),
        to_json(item.output) if item.output else "{}",
        item.skipped_by,
        whole(item.tokens),
        item.cost_usd,
        owner.id,
        item.id,
    )


def gate(owner: Run, item: Gate) -> Row:
    action = owner.workflow.by_id[item.step].action
    rules = action if isinstance(action, GateAction) else _HELD
    return (
        item.id,
        owner.id,
        item.step,
        item.state,
        item.kind,
        to_text(item.title),
        item.consequence,
        to_json(item.content),
        item.digest,
        item.revision,
        to_json({"users": rules.users, "roles": rules.roles}),
        rules.four_eyes,
        rules.quorum,
        to_json(rules.allowed),
        to_json({name: _declared(value) for name, value in rules.form.items()}),
        rules.on_deadline,
        item.approvals,
        micros(item.opened_at),
        micros(item.deadline),
        micros(item.closed_at),
    )


def attempt_end(owner: str, fact: f.AttemptEnded, at: int) -> Row:
    error = None if fact.error is None else to_text(fact.error)
    return (fact.state, at, fact.exit_code, fact.signal, error, owner, fact.step, fact.attempt)


def decision(fact: f.GateDecided, event: Row) -> Row:
    """`event` is the fact's own row: it says who decided, when and why."""
    seq, at, actor, identity, reason = event[0], event[1], event[6], event[7], event[8]
    return (seq, fact.gate, actor, identity, fact.verdict, fact.digest, at, reason, to_json(fact.form))


def _declared(value: Field) -> dict[str, Any]:
    """A field as JSON, without what was not declared."""
    found: dict[str, Any] = {}
    for item in fields(value):
        declared = getattr(value, item.name)
        if declared != item.default or item.name == "type":
            found[item.name] = _declared(declared) if isinstance(declared, Field) else declared
    return found
