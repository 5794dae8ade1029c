"""Checks of agents and of the script files that scripted ones play."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from engine.core.names import did_you_mean
from engine.definition.agent_script import ActionEntry, ScriptFile
from engine.definition.document import Findings, Path
from engine.definition.lint_steps import file_name_fault
from engine.definition.loader import Unreadable, read_document
from engine.definition.schema import AgentEntry, StepEntry
from engine.definition.subject import Subject
from engine.definition.translate import note_errors


@dataclass(frozen=True, slots=True)
class AgentScript:
    """A well-formed script file of an agent. `findings` are about that file, not the workflow's."""

    agent: str
    file: ScriptFile
    findings: Findings


def lint_agents(subject: Subject, attachments: Mapping[str, bytes]) -> list[AgentScript]:
    """Note what is wrong with agents, and give the scripts that can be read.

    Problems inside a script are left in its own findings; `report` brings them over.
    """
    scripts: list[AgentScript] = []
    used = {step.agent for step in subject.file.steps}
    for name, agent in subject.file.agents.items():
        if name not in used:
            subject.findings.warning(("agents", name), f"the agent `{name}` is given no step")
        script = _script(subject, name, agent, attachments)
        if script is not None:
            _lint_actions(subject, agent, script)
            scripts.append(script)
    return scripts


def report(subject: Subject, script: AgentScript) -> None:
    """Bring the problems of a script file over to the workflow's."""
    file = subject.file.agents[script.agent].script
    subject.findings.absorb(_place(script.agent), file, script.findings.problems)


def _place(agent: str) -> Path:
    return ("agents", agent, "script")


def _script(
    subject: Subject, name: str, agent: AgentEntry, attachments: Mapping[str, bytes]
) -> AgentScript | None:
    if wrong := file_name_fault(agent.script):
        subject.findings.error(_place(name), f"`script`: {wrong}")
        return None
    if agent.script not in attachments:
        subject.findings.error(
            _place(name),
            f"`script`: {agent.script} is no readable file inside the workflow file's folder",
            "check the name; a link may not lead out of the folder",
        )
        return None
    try:
        document = read_document(attachments[agent.script])
    except Unreadable as unreadable:
        subject.findings.absorb(_place(name), agent.script, unreadable.problems)
        return None
    findings = Findings(document)
    try:
        return AgentScript(name, ScriptFile.model_validate(document.value), findings)
    except ValidationError as error:
        note_errors(error, ScriptFile, findings)
        subject.findings.absorb(_place(name), agent.script, findings.problems)
        return None


def _lint_actions(subject: Subject, agent: AgentEntry, script: AgentScript) -> None:
    players = [step for step in subject.file.steps if step.agent == script.agent]
    for number, action in enumerate(script.file.script):
        path: Path = ("script", number)
        given = sorted(action.model_fields_set)
        if len(given) != 1:
            said = " and ".join(f"`{key}`" for key in given) or "nothing"
            script.findings.error(path, f"an action has exactly one key, this one has {said}")
            continue
        _lint_tool(agent, script, path, action)
        _lint_write(script, path, action)
        for step in players:
            _lint_results(step, script, path, action)


def _lint_tool(agent: AgentEntry, script: AgentScript, path: Path, action: ActionEntry) -> None:
    if action.tool is not None and action.tool.name not in agent.tools:
        hint = did_you_mean(action.tool.name, agent.tools) or f"declare it under `tools` of `{script.agent}`"
        script.findings.error(
            (*path, "tool", "name"), f"the agent `{script.agent}` has no tool `{action.tool.name}`", hint
        )


def _lint_write(script: AgentScript, path: Path, action: ActionEntry) -> None:
    """A name with references is checked when the action runs."""
    name = "" if action.write is None or "${" in action.write.file else action.write.file
    if name and (wrong := file_name_fault(name)):
        script.findings.error((*path, "write", "file"), f"`file`: {wrong}")


def _lint_results(step: StepEntry, script: AgentScript, path: Path, action: ActionEntry) -> None:
    """What the agent hands back has to be declared by each step that it is given."""
    for key in action.state or {}:
        if key not in step.writes:
            script.findings.key_error(
                (*path, "state", key), f"step `{step.id}` does not declare `{key}` under `writes`"
            )
    for key in action.output or {}:
        if step.output is not None and key not in step.output:
            script.findings.key_error(
                (*path, "output", key),
                f"step `{step.id}` does not declare `{key}` under `output`",
                did_you_mean(key, step.output),
            )
