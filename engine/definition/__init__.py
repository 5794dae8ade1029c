"""The workflow file: schema, strict loader, lint, compilation to what the core runs.

`read(path)` gives a `Bundle`, the bytes that are stored. `load(bundle)` gives a `Definition`, a workflow that
may run, or raises InvalidWorkflow with every problem. `draw` and `mermaid` show a workflow as a graph.
"""

from __future__ import annotations

from pathlib import Path

from engine.definition.bundle import Bundle, Definition
from engine.definition.graph import draw, mermaid

__all__ = ["Bundle", "Definition", "draw", "load", "mermaid", "read"]


def read(path: Path) -> Bundle:
    """The workflow file at `path` with every file that it embeds, as bytes; nothing is judged yet.

    An embedded file that cannot be read, or lies outside the file's folder, is left out, and `load` says
    so. Raises NotFound or InvalidInput when the workflow file itself cannot be read.
    """
    from engine.definition import catalog  # brings the YAML parser and pydantic: only for those who need them

    return catalog.read(path)


def load(bundle: Bundle) -> Definition:
    """The workflow of a bundle. Raises InvalidWorkflow with every problem, in file order."""
    from engine.definition import catalog  # see read

    return catalog.load(bundle)
