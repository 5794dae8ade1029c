"""Short ways to a workflow and to the problems of one."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import dedent

from engine.core.errors import InvalidWorkflow, Problem
from engine.core.workflow import Workflow
from engine.definition import Bundle, load

HEAD = "workflow: w\ndefaults: {on_failure: halt}\n"
"""What every valid file begins with; two lines."""


def bundle(text: str, attachments: Mapping[str, str] | None = None) -> Bundle:
    files = {name: dedent(content).encode() for name, content in (attachments or {}).items()}
    return Bundle("w", dedent(text).encode(), "w.yaml", "/srv/flows", files)


def workflow(text: str, attachments: Mapping[str, str] | None = None) -> Workflow:
    return load(bundle(text, attachments)).workflow


def problems(text: str, attachments: Mapping[str, str] | None = None) -> list[Problem]:
    """All problems of an invalid file; [] when it is valid."""
    try:
        load(bundle(text, attachments))
    except InvalidWorkflow as invalid:
        return invalid.problems
    return []


def messages(text: str, attachments: Mapping[str, str] | None = None) -> list[str]:
    """The problems as `line:column: message (suggestion)`."""
    return [problem.text("w.yaml").removeprefix("w.yaml:") for problem in problems(text, attachments)]


def warnings(text: str, attachments: Mapping[str, str] | None = None) -> list[str]:
    """The warnings of a valid file, as `line:column: warning: message (suggestion)`."""
    found = load(bundle(text, attachments)).warnings
    return [problem.text("w.yaml").removeprefix("w.yaml:") for problem in found]
