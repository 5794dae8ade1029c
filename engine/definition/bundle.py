"""What is stored of a workflow, the bytes of its files; and what they amount to once they are checked."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.core.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Bundle:
    """A workflow as submitted. `file` is its file's name, `folder` the absolute folder it was read from.

    `attachments` are the files that it embeds, by name; None as long as nobody has looked for them.
    """

    name: str
    source: bytes
    file: str
    folder: str
    attachments: Mapping[str, bytes] | None = None

    @property
    def digest(self) -> str:
        """SHA-256, in hex, of the file and its attachments; names and lengths are part of it."""
        state = hashlib.sha256()
        for name, content in (("", self.source), *sorted((self.attachments or {}).items())):
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
            "attachments": None if self.attachments is None else _texts(self.attachments),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Bundle:
        """The bundle that `to_json` described. Raises InvalidInput for anything else."""
        try:
            embedded = value["attachments"]
            attachments = (
                None if embedded is None else {str(name): _bytes(embedded[name]) for name in embedded}
            )
            return cls(
                name=str(value["name"]),
                source=_bytes(value["source"]),
                file=str(value["file"]),
                folder=str(value["folder"]),
                attachments=attachments,
            )
        except (KeyError, AttributeError, TypeError, UnicodeEncodeError):
            raise InvalidInput("This is no stored workflow. Submit the workflow file again.") from None


def _texts(attachments: Mapping[str, bytes]) -> dict[str, str]:
    return {name: _text(content) for name, content in sorted(attachments.items())}


def _text(content: bytes) -> str:
    return content.decode("utf-8", "surrogateescape")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
