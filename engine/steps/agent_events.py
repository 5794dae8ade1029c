"""Reads an agent's file of events as it grows."""

from __future__ import annotations

from pathlib import Path

from engine.steps.host_journal import parsed
from engine.steps.job import AgentSaid

UNREADABLE = {"type": "agent.message", "text": "(an event that cannot be read)"}


class AgentEvents:
    """The events of one attempt, in order, each handed out once."""

    def __init__(self, job_id: str, folder: Path) -> None:
        self._id = job_id
        self._path = folder / "agent.jsonl"
        self._offset = 0
        self._position = 0

    def more(self) -> AgentSaid | None:
        """What was added since the last call; a line still being written is left for the next."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                added = file.read()
        except FileNotFoundError:
            return None
        whole = added[: added.rfind(b"\n") + 1]
        if not whole:
            return None
        events = tuple(parsed(line) or UNREADABLE for line in whole.splitlines())
        said = AgentSaid(self._id, self._position, events)
        self._offset += len(whole)
        self._position += len(events)
        return said
