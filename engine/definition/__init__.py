"""The workflow file: schema, strict loader, lint, compilation to what the core runs.

`read(path)` gives a `Bundle`, the bytes that are stored. `load(bundle)` gives a `Definition`, a workflow that
may run, or raises InvalidWorkflow with every problem. `draw` and `mermaid` show a workflow as a graph.
"""

from engine.definition.bundle import Bundle
from engine.definition.catalog import Definition, load, read
from engine.definition.graph import draw, mermaid

__all__ = ["Bundle", "Definition", "draw", "load", "mermaid", "read"]
