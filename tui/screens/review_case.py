"""What is to be judged at a gate: the question as it was read, and the exhibits that belong to it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.client import Client
from engine.core.canonical import digest
from engine.core.display import hidden_count
from engine.store.records import GateRecord
from engine.wording import count, size
from tui.evidence import Evidence, evidence
from tui.widgets.document import Document, Kind

INLINE = 120
"""Characters of a text that the summary shows as a whole; longer ones have a tab of their own."""


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One thing that a gate shows. `label` is its name; `text` is set when it fits on one line.

    `document` holds the bytes that can be looked at, None when there is nothing to be seen: then `damage`
    says what is wrong with them, or, when that is empty, the step that makes them did not run.
    """

    label: str
    text: str | None = None
    document: Document | None = None
    raw: bytes = b""
    sha256: str = ""
    damage: str = ""

    @property
    def has_tab(self) -> bool:
        return self.document is not None or bool(self.damage)

    @property
    def tab_label(self) -> str:
        name = self.label.rpartition("/" if self.sha256 else ".")[2]
        return f"!! {name}" if self.damage else name

    @property
    def caution(self) -> str:
        """Why looking at it is not enough; empty when it is."""
        if self.document is None:
            return _hidden(hidden_count(self.text or ""))
        if self.document.kind is Kind.BINARY:
            return "binary, cannot be judged by reading"
        if self.document.cut:
            return f"too long, its last {size(self.document.cut)} cannot be shown here"
        return _hidden(self.document.hidden)


@dataclass(frozen=True, slots=True)
class Case:
    """A gate as it was read when the review was opened; a decision is bound to exactly this."""

    gate: GateRecord
    exhibits: tuple[Exhibit, ...]

    @property
    def damages(self) -> tuple[str, ...]:
        """What makes an approval impossible: stored things that are not what was recorded."""
        found = [f"{item.label}: {item.damage}" for item in self.exhibits if item.damage]
        if digest(self.gate.content) != self.gate.digest:
            found.append("The stored question does not have the digest that was recorded for it.")
        return tuple(found)

    @property
    def with_tabs(self) -> tuple[Exhibit, ...]:
        return tuple(item for item in self.exhibits if item.has_tab)


async def open_case(gate: GateRecord, client: Client) -> Case:
    """Read what the gate shows; the bytes of artifacts are hashed again."""
    shown = gate.content.get("show", [])
    return Case(gate, tuple([await _exhibit(item, client) for item in shown]))


def _hidden(number: int) -> str:
    noun = "character" if number == 1 else "characters"
    return f"{count(number)} hidden {noun}, shown as escapes" if number else ""


async def _exhibit(item: Mapping[str, Any], client: Client) -> Exhibit:
    label = str(item["item"]).removeprefix("artifact:")
    match item["kind"]:
        case "artifact":
            sha256 = str(item["sha256"])
            return _artifact(label, sha256, await evidence(client.artifact(sha256), sha256))
        case "value":
            return _value(label, item["value"])
    return Exhibit(label)


def _artifact(label: str, sha256: str, found: Evidence) -> Exhibit:
    if found.damage:
        return Exhibit(label, sha256=sha256, damage=found.damage)
    return Exhibit(label, document=Document(found.raw, label, size=found.size), raw=found.raw, sha256=sha256)


def _value(label: str, value: Any) -> Exhibit:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if len(text) <= INLINE and "\n" not in text:
        return Exhibit(label, text=text)
    if isinstance(value, str):
        raw = value.encode("utf-8", "surrogatepass")
        return Exhibit(label, document=Document(raw, kind=Kind.TEXT if "\0" in value else None), raw=raw)
    raw = json.dumps(value, indent=2, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return Exhibit(label, document=Document(raw, kind=Kind.JSON), raw=raw)
