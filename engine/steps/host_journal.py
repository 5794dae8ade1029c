"""What hosts were sent and what came of it: HOME/hosts/ID.jsonl, one file a host, written by both sides.

{"sent": JOB}                  noted by the engine before it sends the job
{"done": JOB, …}               noted by the host before it says so
{"stale": JOB}                 likewise: the job was not begun
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

Message = Mapping[str, Any]

SUFFIX = ".jsonl"


class Journal:
    """One host's journal; it comes to be with the first line, and lives until `delete`."""

    def __init__(self, folder: Path, host: str) -> None:
        self._path = folder / (host + SUFFIX)

    def sent(self, job_id: str) -> None:
        """Note that the host is about to get this job. Raises OSError when that cannot be noted."""
        with self._path.open("ab", buffering=0) as file:
            file.write(json.dumps({"sent": job_id}).encode() + b"\n")

    def words(self) -> dict[str, Message]:
        """The last line about each job. Lines cut off by a power loss are left out."""
        found: dict[str, Message] = {}
        try:
            content = self._path.read_bytes()
        except FileNotFoundError:
            return found
        for line in content.split(b"\n"):
            message = parsed(line)
            for kind in ("sent", "stale", "done"):
                if kind in message:
                    found[str(message[kind])] = message
        return found

    def delete(self) -> None:
        self._path.unlink(missing_ok=True)


def journals(folder: Path) -> dict[str, Journal]:
    """The journals that are left in `folder`, by host."""
    return {path.stem: Journal(folder, path.stem) for path in folder.glob("*" + SUFFIX)}


def parsed(line: bytes) -> Message:
    """A line as a mapping; empty when it is none."""
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return message if isinstance(message, dict) else {}
