"""From a file on disk to a bundle, and from a bundle to a workflow that may run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from engine.core.errors import InvalidWorkflow, Problem
from engine.core.workflow import Workflow
from engine.definition.agent_script import compiled
from engine.definition.bundle import Bundle
from engine.definition.compile import compile_workflow
from engine.definition.document import Document, Findings, TooManyProblems, in_file_order
from engine.definition.files import MAX_BYTES, read_regular
from engine.definition.lint import lint
from engine.definition.lint_agents import AgentScript
from engine.definition.lint_steps import file_name_fault
from engine.definition.loader import Unreadable, read_document
from engine.definition.schema import WorkflowFile
from engine.definition.translate import note_errors


@dataclass(frozen=True, slots=True)
class Definition:
    """A valid workflow, and what its author should look at again."""

    workflow: Workflow
    warnings: tuple[Problem, ...] = ()


def embed(bundle: Bundle) -> Bundle:
    """See `engine.definition.embed`."""
    name, scripts = _named(bundle.source)
    folder = Path(bundle.folder)
    attachments = {
        script: content for script in scripts if (content := _attachment(folder, script)) is not None
    }
    return replace(bundle, name=name or bundle.name, attachments=attachments)


def load(bundle: Bundle) -> Definition:
    """See `engine.definition.load`."""
    try:
        document = read_document(bundle.source)
    except Unreadable as unreadable:
        raise InvalidWorkflow(bundle.file, in_file_order(unreadable.problems)) from None
    findings = Findings(document)
    file, scripts = _checked(bundle, document, findings)
    if file is None or findings.errors:
        raise InvalidWorkflow(bundle.file, in_file_order(findings.problems))
    actions = {script.agent: compiled(script.file) for script in scripts}
    workflow = compile_workflow(file, document, actions, digest=bundle.digest, folder=bundle.folder)
    return Definition(workflow, tuple(in_file_order(findings.problems)))


def _checked(
    bundle: Bundle, document: Document, findings: Findings
) -> tuple[WorkflowFile | None, list[AgentScript]]:
    try:
        file = WorkflowFile.model_validate(document.value)
        return file, lint(file, findings, bundle.attachments or {})
    except ValidationError as error:
        with suppress(TooManyProblems):
            note_errors(error, WorkflowFile, findings)
    except TooManyProblems:
        pass
    return None, []


@lru_cache(maxsize=64)
def _named(source: bytes) -> tuple[str, tuple[str, ...]]:
    """The name and the agent scripts that a file names, as far as it can be understood."""
    try:
        values = read_document(source).value
    except Unreadable:
        return "", ()
    name = values.get("workflow") if isinstance(values, dict) else None
    return name if isinstance(name, str) else "", tuple(dict.fromkeys(_scripts(values)))


def _scripts(values: Any) -> Iterator[str]:
    agents = values.get("agents") if isinstance(values, dict) else None
    for agent in agents.values() if isinstance(agents, dict) else ():
        script = agent.get("script") if isinstance(agent, dict) else None
        if isinstance(script, str):
            yield script


def _attachment(folder: Path, name: str) -> bytes | None:
    if file_name_fault(name):
        return None
    try:
        path = (folder / name).resolve()
        return read_regular(path, MAX_BYTES) if path.is_relative_to(folder) else None
    except (OSError, RuntimeError):  # a loop of links is a RuntimeError
        return None
