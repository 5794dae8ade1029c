"""From a file on disk to a bundle, and from a bundle to a workflow that may run."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from engine.core.errors import InvalidInput, InvalidWorkflow, NotFound
from engine.definition.agent_script import compiled
from engine.definition.bundle import Bundle, Definition
from engine.definition.compile import compile_workflow
from engine.definition.document import Document, Findings, TooManyProblems, in_file_order
from engine.definition.lint import lint
from engine.definition.lint_agents import AgentScript
from engine.definition.lint_steps import file_name_fault
from engine.definition.loader import MAX_BYTES, Unreadable, read_document
from engine.definition.schema import WorkflowFile
from engine.definition.translate import note_errors


def read(path: Path) -> Bundle:
    """See `engine.definition.read`."""
    source = _source(path)
    folder = path.absolute().parent.resolve()
    try:
        values = read_document(source).value
    except Unreadable:
        values = None
    name = values.get("workflow") if isinstance(values, dict) else None
    attachments = {
        script: content
        for script in dict.fromkeys(_scripts(values))
        if (content := _attachment(folder, script)) is not None
    }
    return Bundle(
        name=name if isinstance(name, str) else path.stem,
        source=source,
        file=path.name,
        folder=str(folder),
        attachments=attachments,
    )


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
        return file, lint(file, findings, bundle.attachments)
    except ValidationError as error:
        with suppress(TooManyProblems):
            note_errors(error, WorkflowFile, findings)
    except TooManyProblems:
        pass
    return None, []


def _source(path: Path) -> bytes:
    try:
        content = _read_regular(path)
    except FileNotFoundError:
        raise NotFound(f"There is no file {path}. Check the name, or give the full path.") from None
    except OSError as error:
        raise InvalidInput(
            f"Cannot read {path}: {error.strerror}. Check the path and its permissions."
        ) from None
    if content is None:
        raise InvalidInput(f"{path} is no regular file. Give the path of a workflow file.")
    return content


def _scripts(values: Any) -> Iterator[str]:
    """The files that a document names as agent scripts, as far as it can be understood."""
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
        return _read_regular(path) if path.is_relative_to(folder) else None
    except (OSError, RuntimeError):  # a loop of links is a RuntimeError
        return None


def _read_regular(path: Path) -> bytes | None:
    """The content of a regular file up to just beyond the size limit; None for anything else."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a FIFO must not block us
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        return None
    with os.fdopen(descriptor, "rb") as file:
        return file.read(MAX_BYTES + 1)
