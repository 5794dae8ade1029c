"""Which processes belong to a run: found by the marks in their environment, whoever their parent is."""

from __future__ import annotations

from pathlib import Path


def of_run(run: str) -> list[int]:
    """The processes that are marked as the run's and are no zombies."""
    mark = f"OPSGATE_RUN={run}".encode()
    return [
        int(entry.name)
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit() and mark in _environment(entry)
    ]


def _environment(entry: Path) -> list[bytes]:
    try:
        return (entry / "environ").read_bytes().split(b"\0")
    except OSError:  # it has gone meanwhile
        return []
