"""Cross checks of a workflow file whose parts are well-formed. Errors make it invalid, warnings do not."""

from __future__ import annotations

from collections.abc import Mapping

from engine.core.names import did_you_mean
from engine.definition.declared import lint_fields
from engine.definition.document import Findings
from engine.definition.lint_agents import AgentScript, lint_agents
from engine.definition.lint_references import lint_references
from engine.definition.lint_steps import lint_steps
from engine.definition.schema import WorkflowFile
from engine.definition.subject import Subject, kind_of


def lint(file: WorkflowFile, findings: Findings, attachments: Mapping[str, bytes]) -> list[AgentScript]:
    """Note everything that is wrong, or probably not meant, in `findings`; give the agents' scripts."""
    subject = Subject(file, findings)
    lint_fields(findings, ("inputs",), file.inputs)
    lint_fields(findings, ("state",), file.state)
    _lint_state(subject)
    _lint_order(subject)
    lint_steps(subject)
    scripts = lint_agents(subject, attachments)
    if not subject.cycle:
        lint_references(subject, scripts)
        _lint_joint_writes(subject)
    _lint_failure_policy(subject)
    return scripts


def _lint_state(subject: Subject) -> None:
    """The shared record begins empty: only steps put values into it."""
    for name, entry in subject.file.state.items():
        for key in sorted(entry.model_fields_set & {"default", "required"}):
            subject.findings.key_error(
                ("state", name, key),
                f"a key of the state has no `{key}`: it has a value once a step writes one",
            )


def _lint_order(subject: Subject) -> None:
    """Ids are unique, `needs` leads to other steps, and never round in a circle."""
    seen: set[str] = set()
    for path, step in subject.numbered():
        if step.id in seen:
            subject.findings.error((*path, "id"), f"the id `{step.id}` is given to a second step")
        seen.add(step.id)
        for number, need in enumerate(step.needs):
            place = (*path, "needs", number)
            if need not in subject.steps:
                hint = did_you_mean(need, subject.steps)
                subject.findings.error(place, f"`needs`: there is no step `{need}`", hint)
            elif need in step.needs[:number]:
                subject.findings.error(place, f"`needs` names `{need}` twice")
    if subject.cycle:
        path = (*subject.path_of(subject.cycle[0]), "needs")
        subject.findings.error(path, f"these steps need each other in a circle: {' -> '.join(subject.cycle)}")


def _lint_joint_writes(subject: Subject) -> None:
    """Steps that may run at the same time and write the same key leave its value to chance."""
    writers: dict[str, list[str]] = {}
    for path, step in subject.numbered():
        for number, key in enumerate(step.writes):
            earlier = writers.setdefault(key, [])
            rival = next((other for other in earlier if _unordered(subject, other, step.id)), None)
            if rival is not None:
                subject.findings.warning(
                    (*path, "writes", number),
                    f"`{step.id}` and `{rival}` both write `state.{key}` in no fixed order: the last wins",
                )
            earlier.append(step.id)


def _unordered(subject: Subject, one: str, other: str) -> bool:
    upstream = subject.upstream
    return one != other and not upstream.is_before(one, other) and not upstream.is_before(other, one)


def _lint_failure_policy(subject: Subject) -> None:
    if subject.file.defaults.on_failure is not None:
        return
    silent = [
        step.id
        for step in subject.file.steps
        if step.on_failure is None and kind_of(step) not in ("", "gate")
    ]
    if silent:
        listed = ", ".join(silent[:5]) + (f" and {len(silent) - 5} more" if len(silent) > 5 else "")
        subject.findings.warning(
            ("steps",),
            f"`on_failure` is not said for {listed}: halt is assumed",
            "add `defaults: {on_failure: halt}`",
        )
