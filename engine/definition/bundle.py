"""What is stored of a workflow, the bytes of its files; and what they amount to once they are checked."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.core.errors import InvalidInput, Problem
from engine.core.workflow import Workflow


@dataclass(frozen=True, slots=True)
class Bundle:
    """A workflow as submitted. `file` is its file's name, `folder` the absolute folder it was read from."""

    name: str
    source: bytes
    file: str
    folder: str
    attachments: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """SHA-256, in hex, of the file and its attachments; names and lengths are part of it."""
        state = hashlib.sha256()
        for name, content in (("", self.source), *sorted(self.attachments.items())):
            for part in (name.encode(), content):
                state.update(len(part).to_bytes(8, "big") + part)
        return state.hexdigest()

    def to_json(self) -> dict[str, Any]:
        """The bundle as a JSON object, readable where it is stored; bytes that are not UTF-8 survive, too."""
        return {
            "name": self.name,
            "file": self.file,
            "folder": self.folder,
            "source": _text(self.source),
            "attachments": {name: _text(content) for name, content in sorted(self.attachments.items())},
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Bundle:
        """The bundle that `to_json` described. Raises InvalidInput for anything else."""
        try:
            attachments = {str(name): _bytes(text) for name, text in value["attachments"].items()}
            return cls(
                name=str(value["name"]),
                source=_bytes(value["source"]),
                file=str(value["file"]),
                folder=str(value["folder"]),
                attachments=attachments,
            )
        except (KeyError, AttributeError, TypeError, UnicodeEncodeError):
            raise InvalidInput("This is no stored workflow. Submit the workflow file again.") from None


@dataclass(frozen=True, slots=True)
class Definition:
    """A valid workflow, and what its author should look at again."""

    workflow: Workflow
    warnings: tuple[Problem, ...] = ()


def _text(content: bytes) -> str:
    return content.decode("utf-8", "surrogateescape")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
