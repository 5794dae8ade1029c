"""From a checked workflow file to what the core runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.core.conditions import parse
from engine.core.states import OnFailure, StepKind
from engine.core.workflow import (
    Action,
    AgentAction,
    AgentSpec,
    GateAction,
    PythonAction,
    Retry,
    RunAction,
    ScriptAction,
    StepSpec,
    Workflow,
)
from engine.definition.declared import fields_of
from engine.definition.document import Document
from engine.definition.schema import DefaultsEntry, GateEntry, RetryEntry, StepEntry, WorkflowFile
from engine.definition.subject import kind_of

Scripts = Mapping[str, tuple[Mapping[str, Any], ...]]
"""The compiled actions of each scripted agent."""


def compile_workflow(
    file: WorkflowFile, document: Document, scripts: Scripts, *, digest: str, folder: str
) -> Workflow:
    """The workflow that a file without errors declares."""
    return Workflow(
        name=file.workflow,
        digest=digest,
        description=file.description,
        inputs=fields_of(file.inputs, folder=folder),
        state=fields_of(file.state, folder=folder),
        queue=file.queue,
        concurrency=file.concurrency,
        agents={
            name: AgentSpec(name=name, use=agent.use, tools=agent.tools, script=scripts.get(name, ()))
            for name, agent in file.agents.items()
        },
        steps=tuple(
            _step(step, file.defaults, document.value_at(("steps", number)).line)
            for number, step in enumerate(file.steps)
        ),
        folder=folder,
    )


def _step(step: StepEntry, defaults: DefaultsEntry, line: int) -> StepSpec:
    is_gate = step.gate is not None
    return StepSpec(
        id=step.id,
        kind=StepKind(kind_of(step)),
        action=_action(step),
        needs=tuple(step.needs),
        when=None if step.when is None else parse(step.when),
        if_skipped=step.if_skipped,
        retry=Retry() if step.retry is None else _retry(step.retry),
        on_failure=step.on_failure or defaults.on_failure or OnFailure.HALT,
        timeout=None if is_gate else step.timeout or defaults.timeout,
        effects=step.effects,
        env=step.env,
        workdir=step.workdir,
        artifacts=tuple(step.artifacts),
        reads=tuple(step.reads),
        writes=tuple(step.writes),
        output=None if step.output is None else fields_of(step.output, required=True),
        line=line,
    )


def _action(step: StepEntry) -> Action:
    if step.run is not None:
        return RunAction(tuple(step.run))
    if step.script is not None:
        return ScriptAction(step.script)
    if step.python is not None:
        return PythonAction(step.python, step.with_ or {})
    if step.agent is not None:
        return AgentAction(step.agent, step.prompt or "")
    if step.gate is not None:
        return _gate(step.gate)
    raise ValueError(f"step {step.id} does nothing")


def _retry(entry: RetryEntry) -> Retry:
    return Retry(
        attempts=entry.attempts,
        backoff=entry.backoff,
        factor=entry.factor,
        cap=entry.cap,
        jitter=entry.jitter,
        non_retryable_exit_codes=frozenset(entry.non_retryable_exit_codes),
    )


def _gate(entry: GateEntry) -> GateAction:
    return GateAction(
        title=entry.title,
        consequence=entry.consequence,
        show=tuple(entry.show),
        users=tuple(entry.candidates.users),
        roles=tuple(entry.candidates.roles),
        quorum=entry.quorum,
        four_eyes=entry.four_eyes,
        allowed=tuple(entry.allowed),
        form=fields_of(entry.form),
        deadline=entry.deadline,
        on_deadline=entry.on_deadline,
    )
