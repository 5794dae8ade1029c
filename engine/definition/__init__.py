"""The workflow file: schema, strict loader, lint, compilation to what the core runs.

`read_file(path)` gives the bare file as a `Bundle`, `read(path)` with all that it embeds, as it is stored.
`load(bundle)` gives a `Definition`, a workflow that may run, or raises InvalidWorkflow with every problem.
`graph.draw` and `graph.mermaid` show a workflow as a graph.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from engine.definition.bundle import Bundle
from engine.definition.files import read_file

if TYPE_CHECKING:  # the command line submits files without understanding them, and starts quicker for it
    from engine.definition.catalog import Definition

__all__ = ["Bundle", "embed", "load", "read", "read_file"]


def read(path: Path) -> Bundle:
    """The workflow file at `path` with every file that it embeds, as bytes; nothing is judged yet.

    Raises NotFound or InvalidInput when the workflow file itself cannot be read.
    """
    return embed(read_file(path))


def embed(bundle: Bundle) -> Bundle:
    """The bundle with every file that its workflow names, read from its folder.

    One that cannot be read, or lies outside the folder, is left out, and `load` says so.
    """
    from engine.definition import catalog  # brings the YAML parser and pydantic: only for those who need them

    return catalog.embed(bundle)


def load(bundle: Bundle) -> Definition:
    """The workflow of a bundle. Raises InvalidWorkflow with every problem, in file order."""
    from engine.definition import catalog  # see embed

    return catalog.load(bundle)
